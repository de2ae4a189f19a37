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
const KEYED_MAX = 20;
export const KEY_KEPT_MS = 86_400_000;
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
  const runs = keptRuns([run, ...record.runs], run.endedAtMs);
  const totals = { ...record.totals, [run.outcome]: record.totals[run.outcome] + 1 };
  return { ...record, runs, totals };
}

/** Callers that ask again and again must not drive out what did run; and a key is to be found as long as it is promised. */
function keptRuns(runs: readonly JobRun[], now: number): readonly JobRun[] {
  let [shown, skipped, keyed] = [0, 0, 0];
  return runs.filter((run) => {
    if (run.outcome === 'skipped' && ++skipped > SKIPPED_MAX) return false;
    const isKeyed = run.requestKey !== null && now - run.endedAtMs < KEY_KEPT_MS && ++keyed <= KEYED_MAX;
    return ++shown <= RUNS_SHOWN || isKeyed;
  });
}

export function withCompleted(record: JobRecord, scheduledMs: number, now: number): JobRecord {
  const watermark = soundWatermark(record, now);
  return {
    ...record,
    watermarkMs: watermark === null ? scheduledMs : Math.max(watermark, scheduledMs),
    completed: [scheduledMs, ...record.completed].slice(0, COMPLETED_MAX),
  };
}

/** The run that was begun under this key, ended or going on. */
export function runUnder(record: JobRecord, requestKey: string, now: number): JobRun | Lease | null {
  const lease = livingLease(record, now);
  if (lease?.requestKey === requestKey && !lease.isTold) return lease;
  return record.runs.find((run) => run.requestKey === requestKey && now - run.endedAtMs < KEY_KEPT_MS) ?? null;
}
