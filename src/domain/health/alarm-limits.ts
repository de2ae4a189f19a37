// How much evidence makes an alarm: one limit per alternative, so that together they raise one false alarm in the mean attempts asked for.

/**
 * How the false alarms are shared out among the alternatives, and what their limits ask for beyond the formula, by baseline rate, at 10^4 and
 * at 10^5 attempts; linear in the rate's logit and in log10 of the attempts. Alternatives overlap, which spares evidence (below 1), and few
 * hits make the steps of a rule coarse, which costs some: each value covers the worst of the baselines around it (lab/detection/false-alarm-time.ts).
 */
export interface AlarmShares {
  /** The farthest alternative has e^this times the share of the nearest. */
  readonly emphasis: number;
  readonly measured: readonly (readonly [rate: number, at1e4: number, at1e5: number])[];
}

/** Every alternative alike: delays in proportion to the floor, whatever the change. */
export const EVEN_SHARES: AlarmShares = {
  emphasis: 0,
  measured: [
    [0.001, 0.5, 0.8],
    [0.004, 0.53, 0.79],
    [0.01, 0.5, 0.74],
    [0.02, 0.53, 0.75],
    [0.04, 0.52, 0.74],
    [0.07, 0.5, 0.67],
    [0.1, 0.48, 0.63],
    [0.14, 0.49, 0.63],
    [0.18, 0.45, 0.56],
    [0.25, 0.45, 0.52],
    [0.4, 0.42, 0.47],
    [0.6, 0.33, 0.4],
    [0.9, 0.27, 0.34],
  ],
};
/** Most to the farther ones: a collapse is what people see, a drift can wait. */
export const LEANING_SHARES: AlarmShares = { emphasis: 6, measured: [[0.5, 0.85, 0.85]] };
/** Nearly all to the farthest: in a total outage one attempt more or less counts. */
export const OUTAGE_SHARES: AlarmShares = {
  emphasis: 12,
  measured: [
    [0.12, 1.25, 1.25],
    [0.15, 1, 1],
  ],
};
const DECADES_MAX = 2;
/** No pattern of up to eight hits may by itself make more than this share of the false alarms. */
const PATTERN_SHARE = 0.45;
const PATTERN_HITS = 8;
/** Times the alternative's rate: by so much (nats) an attempt may score more than computed, as limits stand for a whole level of baselines (LOGIT_STEP). */
const SCORE_ERROR = 0.02;
/** Longer windows with so few hits say nothing. */
const PATTERN_ATTEMPTS = 2_000;

export interface LimitsAsked {
  /** Bad rate, in (0, 1). */
  readonly baseline: number;
  /** Worse rates watched for, ascending, in (baseline, 1). */
  readonly rates: readonly number[];
  readonly shares: AlarmShares;
  /** Mean attempts between false alarms at exactly this baseline. */
  readonly arlAttempts: number;
}

export function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}

/** The likelihood ratio that each alternative's CUSUM must reach. */
export function limitsFor({ baseline, rates, shares, arlAttempts }: LimitsAsked): number[] {
  const weights = rates.map((_, i) => Math.exp((shares.emphasis * i) / (rates.length - 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const attempts = arlAttempts * total * measuredFactor(shares, baseline, arlAttempts);
  return rates.map((rate, i) => {
    const hit = Math.log(rate / baseline);
    const miss = Math.log1p(-rate) - Math.log1p(-baseline);
    const divergence = rate * hit + (1 - rate) * miss;
    // A CUSUM's mean time to false alarm is (e^h - h - 1) / divergence, h with the overshoot (Siegmund 1985, 2.52); a hit's score overshoots uniformly.
    const undershoot = -Math.expm1(-hit) / hit;
    const error = rate * SCORE_ERROR;
    const limit = Math.exp(heightFor((attempts / weights[i]!) * divergence)) * undershoot * undershoot;
    return withoutCoarsePatterns({
      limit,
      hit: hit + error,
      miss: miss + error,
      baseline,
      hazard: PATTERN_SHARE / arlAttempts,
    });
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
  /** Scores at most, nats. */
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
    if (width <= widest) height = Math.max(height, evidence + (width - hits) * miss);
  }
  return Math.exp(height);
}

function measuredFactor({ measured }: AlarmShares, baseline: number, arlAttempts: number): number {
  const decades = Math.min(DECADES_MAX, Math.max(0, Math.log10(arlAttempts) - 4));
  const at = ([, low, high]: AlarmShares['measured'][number]): number => low + (high - low) * decades;
  const above = measured.findIndex(([rate]) => rate >= baseline);
  if (above <= 0) return at(above === 0 ? measured[0]! : measured.at(-1)!);
  const [left, right] = [measured[above - 1]!, measured[above]!];
  const part = (logit(baseline) - logit(left[0])) / (logit(right[0]) - logit(left[0]));
  return at(left) + (at(right) - at(left)) * part;
}
