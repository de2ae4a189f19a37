// The steps in which a healed processor comes back: how much it gets at each, and when it has shown enough for the next.
import { failedShare, type ResultsSince } from './standing-now.ts';

/** Of a segment's traffic, after which it has all it can get. */
export const RAMP_SHARES = [0.05, 0.25, 0.5] as const;
/** A ramp that nobody goes on with ends by itself. */
export const RAMP_TTL_MS = 900_000;
/** Results at a step that let it take the next. */
export const STEP_RESULTS = 5;
const STEP_MIN_MS = 55_000;
/** With little traffic there is nothing to wait for. */
const STEP_MAX_MS = 300_000;
const RELAPSE_RESULTS = 3;
const RELAPSE_SHARE = 0.5;

/** Where it begins after what it has shown since it came back; `null`: it has shown enough, or is failing. */
export function rampFrom(seen: ResultsSince): number | null {
  if (isRelapse(seen) || seen.total >= 50) return null;
  if (seen.total >= 20) return RAMP_SHARES[2];
  return seen.total >= 5 ? RAMP_SHARES[1] : RAMP_SHARES[0];
}

export const isRelapse = (seen: ResultsSince): boolean =>
  seen.total >= RELAPSE_RESULTS && failedShare(seen) >= RELAPSE_SHARE;

export const isStepDone = (seen: ResultsSince, ageMs: number): boolean =>
  ageMs >= STEP_MIN_MS && (seen.total >= STEP_RESULTS || ageMs >= STEP_MAX_MS);

/** `null`: it was the last. */
export const nextShare = (share: number): number | null => RAMP_SHARES.find((next) => next > share) ?? null;
