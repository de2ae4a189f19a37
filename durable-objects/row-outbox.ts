// Rows for history that an object other than a processor's journal owns: kept in one turn with the change that they tell of, sent by its alarm, crossed off once
// they have arrived. Of a thing that is known by an id only the last word waits.
import { DRAIN_LIMITS, drainRows } from '../src/flows/drain-history.ts';
import { DrainClock } from './drain-clock.ts';
import type { HistoryPort, KeptRowBatch } from '../src/ports/history-port.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import { type KeptBatch, type KeptRows, type KeptTable, keyOf } from '../src/domain/history/kept-rows.ts';
import { log } from './object-log.ts';
import type { ObjectAlarm } from './object-alarm.ts';
import type { SharedAlarm } from './alert-outbox.ts';

export const ROW_OUTBOX_SCHEMA = [
  // No sequence comes twice: what is crossed off may have been said anew meanwhile. `id`: null where rows are only added, and then a body is a list.
  `CREATE TABLE history_row (sequence INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, id TEXT, body TEXT NOT NULL)`,
  `CREATE UNIQUE INDEX history_row_id ON history_row (name, id)`,
];

/** Of each table: beyond it the oldest give way, so that a flood of one kind costs no other. */
const ENTRIES_MAX = 20_000;
const ROWS_PER_ENTRY = 100;
/** A value in SQLite is at most 2 MB; a character may take 3 bytes. */
const CHARACTERS_MAX = 600_000;
const BATCH_CHARACTERS_MAX = 2_000_000;
const DROPPED = 'history_rows_dropped';
const REFUSED = 'history_rows_refused';

interface Entry extends Record<string, SqlStorageValue> {
  sequence: number;
  name: string;
  body: string;
}

export class RowOutbox {
  readonly #storage: DurableObjectStorage;
  readonly #history: HistoryPort | null;
  readonly #alarm: ObjectAlarm;
  readonly #entriesMax: number;
  readonly #clock: DrainClock;
  /** By table, as far as it was counted since the object started. */
  readonly #counts = new Map<string, number>();

  /** After the object's schema. `history`: `null` where there is none, and then nothing is kept for it. */
  constructor(
    storage: DurableObjectStorage,
    history: HistoryPort | null,
    alarm: ObjectAlarm,
    entriesMax: number = ENTRIES_MAX,
  ) {
    this.#storage = storage;
    this.#history = history;
    this.#alarm = alarm;
    this.#entriesMax = entriesMax;
    this.#clock = new DrainClock(this, alarm);
    void this.#clock.wake();
  }

