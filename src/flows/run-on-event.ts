// A run of a job that something which happened has asked for: under the lease of its crons, and beside their times.
import type { Job, JobDesk } from '../ports/job-port.ts';
import { startJob } from './run-job.ts';

/** False: another run is at it, which may have looked before it happened. Throws where the book of jobs is away. */
export async function runOnEvent(desk: JobDesk, job: Job): Promise<boolean> {
  const started = await startJob(desk, job, { cause: { trigger: 'event' }, timeLimitMs: job.timeLimitMs });
  if (!('started' in started)) return false;
  await started.ended;
  return true;
}
