// What is known beside the decisions of an hour: the order of priority, how often each processor approved before, where the merchant went by itself.
import type { RegisteredProcessor } from '../processor-config.ts';
import type { Surroundings } from './routing-policies.ts';

export interface SegmentRecord {
  readonly processorId: string;
  readonly paymentMethod: string;
  readonly country: string;
  readonly attempts: number;
  readonly approved: number;
}

export interface SegmentShare {
  readonly processorId: string;
  readonly paymentMethod: string;
  readonly country: string;
  readonly decisions: number;
}

/** Where nothing is known; the estimate is right whatever stands here. */
const RATE_UNKNOWN = 0.8;
/** In attempts: a handful of results is no rate yet. */
const PRIOR_WEIGHT = 20;

export function surroundingsOf(
  processors: readonly Pick<RegisteredProcessor, 'id' | 'enabled' | 'priority' | 'paymentMethods' | 'countries'>[],
  records: readonly SegmentRecord[],
  choices: readonly SegmentShare[],
): Surroundings {
  const inOrder = processors
    .filter(({ enabled }) => enabled)
    .toSorted((left, right) => left.priority - right.priority || (left.id < right.id ? -1 : 1));
  const total = records.reduce((sum, { attempts }) => sum + attempts, 0);
  const approvedOfAll = records.reduce((sum, { approved }) => sum + approved, 0);
  const overall = total > 0 ? approvedOfAll / total : RATE_UNKNOWN;
  const rates = new Map(
    records.map((record) => [
      keyOf(record.processorId, record.paymentMethod, record.country),
      (record.approved + PRIOR_WEIGHT * overall) / (record.attempts + PRIOR_WEIGHT),
    ]),
  );
  const own = new Map(choices.map((one) => [keyOf(one.processorId, one.paymentMethod, one.country), one.decisions]));
  const segments = new Map<string, number>();
  for (const { paymentMethod, country, decisions } of choices) {
    const key = keyOf('', paymentMethod, country);
    segments.set(key, (segments.get(key) ?? 0) + decisions);
  }
  const orders = new Map<string, readonly string[]>();
  const orderOf = (paymentMethod: string, country: string): readonly string[] =>
    inOrder
      .filter((one) => one.paymentMethods.includes(paymentMethod) && one.countries.includes(country))
      .map(({ id }) => id);
  return {
    order: (paymentMethod, country) => {
      const key = keyOf('', paymentMethod, country);
      const order = orders.get(key) ?? orderOf(paymentMethod, country);
      orders.set(key, order);
      return order;
    },
    approval: (id, paymentMethod, country) => rates.get(keyOf(id, paymentMethod, country)) ?? overall,
    merchantShare: (id, paymentMethod, country) =>
      (own.get(keyOf(id, paymentMethod, country)) ?? 0) / (segments.get(keyOf('', paymentMethod, country)) ?? 1),
  };
}

const keyOf = (id: string, paymentMethod: string, country: string): string => `${id}\n${paymentMethod}\n${country}`;
