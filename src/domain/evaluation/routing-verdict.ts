// What routing has brought against simpler routing, with intervals, or in plain words why nobody can say. Rules: SPEC.md [ANL].
import {
  createOffPolicyTally,
  EFFECTIVE_SAMPLES_MIN,
  type Interval,
  judgeOffPolicy,
  mergeOffPolicy,
  type OffPolicyRefusal,
  refusalSentence,
} from './off-policy.ts';
import { wilson } from './wilson.ts';
import type { DecisionCounts, Measure, PolicyName, PolicyTally, Traffic } from './routing-policies.ts';

export interface Comparison {
  readonly samples: number;
  /** `null`: where there is no estimate. */
  readonly effectiveSamples: number | null;
  /** What our routing earned, or in shadow would have. */
  readonly ours: Interval | null;
  /** What the other would have earned, or in shadow did. */
  readonly theirs: Interval | null;
  /** Ours less theirs. */
  readonly lift: Interval | null;
  readonly refusal: OffPolicyRefusal['reason'] | null;
  /** Why there is no figure. */
  readonly word: string | null;
}

export interface MoneyComparison extends Comparison {
  readonly currency: string;
  readonly payments: number;
  /** Over those payments, in minor units. */
  readonly saved: Interval | null;
}

export interface PolicyComparison {
  readonly policy: PolicyName;
  readonly approval: Comparison;
  readonly money: readonly MoneyComparison[];
}

export interface TrafficVerdict {
  readonly counts: DecisionCounts;
  /** Approvals among the payments that followed the decision; `null`: too few. */
  readonly accuracy: Interval | null;
  readonly accuracyWord: string | null;
  readonly policies: readonly PolicyComparison[];
}

const POLICIES: Readonly<Record<Traffic, readonly PolicyName[]>> = {
  live: ['static', 'priority'],
  shadow: ['signalbox', 'static', 'priority'],
};

/** `tallies` and `counts` of this traffic. */
export function routingVerdict(
  traffic: Traffic,
  tallies: readonly PolicyTally[],
  counts: readonly DecisionCounts[],
): TrafficVerdict {
  const total = counts.reduce(addCounts, NOTHING);
  const { judged, approved } = total;
  const isEnough = judged >= EFFECTIVE_SAMPLES_MIN;
  return {
    counts: total,
    accuracy: isEnough ? { value: approved / judged, ...wilson(approved, judged) } : null,
    accuracyWord: isEnough ? null : tooFew(judged),
    policies: POLICIES[traffic].map((policy) => comparisonOf(policy, traffic, tallies, total)),
  };
}

function comparisonOf(
  policy: PolicyName,
  traffic: Traffic,
  tallies: readonly PolicyTally[],
  total: DecisionCounts,
): PolicyComparison {
  const of = (name: PolicyName, measure: Measure): PolicyTally[] =>
    tallies.filter((one) => one.policy === name && one.measure === measure);
  // In shadow the log has to speak of ours, too.
  const ours = traffic === 'shadow' && policy !== 'signalbox' ? compare(of('signalbox', 'approval'), total) : null;
  if (ours !== null && ours.refusal !== null) return { policy, approval: ours, money: [] };
  return { policy, approval: compare(of(policy, 'approval'), total), money: moneyOf(of(policy, 'value'), total) };
}

const NOTHING: DecisionCounts = {
  decisions: 0,
  judged: 0,
  approved: 0,
  awaiting: 0,
  offRecommendation: 0,
  undrawn: 0,
  outOfReach: 0,
};

const tooFew = (payments: number): string =>
  refusalSentence({ reason: 'too_few', effectiveSamples: Math.min(payments, EFFECTIVE_SAMPLES_MIN - 1) });

function addCounts(one: DecisionCounts, other: DecisionCounts): DecisionCounts {
  const sum = { ...one };
  for (const name of Object.keys(sum) as (keyof DecisionCounts)[]) sum[name] += other[name];
  return sum;
}

function moneyOf(tallies: readonly PolicyTally[], counts: DecisionCounts): MoneyComparison[] {
  const currencies = [...new Set(tallies.map(({ currency }) => currency))].sort();
  return currencies.map((currency) => {
    const own = tallies.filter((one) => one.currency === currency);
    const payments = own.reduce((sum, one) => sum + one.payments, 0);
    const compared = compare(own, counts);
    return { ...compared, currency, payments, saved: compared.lift && scaled(compared.lift, payments) };
  });
}

function compare(tallies: readonly PolicyTally[], { judged, undrawn }: DecisionCounts): Comparison {
  const tally = tallies.reduce((sum, one) => mergeOffPolicy(sum, one.tally), createOffPolicyTally());
  const answer = judgeOffPolicy(tally);
  if (!answer.ok) {
    const none = { effectiveSamples: null, ours: null, theirs: null, lift: null };
    const isUndrawn = judged > 0 && judged === undrawn;
    const refusal: OffPolicyRefusal = tally.samples === 0 && !isUndrawn ? { reason: 'no_decisions' } : answer;
    return { ...none, samples: tally.samples, refusal: refusal.reason, word: refusalSentence(refusal) };
  }
  const { samples, effectiveSamples, logged, doublyRobust, lift } = answer;
  const isShadow = tallies[0]?.traffic === 'shadow';
  return {
    samples,
    effectiveSamples,
    ours: isShadow ? doublyRobust : logged,
    theirs: isShadow ? logged : doublyRobust,
    lift: isShadow ? lift : scaled(lift, -1),
    refusal: null,
    word: null,
  };
}

function scaled({ value, low, high }: Interval, by: number): Interval {
  const [one, other] = [low * by, high * by];
  return { value: value * by, low: Math.min(one, other), high: Math.max(one, other) };
}
