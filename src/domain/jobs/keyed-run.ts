// Runs by the Idempotency-Key under which they were asked for: kept beside a job's record, each by itself, so that the record stays small. Rules: SPEC.md [JOB].
import { type JobRecord, type Lease, livingLease } from './job-record.ts';
import type { JobRun } from './job-run.ts';

export const KEY_KEPT_MS = 86_400_000;
/** Of one job; beyond it the oldest goes, whatever its age. */
export const KEYED_MAX = 1_000;

export interface KeyedRun extends JobRun {
  readonly requestKey: string;
}

/** What has to be kept under its key: runs that ended between one state of a record and the next. */
export const newlyKeyed = (before: JobRecord, after: JobRecord): readonly KeyedRun[] =>
  after.runs.filter((run): run is KeyedRun => run.requestKey !== null && !before.runs.includes(run));

/** The run that was begun under this key, going on or ended. `kept`: what is kept under it beside the record. */
export function runUnder(
  record: JobRecord,
  requestKey: string,
  kept: JobRun | null,
  now: number,
): JobRun | Lease | null {
  const lease = livingLease(record, now);
  if (lease?.requestKey === requestKey && !lease.isTold) return lease;
  // One that was cut off ends with this very question, and is among the record's alone.
  const ended = record.runs.find((run) => run.requestKey === requestKey) ?? kept;
  return ended !== null && now - ended.endedAtMs < KEY_KEPT_MS ? ended : null;
}
