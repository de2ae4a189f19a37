// Trains because a person asks for it: under the lease of the nightly job, waited for, and free to promote what was held off.
import type { Actor } from '../ports/registry-port.ts';
import { startJob } from './run-job.ts';
import { trainingSettingsFrom } from '../domain/training/training-settings.ts';
import { lackOf, tellRun, type Trained, trainPriors } from './train-priors.ts';
import type { World } from '../ports/world.ts';

export const TRAINING_JOB = 'train-priors';
/** A Worker may work on for 30 seconds behind its answer. */
const TIME_LIMIT_MS = 30_000;
const ANSWER_WITHIN_MS = 25_000;

export type TrainedNow = Trained | { readonly outcome: 'running' | 'already_running' };

export async function trainNow(
  world: Pick<World, 'jobs' | 'registry' | 'training' | 'later' | 'now'>,
  idempotencyKey: string | null,
  actor: Actor,
): Promise<TrainedNow> {
  const { jobs: desk, registry, training } = world;
  // Here already, for a run would but fail: nobody is told by name then.
  trainingSettingsFrom(training.settings);
  const job = desk.table.find(({ name }) => name === TRAINING_JOB);
  if (job === undefined) throw new Error(`there is no job ${TRAINING_JOB}`);
  const told: Trained[] = [];
  const byHand: typeof job = {
    ...job,
    run: async ({ scheduledMs, signal, count }) => {
      const trained = await trainPriors(world, { scheduledMs, byDemand: true, actor, signal });
      told.push(trained);
      tellRun(trained, training, count);
    },
  };
  const started = await startJob(desk, byHand, {
    cause: { trigger: 'operator', requestKey: idempotencyKey === null ? null : `${actor.keyId} ${idempotencyKey}` },
    timeLimitMs: TIME_LIMIT_MS,
    before: async () => await registry.note('train_model', 'priors', actor),
  });
  if (!('started' in started)) {
    if (started.reason !== 'repeated') return { outcome: 'already_running' };
    const model = await training.book.ofRun(started.run.scheduledMs);
    if (model !== null) return { outcome: 'trained', model };
    return ('counts' in started.run ? lackOf(started.run.counts) : null) ?? { outcome: 'running' };
  }
  world.later(started.ended.catch(() => undefined));
  const waited = await desk.limited(ANSWER_WITHIN_MS, async () => await started.ended);
  const [trained] = told;
  if (trained !== undefined) return trained;
  if (waited.end === 'failed') throw waited.error;
  if (waited.end === 'timed_out') return { outcome: 'running' };
  throw new Error(waited.value?.error ?? 'the run was taken over');
}
