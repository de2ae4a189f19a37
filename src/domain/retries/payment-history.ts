// What the ledger knows of the payment that an attempt belongs to: its other attempts, its technical failures, its changes of processor.
import type { CredentialLedger } from './credential-ledger.ts';
import {
  isOpen,
  isTechnicalFailure,
  type AttemptOutcome,
  type KeptAttempt,
  type LedgerAttempt,
} from './attempt-reading.ts';
import type { ProcessorId } from '../identity.ts';
import type { RetryQuestion } from './retry-question.ts';

export interface PaymentHistory {
  /** A retry was already promised, or made, after the attempt that is asked about. */
  readonly isAnswered: boolean;
  readonly isApproved: boolean;
  /** Another attempt of this payment whose outcome nobody knows. */
  readonly unknownAttempt: LedgerAttempt | null;
  /** Which attempt a duplicate may be one of: the one that is unknown, else the newest that was sent; `null`: no other is known. */
  readonly otherSent: LedgerAttempt | null;
  readonly technicalFailures: number;
  readonly hopsMade: number;
  attemptsAt(processorId: ProcessorId): number;
}

/** Without a payment id only the attempt itself is known to belong to it, and the caller's counts are all there is. */
export function paymentHistory(question: RetryQuestion, ledger: CredentialLedger | null): PaymentHistory {
  const { attempt, attemptsMade } = question;
  const isCounted = ledger !== null && attempt.paymentId !== null;
  const its = isCounted ? ledger.attempts.filter(({ paymentId }) => paymentId === attempt.paymentId) : [attempt];
  const others = its.filter(({ id }) => id !== attempt.id);
  const unknownAttempt = others.find(isOpen) ?? null;
  const promised = (ledger?.reservations ?? []).some(
    ({ afterAttemptId, paymentId }) =>
      afterAttemptId === attempt.id || (paymentId !== null && paymentId === attempt.paymentId),
  );
  return {
    isAnswered: promised || others.some((other) => isAfter(other, attempt, its)),
    isApproved: others.some(({ outcome }) => wasApproved(outcome)),
    unknownAttempt,
    otherSent: unknownAttempt ?? others.findLast(({ outcome }) => outcome !== 'not_sent') ?? null,
    technicalFailures: isCounted ? its.filter(isTechnical).length : attemptsMade,
    hopsMade: Math.max(question.hopsMade, changesOf(its.map(({ processorId }) => processorId))),
    attemptsAt: (processorId) =>
      isCounted ? its.filter((each) => each.processorId === processorId).length : attemptsMade,
  };
}

/** What a promise says of their order goes before the clocks of those who told of them. */
function isAfter(other: LedgerAttempt, attempt: LedgerAttempt, its: readonly (LedgerAttempt | KeptAttempt)[]): boolean {
  const promisedAfter = (id: string): string | null => {
    const kept = its.find((each) => each.id === id);
    return kept !== undefined && 'promisedAfter' in kept ? kept.promisedAfter : null;
  };
  if (promisedAfter(other.id) === attempt.id) return true;
  return promisedAfter(attempt.id) !== other.id && other.atMs > attempt.atMs;
}

function isTechnical(attempt: LedgerAttempt): boolean {
  const { outcome, reading } = attempt;
  if (isOpen(attempt)) return outcome !== 'declined';
  if (outcome === 'declined') return reading?.class === 'technical';
  return outcome === 'failed' ? isTechnicalFailure(attempt) : !wasApproved(outcome);
}

/** What was given back was paid, and is not asked for again by itself. */
const wasApproved = (outcome: AttemptOutcome): boolean => outcome === 'approved' || outcome === 'refunded';

function changesOf(processors: readonly ProcessorId[]): number {
  return processors.filter((processorId, index) => index > 0 && processorId !== processors[index - 1]).length;
}
