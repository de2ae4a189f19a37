// A segment is payment method x country: the grain at which health is kept, breakers trip and approval is learned.
import type { SegmentKey } from './identity.ts';

/** Both parts are matched case-insensitively everywhere (seed contract), so the key is upper case. */
export function segmentKey(paymentMethod: string, country: string): SegmentKey {
  return `${paymentMethod.toUpperCase()}|${country.toUpperCase()}` as SegmentKey;
}

export function segmentParts(key: SegmentKey): { paymentMethod: string; country: string } {
  const bar = key.indexOf('|');
  return { paymentMethod: key.slice(0, bar), country: key.slice(bar + 1) };
}

/** The scope of a processor's own residual breaker: every segment that is too small for one of its own. */
export const RESIDUAL = '*' as SegmentKey;
