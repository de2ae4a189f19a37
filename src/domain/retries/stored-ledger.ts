// A credential ledger as text: short rows instead of named fields, for there is one per credential; with a format number, like everything that is kept.
import type { AttemptOutcome, DeclineReading, KeptAttempt } from './attempt-reading.ts';
import type { CredentialLedger, Reservation } from './credential-ledger.ts';
import { asProcessorId } from '../identity.ts';

const FORMAT = 1;

type ReadingRow = [
  DeclineReading['class'],
  DeclineReading['fault'],
  DeclineReading['visaCategory'],
  DeclineReading['macCode'],
  DeclineReading['waitMs'],
  DeclineReading['processorAdvice'],
  isDuplicate?: 1,
];
type AttemptRow = [
  id: string,
  atMs: number,
  outcome: AttemptOutcome,
  processorId: string,
  acceptor: string,
  amountMinor: number,
  currency: string,
  network: string | null,
  paymentId: string | null,
  followsForgotten: 0 | 1,
  reading: ReadingRow | null,
  promisedAfter?: string,
];

interface StoredLedger {
  readonly format: number;
  readonly attempts: readonly AttemptRow[];
  readonly reservations: readonly Reservation[];
  readonly incompleteUntilMs: number;
  readonly forbiddenAtMs: number | null;
}

export function writeLedger(ledger: CredentialLedger): string {
  const { attempts, reservations, incompleteUntilMs, forbiddenAtMs } = ledger;
  const rows = attempts.map(rowOf);
  const stored: StoredLedger = { format: FORMAT, attempts: rows, reservations, incompleteUntilMs, forbiddenAtMs };
  return JSON.stringify(stored);
}

/** `isPayments`: it stands under a payment's key. Throws on a format of newer code: after a rollback it is better to stop than to misread. */
export function readLedger(text: string, isPayments = false): CredentialLedger {
  const { format, attempts, reservations, incompleteUntilMs, forbiddenAtMs } = JSON.parse(text) as StoredLedger;
  if (format !== FORMAT) throw new Error(`credential ledger format ${format} is not known to this code`);
  return { isPayments, attempts: attempts.map(attemptOf), reservations, incompleteUntilMs, forbiddenAtMs };
}

function rowOf(attempt: KeptAttempt): AttemptRow {
  const { id, atMs, outcome, processorId, acceptor, amountMinor, currency, network, paymentId, reading } = attempt;
  const row: AttemptRow = [
    id,
    atMs,
    outcome,
    processorId,
    acceptor,
    amountMinor,
    currency,
    network,
    paymentId,
    attempt.followsForgotten ? 1 : 0,
    reading && readingRowOf(reading),
  ];
  if (attempt.promisedAfter !== null) row[11] = attempt.promisedAfter;
  return row;
}

function readingRowOf(reading: DeclineReading): ReadingRow {
  const { visaCategory, macCode, waitMs, processorAdvice } = reading;
  const row: ReadingRow = [reading.class, reading.fault, visaCategory, macCode, waitMs, processorAdvice];
  if (reading.isDuplicate) row[6] = 1;
  return row;
}

function attemptOf(row: AttemptRow): KeptAttempt {
  const [id, atMs, outcome, processorId, acceptor, amountMinor, currency, network, paymentId, follows, reading] = row;
  return {
    id,
    atMs,
    outcome,
    processorId: asProcessorId(processorId),
    acceptor,
    amountMinor,
    currency,
    network,
    paymentId,
    followsForgotten: follows === 1,
    promisedAfter: row[11] ?? null,
    reading: reading && {
      class: reading[0],
      fault: reading[1],
      visaCategory: reading[2],
      macCode: reading[3],
      waitMs: reading[4],
      processorAdvice: reading[5],
      ...(reading[6] === 1 ? { isDuplicate: true } : {}),
    },
  };
}
