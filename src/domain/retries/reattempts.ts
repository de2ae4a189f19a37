// Which attempts on a credential are reattempts, told from the attempts alone: nobody has to say so, and none can be hidden.
import type { KeptAttempt, LedgerAttempt } from './attempt-reading.ts';
import { DAY_MS } from './network-rules.ts';

/** A decline further back than this is no one's predecessor. */
const FOLLOWS_WITHIN_MS = 30 * DAY_MS;

/** What the network may have seen declined: everything that was sent and not approved, also while nobody knows. */
export function isDecline({ outcome }: Pick<LedgerAttempt, 'outcome'>): boolean {
  return outcome !== 'approved' && outcome !== 'refunded' && outcome !== 'not_sent';
}

/**
 * Ids of the attempts that follow a decline at the same acceptor within 30 days: the attempt right before it there, or the one right before it
 * of the same amount or the same payment, was declined. An approval in between ends a row (Dintero: "if a transaction goes through successfully,
 * the quota will reset"), but takes nothing back of what was counted. `attempts` by time.
 */
export function reattemptsOf(attempts: readonly KeptAttempt[]): ReadonlySet<string> {
  const reattempts = new Set<string>();
  attempts.forEach((attempt, index) => {
    if (attempt.outcome === 'not_sent') return;
    if (attempt.followsForgotten || followsDecline(attempts, index)) reattempts.add(attempt.id);
  });
  return reattempts;
}

/** Looks back to the nearest attempt at the acceptor, of the amount and of the payment: on most cards a step or two. */
function followsDecline(attempts: readonly KeptAttempt[], index: number): boolean {
  const { acceptor, amountMinor, currency, paymentId, atMs } = attempts[index]!;
  let isNearest = true;
  let seeksAmount = true;
  let seeksPayment = paymentId !== null;
  for (let back = index - 1; back >= 0 && (isNearest || seeksAmount || seeksPayment); back -= 1) {
    const before = attempts[back]!;
    if (before.atMs < atMs - FOLLOWS_WITHIN_MS) return false;
    if (before.acceptor !== acceptor || before.outcome === 'not_sent') continue;
    const isOfAmount = before.amountMinor === amountMinor && before.currency === currency;
    const isOfPayment = before.paymentId === paymentId;
    const counts = isNearest || (seeksAmount && isOfAmount) || (seeksPayment && isOfPayment);
    if (counts && isDecline(before)) return true;
    isNearest = false;
    seeksAmount &&= !isOfAmount;
    seeksPayment &&= !isOfPayment;
  }
  return false;
}

/** Some of them, in which those whose decline before them is gone keep that they are reattempts. */
export function keptOf(attempts: readonly KeptAttempt[], isKept: (attempt: KeptAttempt) => boolean): KeptAttempt[] {
  const kept = attempts.filter(isKept);
  if (kept.length === attempts.length || kept.length === 0) return kept;
  const [before, after] = [reattemptsOf(attempts), reattemptsOf(kept)];
  return kept.map((each) => (before.has(each.id) && !after.has(each.id) ? { ...each, followsForgotten: true } : each));
}
