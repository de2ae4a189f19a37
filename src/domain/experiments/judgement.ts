// What an experiment shows so far: the rates of its arms, their difference, whether payments fell as they were to fall, and whether an arm is to be stopped.
// It may be asked at every result. Rules: SPEC.md [EXP].
import { differenceOf, rateInterval, sharePValue, type Difference, type Interval } from './sequential.ts';
import type { ArmTallies, ArmTally, ValueTally } from './arm-tally.ts';

/** How an experiment is judged. */
export interface Judging {
  /** How often at most two equal arms are ever told apart, however often one looks; 0.001-0.2. */
  readonly alpha: number;
  /** An arm is stopped when its rate is lower by more than this with certainty 1 - alpha; 0-0.5. */
  readonly guardrail: number;
  /** Differences up to this matter to nobody; 0.001-0.5. */
  readonly noDifferenceBelow: number;
  /** Payments of one key resemble each other: so many of them tell as much as one that stands alone; 1-100. */
  readonly designEffect: number;
  /** Whether the guardrail acts. */
  readonly stopsByItself: boolean;
}

export const JUDGING_DEFAULT: Judging = {
  alpha: 0.05,
  guardrail: 0,
  noDifferenceBelow: 0.01,
  designEffect: 1,
  stopsByItself: true,
};

/** Of the second arm against the first. */
export type Verdict = 'running' | 'better' | 'worse' | 'no_difference_beyond';

export interface ArmJudgement {
  readonly count: number;
  readonly successes: number;
  readonly open: number;
  /** `null`: nothing is known of it. */
  readonly rate: number | null;
  readonly interval: Interval;
}

export interface ValueJudgement {
  readonly currency: string;
  readonly counts: readonly [number, number];
  /** Mean net value of an attempt, in minor units. */
  readonly means: readonly [number, number];
  readonly difference: Difference;
}

export interface SampleRatio {
  readonly expectedShareA: number;
  /** `null`: nothing is counted yet. */
  readonly shareA: number | null;
  readonly pValue: number;
  readonly isMismatch: boolean;
}

export interface Judgement {
  readonly arms: readonly [ArmJudgement, ArmJudgement];
  /** Of the success rates, the second less the first; `null`: too few are counted. */
  readonly difference: Difference | null;
  readonly verdict: Verdict;
  readonly values: readonly ValueJudgement[];
  readonly sampleRatio: SampleRatio;
  /** The arm that the guardrail stops, whether or not it may act. */
  readonly losing: 0 | 1 | null;
}

/** In each arm; the normal mixture is asymptotic. Measured: `npm run lab -- experiments`. */
export const COUNT_MIN = 50;
/** Successes, and failures, that the smaller arm is to be expected to have; of both arms' rate, so that one without any is judged, too. */
const EXPECTED_MIN = 10;
/** Values have longer tails than rates. */
const VALUES_MIN = 200;
/** Differences one looks for: about two points of the success rate, a twentieth of the values' standard deviation. */
const RATE_SPREAD = 0.02;
const VALUE_SPREAD = 0.05;
/** A false alarm here discredits a good experiment: rarer than the others. */
export const MISMATCH_BELOW = 0.001;

export function judge(tallies: ArmTallies, shareA: number, judging: Judging): Judgement {
  const [first, second] = tallies;
  const difference = rateDifference(first, second, judging);
  const sampleRatio = sampleRatioOf(tallies, shareA, judging);
  return {
    arms: [armOf(first, judging), armOf(second, judging)],
    difference,
    verdict: verdictOf(difference, judging),
    values: first.values.flatMap((value) => {
      const other = second.values.find(({ currency }) => currency === value.currency);
      const judged = other === undefined ? null : valueOf(value, other, judging);
      return judged === null ? [] : [judged];
    }),
    sampleRatio,
    losing: sampleRatio.isMismatch ? null : losingOf(difference, judging),
  };
}

function armOf({ count, successes, open }: ArmTally, { alpha, designEffect }: Judging): ArmJudgement {
  const weight = Math.floor(count / designEffect);
  const told = count === 0 ? 0 : Math.round((successes / count) * weight);
  const interval = rateInterval(told, weight, alpha);
  return { count, successes, open, rate: count === 0 ? null : successes / count, interval };
}

function rateDifference(first: ArmTally, second: ArmTally, { alpha, designEffect }: Judging): Difference | null {
  const smaller = Math.min(first.count, second.count) / designEffect;
  const rate = (first.successes + second.successes) / (first.count + second.count);
  if (!(smaller >= COUNT_MIN && smaller * Math.min(rate, 1 - rate) >= EXPECTED_MIN)) return null;
  const estimate = second.successes / second.count - first.successes / first.count;
  const variance = designEffect * (rateVariance(first) + rateVariance(second));
  return differenceOf(estimate, variance, RATE_SPREAD, alpha);
}

/** One success and one failure more than there were: without any failure a rate is not certain. */
function rateVariance({ count, successes }: ArmTally): number {
  const rate = (successes + 1) / (count + 2);
  return (rate * (1 - rate)) / count;
}

function verdictOf(difference: Difference | null, { noDifferenceBelow }: Judging): Verdict {
  if (difference === null) return 'running';
  const { low, high } = difference;
  if (low > -noDifferenceBelow && high < noDifferenceBelow) return 'no_difference_beyond';
  if (low > 0) return 'better';
  return high < 0 ? 'worse' : 'running';
}

function losingOf(difference: Difference | null, { guardrail }: Judging): 0 | 1 | null {
  if (difference === null) return null;
  if (difference.high < -guardrail) return 1;
  return difference.low > guardrail ? 0 : null;
}

function valueOf(one: ValueTally, other: ValueTally, { alpha, designEffect }: Judging): ValueJudgement | null {
  if (Math.min(one.count, other.count) / designEffect < VALUES_MIN) return null;
  const [first, second] = [momentsOf(one), momentsOf(other)];
  const spread = VALUE_SPREAD * Math.sqrt((first.variance + second.variance) / 2);
  if (!(spread > 0)) return null;
  const variance = designEffect * (first.variance / one.count + second.variance / other.count);
  return {
    currency: one.currency,
    counts: [one.count, other.count],
    means: [first.mean, second.mean],
    difference: differenceOf(second.mean - first.mean, variance, spread, alpha),
  };
}

function momentsOf({ count, sum, squares }: ValueTally): { readonly mean: number; readonly variance: number } {
  const mean = sum / count;
  return { mean, variance: Math.max(0, squares / count - mean * mean) };
}

function sampleRatioOf([first, second]: ArmTallies, shareA: number, { designEffect }: Judging): SampleRatio {
  const both = first.count + second.count;
  const weight = Math.floor(both / designEffect);
  const share = both === 0 ? null : first.count / both;
  const pValue = share === null ? 1 : sharePValue(Math.round(share * weight), weight, shareA);
  return { expectedShareA: shareA, shareA: share, pValue, isMismatch: pValue < MISMATCH_BELOW };
}
