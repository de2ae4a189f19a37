// What is kept of one job: who runs it now, up to where it is done, and its last runs. Taking and giving back is lease.ts. Rules: SPEC.md [JOB].
import type { JobRun, RunOutcome, RunStart } from './job-run.ts';

export interface Lease extends RunStart {
  readonly expiresAtMs: number;
  /** Its end is among the runs already; what it left running may still be at work. */
  readonly isTold: boolean;
}

export interface JobRecord {
  /** The newest token that was handed out. */
  readonly fence: number;
  readonly lease: Lease | null;
  /** The latest scheduled time that was completed. */
  readonly watermarkMs: number | null;
  /** The job's own note of where it stands. */
  readonly cursor: string | null;
  /** Scheduled times that were completed, newest first. */
  readonly completed: readonly number[];
  /** Newest first. */
  readonly runs: readonly JobRun[];
  /** Of all time. */
  readonly totals: Readonly<Record<RunOutcome, number>>;
}

export const EMPTY_RECORD: JobRecord = {
  fence: 0,
  lease: null,
  watermarkMs: null,
  cursor: null,
  completed: [],
  runs: [],
  totals: { done: 0, failed: 0, timed_out: 0, skipped: 0 },
};

export const RUNS_SHOWN = 20;
const SKIPPED_MAX = 5;
const COMPLETED_MAX = 64;
/** So far may the platform's clock and the object's differ. */
export const CLOCK_SLACK_MS = 60_000;

export function livingLease({ lease }: JobRecord, now: number): Lease | null {
  if (lease === null || now >= lease.expiresAtMs) return null;
  // It was taken by a clock that ran ahead and has been set back: it would last for as long as that was wrong.
  return lease.startedAtMs > now + CLOCK_SLACK_MS ? null : lease;
}

/** `null`: nothing was completed yet, or by a clock that ran ahead. */
export function soundWatermark({ watermarkMs }: JobRecord, now: number): number | null {
  return watermarkMs !== null && watermarkMs > now + CLOCK_SLACK_MS ? null : watermarkMs;
}

export function withRun(record: JobRecord, run: JobRun): JobRecord {
  const runs = keptRuns([run, ...record.runs]);
  const totals = { ...record.totals, [run.outcome]: record.totals[run.outcome] + 1 };
  return { ...record, runs, totals };
}

/** Callers that ask again and again must not drive out what did run. */
function keptRuns(runs: readonly JobRun[]): readonly JobRun[] {
  let skipped = 0;
  return runs.filter((run) => run.outcome !== 'skipped' || ++skipped <= SKIPPED_MAX).slice(0, RUNS_SHOWN);
}

export function withCompleted(record: JobRecord, scheduledMs: number, now: number): JobRecord {
  const watermark = soundWatermark(record, now);
  return {
    ...record,
    watermarkMs: watermark === null ? scheduledMs : Math.max(watermark, scheduledMs),
    completed: [scheduledMs, ...record.completed].slice(0, COMPLETED_MAX),
  };
}
