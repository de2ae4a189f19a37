// Sends an object's outbox to history for a while: oldest first, crossed off once it is there, a row that nobody can write set aside.
import type { DrainEnd } from '../domain/history/drain-pace.ts';
import type { HistoryFault, HistoryOutbox, HistoryPort, HistoryReply, KeptRowOutbox } from '../ports/history-port.ts';
import type { KeptRows, KeptTable } from '../domain/history/kept-rows.ts';

export interface DrainLimits {
  /** Of one request. */
  readonly attemptsMax: number;
  /** After it no further request is begun. */
  readonly stepMs: number;
}

/** 2,000 rows are about 0.7 MB of JSON and 15 ms of the object's own time, in which it records nothing. */
export const DRAIN_LIMITS: DrainLimits = { attemptsMax: 2_000, stepMs: 5_000 };

export interface DrainWorld {
  readonly outbox: HistoryOutbox;
  readonly history: HistoryPort;
  readonly now: () => number;
}

export interface DrainStep {
  readonly end: DrainEnd;
  /** Rows that were crossed off. */
  readonly sent: number;
  /** SQLSTATEs of the rows that were set aside. */
  readonly refused: readonly string[];
  readonly fault: HistoryFault | null;
}

export async function drainHistory({ outbox, history, now }: DrainWorld, limits: DrainLimits): Promise<DrainStep> {
  const endsAtMs = now() + limits.stepMs;
  const refused: string[] = [];
  let sent = 0;
  for (;;) {
    const batch = outbox.take(limits.attemptsMax);
    if (batch.isEmpty) return { end: 'drained', sent, refused, fault: null };
    const { attempts, breakerChanges } = batch;
    const fault =
      (await sendAll(attempts, (rows) => history.writeAttempts(rows), limits.attemptsMax, refused)) ??
      (await sendAll(breakerChanges, (rows) => history.writeBreakerChanges(rows), limits.attemptsMax, refused));
    if (fault !== null) return { end: 'away', sent, refused, fault };
    batch.crossOff();
    sent += attempts.length + breakerChanges.length;
    if (now() >= endsAtMs) return { end: 'time', sent, refused, fault: null };
  }
}

export interface RowDrainWorld {
  readonly outbox: KeptRowOutbox;
  readonly history: Pick<HistoryPort, 'keep'>;
  readonly now: () => number;
}

/** Each of them is looked up first. */
const LATE_ATTEMPTS_MAX = 200;

export async function drainRows({ outbox, history, now }: RowDrainWorld, limits: DrainLimits): Promise<DrainStep> {
  const endsAtMs = now() + limits.stepMs;
  const refused: string[] = [];
  let sent = 0;
  for (;;) {
    const batch = outbox.take(limits.attemptsMax);
    if (batch.isEmpty) return { end: 'drained', sent, refused, fault: null };
    for (const kept of batch.kept) {
      const fault = await keepAll(history, kept, limits.attemptsMax, refused);
      if (fault !== null) return { end: 'away', sent, refused, fault };
    }
    batch.crossOff();
    sent += batch.kept.reduce((sum, { rows }) => sum + rows.length, 0);
    if (now() >= endsAtMs) return { end: 'time', sent, refused, fault: null };
  }
}

async function keepAll<Table extends KeptTable>(
  history: Pick<HistoryPort, 'keep'>,
  { table, rows }: { readonly table: Table; readonly rows: readonly KeptRows[Table][] },
  rowsMax: number,
  refused: string[],
): Promise<HistoryFault | null> {
  const most = table === 'lateAttempts' ? Math.min(rowsMax, LATE_ATTEMPTS_MAX) : rowsMax;
  return await sendAll(rows, async (some) => await history.keep(table, some), most, refused);
}

type Write<Row> = (rows: readonly Row[]) => Promise<HistoryReply<number>>;

/** One commit may hold more than fits one request. */
async function sendAll<Row>(
  rows: readonly Row[],
  write: Write<Row>,
  rowsMax: number,
  refused: string[],
): Promise<HistoryFault | null> {
  for (let from = 0; from < rows.length; from += rowsMax) {
    const fault = await send(rows.slice(from, from + rowsMax), write, refused);
    if (fault !== null) return fault;
  }
  return null;
}

/** A refusal is narrowed down by halves to the row at fault: the others must not wait behind it for ever. */
async function send<Row>(rows: readonly Row[], write: Write<Row>, refused: string[]): Promise<HistoryFault | null> {
  const reply = await write(rows);
  if (reply.ok) return null;
  if (reply.fault.reason !== 'refused') return reply.fault;
  if (rows.length === 1) {
    refused.push(reply.fault.code);
    return null;
  }
  const middle = rows.length >> 1;
  return (await send(rows.slice(0, middle), write, refused)) ?? (await send(rows.slice(middle), write, refused));
}
