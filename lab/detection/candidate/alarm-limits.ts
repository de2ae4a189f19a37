// How much evidence makes an alarm: one limit per alternative, so that together they raise one false alarm in the mean attempts asked for.

/**
 * What the limits ask for beyond the formula, by baseline rate, at 10^4 and at 10^5 attempts; linear in the rate's logit and in log10 of the
 * attempts. Alternatives overlap, which spares evidence (below 1), and few hits make the steps of a rule coarse, which costs some: each value
 * covers the worst of the baselines around it as measured (docs/detection.md), for twelve alternatives from 1.5 times the odds up.
 */
const MEASURED: readonly (readonly [rate: number, at1e4: number, at1e5: number])[] = [
  [0.001, 0.42, 0.52],
  [0.004, 0.46, 0.72],
  [0.02, 0.42, 0.55],
  [0.05, 0.38, 0.5],
  [0.07, 0.36, 0.45],
  [0.1, 0.32, 0.41],
  [0.15, 0.33, 0.43],
  [0.2, 0.29, 0.38],
  [0.5, 0.25, 0.32],
  [0.9, 0.22, 0.28],
];
const DECADES_MAX = 2;
/** No pattern of up to eight hits may by itself make more than this share of the false alarms. */
const PATTERN_SHARE = 0.45;
const PATTERN_HITS = 8;
/** By so much (nats) a hit may score more than computed: limits stand for a whole level of baselines (LOGIT_STEP). */
const HIT_SCORE_ERROR = 0.02;
/** Longer windows with so few hits say nothing. */
const PATTERN_ATTEMPTS = 2_000;

export interface LimitsAsked {
  /** Bad rate, in (0, 1). */
  readonly baseline: number;
  /** Worse rates watched for, ascending, in (baseline, 1). */
  readonly rates: readonly number[];
  /** How the false alarms are shared out among them, in any unit. */
  readonly shares: readonly number[];
  /** Many near to each other raise many of their false alarms together, as MEASURED allows for; else each is taken to stand alone. */
  readonly isDense: boolean;
  /** Mean attempts between false alarms at exactly this baseline. */
  readonly arlAttempts: number;
}

export function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}

/** The likelihood ratio that each alternative's CUSUM must reach. */
export function limitsFor({ baseline, rates, shares, isDense, arlAttempts }: LimitsAsked): number[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const attempts = arlAttempts * total * (isDense ? measuredFactor(baseline, arlAttempts) : 1);
  return rates.map((rate, i) => {
    const hit = Math.log(rate / baseline);
    const miss = Math.log1p(-rate) - Math.log1p(-baseline);
    const divergence = rate * hit + (1 - rate) * miss;
    // A CUSUM's mean time to false alarm is (e^h - h - 1) / divergence, h with the overshoot (Siegmund 1985, 2.52); a hit's score overshoots uniformly.
    const undershoot = -Math.expm1(-hit) / hit;
    const limit = Math.exp(heightFor((attempts / shares[i]!) * divergence)) * undershoot * undershoot;
    return withoutCoarsePatterns({ limit, hit, miss, baseline, hazard: PATTERN_SHARE / arlAttempts });
  });
}

/** Solves e^h - h - 1 = value for h >= 0. */
function heightFor(value: number): number {
  let height = 1;
  for (let round = 0; round < 40; round++) height = Math.log(value + 1 + height);
  return height;
}

interface Rule {
  readonly limit: number;
  /** Scores, nats. */
  readonly hit: number;
  readonly miss: number;
  readonly baseline: number;
  /** Per attempt. */
  readonly hazard: number;
}

/** Raises the limit past every pattern of few hits that alone is too common: such steps are what makes a low baseline's false alarms jump. */
function withoutCoarsePatterns({ limit, hit, miss, baseline, hazard }: Rule): number {
  let height = Math.log(limit);
  for (let hits = 1; hits <= PATTERN_HITS; hits++) {
    const evidence = hits * hit;
    if (evidence < height) continue;
    const widest = Math.min(PATTERN_ATTEMPTS, hits + Math.floor((evidence - height) / -miss));
    // P(the last of `width` attempts is the hit that completes the pattern), from the narrowest up.
    let chance = baseline ** hits;
    let width = hits;
    while (width <= widest && chance <= hazard) {
      chance *= (width / (width - hits + 1)) * (1 - baseline);
      width++;
    }
    if (width <= widest) height = Math.max(height, evidence + (width - hits) * miss + hits * HIT_SCORE_ERROR);
  }
  return Math.exp(height);
}

function measuredFactor(baseline: number, arlAttempts: number): number {
  const decades = Math.min(DECADES_MAX, Math.max(0, Math.log10(arlAttempts) - 4));
  const at = ([, low, high]: (typeof MEASURED)[number]): number => low + (high - low) * decades;
  const above = MEASURED.findIndex(([rate]) => rate >= baseline);
  if (above <= 0) return at(above === 0 ? MEASURED[0]! : MEASURED.at(-1)!);
  const [left, right] = [MEASURED[above - 1]!, MEASURED[above]!];
  const part = (logit(baseline) - logit(left[0])) / (logit(right[0]) - logit(left[0]));
  return at(left) + (at(right) - at(left)) * part;
}
