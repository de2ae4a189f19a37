// What a detector is asked for, by kind, and the worse rates it watches for above one baseline.
import { LEANING_SHARES, limitsFor, logit, OUTAGE_SHARES, type AlarmShares } from './alarm-limits.ts';
import type { DetectorSignal } from './status-row.ts';

export type DetectorKind = DetectorSignal['kind'];

export interface DetectorSettings {
  readonly priorRate: number;
  readonly priorAttempts: number;
  /** Attempts before it may fire. */
  readonly attemptsMin: number;
  /** Attempts since the change after which the new level is the baseline. */
  readonly acceptAfterAttempts: number;
  /** Attempts the baseline rests on at most. */
  readonly memoryAttempts: number;
  /** Mean attempts between false alarms, at baselines up to GOOD_BASELINE; from WORST_BASELINE on the second. */
  readonly arlAttempts: number;
  readonly arlAttemptsAtWorst: number;
  readonly shares: AlarmShares;
  /** A baseline of few attempts asks for 1 + this times the evidence, of 5,000 half of this more. */
  readonly doubt: number;
  /** The nearest alternative has this many times the odds of the baseline: what is nearer is drift, which the baseline follows. */
  readonly nearestOdds: number;
  readonly farthestRate: number;
  /** A better baseline is taken for this one. */
  readonly baselineMin: number;
}

/** Forgetting with a half-life of 30,000 attempts once this many are in. */
const MEMORY_ATTEMPTS = 30_000 / Math.LN2;
/** Holds the mean time to false alarm for nine baselines of ten, of 200, 1,000 and 5,000 attempts (docs/detection.md). */
export const DOUBT = 2.3;
const COMMON = {
  attemptsMin: 200,
  memoryAttempts: MEMORY_ATTEMPTS,
  // Two million normal attempts, seen by two detectors each, are then quiet but for one run in 1,500 with more than two alarms.
  arlAttempts: 2.2e7,
  nearestOdds: 2.5,
  // Below 0.4% two failures close together would be news.
  baselineMin: 0.004,
};
export const SETTINGS: Readonly<Record<DetectorKind, DetectorSettings>> = {
  // A technical level is never accepted: its breaker, not habit, ends the alarm. Above a very bad baseline no test of one false alarm in
  // 2.2e7 could see an outage within 20 attempts, and after 200 attempts of a baseline none that doubts it could within 12. An outage fails
  // 80-100%: watching for 0.7 bears the few successes in it.
  technical: {
    ...COMMON,
    priorRate: 0.02,
    priorAttempts: 20,
    acceptAfterAttempts: Infinity,
    arlAttemptsAtWorst: 3e6,
    shares: OUTAGE_SHARES,
    doubt: 0,
    farthestRate: 0.7,
  },
  // A blocked account is declined always.
  approval: {
    ...COMMON,
    priorRate: 0.2,
    priorAttempts: 5,
    acceptAfterAttempts: 2_000,
    arlAttemptsAtWorst: COMMON.arlAttempts,
    shares: LEANING_SHARES,
    doubt: DOUBT,
    farthestRate: 0.95,
  },
};
/** Baselines between which the mean time to false alarm falls from the one value to the other. */
const GOOD_BASELINE = 0.1;
const WORST_BASELINE = 0.16;

const LOGIT_STEP = 0.02;
/** Above it there is nothing worse left to watch for. */
const BASELINE_MAX = 0.9;
const LEVEL_MAX = Math.ceil(logit(BASELINE_MAX) / LOGIT_STEP);
/** Above a very bad baseline the alternatives still keep a distance from each other. */
const SPAN_LOGIT_MIN = 1.5;

/** Twelve were measured to be no better on average, and cost a sixth more state. */
export const ALTERNATIVES = 8;

/** One entry per alternative, near to far; parallel lists, because they are read once per outcome. */
export interface Alternatives {
  /** Odds of a hit, as a multiple of the baseline's. */
  readonly odds: readonly number[];
  /** Likelihood ratio that makes an alarm. */
  readonly limit: readonly number[];
}

/** Computed once per isolate and level. */
const computed = new WeakMap<DetectorSettings, Map<number, Alternatives>>();

/** The baseline as a whole number of logit steps, rounded up: which alternatives and limits apply. */
export function levelOf(baseline: number): number {
  return Math.min(LEVEL_MAX, Math.ceil(logit(baseline) / LOGIT_STEP));
}

export function isSaturated(level: number): boolean {
  return level >= LEVEL_MAX;
}

export function alternativesAt(settings: DetectorSettings, level: number): Alternatives {
  let levels = computed.get(settings);
  if (levels === undefined) computed.set(settings, (levels = new Map()));
  let alternatives = levels.get(level);
  if (alternatives === undefined) levels.set(level, (alternatives = computeAlternatives(settings, level * LOGIT_STEP)));
  return alternatives;
}

function computeAlternatives(settings: DetectorSettings, baselineLogit: number): Alternatives {
  const nearest = baselineLogit + Math.log(settings.nearestOdds);
  const farthest = Math.max(logit(settings.farthestRate), nearest + SPAN_LOGIT_MIN);
  const logits = Array.from(
    { length: ALTERNATIVES },
    (_, i) => nearest + ((farthest - nearest) * i) / (ALTERNATIVES - 1),
  );
  const baseline = fromLogit(baselineLogit);
  return {
    odds: logits.map((value) => Math.exp(value - baselineLogit)),
    limit: limitsFor({
      baseline,
      rates: logits.map(fromLogit),
      shares: settings.shares,
      arlAttempts: arlAt(settings, baseline),
    }),
  };
}

function fromLogit(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

function arlAt({ arlAttempts, arlAttemptsAtWorst }: DetectorSettings, baseline: number): number {
  const badness = Math.log(baseline / GOOD_BASELINE) / Math.log(WORST_BASELINE / GOOD_BASELINE);
  return arlAttempts * (arlAttemptsAtWorst / arlAttempts) ** Math.min(1, Math.max(0, badness));
}
