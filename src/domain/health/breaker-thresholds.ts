// How many technical failures open a breaker: the configured thresholds, raised where the processor's own baseline needs it.
import type { BreakerOptions } from '../processor-config.ts';

/** The long-run technical failure rate of the breaker's scope, 0-1, and the attempts it rests on. */
export interface TechnicalBaseline {
  readonly rate: number;
  readonly attempts: number;
}

export interface WindowTally {
  readonly total: number;
  readonly technical: number;
}

/** Below this a baseline is a guess, and the thresholds are the configured ones. */
export const BASELINE_ATTEMPTS_MIN = 200;
/**
 * False trips per attempt that either rule may make at the baseline rate. A tenth of the one in a million that the
 * breaker may make in all: two rules here, and the change detector beside them, share it.
 */
export const FALSE_TRIPS_PER_ATTEMPT = 1e-7;
/**
 * A worse baseline counts as this one. Without a ceiling an outage that lasted long enough to become the baseline would
 * need ever more failures; with it 15 in a row or 37 of 50 always suffice.
 */
const BASELINE_RATE_MAX = 0.35;

/** A run of k begins at an attempt with probability (1 - p) p^k: the smallest k that keeps this within the budget. */
export function consecutiveThreshold(baseline: TechnicalBaseline, options: BreakerOptions): number {
  const p = usableRate(baseline);
  if (p === null) return options.failureThreshold;
  let needed = 1;
  while ((1 - p) * p ** needed > FALSE_TRIPS_PER_ATTEMPT) needed += 1;
  return Math.max(options.failureThreshold, needed);
}

/** Technical failure rate of the window; `null` below the minimum volume, where it says nothing. */
export function failureRate(window: WindowTally, options: BreakerOptions): number | null {
  return window.total < options.minimumVolume || window.total === 0 ? null : window.technical / window.total;
}

/**
 * The rate rule: at least the configured rate, and so many failures that a window of this size holds as many with
 * probability P(Bin(total, p) >= technical) within the budget. A window too small for that never trips by its rate.
 */
export function rateTrips(window: WindowTally, baseline: TechnicalBaseline, options: BreakerOptions): boolean {
  const rate = failureRate(window, options);
  if (rate === null || rate < options.failureRateThreshold) return false;
  const p = usableRate(baseline);
  return p === null || binomialTail(window.total, window.technical, p) <= FALSE_TRIPS_PER_ATTEMPT;
}

/** P(Bin(n, p) >= k), exact up to rounding: terms from k upwards, each from the one before. */
export function binomialTail(n: number, k: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  let logTerm = k * Math.log(p) + (n - k) * Math.log(1 - p);
  for (let index = 1; index <= k; index += 1) logTerm += Math.log((n - k + index) / index);
  let term = Math.exp(logTerm);
  let tail = term;
  for (let count = k; count < n; count += 1) {
    term *= ((n - count) / (count + 1)) * (p / (1 - p));
    tail += term;
  }
  return Math.min(1, tail);
}

function usableRate({ rate, attempts }: TechnicalBaseline): number | null {
  return attempts < BASELINE_ATTEMPTS_MIN ? null : Math.min(BASELINE_RATE_MAX, Math.max(0, rate));
}
