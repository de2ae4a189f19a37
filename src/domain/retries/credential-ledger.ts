// What is remembered of one credential: its attempts of the last 31 days, the slots that were promised, and that it was forbidden. The credential itself is not in it.
// Nothing here judges; every function gives a new ledger, and what comes in twice, late or in another order ends in the same one.
import { ATTEMPT_OUTCOMES, isOpen, type KeptAttempt, type LedgerAttempt, transactionOf } from './attempt-reading.ts';
import { forbidsCredential } from './issuer-advice.ts';
import { DAY_MS } from './network-rules.ts';
import { keptOf, reattemptsOf } from './reattempts.ts';
import type { ProcessorId } from '../identity.ts';

export const KEPT_MS = 31 * DAY_MS;
/** An approval of a payment outlives the age at which an attempt that follows it may still be asked about. */
const APPROVED_KEPT_MS = 62 * DAY_MS;
/** That an issuer forbade any further attempt outlives the attempt: "never" means more than a month, and the mark is but a moment. */
export const FORBIDDEN_KEPT_MS = 400 * DAY_MS;
/** Told later than that it counts as if it had been said so long ago: a date in the past, however far, takes nothing back of a "never". */
const FORBIDDEN_TOLD_LATE_MS = 30 * DAY_MS;
/** More than any ceiling lets through in a month at several acceptors. */
export const ATTEMPTS_MAX = 128;
export const RESERVATIONS_MAX = 32;
/** A merchant's clock that dates the attempt may be behind ours, which dates the promise, by as much as it may be ahead of it. */
const CLOCKS_APART_MS = 300_000;

/** A promised attempt: it counts as made, and as declined, until its result is told, it is released or it lapses. */
export interface Reservation {
  /** Of the question: asked again it is the same slot. */
  readonly id: string;
  /** The attempt that had ended when it was asked. */
  readonly afterAttemptId: string;
  /** Whose result takes this slot; `null`: the caller had no id yet, and the next attempt of the payment takes it. */
  readonly attemptId: string | null;
  readonly paymentId: string | null;
  /** In a payment's ledger: of the credential whose ledger holds it, too. `null`: no other holds it, or the payment's does. */
  readonly fingerprint: string | null;
  readonly processorId: ProcessorId;
  readonly acceptor: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** As they were answered with it: a repeat is told the same. */
  readonly alternatives: readonly ProcessorId[];
  readonly notBeforeMs: number;
  /** Whoever asked was told to send it at once, and may have. */
  readonly isDue: boolean;
  /** An attempt that has not begun by then must ask again. */
  readonly useByMs: number;
  /** Held as long: the result of an attempt that began in time may be a while on its way. */
  readonly lapsesAtMs: number;
}

/** Plain JSON. */
export interface CredentialLedger {
  /** Of one payment, whatever it is charged to: its approvals are kept longer and make no room. Not stored: its key says so. */
  readonly isPayments: boolean;
  /** By time, then id. */
  readonly attempts: readonly KeptAttempt[];
  readonly reservations: readonly Reservation[];
  /** An attempt that counts had to make room: until then the ledger knows too little to allow anything. */
  readonly incompleteUntilMs: number;
  /** When an issuer or network last forbade any further attempt; `null`: none did. */
  readonly forbiddenAtMs: number | null;
}

export const EMPTY_LEDGER: CredentialLedger = {
  isPayments: false,
  attempts: [],
  reservations: [],
  incompleteUntilMs: 0,
  forbiddenAtMs: null,
};

/** Without what has become too old; the same object if nothing has. */
export function prunedLedger(ledger: CredentialLedger, now: number): CredentialLedger {
  const attempts = keptOf(ledger.attempts, (attempt) => now <= keptUntilMs(ledger, attempt));
  const reservations = ledger.reservations.filter(({ lapsesAtMs }) => lapsesAtMs > now);
  const { forbiddenAtMs } = ledger;
  const isForbidden = forbiddenAtMs !== null && forbiddenAtMs >= now - FORBIDDEN_KEPT_MS;
  const isSame =
    attempts.length === ledger.attempts.length &&
    reservations.length === ledger.reservations.length &&
    isForbidden === (forbiddenAtMs !== null);
  return isSame ? ledger : { ...ledger, attempts, reservations, forbiddenAtMs: isForbidden ? forbiddenAtMs : null };
}

