// How a processor's state stays on disk with few rows: one journal row per commit in a ring of slots, and a checkpoint now and then.
import { migrateSchema } from './schema.ts';
import { ARM_SCHEMA } from './kept-arms.ts';
import { CHECKPOINT_EVERY, JOURNAL_SLOTS } from './commit-figures.ts';
import { HISTORY_SCHEMA, type KeptHistory } from './history-outbox.ts';
import { KEY_SCHEMA } from './kept-keys.ts';
import { ROW_OUTBOX_SCHEMA } from './row-outbox.ts';
import { UNKNOWN_SCHEMA } from './kept-unknowns.ts';
import type { Checkpoint } from '../src/domain/health/checkpoint.ts';
import type { ProcessorCommand } from '../src/domain/health/processor-state.ts';
import type { HistoryNote } from '../src/domain/history/history-rows.ts';
import type { PageBlob } from '../src/domain/results/dedupe-pages.ts';
import type { UnsettledRecord } from '../src/domain/results/unsettled-attempts.ts';

/** A value in SQLite is at most 2 MB; a character may take 3 bytes. */
const PART_CHARACTERS = 600_000;

const SCHEMA = [
  [
    `CREATE TABLE journal (slot INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, body TEXT NOT NULL)`,
    `CREATE TABLE snapshot (part INTEGER PRIMARY KEY, body TEXT NOT NULL)`,
    `CREATE TABLE dedupe_page (page INTEGER PRIMARY KEY, body BLOB NOT NULL)`,
    `CREATE TABLE unsettled (drawer INTEGER PRIMARY KEY, body TEXT NOT NULL)`,
  ],
  UNKNOWN_SCHEMA,
  KEY_SCHEMA,
  HISTORY_SCHEMA,
  ARM_SCHEMA,
  ROW_OUTBOX_SCHEMA,
];

interface StoredCheckpoint {
  readonly sequence: number;
  readonly state: string;
}

/** What of a command the journal itself looks at. */
interface Journaled {
  readonly kind: string;
  readonly results?: readonly unknown[];
  /** Three numbers a key. */
  readonly keys?: readonly unknown[];
}

export interface Loaded<Command> {
  readonly state: string;
  readonly pages: PageBlob[];
  readonly unsettled: UnsettledRecord[];
  /** What happened after the checkpoint, in order. */
  readonly commands: Command[];
}

/** Of a processor's own object, or of one of its shards. */
export class ProcessorJournal<Command extends Journaled = ProcessorCommand> {
  readonly #storage: DurableObjectStorage;
  readonly #history: KeptHistory;
  #sequence = 0;
  #commitsSince = 0;
  #resultsSince = 0;
  /** Rows written since the object started, as the platform bills them. */
  rowsWritten = 0;

  constructor(storage: DurableObjectStorage, history: KeptHistory) {
    this.#storage = storage;
    this.#history = history;
    migrateSchema(storage, SCHEMA);
  }

  load(): Loaded<Command> | null {
    const loaded = this.#read();
    this.#history.resume(this.#sequence);
    return loaded;
  }

  #read(): Loaded<Command> | null {
    const sql = this.#storage.sql;
    const parts = sql.exec<{ body: string }>(`SELECT body FROM snapshot ORDER BY part`).toArray();
    if (parts.length === 0) return null;
    const checkpoint = JSON.parse(parts.map(({ body }) => body).join('')) as StoredCheckpoint;
    const pages = sql
      .exec<{ page: number; body: ArrayBuffer }>(`SELECT page, body FROM dedupe_page ORDER BY page`)
      .toArray();
    const drawers = sql.exec<{ body: string }>(`SELECT body FROM unsettled`).toArray();
    const rows = sql
      .exec<{
        sequence: number;
        body: string;
      }>(`SELECT sequence, body FROM journal WHERE sequence > ? ORDER BY sequence`, checkpoint.sequence)
      .toArray();
    this.#sequence = rows.at(-1)?.sequence ?? checkpoint.sequence;
    this.#commitsSince = rows.length;
    return {
      state: checkpoint.state,
      pages: pages.map(({ page, body }) => ({ page, bytes: new Uint8Array(body) })),
      unsettled: drawers.flatMap(({ body }) => JSON.parse(body) as UnsettledRecord[]),
      commands: rows.map(({ body }) => JSON.parse(body) as Command),
    };
  }

  /** `text`: the command as JSON. `note`: what history is to know beside it. */
  append(command: Command, text: string, note: HistoryNote | null): void {
    this.#sequence += 1;
    this.#history.makeRoom(this.#sequence);
    this.#commitsSince += 1;
    this.#resultsSince += (command.results?.length ?? 0) + (command.keys?.length ?? 0) / 3;
    this.#write(
      `INSERT OR REPLACE INTO journal (slot, sequence, body, note) VALUES (?, ?, ?, ?)`,
      this.#sequence % JOURNAL_SLOTS,
      this.#sequence,
      text,
      note === null ? null : JSON.stringify(note),
    );
  }

  get checkpointDue(): boolean {
    return this.#commitsSince >= CHECKPOINT_EVERY.commits || this.#resultsSince >= CHECKPOINT_EVERY.results;
  }

  /** Runs without an await, so that snapshot, pages, drawers and sequence land together or not at all. */
  checkpoint({ text, changedPages, droppedPages, changedDrawers }: Checkpoint): void {
    const body = JSON.stringify({ sequence: this.#sequence, state: text } satisfies StoredCheckpoint);
    const parts = Math.ceil(body.length / PART_CHARACTERS);
    for (let part = 0; part < parts; part += 1) {
      const piece = body.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS);
      this.#write(`INSERT OR REPLACE INTO snapshot (part, body) VALUES (?, ?)`, part, piece);
    }
    this.#write(`DELETE FROM snapshot WHERE part >= ?`, parts);
    for (const { page, bytes } of changedPages)
      this.#write(`INSERT OR REPLACE INTO dedupe_page (page, body) VALUES (?, ?)`, page, bytes);
    for (const page of droppedPages) this.#write(`DELETE FROM dedupe_page WHERE page = ?`, page);
    for (const { drawer, records } of changedDrawers) {
      if (records.length === 0) this.#write(`DELETE FROM unsettled WHERE drawer = ?`, drawer);
      else
        this.#write(`INSERT OR REPLACE INTO unsettled (drawer, body) VALUES (?, ?)`, drawer, JSON.stringify(records));
    }
    this.#commitsSince = 0;
    this.#resultsSince = 0;
  }

  /** For a processor that was removed, or registered anew: nothing of its former life is kept but what history has not yet got. */
  wipe(): void {
    this.#history.moveAll();
    for (const table of ['journal', 'snapshot', 'dedupe_page', 'unsettled']) this.#write(`DELETE FROM ${table}`);
    this.#sequence = 0;
    this.#commitsSince = 0;
    this.#resultsSince = 0;
  }

  #write(statement: string, ...bindings: (string | number | Uint8Array | null)[]): void {
    this.rowsWritten += this.#storage.sql.exec(statement, ...bindings).rowsWritten;
  }
}
