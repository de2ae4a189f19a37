// How judged decisions stand in the columns of their tables, and back.
import { createOffPolicyTally, type OffPolicyTally } from '../domain/evaluation/off-policy.ts';
import type { HourJudgement, PolicyTally, SampledDecision } from '../domain/evaluation/routing-policies.ts';
import type { NeonRow } from './neon-query.ts';
import type { RoutingFindings } from '../ports/analytics-port.ts';

/** As `history_keep_judgement` takes them: the names are the columns'. */
export function judgementColumns(
  hourMs: number,
  { policies, counts }: HourJudgement,
): { readonly policies: object[]; readonly counts: object[] } {
  const decidedHour = new Date(hourMs).toISOString();
  const stratumOf = ({ traffic, paymentMethod, country, strategy }: HourJudgement['counts'][number] | PolicyTally) => ({
    decided_hour: decidedHour,
    traffic,
    payment_method: paymentMethod,
    country,
    strategy,
  });
  return {
    policies: policies.map((one) => ({
      ...stratumOf(one),
      policy: one.policy,
      measure: one.measure,
      currency: one.currency,
      payments: one.payments,
      ...one.tally,
    })),
    counts: counts.map((one) => ({
      ...stratumOf(one),
      decisions: one.decisions,
      judged: one.judged,
      approved: one.approved,
      awaiting: one.awaiting,
      off_recommendation: one.offRecommendation,
      undrawn: one.undrawn,
      out_of_reach: one.outOfReach,
    })),
  };
}

/** Summed over hours and strata. */
export function policyTallyOf(row: NeonRow): PolicyTally {
  const tally = createOffPolicyTally();
  for (const name of Object.keys(tally) as (keyof OffPolicyTally)[]) tally[name] = Number(row[name]);
  return {
    traffic: row['traffic'] as PolicyTally['traffic'],
    policy: row['policy'] as PolicyTally['policy'],
    measure: row['measure'] as PolicyTally['measure'],
    currency: String(row['currency']),
    paymentMethod: '*',
    country: '*',
    strategy: '*',
    payments: Number(row['payments']),
    tally,
  };
}

export const decisionCountsOf = (row: NeonRow): RoutingFindings['counts'][number] => ({
  traffic: row['traffic'] as PolicyTally['traffic'],
  decisions: Number(row['decisions']),
  judged: Number(row['judged']),
  approved: Number(row['approved']),
  awaiting: Number(row['awaiting']),
  offRecommendation: Number(row['off_recommendation']),
  undrawn: Number(row['undrawn']),
  outOfReach: Number(row['out_of_reach']),
});

/** Only numbers are probabilities, whatever else stands in the document. */
export function sampledDecisionOf(row: NeonRow): SampledDecision {
  const probabilities = Object.entries((row['probabilities'] ?? {}) as Record<string, unknown>);
  const result = row['result'];
  return {
    traffic: row['is_shadow'] === true ? 'shadow' : 'live',
    paymentMethod: String(row['payment_method']),
    country: String(row['country']),
    strategy: String(row['strategy']),
    processorId: String(row['processor_id']),
    propensity: Number(row['propensity']),
    probabilities: Object.fromEntries(
      probabilities.flatMap(([id, chance]) => (typeof chance === 'number' ? [[id, chance]] : [])),
    ),
    isDrawn: row['is_deterministic'] === false && row['had_permit'] !== true,
    sampleRate: Number(row['sample_rate']),
    outcome:
      typeof result !== 'string'
        ? null
        : {
            approved: result === 'approved',
            offRecommendation: row['is_off_recommendation'] === true,
            amountMinor: Number(row['amount_minor']),
            feeMinor: finiteOrNull(row['fee_minor']),
            currency: String(row['currency']),
          },
  };
}

const finiteOrNull = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
