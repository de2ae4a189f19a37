// The 256 slots of a processor's transactions: which one an id falls into is read off its salted hash, and so off every key that is kept of it.
import { hash64, parseSalt } from './hash64.ts';

export const SLOTS = 256;

/** `hi`: the high half, which is the same in every key of one transaction. */
export const slotOfHash = (hi: number): number => hi & (SLOTS - 1);

/** For many ids under one salt. */
export function slotFinder(salt: string): (transactionId: string) => number {
  const parsed = parseSalt(salt);
  const hash = { lo: 0, hi: 0 };
  return (transactionId) => {
    hash64(transactionId, parsed, hash);
    return slotOfHash(hash.hi);
  };
}
