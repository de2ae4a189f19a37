// What a cron trigger sets going: every job of its line, each under its own lease; a line without a job is refused aloud.
import type { Job, JobDesk } from '../ports/job-port.ts';
import { startJob } from './run-job.ts';

/** Throws after all have ended, if one failed: the platform then counts the trigger as failed. A run that was skipped is none. */
export async function runDueJobs(
  desk: JobDesk,
  { cron, scheduledMs }: { readonly cron: string; readonly scheduledMs: number },
): Promise<void> {
  const due = desk.table.filter(({ crons }) => crons.includes(cron));
  if (due.length === 0) {
    const message = `no job has the cron ${cron}`;
    desk.log({ event: 'unknown_cron', error_message: message });
    // It is refused whether it could be counted or not.
    await desk.book.refuseCron(cron).catch(() => undefined);
    throw new Error(message);
  }
  const ends = await Promise.allSettled(due.map(async (job) => await runDue(desk, job, scheduledMs)));
  const faults = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  if (faults.length > 0) throw new AggregateError(faults, `${faults.length} of ${due.length} jobs failed`);
}

async function runDue(desk: JobDesk, job: Job, scheduledMs: number): Promise<void> {
  const start = { cause: { trigger: 'cron', scheduledMs }, timeLimitMs: job.timeLimitMs } as const;
  const started = await startJob(desk, job, start);
  if (!('started' in started)) return;
  const run = await started.ended;
  if (run?.outcome !== 'done') throw new Error(`${job.name}: ${run?.error ?? 'its lease was taken over'}`);
}
