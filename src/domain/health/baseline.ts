// The long-run rate of one kind of outcome at one scope; what may enter it, and when, is the detector's affair.

export interface Baseline {
  hits: number;
  /** Attempts it rests on, the prior's worth included. */
  attempts: number;
}

export function createBaseline(priorRate: number, priorAttempts: number): Baseline {
  return { hits: priorRate * priorAttempts, attempts: priorAttempts };
}

export function absorb(baseline: Baseline, hits: number, attempts: number): void {
  baseline.hits += hits;
  baseline.attempts += attempts;
}

/** Takes out again what entered before it was known to be part of a change: half of the baseline at most. */
export function expel(baseline: Baseline, hits: number, attempts: number): void {
  const part = Math.min(1, baseline.attempts / 2 / attempts);
  baseline.hits = Math.max(0, baseline.hits - hits * part);
  baseline.attempts = Math.max(baseline.hits, baseline.attempts - attempts * part);
}

/** The same rate, resting on `attemptsMax` at most. */
export function shorten(baseline: Baseline, attemptsMax: number): void {
  if (baseline.attempts <= attemptsMax) return;
  baseline.hits *= attemptsMax / baseline.attempts;
  baseline.attempts = attemptsMax;
}

export function rateOf(baseline: Baseline): number {
  return baseline.hits / baseline.attempts;
}
