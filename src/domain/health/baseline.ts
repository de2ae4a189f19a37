// The long-run rate of one kind of outcome at one scope, and how high it may truly be; what may enter it is the detector's affair.

/** Outcomes remembered in the long run: forgetting with a half-life of 30,000 once this many are in. */
const MEMORY_ATTEMPTS = 30_000 / Math.LN2;

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
  shorten(baseline, MEMORY_ATTEMPTS);
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

/** The end of the Wilson interval `deviations` standard deviations above the rate (below, if negative): honest at zero hits, where the plain one has no width. */
export function boundOf(baseline: Baseline, deviations: number): number {
  const { hits, attempts } = baseline;
  const z2 = deviations * deviations;
  const spread = Math.sqrt((hits * (attempts - hits)) / attempts + z2 / 4);
  return (hits + z2 / 2 + deviations * spread) / (attempts + z2);
}
