// Runs one job under its lease: take, work within the time limit, settle. Whoever is told no does nothing.
import type { Counts, JobRun, RunStart } from '../domain/jobs/job-run.ts';
import type { Job, JobDesk, Limited } from '../ports/job-port.ts';
import type { LeaseAnswer, RunCause, RunEnd } from '../domain/jobs/lease.ts';

export type StartedJob =
  /** `ended` rejects if the book could not be told; the run is then found to be cut off when its lease is over. */
  | { readonly started: true; readonly run: RunStart; readonly ended: Promise<JobRun | null> }
  | Extract<LeaseAnswer, { readonly taken: false }>;

export interface JobStart {
  readonly cause: RunCause;
  readonly timeLimitMs: number;
  /** What has to be on disk before the work begins; a fault of it ends the run. */
  readonly before?: () => Promise<void>;
}

export async function startJob(desk: JobDesk, job: Job, start: JobStart): Promise<StartedJob> {
  const { cause, timeLimitMs, before } = start;
  const answer = await desk.book.take(job.name, { ...cause, timeLimitMs });
  if (!answer.taken) return answer;
  const { token, scheduledMs } = answer.run;
  const work = async (): Promise<JobRun | null> => {
    let counts: Counts = {};
    const limited = await desk.limited(timeLimitMs, async (signal) => {
      await before?.();
      const { watermarkMs, cursor } = answer;
      const count = (more: Counts): void => void (counts = { ...counts, ...more });
      return await job.run({ token, scheduledMs, watermarkMs, cursor, signal, count });
    });
    const end = endOf(limited, counts, timeLimitMs);
    if (end.outcome !== 'done') logEnd(desk, job, limited, end);
    return await desk.book.settle(job.name, token, end);
  };
  return { started: true, run: answer.run, ended: work() };
}

function endOf(limited: Limited<string | void>, counts: Counts, timeLimitMs: number): RunEnd {
  switch (limited.end) {
    case 'done':
      return { outcome: 'done', counts, error: null, cursor: limited.value ?? null };
    case 'failed':
      return { outcome: 'failed', counts, error: messageOf(limited.error), cursor: null };
    case 'timed_out':
      return { outcome: 'timed_out', counts, error: `not done after ${timeLimitMs} ms`, cursor: null };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function logEnd(desk: JobDesk, job: Job, limited: Limited<unknown>, { outcome, error }: RunEnd): void {
  const name = limited.end === 'failed' && limited.error instanceof Error ? { error_name: limited.error.name } : {};
  desk.log({ event: 'job_failed', job: job.name, code: outcome, ...name, error_message: error ?? '' });
}
