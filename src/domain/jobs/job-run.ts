// One run of a cron job as it is remembered: what it was for, how it ended, what it did in counts, and what went wrong in one line.
import { maskCardNumbers } from '../results/card-number.ts';

/** Why a run did not begin. */
export type SkipReason = 'already_running' | 'already_done' | 'ahead' | 'too_late';
export type RunOutcome = 'done' | 'failed' | 'timed_out' | 'skipped';
export type Counts = Readonly<Record<string, number>>;
/** `event`: something happened that could not wait for the next cron. */
export type Trigger = 'cron' | 'operator' | 'event';

/** What a run of either kind is known by while it goes on, too. */
export interface RunStart {
  /** Fencing token: greater than every one of this job before it. */
  readonly token: number;
  readonly trigger: Trigger;
  readonly scheduledMs: number;
  readonly startedAtMs: number;
  /** Under which an operator asked for it; `null`: under none. */
  readonly requestKey: string | null;
}

export interface JobRun extends Omit<RunStart, 'token'> {
  /** `null`: it never began. */
  readonly token: number | null;
  readonly endedAtMs: number;
  readonly outcome: RunOutcome;
  readonly skipReason: SkipReason | null;
  readonly counts: Counts;
  /** One line of at most 200 characters, without card numbers. */
  readonly error: string | null;
}

export const ERROR_MAX = 200;
export const COUNTS_MAX = 20;

export function errorLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return maskCardNumbers(line).slice(0, ERROR_MAX) || 'no reason was given';
}

/** What is no number is no count. */
export function soundCounts(counts: Counts): Counts {
  const sound = Object.entries(counts).filter(([, count]) => Number.isFinite(count));
  return Object.fromEntries(sound.slice(0, COUNTS_MAX));
}
