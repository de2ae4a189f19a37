// Every night: learns from history what processors are likely to approve, and sets it as priors where that is surely better than what holds.
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import { tellRun, trainPriors } from '../src/flows/train-priors.ts';
import { TRAINING_JOB } from '../src/flows/train-now.ts';
import type { TrainingWorld } from '../src/flows/publish-model.ts';

export const sheet: JobSheet = {
  name: TRAINING_JOB,
  summary: 'Learns priors from history, judges them on later attempts, sets them if they are surely better.',
  crons: ['47 2 * * *'],
  timeLimitMs: 180_000,
};

/** Under whose name priors are set by the clock. */
const TRAINER = 'nightly-training';

/** A run that is done again for the same time finds the model of the first. */
export async function run(
  world: TrainingWorld,
  { token, scheduledMs, signal, count }: Pick<Shift, 'token' | 'scheduledMs' | 'signal' | 'count'>,
): Promise<void> {
  const actor = { keyId: TRAINER, requestId: `train-priors ${token}` };
  tellRun(await trainPriors(world, { scheduledMs, byDemand: false, actor, signal }), world.training, count);
}
