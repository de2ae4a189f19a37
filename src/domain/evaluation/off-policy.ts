// What another policy would have earned on the payments of a log: inverse propensity and doubly robust, with intervals, or why nobody can say.

/** One logged choice. Rewards of any unit; predictions made before the reward was known. */
export interface OffPolicySample {
  readonly reward: number;
  /** With which the logged choice was drawn, (0, 1]. */
  readonly propensity: number;
  /** With which the policy under judgement would have made the same choice at that moment, [0, 1]. */
  readonly probability: number;
  /** Foretold reward of the logged choice. */
  readonly predicted: number;
  /** Foretold reward under the policy: the sum over its choices of probability x foretold reward. */
  readonly expected: number;
}

/** Sums over samples: plain numbers that add up, so that parts of a log may be counted apart. `w`: weight, `r`: reward, `v`: doubly robust term. */
export interface OffPolicyTally {
  samples: number;
  w: number;
  ww: number;
  r: number;
  rr: number;
  wr: number;
  wrr: number;
  wwr: number;
  wwrr: number;
  v: number;
  vv: number;
  vr: number;
}

/** 95%, normal. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface OffPolicyEstimate {
  readonly samples: number;
  /** Kish: (sum of weights)^2 / sum of their squares. */
  readonly effectiveSamples: number;
  /** 1 where every choice of the policy has its chance in the log. */
  readonly meanWeight: number;
  /** What the logged choices earned. */
  readonly logged: Interval;
  readonly inversePropensity: Interval;
  readonly doublyRobust: Interval;
  /** Doubly robust value minus what was logged, from the same payments. */
  readonly lift: Interval;
}

export type OffPolicyRefusal =
  /** Nothing with a result lies beside what the policy would have done. */
  | { readonly reason: 'no_decisions' }
  /** No choice of the log carries its propensity. */
  | { readonly reason: 'no_propensities' }
  /** The log never did what the policy does. */
  | { readonly reason: 'no_overlap'; readonly samples: number }
  | { readonly reason: 'too_few'; readonly effectiveSamples: number }
  /** A part of what the policy does had no chance in the log: its weights do not add up to 1. */
  | { readonly reason: 'partial_overlap'; readonly meanWeight: number }
  /** Weights add up to more than 1: the propensities are not those of the draws. */
  | { readonly reason: 'wrong_propensities'; readonly meanWeight: number };

export type OffPolicyAnswer = ({ readonly ok: true } & OffPolicyEstimate) | ({ readonly ok: false } & OffPolicyRefusal);

/** Below it an interval is a guess about a guess. */
export const EFFECTIVE_SAMPLES_MIN = 200;
const Z_95 = 1.959964;
/** By chance a mean weight is this many standard errors from 1 once in 16,000 evaluations. */
const WEIGHT_ERRORS_MAX = 4;
/** Nearer to 1 no gap in the overlap is worth a refusal: a policy's rare probes. */
const WEIGHT_GAP_MIN = 0.02;

export function createOffPolicyTally(): OffPolicyTally {
  return { samples: 0, w: 0, ww: 0, r: 0, rr: 0, wr: 0, wrr: 0, wwr: 0, wwrr: 0, v: 0, vv: 0, vr: 0 };
}

/** Throws on a propensity that is none: a log is checked before it is counted. */
export function noteChoice(tally: OffPolicyTally, sample: OffPolicySample): void {
  const { w, v } = doublyRobustTerm(sample);
  add(tally, { w, r: sample.reward, v });
}

/** Two policies that the log followed neither of, on one payment of it: `logged` is then what `other` would have earned, and its weights are asked for their overlap. */
export function noteBeside(tally: OffPolicyTally, policy: OffPolicySample, other: OffPolicySample): void {
  const { w, v: r } = doublyRobustTerm(other);
  add(tally, { w, r, v: doublyRobustTerm(policy).v });
}

function doublyRobustTerm({ reward, propensity, probability, predicted, expected }: OffPolicySample): {
  readonly w: number;
  readonly v: number;
} {
  if (!(propensity > 0 && propensity <= 1)) throw new Error(`a propensity of ${propensity}`);
  const w = probability / propensity;
  return { w, v: expected + w * (reward - predicted) };
}

