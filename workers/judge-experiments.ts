// Every minute: what experiments show so far, and the arm that loses is stopped.
import { guardExperiments } from '../src/flows/judge-experiments.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { ProcessorPort } from '../src/ports/processor-port.ts';
import type { RegistryPort } from '../src/ports/registry-port.ts';

export const sheet: JobSheet = {
  name: 'judge-experiments',
  summary: 'Judges running experiments and stops an arm that loses.',
  crons: ['* * * * *'],
  timeLimitMs: 30_000,
};

/** Idempotent: what is stopped is not stopped again. */
export async function run(
  registry: Pick<RegistryPort, 'configuration' | 'change'>,
  processors: Pick<ProcessorPort, 'arms'>,
  { scheduledMs, count }: Pick<Shift, 'scheduledMs' | 'count'>,
): Promise<void> {
  const { judged, stopped, waiting } = await guardExperiments(registry, processors, `judge-experiments-${scheduledMs}`);
  count({ experiments_judged: judged, arms_stopped: stopped, experiments_waiting: waiting });
}
