// How analytics' questions stand in SQL: dimensions as columns, filters as conditions, and what is summed; and the rows as the port tells them.
import type { AttemptFilter, Counted, Dimension } from '../ports/analytics-port.ts';
import { DECLINE_CLASSES } from '../domain/results/declines/decline-record.ts';
import { DIMENSIONS } from '../ports/analytics-port.ts';
import type { NeonRow } from './neon-query.ts';

export const COLUMNS: Readonly<Record<Dimension, string>> = {
  processor: 'processor_id',
  method: 'payment_method',
  country: 'country',
  decline_class: 'decline_class',
  currency: 'currency',
};

export const MEASURES: readonly string[] = [
  'approved',
  'declined',
  'error',
  'timeout',
  'refunded',
  'disputed',
  'retries',
  'recommended',
  'off_recommendation',
  'attempted_minor',
  'approved_minor',
  'refunded_minor',
  'disputed_minor',
  'fee_minor',
  'latency_ms',
  'latencies',
];

/** A sum that no number holds exactly is near enough. */
export const SUMS = [
  ...MEASURES.map((measure) => `coalesce(sum(${measure}), 0)::float8 AS ${measure}`),
  'min(currency) AS first_currency',
  'max(currency) AS last_currency',
].join(', ');

/** Named one by one: so the index leads to each. */
const FAILURES = [...DECLINE_CLASSES, 'unclassified'].map((name) => `'${name}'`).join(', ');

export interface Conditions {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

/** `before`: how many parameters stand before these. `byClass`: the failures of each class, and not all attempts. */
export function conditionsOf(filter: AttemptFilter, before: number, byClass: boolean): Conditions {
  const { decline_class: declineClass, ...others } = filter;
  const classes = declineClass ?? (byClass ? null : '*');
  const wanted = DIMENSIONS.filter((dimension) => dimension !== 'decline_class' && others[dimension] !== undefined);
  const given = wanted.map((dimension) => ({ column: COLUMNS[dimension], value: filter[dimension] }));
  const all = classes === null ? given : [{ column: 'decline_class', value: classes }, ...given];
  const conditions = all.map(({ column }, index) => ` AND ${column} = $${before + index + 1}`);
  return {
    text: [...(classes === null ? [` AND decline_class IN (${FAILURES})`] : []), ...conditions].join(''),
    parameters: all.map(({ value }) => value),
  };
}

export function countedOf(row: NeonRow): Counted {
  const isOfOneCurrency = row['first_currency'] !== null && row['first_currency'] === row['last_currency'];
  const told = (measure: string): number => Number(row[measure]);
  return {
    approved: told('approved'),
    declined: told('declined'),
    error: told('error'),
    timeout: told('timeout'),
    refunded: told('refunded'),
    disputed: told('disputed'),
    retries: told('retries'),
    recommended: told('recommended'),
    offRecommendation: told('off_recommendation'),
    latencyMs: told('latency_ms'),
    latencies: told('latencies'),
    money: isOfOneCurrency
      ? {
          attemptedMinor: told('attempted_minor'),
          approvedMinor: told('approved_minor'),
          refundedMinor: told('refunded_minor'),
          disputedMinor: told('disputed_minor'),
          feeMinor: told('fee_minor'),
        }
      : null,
  };
}
