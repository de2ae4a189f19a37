// In which order the results of one commit are taken, whatever order they were reported in.
import type { CanonicalResult } from './canonical-result.ts';

/** By event time, then id: two sources that report the same batch in different orders must teach the same. */
export function arrivalOrder(results: readonly CanonicalResult[]): number[] {
  const order = results.map((_, index) => index);
  if (results.every(({ eventTimeMs }, index) => index === 0 || results[index - 1]!.eventTimeMs < eventTimeMs))
    return order;
  return order.sort((left, right) => {
    const [a, b] = [results[left]!, results[right]!];
    if (a.eventTimeMs !== b.eventTimeMs) return a.eventTimeMs - b.eventTimeMs;
    return a.transactionId < b.transactionId ? -1 : a.transactionId > b.transactionId ? 1 : left - right;
  });
}