  /** In one turn with the change, inside its transaction where it has one. Never throws for what a row holds. */
  keep<Table extends KeptTable>(table: Table, rows: readonly KeptRows[Table][]): void {
    if (this.#history === null || rows.length === 0) return;
    for (const { id, body } of entriesOf(table, rows)) this.#put(table, id, body);
    // Behind the transaction: alarms are not part of it.
    queueMicrotask(() => void this.#clock.wake());
  }

  /** Asks to be sent, if there is something to send. */
  async wake(): Promise<void> {
    await this.#clock.wake();
  }

  /** From the object's alarm. */
  async step(): Promise<void> {
    if (this.#history !== null) await this.#clock.step();
  }

  get isEmpty(): boolean {
    return this.#history === null || this.#sql(`SELECT 1 AS one FROM history_row LIMIT 1`).length === 0;
  }

  /** The alarm for another who wants it as well: it is let go only while nothing waits here. */
  get neighbour(): SharedAlarm {
    return {
      wakeIn: async (inMs) => await this.#alarm.wakeIn(inMs),
      rest: async () => {
        if (this.isEmpty) await this.#alarm.clear();
      },
    };
  }

  /** For the clock. */
  async drain() {
    if (this.#history === null) throw new Error('there is no history');
    const step = await drainRows({ outbox: this, history: this.#history, now: Date.now }, DRAIN_LIMITS);
    if (step.refused.length > 0) this.#add(REFUSED, step.refused.length);
    return step;
  }

  /** The oldest. */
  take(rowsMax: number): KeptRowBatch {
    const taken: Entry[] = [];
    const kept: KeptBatch[] = [];
    let [rows, characters] = [0, 0];
    for (let after = 0; ; ) {
      // One by one: a body may be large, and most of what waits is not wanted now.
      const [entry] = this.#first(1, after);
      if (entry === undefined) break;
      const its = rowsIn(entry);
      taken.push(entry);
      kept.push(its);
      rows += its.rows.length;
      characters += entry.body.length;
      after = entry.sequence;
      if (rows >= rowsMax || characters >= BATCH_CHARACTERS_MAX) break;
    }
    return { kept: together(kept), isEmpty: taken.length === 0, crossOff: () => this.#crossOff(taken) };
  }

  standing(): HistoryStanding {
    const [row] = this.#sql<{ count: number }>(`SELECT COUNT(*) AS count FROM history_row`);
    const { kv } = this.#storage;
    return { waiting: row?.count ?? 0, dropped: kv.get<number>(DROPPED) ?? 0, refused: kv.get<number>(REFUSED) ?? 0 };
  }

  #put(table: KeptTable, id: string | null, body: string): void {
    if (body.length > CHARACTERS_MAX) {
      log({ event: 'history_row_refused', code: 'too_large' });
      this.#add(REFUSED, 1);
      return;
    }
    const before = this.#countOf(table);
    const replaced =
      id === null ? [] : this.#sql(`DELETE FROM history_row WHERE name = ? AND id = ? RETURNING sequence`, table, id);
    this.#sql(`INSERT INTO history_row (name, id, body) VALUES (?, ?, ?)`, table, id, body);
    this.#counts.set(table, before + 1 - replaced.length);
    if (this.#countOf(table) > this.#entriesMax) this.#dropOldest(table);
  }

  #dropOldest(table: KeptTable): void {
    this.#counts.delete(table);
    const excess = this.#countOf(table) - this.#entriesMax;
    if (excess <= 0) return;
    const gone = this.#sql<Entry>(
      `DELETE FROM history_row WHERE sequence IN (SELECT sequence FROM history_row WHERE name = ? ORDER BY sequence LIMIT ?)
         RETURNING sequence, name, body`,
      table,
      excess,
    );
    this.#counts.set(table, this.#entriesMax);
    this.#add(
      DROPPED,
      gone.reduce((sum, entry) => sum + rowsIn(entry).rows.length, 0),
    );
  }

  /** Counted anew after a transaction that failed, for then it may be too high: it is only ever used to look whether there is too much. */
  #countOf(table: KeptTable): number {
    const known = this.#counts.get(table);
    if (known !== undefined) return known;
    const [row] = this.#sql<{ count: number }>(`SELECT COUNT(*) AS count FROM history_row WHERE name = ?`, table);
    this.#counts.set(table, row?.count ?? 0);
    return row?.count ?? 0;
  }

  #crossOff(taken: readonly Entry[]): void {
    for (const { sequence } of taken) this.#sql(`DELETE FROM history_row WHERE sequence = ?`, sequence);
    this.#counts.clear();
  }

  #add(name: string, count: number): void {
    this.#storage.kv.put(name, (this.#storage.kv.get<number>(name) ?? 0) + count);
  }

  #first(limit: number, after: number): Entry[] {
    return this.#sql<Entry>(
      `SELECT sequence, name, body FROM history_row WHERE sequence > ? ORDER BY sequence LIMIT ?`,
      after,
      limit,
    );
  }

  #sql<Row extends Record<string, SqlStorageValue>>(statement: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#storage.sql.exec<Row>(statement, ...bindings).toArray();
  }
}

interface NewEntry {
  readonly id: string | null;
  readonly body: string;
}

function entriesOf(table: KeptTable, rows: readonly KeptRows[KeptTable][]): readonly NewEntry[] {
  const texts = rows.map((row) => ({ id: keyOf(table, row), text: JSON.stringify(row) }));
  const entries: NewEntry[] = texts.flatMap(({ id, text }) => (id === null ? [] : [{ id, body: `[${text}]` }]));
  let list: string[] = [];
  let characters = 0;
  const close = (): void => {
    if (list.length > 0) entries.push({ id: null, body: `[${list.join(',')}]` });
    [list, characters] = [[], 0];
  };
  for (const { id, text } of texts) {
    if (id !== null) continue;
    if (list.length === ROWS_PER_ENTRY || characters + list.length + 2 + text.length > CHARACTERS_MAX) close();
    list.push(text);
    characters += text.length;
  }
  close();
  return entries;
}

const rowsIn = ({ name, body }: Entry): KeptBatch =>
  ({ table: name, rows: JSON.parse(body) as unknown }) as unknown as KeptBatch;

/** One request for a table. */
function together(kept: readonly KeptBatch[]): readonly KeptBatch[] {
  const rowsOf = new Map<KeptTable, KeptRows[KeptTable][]>();
  for (const { table, rows } of kept) rowsOf.set(table, [...(rowsOf.get(table) ?? []), ...rows]);
  return [...rowsOf].map(([table, rows]) => ({ table, rows }) as unknown as KeptBatch);
}
