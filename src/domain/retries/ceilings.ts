// How much of each network ceiling is used on a credential, and when one more attempt would break none: attempts and promised slots alike.
import type { CredentialLedger } from './credential-ledger.ts';
import type { CeilingId } from './ceiling-ids.ts';
import { editionAt, type NetworkCeiling } from './network-rules.ts';
import { isDecline, reattemptsOf } from './reattempts.ts';

/** What the next attempt would be charged for; a retry has the amount of what it repeats. */
export interface Charge {
  readonly acceptor: string;
  readonly amountMinor: number;
  readonly currency: string;
}

export interface CeilingUse {
  readonly id: CeilingId;
  readonly edition: string;
  readonly windowMs: number;
  readonly max: number;
  /** Attempts and promised slots that count in the fullest window that the next attempt would fall into. */
  readonly used: number;
}

/** Something that counts, at a moment between the two; an attempt that has been made has but one. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What counts against one ceiling, both lists ascending. */
interface Counted {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The ceilings of one charge at one credential, ready to be asked for several moments. */
export interface Ceilings {
  readonly counted: readonly { readonly ceiling: NetworkCeiling; readonly spans: Counted }[];
  readonly now: number;
  /** A promised attempt may begin so long after its time. */
  readonly useWithinMs: number;
}

export function ceilingsFor(
  ledger: CredentialLedger,
  charge: Charge,
  rules: readonly NetworkCeiling[],
  when: Pick<Ceilings, 'now' | 'useWithinMs'>,
): Ceilings {
  return { counted: rules.map((ceiling) => ({ ceiling, spans: countedBy(ledger, charge, ceiling) })), ...when };
}

/** At `atMs`, by the limits given per ceiling. */
export function usesAt(ceilings: Ceilings, limits: Readonly<Record<CeilingId, number>>, atMs: number): CeilingUse[] {
  return ceilings.counted.map(({ ceiling, spans }) => ({
    id: ceiling.id,
    edition: editionAt(ceiling, ceilings.now).edition,
    windowMs: ceiling.windowMs,
    max: limits[ceiling.id],
    used: fullest(spans, ceiling.windowMs, atMs, ceilings.useWithinMs),
  }));
}

/** The first moment from `fromMs` on at which one more attempt keeps to every ceiling; `null`: none, for a limit of nothing. */
export function earliestSlotMs(
  ceilings: Ceilings,
  limits: Readonly<Record<CeilingId, number>>,
  fromMs: number,
): { readonly atMs: number; readonly heldBy: CeilingId | null } | null {
  let atMs = fromMs;
  let heldBy: CeilingId | null = null;
  for (;;) {
    const full = usesAt(ceilings, limits, atMs).find(({ used, max }) => used >= max);
    if (full === undefined) return { atMs, heldBy };
    if (full.max <= 0) return null;
    heldBy = full.id;
    atMs = nextChange(ceilings, full.id, atMs);
  }
}

/** A full window empties only where something leaves it. */
function nextChange({ counted }: Ceilings, id: CeilingId, atMs: number): number {
  const { ceiling, spans } = counted.find((each) => each.ceiling.id === id)!;
  const leaves = spans.to[firstIndex(spans.to, atMs - ceiling.windowMs)];
  if (leaves === undefined) throw new Error('a window that is full holds something that will leave it');
  return leaves + ceiling.windowMs + 1;
}

function countedBy(ledger: CredentialLedger, charge: Charge, ceiling: NetworkCeiling): Counted {
  const isOfCharge = (each: Charge): boolean =>
    each.acceptor === charge.acceptor &&
    (!ceiling.sameAmount || (each.amountMinor === charge.amountMinor && each.currency === charge.currency));
  const reattempts = ceiling.counts === 'reattempts' ? reattemptsOf(ledger.attempts) : null;
  const made = ledger.attempts
    .filter(isOfCharge)
    .filter((attempt) => (reattempts === null ? isDecline(attempt) : reattempts.has(attempt.id)))
    .map(({ atMs }): Span => ({ fromMs: atMs, toMs: atMs }));
  const promised = ledger.reservations
    .filter(isOfCharge)
    .map(({ notBeforeMs, useByMs }): Span => ({ fromMs: notBeforeMs, toMs: useByMs }));
  const spans = [...made, ...promised];
  return {
    from: spans.map(({ fromMs }) => fromMs).sort((left, right) => left - right),
    to: spans.map(({ toMs }) => toMs).sort((left, right) => left - right),
  };
}

/**
 * The most that any window of this length can hold which the next attempt, begun between `atMs` and `atMs + useWithinMs`, falls into. A window
 * [s, s + length] is fullest where s is the end of a span or the earliest or latest window of the attempt.
 */
function fullest({ from, to }: Counted, windowMs: number, atMs: number, useWithinMs: number): number {
  const firstMs = atMs - windowMs;
  const lastMs = atMs + useWithinMs;
  let most = Math.max(heldIn({ from, to }, firstMs, atMs), heldIn({ from, to }, lastMs, lastMs + windowMs));
  for (let index = firstIndex(to, firstMs); index < to.length && to[index]! <= lastMs; index += 1)
    most = Math.max(most, heldIn({ from, to }, to[index]!, to[index]! + windowMs));
  return most;
}

/** Spans that touch [startMs, endMs]: those that begin by its end, less those that ended before it. */
function heldIn({ from, to }: Counted, startMs: number, endMs: number): number {
  return firstIndex(from, endMs + 1) - firstIndex(to, startMs);
}

/** Of the first that is at least `least`. */
function firstIndex(ascending: readonly number[], least: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