/** What nobody knows the end of is not forgotten by its age: nothing else stands between it and a second charge. */
function keptUntilMs({ isPayments }: CredentialLedger, attempt: KeptAttempt): number {
  if (isOpen(attempt)) return attempt.atMs + FORBIDDEN_KEPT_MS;
  return attempt.atMs + (isPayments && isPaid(attempt) ? APPROVED_KEPT_MS : KEPT_MS);
}

const isPaid = ({ outcome }: KeptAttempt): boolean => outcome === 'approved' || outcome === 'refunded';

/** Notes an attempt at its own time, whether a slot was promised for it or not; the slot that was promised for it is taken by it. */
export function noteAttempt(ledger: CredentialLedger, attempt: LedgerAttempt, now: number): CredentialLedger {
  const known = ledger.attempts.find(({ id }) => id === attempt.id);
  const outcome = isPartlyRefunded(attempt, known) ? known!.outcome : attempt.outcome;
  const followsForgotten = known?.followsForgotten ?? false;
  const told: KeptAttempt = { ...attempt, outcome, followsForgotten, promisedAfter: null };
  const untaken = known === undefined ? told : mergedAttempt(known, told);
  // A webhook may have told of it without a payment.
  const isNewToPayment = known === undefined || known.paymentId === null;
  const isTaken = (reservation: Reservation): boolean =>
    reservation.afterAttemptId !== attempt.id &&
    (reservation.attemptId === attempt.id || (isNewToPayment && isPromisedTo(reservation, untaken)));
  const reservations = ledger.reservations.filter((reservation) => !isTaken(reservation));
  const taken = ledger.reservations.find(isTaken);
  const promisedAfter = untaken.promisedAfter ?? taken?.afterAttemptId ?? null;
  // Told without its payment it is still the one that was promised to it.
  const merged = { ...untaken, promisedAfter, paymentId: untaken.paymentId ?? taken?.paymentId ?? null };
  const attempts = [...ledger.attempts.filter(({ id }) => id !== attempt.id), merged].sort(byTime);
  const forbiddenAtMs = forbidsCredential(attempt)
    ? Math.max(ledger.forbiddenAtMs ?? now - FORBIDDEN_TOLD_LATE_MS, attempt.atMs)
    : ledger.forbiddenAtMs;
  return bounded(prunedLedger({ ...ledger, attempts, reservations, forbiddenAtMs }, now));
}

/** What is left of it is still paid. */
function isPartlyRefunded({ outcome, amountMinor, currency }: LedgerAttempt, known: KeptAttempt | undefined): boolean {
  return outcome === 'refunded' && known?.currency === currency && amountMinor < known.amountMinor;
}

/**
 * Of an attempt that its payment had not before. A payment holds one promise at a time, so that without an id its next attempt at the promised
 * processor is the promised one, unless it began before its time. An id that was told is known at the alternatives, too.
 */
function isPromisedTo(reservation: Reservation, attempt: LedgerAttempt): boolean {
  const { attemptId, paymentId, processorId, afterAttemptId, notBeforeMs } = reservation;
  const isOfPayment = paymentId !== null && paymentId === attempt.paymentId && attempt.id !== afterAttemptId;
  const isOfId =
    attemptId === null
      ? processorId === attempt.processorId
      : transactionOf(attemptId, processorId) === transactionOf(attempt.id, attempt.processorId);
  return isOfPayment && isOfId && attempt.atMs >= notBeforeMs - CLOCKS_APART_MS;
}

/**
 * As whoever asks tells it now. Nobody knows of a later end than his: that he cannot say any more goes before an earlier word of his that nothing was
 * charged. What the issuer said, or that money moved, stays.
 */
export function noteAsked(ledger: CredentialLedger, attempt: LedgerAttempt, now: number): CredentialLedger {
  const known = ledger.attempts.find(({ id }) => id === attempt.id);
  const isTakenBack = known !== undefined && isOpen(attempt) && !isOpen(known) && OWN_WORDS.has(known.outcome);
  if (!isTakenBack) return noteAttempt(ledger, attempt, now);
  const reopened = { ...known, outcome: attempt.outcome, reading: attempt.reading };
  return noteAttempt(
    { ...ledger, attempts: ledger.attempts.map((each) => (each === known ? reopened : each)) },
    attempt,
    now,
  );
}

