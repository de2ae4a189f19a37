// What remembering needs: a history that takes rows as often as they are sent, and the outbox of an object, which holds them until it has.
import type { AttemptRow, BreakerChangeRow, HistoryRows } from '../domain/history/history-rows.ts';
import type { KeptBatch, KeptRows, KeptTable } from '../domain/history/kept-rows.ts';

/** None of these carries text of the other side: its messages repeat the rows. */
export type HistoryFault =
  /** No answer in time, a cut connection or a server error: what was sent may have been written. */
  | { readonly reason: 'unreachable' }
  /** It answers, but not for this: its tables are missing, or we may not use them, or it is full. `code`: the SQLSTATE. */
  | { readonly reason: 'unprepared'; readonly code: string }
  /** One of the rows is at fault, and none was written. */
  | { readonly reason: 'refused'; readonly code: string };

export type HistoryReply<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: HistoryFault };

/** For those who write. Bounded in time; each call writes all its rows or none, and rows that are there already stay as they are. */
export interface HistoryPort {
  /** How many were new. */
  writeAttempts(rows: readonly AttemptRow[]): Promise<HistoryReply<number>>;
  writeBreakerChanges(rows: readonly BreakerChangeRow[]): Promise<HistoryReply<number>>;
  /** Where things are known by an id the last word of each stands; elsewhere rows that are there stay. How many were written. */
  keep<Table extends KeptTable>(table: Table, rows: readonly KeptRows[Table][]): Promise<HistoryReply<number>>;
}

/** For the one who keeps house. Days are UTC. */
export interface HistoryKeeperPort {
  /** What time PostgreSQL has, in ms. */
  clock(): Promise<HistoryReply<number>>;
  /** For so many days from the one of this moment on; those that exist stay. How many were made. */
  makePartitions(fromMs: number, days: number): Promise<HistoryReply<number>>;
  /** Whole days before the one of this moment. Their names, e.g. `attempts_20261121`. */
  dropPartitionsBefore(beforeMs: number): Promise<HistoryReply<readonly string[]>>;
  /** The same, but put aside in the schema `archive`: nothing is thrown away. */
  archivePartitionsBefore(beforeMs: number): Promise<HistoryReply<readonly string[]>>;
}

/** Rows that are out on their way, and what to cross off once they have arrived. */
export interface OutboxBatch extends HistoryRows {
  readonly isEmpty: boolean;
  /** Crossed off: history has them, or has refused them for good. */
  crossOff(): void;
}

/** As much, of rows of any table. */
export interface KeptRowBatch {
  readonly kept: readonly KeptBatch[];
  readonly isEmpty: boolean;
  crossOff(): void;
}

export interface KeptRowOutbox {
  take(rowsMax: number): KeptRowBatch;
}

export interface HistoryOutbox {
  /** The oldest, as whole commits: at least one, and more until there are this many attempts. Empty: there is nothing to send. */
  take(attemptsMax: number): OutboxBatch;
}
