// The worse rates a detector watches for above one baseline: what an outcome says for each, and how much evidence makes an alarm.
import type { DetectorSignal } from './status-row.ts';

export type DetectorKind = DetectorSignal['kind'];

interface KindThresholds {
  /** Mean attempts between false alarms asked for at a steady baseline: 2e7, and a quarter to spare for the coarseness of two possible scores. */
  readonly arlAttempts: number;
  /** The same above a very bad baseline, where no test could otherwise see an outage within 20 attempts. */
  readonly arlAttemptsAtWorst: number;
  readonly farthestRate: number;
}
const THRESHOLDS: Readonly<Record<DetectorKind, KindThresholds>> = {
  // An outage fails 80-100%: watching for 0.8 bears the few successes in it that a sharper alternative takes for recovery.
  technical: { arlAttempts: 2.5e7, arlAttemptsAtWorst: 3e6, farthestRate: 0.8 },
  // A blocked account is declined always.
  approval: { arlAttempts: 2.5e7, arlAttemptsAtWorst: 2.5e7, farthestRate: 0.95 },
};
/** Baselines between which the mean time to false alarm falls from the one value to the other. */
const GOOD_BASELINE = 0.1;
const WORST_BASELINE = 0.16;

const LOGIT_STEP = 0.02;
/** A baseline of less than 0.4% is taken for 0.4%: below it two failures close together would be news. */
const BASELINE_MIN = 0.004;
/** Above it there is nothing worse left to watch for. */
const BASELINE_MAX = 0.9;
/** The nearest alternative has 2.5 times the odds of the baseline: what is nearer is drift, which the baseline follows. */
const NEAREST_LOGIT = Math.log(2.5);
/** Above a very bad baseline the alternatives still keep a distance from each other. */
const SPAN_LOGIT_MIN = 1.5;
/** How the false alarms are shared out, near to far: in a total outage one attempt more or less is what people see. */
const SHARES = [0.04, 0.05, 0.06, 0.08, 0.1, 0.17, 0.5];
/** At a very low baseline three hits make an alarm, an overshoot is no longer uniform, and a larger allowance was measured to be too much. */
const UNDERSHOOT_MIN = 0.35;

export const ALTERNATIVES = SHARES.length;

/** One entry per alternative, near to far; parallel lists, because they are read once per outcome. */
export interface Alternatives {
  /** The baseline they stand above, 0-1. */
  readonly baseline: number;
  /** Likelihood ratio of alternative to baseline for a hit and for a miss; and their logarithms. */
  readonly hitRatio: readonly number[];
  readonly missRatio: readonly number[];
  readonly hitScore: readonly number[];
  readonly missScore: readonly number[];
  /** Factor of each alternative's evidence in the sum that is held against `limit`. */
  readonly weight: readonly number[];
  readonly limit: number;
}

function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}

function fromLogit(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

const LEVEL_MIN = Math.ceil(logit(BASELINE_MIN) / LOGIT_STEP);
const LEVEL_MAX = Math.ceil(logit(BASELINE_MAX) / LOGIT_STEP);
/** Computed once per isolate: at most 451 levels of each kind. */
const computed: Readonly<Record<DetectorKind, (Alternatives | undefined)[]>> = { technical: [], approval: [] };

/** The baseline as a whole number of logit steps, rounded up: all that a detector's state need keep of it. */
export function levelOf(baseline: number): number {
  if (baseline <= BASELINE_MIN) return LEVEL_MIN;
  if (baseline >= BASELINE_MAX) return LEVEL_MAX;
  return Math.ceil(logit(baseline) / LOGIT_STEP);
}

export function isSaturated(level: number): boolean {
  return level >= LEVEL_MAX;
}

export function alternativesAt(kind: DetectorKind, level: number): Alternatives {
  return (computed[kind][level - LEVEL_MIN] ??= computeAlternatives(THRESHOLDS[kind], level * LOGIT_STEP));
}

function computeAlternatives(thresholds: KindThresholds, baselineLogit: number): Alternatives {
  const baseline = fromLogit(baselineLogit);
  const nearest = baselineLogit + NEAREST_LOGIT;
  const farthest = Math.max(logit(thresholds.farthestRate), nearest + SPAN_LOGIT_MIN);
  const rates = SHARES.map((_, i) => fromLogit(nearest + ((farthest - nearest) * i) / (ALTERNATIVES - 1)));
  const hitRatio = rates.map((rate) => rate / baseline);
  const missRatio = rates.map((rate) => (1 - rate) / (1 - baseline));
  const hitScore = hitRatio.map(Math.log);
  return {
    baseline,
    hitRatio,
    missRatio,
    hitScore,
    missScore: missRatio.map(Math.log),
    weight: SHARES.map((share, i) => share / undershoot(hitScore[i]!)),
    limit: limitAt(thresholds, baseline),
  };
}

function limitAt({ arlAttempts, arlAttemptsAtWorst }: KindThresholds, baseline: number): number {
  const badness = Math.log(baseline / GOOD_BASELINE) / Math.log(WORST_BASELINE / GOOD_BASELINE);
  return arlAttempts * (arlAttemptsAtWorst / arlAttempts) ** Math.min(1, Math.max(0, badness));
}

/**
 * At an alarm a hit has carried the evidence past the limit by a near uniform part of its score s, so that on average the limit
 * is (1 - e^-s) / s of what is reached. Not allowed for, the true mean time to false alarm is up to four times the one asked for.
 */
function undershoot(hitScore: number): number {
  return Math.max(UNDERSHOOT_MIN, -Math.expm1(-hitScore) / hitScore);
}
