// When a payment may be charged twice, and which attempt is to be voided then: the one that was left for another and was approved after all. Rules: SPEC.md [UNK].
import { asProcessorId, type ProcessorId } from '../identity.ts';
import { RESIDUAL } from '../segment.ts';
import type { AlertSignal } from '../health/alert-book.ts';
import type { CredentialLedger, Reservation } from './credential-ledger.ts';
import { isOpen, transactionOf, type KeptAttempt } from './attempt-reading.ts';

/** Plain JSON. */
export interface ChargeRisk {
  readonly paymentId: string;
  readonly voidId: string;
  readonly voidProcessorId: ProcessorId;
  /** The attempt beside it; of one that was promised and not told yet, its id if the caller gave one. */
  readonly otherId: string | null;
  readonly otherProcessorId: ProcessorId;
  readonly otherState: 'approved' | 'unknown' | 'promised';
  /** Of a promise: after that moment that it is gone does not say that it was given back. */
  readonly lapsesAtMs: number | null;
}

/** What was said last of a payment. Plain JSON. */
export interface WatchedPayment {
  readonly paymentId: string;
  /** `null`: over. */
  readonly risk: ChargeRisk | null;
  readonly atMs: number;
}

export interface ChargeStep {
  /** Those that changed. */
  readonly watched: readonly WatchedPayment[];
  readonly signals: readonly AlertSignal[];
}

/** To be asked whenever the ledger has changed, in whatever order its attempts were told. */
export function watchCharges(ledger: CredentialLedger, watched: readonly WatchedPayment[], now: number): ChargeStep {
  const known = new Map(watched.map((payment) => [payment.paymentId, payment]));
  const told = ledger.attempts.flatMap(({ paymentId }) => (paymentId === null ? [] : [paymentId]));
  const changed: WatchedPayment[] = [];
  const signals: AlertSignal[] = [];
  for (const paymentId of new Set([...told, ...known.keys()])) {
    const before = known.get(paymentId) ?? null;
    const risk = riskNow(ledger, paymentId, before?.risk ?? null, now);
    const spoken = risk ?? before?.risk ?? null;
    if (spoken === null || JSON.stringify(risk) === JSON.stringify(before?.risk ?? null)) continue;
    // Two words in one millisecond are still one after the other.
    const atMs = Math.max(now, (before?.atMs ?? 0) + 1);
    changed.push({ paymentId, risk, atMs });
    signals.push(signalOf(spoken, risk === null ? 'off' : 'on', atMs));
  }
  return { watched: changed, signals };
}

function riskNow(
  ledger: CredentialLedger,
  paymentId: string,
  before: ChargeRisk | null,
  now: number,
): ChargeRisk | null {
  const its = ledger.attempts.filter((attempt) => attempt.paymentId === paymentId);
  const risk = riskAmong(its, ledger.reservations, paymentId, now);
  return risk !== null || before === null || isAnswered(before, its, now) ? risk : before;
}

/** By time, and each after the one that it was promised to follow: clocks of several senders are no order. */
function inOrder(its: readonly KeptAttempt[]): readonly KeptAttempt[] {
  const ordered = new Set<KeptAttempt>();
  const place = (attempt: KeptAttempt, above: readonly KeptAttempt[]): void => {
    const before = its.find(({ id }) => id === attempt.promisedAfter);
    if (before !== undefined && !ordered.has(before) && !above.includes(before)) place(before, [...above, attempt]);
    ordered.add(attempt);
  };
  for (const attempt of its) place(attempt, []);
  return [...ordered];
}

/** `told`: of one payment, by time. */
function riskAmong(
  told: readonly KeptAttempt[],
  reservations: readonly Reservation[],
  paymentId: string,
  now: number,
): ChargeRisk | null {
  const its = inOrder(told);
  const first = its.findIndex(({ outcome }) => outcome === 'approved');
  const left = its[first];
  if (left === undefined) return null;
  const later = its.slice(first + 1);
  const found = { paymentId, voidId: left.id, voidProcessorId: left.processorId };
  const other = later.findLast(({ outcome }) => outcome === 'approved') ?? later.findLast(isOpen);
  if (other !== undefined) {
    const otherState = other.outcome === 'approved' ? 'approved' : 'unknown';
    return { ...found, otherId: other.id, otherProcessorId: other.processorId, otherState, lapsesAtMs: null };
  }
  const placeOf = (attemptId: string): number => its.findIndex(({ id }) => id === attemptId);
  const promise = reservations.find(
    ({ afterAttemptId, processorId, notBeforeMs }) =>
      notBeforeMs <= now &&
      placeOf(afterAttemptId) >= first &&
      !its.slice(placeOf(afterAttemptId) + 1).some((attempt) => attempt.processorId === processorId),
  );
  if (promise === undefined) return null;
  const { attemptId, processorId, lapsesAtMs } = promise;
  return { ...found, otherId: attemptId, otherProcessorId: processorId, otherState: 'promised', lapsesAtMs };
}

/** That something is no longer known is no answer: only what was told ends a risk. */
function isAnswered(before: ChargeRisk, its: readonly KeptAttempt[], now: number): boolean {
  const left = its.find(({ id }) => id === before.voidId);
  if (left === undefined) return false;
  if (left.outcome !== 'approved') return true;
  if (before.lapsesAtMs !== null && now < before.lapsesAtMs) return true;
  const others = before.otherId === null ? its.filter(({ atMs }) => atMs > left.atMs) : [];
  return others.length > 0 || its.some(({ id }) => id === before.otherId);
}

function signalOf(risk: ChargeRisk, state: AlertSignal['state'], atMs: number): AlertSignal {
  const { paymentId, voidId, voidProcessorId, otherId, otherProcessorId, otherState } = risk;
  return {
    processorId: asProcessorId('*'),
    epoch: 0,
    scope: RESIDUAL,
    kind: 'double_charge_risk',
    subject: paymentId,
    state,
    atMs,
    fromStatus: 'HEALTHY',
    toStatus: 'HEALTHY',
    reason:
      state === 'on'
        ? 'An attempt that was left for another one was approved after all: void it'
        : 'The payment is charged once at most',
    evidence: {
      void_processor: voidProcessorId,
      void_transaction: transactionOf(voidId, voidProcessorId),
      other_processor: otherProcessorId,
      other_transaction: otherId === null ? '-' : transactionOf(otherId, otherProcessorId),
      other_state: otherState,
    },
    moneyAtRisk: null,
  };
}