const OWN_WORDS: ReadonlySet<LedgerAttempt['outcome']> = new Set(['not_sent', 'failed']);

/** The caller did not use it: the slot is free at once. */
export function releaseReservation(ledger: CredentialLedger, reservationId: string): CredentialLedger {
  return { ...ledger, reservations: ledger.reservations.filter(({ id }) => id !== reservationId) };
}

/** Whoever calls this has asked `ceilings.ts` whether the slot is free, and whether there is room. */
export function withReservation(ledger: CredentialLedger, reservation: Reservation): CredentialLedger {
  return { ...ledger, reservations: [...ledger.reservations, reservation] };
}

/** When something in it next becomes too old; `null`: it is empty and may be deleted. */
export function nextExpiryMs(ledger: CredentialLedger): number | null {
  const moments = [
    ...ledger.attempts.map((attempt) => keptUntilMs(ledger, attempt) + 1),
    ...ledger.reservations.map(({ lapsesAtMs }) => lapsesAtMs),
    ...(ledger.forbiddenAtMs === null ? [] : [ledger.forbiddenAtMs + FORBIDDEN_KEPT_MS + 1]),
  ];
  return moments.length === 0 ? null : Math.min(...moments);
}

function byTime(left: LedgerAttempt, right: LedgerAttempt): number {
  return left.atMs - right.atMs || (left.id < right.id ? -1 : 1);
}

/**
 * Two tellings of one attempt. One that says how it ended goes before one that leaves it open; then the later outcome in the order of ATTEMPT_OUTCOMES wins, of equal ones the one that says more of the decline;
 * the earlier time does, for senders date their events and not the attempt. Whatever order they come in, the end is the same.
 */
function mergedAttempt(one: KeptAttempt, other: KeptAttempt): KeptAttempt {
  return {
    ...(weighsMore(one, other) ? one : other),
    atMs: Math.min(one.atMs, other.atMs),
    paymentId: eitherOf(one.paymentId, other.paymentId),
    network: eitherOf(one.network, other.network),
    promisedAfter: eitherOf(one.promisedAfter, other.promisedAfter),
  };
}

function weighsMore(one: LedgerAttempt, other: LedgerAttempt): boolean {
  const byEnd = Number(isOpen(other)) - Number(isOpen(one));
  const byOutcome = ATTEMPT_OUTCOMES.indexOf(one.outcome) - ATTEMPT_OUTCOMES.indexOf(other.outcome);
  const difference = byEnd || byOutcome || saidBy(one) - saidBy(other);
  return difference === 0 ? tellingOf(one) >= tellingOf(other) : difference > 0;
}

const saidBy = ({ reading }: LedgerAttempt): number =>
  [reading?.macCode, reading?.visaCategory, reading?.processorAdvice, reading].filter(Boolean).length;

/** What goes together and is taken from one of them; any order will do, as long as it is one. */
const tellingOf = ({ processorId, acceptor, amountMinor, currency, reading }: LedgerAttempt): string =>
  JSON.stringify([processorId, acceptor, amountMinor, currency, reading]);

function eitherOf(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one >= other ? one : other;
}

/**
 * Room is first made by what counts for nothing: an approval that followed no decline, an attempt that was never sent. Where that does not
 * suffice the oldest goes, and the ledger fails closed as long as that one would have counted.
 */
function bounded(ledger: CredentialLedger): CredentialLedger {
  if (ledger.attempts.length <= ATTEMPTS_MAX) return ledger;
  const idle = idleIn(ledger);
  const dropped = idle ?? ledger.attempts[0]!;
  const attempts = keptOf(ledger.attempts, (each) => each !== dropped);
  const incompleteUntilMs = idle
    ? ledger.incompleteUntilMs
    : Math.max(ledger.incompleteUntilMs, keptUntilMs(ledger, dropped));
  return { ...ledger, attempts, incompleteUntilMs };
}

/** What makes room without being missed: of a payment what failed, of a card what counts under no ceiling. */
function idleIn({ attempts, isPayments }: CredentialLedger): KeptAttempt | undefined {
  if (isPayments) return attempts.find((each) => !isPaid(each) && !isOpen(each));
  const reattempts = reattemptsOf(attempts);
  return attempts.find((each) => each.outcome === 'not_sent' || (isPaid(each) && !reattempts.has(each.id)));
}
