// What is counted of attempts, and the rates that follow from it: a rate of nothing is none, never a number.

export interface AttemptCounts {
  readonly approved: number;
  readonly declined: number;
  readonly error: number;
  /** Whose final has not come. */
  readonly timeout: number;
  readonly refunded: number;
  readonly disputed: number;
  /** Attempts that were not the first of their payment. */
  readonly retries: number;
  /** Attempts that went where a decision said, and that went elsewhere. */
  readonly recommended: number;
  readonly offRecommendation: number;
  /** Sum over `latencies` attempts. */
  readonly latencyMs: number;
  readonly latencies: number;
}

/** Sums in minor units of one currency. */
export interface MoneySums {
  readonly attemptedMinor: number;
  readonly approvedMinor: number;
  readonly refundedMinor: number;
  readonly disputedMinor: number;
  readonly feeMinor: number;
}

export interface AttemptRates {
  readonly attempts: number;
  /** approved / (approved + declined). */
  readonly authorizationRate: number | null;
  /** (error + timeout) / attempts. */
  readonly errorRate: number | null;
  readonly latencyMeanMs: number | null;
}

/** Refunds and disputes are no attempts of their own. */
export const attemptsOf = ({ approved, declined, error, timeout }: AttemptCounts): number =>
  approved + declined + error + timeout;

export function ratesOf(counts: AttemptCounts): AttemptRates {
  const { approved, declined, error, timeout, latencyMs, latencies } = counts;
  const attempts = attemptsOf(counts);
  return {
    attempts,
    authorizationRate: share(approved, approved + declined),
    errorRate: share(error + timeout, attempts),
    latencyMeanMs: latencies > 0 ? latencyMs / latencies : null,
  };
}

/** Counts that were dropped or set aside in part must not make a rate of more than all. */
const share = (part: number, whole: number): number | null =>
  whole > 0 ? Math.min(1, Math.max(0, part / whole)) : null;
