// AegisPay's health score of a processor, 0 to 1: a number for dashboards, which routes nothing.
import type { BreakerView } from './status-row.ts';

/** Results in a row, by arrival; a success is what is no technical failure. */
export interface Streak {
  readonly successes: number;
  readonly failures: number;
}

export const NO_STREAK: Streak = { successes: 0, failures: 0 };

export function nextStreak(streak: Streak, technicalFailure: boolean): Streak {
  return technicalFailure
    ? { successes: 0, failures: streak.failures + 1 }
    : { successes: streak.successes + 1, failures: 0 };
}

const STATE_WEIGHT: Readonly<Record<BreakerView['state'], number>> = { CLOSED: 0.5, HALF_OPEN: 0.25, OPEN: 0 };
/** CLOSED, every attempt a success, ten in a row: the original's sum stops at 0.9. */
const PERFECT = 0.9;

/** `successRate`: attempts without technical failure over all attempts of the window, 0-1; `null` without any, taken as 1. */
export function healthScore(breaker: BreakerView['state'], successRate: number | null, streak: Streak): number {
  const bonus = 0.1 * (Math.min(streak.successes, 10) / 10);
  const penalty = 0.1 * (Math.min(streak.failures, 5) / 5);
  const score = (STATE_WEIGHT[breaker] + 0.3 * (successRate ?? 1) + bonus - penalty) / PERFECT;
  return Math.min(1, Math.max(0, score));
}
