// Advice and the slot that makes it true, in one step: whoever is told to try again holds a place under every ceiling before he hears of it.
import { adviseNext } from './advise-next.ts';
import { attemptId } from './attempt-reading.ts';
import {
  EMPTY_LEDGER,
  noteAsked,
  releaseReservation,
  withReservation,
  type CredentialLedger,
  type Reservation,
} from './credential-ledger.ts';
import type { AdviceInput, RetryAdvice } from './retry-question.ts';

export interface ReserveInput extends AdviceInput {
  /** One for one question, the caller's: the same attempt asked about again under the same id is promised the same slot and no other. */
  readonly requestId: string;
  /** The merchant's transaction id of the attempt to come, so that its result finds its slot by itself. */
  readonly nextTransactionId: string | null;
  /** Of the credential that the ledger is of; `null`: of the payment alone. */
  readonly fingerprint: string | null;
}

export interface Reserved {
  readonly ledger: CredentialLedger;
  readonly advice: RetryAdvice;
  /** `null`: nothing was promised. */
  readonly reservation: Reservation | null;
  /** The same question was told this before. */
  readonly isRepeat: boolean;
}

/** The ledger that comes back holds the attempt and, for a retry, its slot. Without a credential (`ledger: null`) nothing is held. */
export function reserveNext(input: ReserveInput): Reserved {
  const { question, now } = input;
  const held = input.ledger?.reservations.find(({ id }) => id === reservationId(input));
  if (held !== undefined && isSameAttempt(input, held)) return asked(input, held);
  const advice = adviseNext(input);
  const ledger = noteAsked(input.ledger ?? EMPTY_LEDGER, question.attempt, now);
  if (!isRetry(advice) || input.ledger === null) return { ledger, advice, reservation: null, isRepeat: false };
  const reservation = reservationOf(input, advice);
  return { ledger: withReservation(ledger, reservation), advice, reservation, isRepeat: false };
}

/**
 * The promise is looked at again, and stands unless something came in that forbids it or asks to wait longer, or its time has passed: then the
 * question is judged anew. So whoever was told `retry_later` asks again under the same id when its time has come.
 */
function asked(input: ReserveInput, held: Reservation): Reserved {
  const ledger = releaseReservation(input.ledger!, held.id);
  const { question, now } = input;
  const only = { ...question, eligibleProcessors: [held.processorId] };
  const advice = adviseNext({ ...input, ledger, question: only, draw: 0 });
  const isSoonEnough = advice.notBeforeMs !== null && advice.notBeforeMs <= Math.max(now, held.notBeforeMs);
  if (!isRetry(advice) || !isSoonEnough || now > held.useByMs) {
    const anew = reserveNext({ ...input, ledger });
    // Its attempt may be under way, whatever is said now.
    const isUnderWay = anew.reservation === null && held.isDue;
    return isUnderWay ? { ...anew, ledger: withReservation(anew.ledger, held), isRepeat: true } : anew;
  }
  const isLater = held.notBeforeMs - now > input.policy.checkoutWaitMaxMs;
  const promise = {
    action: isLater ? 'retry_later' : 'retry_now',
    notBeforeMs: held.notBeforeMs,
    alternatives: held.alternatives,
    drawsOn: null,
  } as const;
  const reservation = { ...held, isDue: held.isDue || !isLater };
  return {
    ledger: withReservation(ledger, reservation),
    advice: { ...advice, ...promise },
    reservation,
    isRepeat: true,
  };
}

/** Under another id of the attempt to come it is another question; and who had his 15 minutes may have sent it in them. Until the promise is released it stands in the way. */
function isSameAttempt({ nextTransactionId, now }: ReserveInput, held: Reservation): boolean {
  const { processorId } = held;
  const isOfId =
    nextTransactionId === null ||
    held.attemptId === null ||
    held.attemptId === attemptId(processorId, nextTransactionId);
  return isOfId && !(held.isDue && now > held.useByMs);
}

/** With attempt and card in it: an id that is used for another question is another slot, never the same one twice. */
const reservationId = ({ requestId, question, fingerprint }: ReserveInput): string =>
  [requestId, question.attempt.id, ...(fingerprint === null ? [] : [fingerprint])].join(':');

const isRetry = ({ action }: RetryAdvice): boolean => action === 'retry_now' || action === 'retry_later';

function reservationOf(input: ReserveInput, advice: RetryAdvice): Reservation {
  const { question, policy, nextTransactionId } = input;
  const { attempt } = question;
  const processorId = advice.processorId!;
  const notBeforeMs = advice.notBeforeMs!;
  return {
    id: reservationId(input),
    afterAttemptId: attempt.id,
    attemptId: nextTransactionId === null ? null : attemptId(processorId, nextTransactionId),
    paymentId: attempt.paymentId ?? paymentKnown(input),
    fingerprint: null,
    processorId,
    acceptor: attempt.acceptor,
    amountMinor: attempt.amountMinor,
    currency: attempt.currency,
    alternatives: advice.alternatives,
    notBeforeMs,
    isDue: advice.action === 'retry_now',
    useByMs: notBeforeMs + policy.useWithinMs,
    lapsesAtMs: notBeforeMs + policy.useWithinMs + policy.resultWithinMs,
  };
}

/** Whoever asks may not name the payment that a report of the attempt has named. */
const paymentKnown = ({ ledger, question }: ReserveInput): string | null =>
  ledger?.attempts.find(({ id }) => id === question.attempt.id)?.paymentId ?? null;