function add(tally: OffPolicyTally, { w, r, v }: { readonly w: number; readonly r: number; readonly v: number }): void {
  tally.samples += 1;
  tally.w += w;
  tally.ww += w * w;
  tally.r += r;
  tally.rr += r * r;
  tally.wr += w * r;
  tally.wrr += w * r * r;
  tally.wwr += w * w * r;
  tally.wwrr += w * w * r * r;
  tally.v += v;
  tally.vv += v * v;
  tally.vr += v * r;
}

export function mergeOffPolicy(one: OffPolicyTally, other: OffPolicyTally): OffPolicyTally {
  const sum = { ...one };
  for (const name of Object.keys(sum) as (keyof OffPolicyTally)[]) sum[name] += other[name];
  return sum;
}

/**
 * Self-normalised inverse propensity (Hajek) and doubly robust (Dudik, Langford and Li 2011), each with the normal interval of its influence
 * function. A policy that learns is judged one step at a time: what it would have chosen knowing what the log knew at that moment. The terms are then
 * martingale differences, whatever learned the log's own choices, as long as predictions are made before the reward. Where rewards drift
 * the interval holds the drift too, and is rather too wide.
 */
export function judgeOffPolicy(tally: OffPolicyTally): OffPolicyAnswer {
  const { samples: n, w, ww } = tally;
  if (n === 0) return { ok: false, reason: 'no_propensities' };
  if (w === 0) return { ok: false, reason: 'no_overlap', samples: n };
  const effectiveSamples = (w * w) / ww;
  if (effectiveSamples < EFFECTIVE_SAMPLES_MIN) return { ok: false, reason: 'too_few', effectiveSamples };
  const meanWeight = w / n;
  const slack = Math.max(WEIGHT_GAP_MIN, WEIGHT_ERRORS_MAX * errorOfMean(n, w, ww));
  if (meanWeight < 1 - slack) return { ok: false, reason: 'partial_overlap', meanWeight };
  if (meanWeight > 1 + slack) return { ok: false, reason: 'wrong_propensities', meanWeight };
  const { r, rr, v, vv, vr, wr, wwr, wwrr } = tally;
  const weighted = wr / w;
  const residuals = wwrr - 2 * weighted * wwr + weighted * weighted * ww;
  return {
    ok: true,
    samples: n,
    effectiveSamples,
    meanWeight,
    logged: interval(r / n, errorOfMean(n, r, rr)),
    inversePropensity: interval(weighted, Math.sqrt(Math.max(0, residuals)) / w),
    doublyRobust: interval(v / n, errorOfMean(n, v, vv)),
    lift: interval((v - r) / n, errorOfMean(n, v - r, vv - 2 * vr + rr)),
  };
}

/** In plain words, for people. */
export function refusalSentence(refusal: OffPolicyRefusal): string {
  switch (refusal.reason) {
    case 'no_decisions':
      return 'Cannot be estimated: there is no decision with its result that this policy could be laid beside.';
    case 'no_propensities':
      return 'Cannot be estimated: the log does not say with which probability its choices were drawn. Without chance in the choices there is no telling what another choice would have brought.';
    case 'no_overlap':
      return `Cannot be estimated: in ${refusal.samples} payments the log never did what this policy does.`;
    case 'too_few':
      return `Cannot be estimated: weighted by their propensities the payments count as ${Math.floor(refusal.effectiveSamples)}, and ${EFFECTIVE_SAMPLES_MIN} are the least.`;
    case 'partial_overlap':
      return `Cannot be estimated: only about ${Math.round(100 * refusal.meanWeight)}% of what this policy does had a chance in the log.`;
    case 'wrong_propensities':
      return `Cannot be estimated: the weights average ${refusal.meanWeight.toFixed(2)} where 1 is due, so the propensities in the log are not those its choices were drawn with.`;
  }
}

/** Standard error of a mean from the sum and the sum of squares. */
function errorOfMean(n: number, sum: number, squares: number): number {
  return n < 2 ? Infinity : Math.sqrt(Math.max(0, squares - (sum * sum) / n) / (n - 1) / n);
}

const interval = (value: number, error: number): Interval => ({
  value,
  low: value - Z_95 * error,
  high: value + Z_95 * error,
});
