// Who may run a job, and what its end changes: a lease with a fencing token, idempotent by scheduled time. Rules: SPEC.md [JOB].
import {
  CLOCK_SLACK_MS,
  type JobRecord,
  type Lease,
  livingLease,
  soundWatermark,
  withCompleted,
  withRun,
} from './job-record.ts';
import {
  type Counts,
  errorLine,
  type JobRun,
  type RunOutcome,
  type RunStart,
  type SkipReason,
  soundCounts,
} from './job-run.ts';
import { runUnder } from './keyed-run.ts';

/** Beyond the time limit: what was told to stop may need a moment, and so may telling its end. */
export const LEASE_GRACE_MS = 20_000;
/** A scheduled time that is this old has been followed by others, or will be. */
export const LATE_MAX_MS = 86_400_000;

export type RunCause =
  | { readonly trigger: 'cron'; readonly scheduledMs: number }
  | { readonly trigger: 'operator'; readonly requestKey: string | null }
  | { readonly trigger: 'event' };

export type LeaseAsk = RunCause & { readonly timeLimitMs: number };

export type LeaseAnswer =
  | {
      readonly taken: true;
      readonly run: RunStart;
      /** The latest scheduled time that was completed. */
      readonly watermarkMs: number | null;
      readonly cursor: string | null;
    }
  | { readonly taken: false; readonly reason: SkipReason }
  /** The same request was made before, and this is what it began. */
  | { readonly taken: false; readonly reason: 'repeated'; readonly run: JobRun | RunStart };

export interface RunEnd {
  readonly outcome: Exclude<RunOutcome, 'skipped'>;
  readonly counts: Counts;
  readonly error: string | null;
  /** Kept only with `done`; `null`: it stays as it was. */
  readonly cursor: string | null;
}

/** `keyed`: the run that is kept beside the record under the key that is asked with. */
export function takeLease(
  kept: JobRecord,
  ask: LeaseAsk,
  keyed: JobRun | null,
  now: number,
): { readonly record: JobRecord; readonly answer: LeaseAnswer } {
  const before = withoutDeadLease(kept, now);
  const requestKey = requestKeyOf(ask);
  const earlier = requestKey === null ? null : runUnder(before, requestKey, keyed, now);
  if (earlier !== null) return { record: before, answer: { taken: false, reason: 'repeated', run: earlier } };
  const watermarkMs = soundWatermark(before, now);
  const scheduledMs =
    ask.trigger === 'cron' ? ask.scheduledMs : freeTime(before, Math.max(now, (watermarkMs ?? 0) + 1));
  const reason = (ask.trigger === 'cron' ? timeReason(before, scheduledMs, now) : null) ?? leaseReason(before, now);
  if (reason !== null) {
    const skipped = { ...startOf(ask, scheduledMs, now), token: null, requestKey: null };
    const run = {
      ...skipped,
      endedAtMs: now,
      outcome: 'skipped',
      skipReason: reason,
      counts: {},
      error: null,
    } as const;
    return { record: withRun(before, run), answer: { taken: false, reason } };
  }
  const token = before.fence + 1;
  const run: RunStart = { ...startOf(ask, scheduledMs, now), token, requestKey };
  const lease: Lease = { ...run, expiresAtMs: now + ask.timeLimitMs + LEASE_GRACE_MS, isTold: false };
  return {
    record: { ...before, fence: token, lease },
    answer: { taken: true, run, watermarkMs, cursor: before.cursor },
  };
}

export const requestKeyOf = (cause: RunCause): string | null =>
  cause.trigger === 'operator' ? cause.requestKey : null;

const startOf = ({ trigger }: LeaseAsk, scheduledMs: number, now: number) => ({
  trigger,
  scheduledMs,
  startedAtMs: now,
});

/** Of two operators in one millisecond, too, the later run has the later time. */
function freeTime({ completed }: JobRecord, fromMs: number): number {
  let time = fromMs;
  while (completed.includes(time)) time += 1;
  return time;
}

const leaseReason = (record: JobRecord, now: number): SkipReason | null =>
  livingLease(record, now) === null ? null : 'already_running';

function timeReason(record: JobRecord, scheduledMs: number, now: number): SkipReason | null {
  // Turned round, so that what is no time at all is refused as well.
  if (!(scheduledMs <= now + CLOCK_SLACK_MS)) return 'ahead';
  if (!(scheduledMs >= now - LATE_MAX_MS)) return 'too_late';
  const watermarkMs = soundWatermark(record, now);
  const isDone = record.completed.includes(scheduledMs) || (watermarkMs !== null && scheduledMs <= watermarkMs);
  return isDone ? 'already_done' : null;
}

/** A run that was killed has told nobody; whoever asks next tells it. */
export function withoutDeadLease(record: JobRecord, now: number): JobRecord {
  const { lease } = record;
  if (lease === null || livingLease(record, now) !== null) return record;
  const freed = { ...record, lease: null };
  if (lease.isTold) return freed;
  const { expiresAtMs: _, isTold: __, ...start } = lease;
  return withRun(freed, {
    ...start,
    endedAtMs: Math.max(start.startedAtMs, now),
    outcome: 'timed_out',
    skipReason: null,
    counts: {},
    error: 'never told its end: it was cut off, or could not reach the book',
  });
}

/** `run: null`: the token is not that of the job's newest lease, or its end was told. Nothing changes then. */
export function settleRun(
  before: JobRecord,
  token: number,
  end: RunEnd,
  now: number,
): { readonly record: JobRecord; readonly run: JobRun | null } {
  const { lease } = before;
  if (lease === null || lease.isTold || lease.token !== token) return { record: before, run: null };
  const { expiresAtMs: _, isTold: __, ...start } = lease;
  const run: JobRun = {
    ...start,
    endedAtMs: Math.max(start.startedAtMs, now),
    outcome: end.outcome,
    skipReason: null,
    counts: soundCounts(end.counts),
    error: end.error === null ? null : errorLine(end.error),
  };
  const after = withRun(before, run);
  if (end.outcome === 'timed_out') return { record: { ...after, lease: { ...lease, isTold: true } }, run };
  const freed = { ...after, lease: null };
  if (end.outcome === 'failed') return { record: freed, run };
  // It was no scheduled time's: the cron of this minute has its run all the same.
  if (start.trigger === 'event') return { record: freed, run };
  return { record: { ...withCompleted(freed, start.scheduledMs, now), cursor: end.cursor ?? freed.cursor }, run };
}
