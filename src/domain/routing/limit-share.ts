// Which share of a segment a processor may take, so that all its segments together stay below its `maxTps`, wherever the traffic is.
import { segmentKey } from '../segment.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import type { SegmentKey } from '../identity.ts';
import type { TableData } from './routing-table.ts';

/** What of a limit is used once there is more traffic than it allows: payments come in bunches, and errors of an overload open a breaker. */
const AIMED = 0.9;
/** The part of that which is dealt out anew in any case: a segment that comes to need a full processor must get a foothold there. */
const FREE_MIN = 0.05;

/**
 * A segment may keep what it has, and what nobody has is dealt out by traffic: a segment that needs more gets most of it within a few
 * refills, and many that want more at once never get more than there is. Above the limit all give back in proportion. 0-1.
 */
export function limitShareOf(
  { segmentRates }: Pick<TableData, 'segmentRates'>,
  { id, maxTps, paymentMethods, countries }: RegisteredProcessor,
  segment: SegmentKey,
): number {
  if (maxTps === null) return 1;
  if (maxTps === 0) return 0;
  let traffic = 0;
  let taken = 0;
  let takenHere = 0;
  for (const method of paymentMethods) {
    for (const country of countries) {
      const rate = segmentRates.get(segmentKey(method, country));
      const own = rate?.toLimited.find(({ processorId }) => processorId === id)?.perSecond ?? 0;
      traffic += rate?.perSecond ?? 0;
      taken += own;
      if (rate?.segment === segment) takenHere = own;
    }
  }
  if (maxTps >= traffic) return 1;
  const aimed = maxTps * AIMED;
  const kept = Math.min(taken, (1 - FREE_MIN) * aimed);
  const trafficHere = segmentRates.get(segment)?.perSecond ?? 0;
  const keptShare = takenHere === 0 ? 0 : (takenHere * (kept / taken)) / trafficHere;
  return Math.min(1, keptShare + (aimed - kept) / traffic);
}
