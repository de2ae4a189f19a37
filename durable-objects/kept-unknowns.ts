// The attempts of unknown outcome as a processor's object keeps them, and what their ends have still to tell the ledgers of credentials.
// Nothing here awaits: it is written in one with the commit that it follows from, so that a crash leaves both or neither.
import {
  beginsToBeKept,
  type Final,
  hearLate,
  hearOwnWord,
  hearResult,
  hearUndone,
  SETTLED_KEPT_MS,
  type Heard,
  type LateOutcome,
  type LedgerNote,
  type OwnWord,
  type Undone,
  type UnknownAttempt,
  type UnknownStep,
  watched,
  type Watched,
} from '../src/domain/unknowns/unknown-attempt.ts';
import { NEVER_TOLD, OVERDUE_MS, type Overdue, type OverdueTold } from '../src/domain/unknowns/overdue.ts';
import type { ProcessorId } from '../src/domain/identity.ts';
import type { ProcessorUnknowns, UnknownQuery } from '../src/domain/unknowns/unknown-page.ts';

/** Days of timeouts of a large processor; of more the oldest make room, which settles none of them. */
const OPEN_MAX = 200_000;
const NOTES_AT_ONCE = 100;
/** Of attempts that have ended; beyond it the oldest are let go before their time. 200 MB of the 10 GB that an object may hold. */
const SETTLED_MAX = 500_000;
/** Settled ones that one sweep lets go: some milliseconds. */
const FORGOTTEN_AT_ONCE = 5_000;

export const UNKNOWN_SCHEMA = [
  `CREATE TABLE unknown_attempt (transaction_id TEXT PRIMARY KEY, alias TEXT, since_ms INTEGER NOT NULL, settled_ms INTEGER, body TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE INDEX unknown_open ON unknown_attempt (since_ms, transaction_id) WHERE settled_ms IS NULL`,
  `CREATE INDEX unknown_settled ON unknown_attempt (settled_ms) WHERE settled_ms IS NOT NULL`,
  `CREATE INDEX unknown_alias ON unknown_attempt (alias) WHERE alias IS NOT NULL`,
  `CREATE TABLE ledger_note (sequence INTEGER PRIMARY KEY AUTOINCREMENT, tries INTEGER NOT NULL, body TEXT NOT NULL)`,
];

const FORGOTTEN = 'unknowns_forgotten';
const TOLD = 'unknowns_overdue_told';

export interface PendingNote extends LedgerNote {
  readonly sequence: number;
}

export class KeptUnknowns {
  readonly #storage: DurableObjectStorage;
  #open: number;
  #rows: number;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#open = this.#count('settled_ms IS NULL');
    this.#rows = this.#open + this.#count('settled_ms IS NOT NULL');
  }

  /** Results as they were just recorded. `finalOf`: asked for those that are kept. */
  hear(heard: readonly Omit<Heard, 'final'>[], finalOf: (transactionId: string) => Heard['final'], now: number): void {
    // Nearly always nothing is unknown, and a commit of thousands costs no look at the disk.
    if (this.#rows === 0 && !heard.some(beginsToBeKept)) return;
    const held = this.#find(heard.map(({ result }) => result.transactionId));
    for (const each of heard) {
      const { transactionId } = each.result;
      const before = held.get(transactionId) ?? null;
      if (before === null && !beginsToBeKept(each)) continue;
      const final = finalOf(transactionId);
      const step = hearResult(before, { ...each, final }, now);
      if (step.kept !== null) held.set(transactionId, step.kept);
      this.#take(before, step);
    }
  }

  /** Results from beyond the horizon: nothing is recorded of them, and what is unknown is settled all the same. */
  hearLate(heard: readonly Omit<Heard, 'outcome'>[], now: number): readonly LateOutcome[] {
    const held = this.#find(heard.map(({ result }) => result.transactionId));
    return heard.map((each) => {
      const { transactionId } = each.result;
      const before = held.get(transactionId) ?? null;
      const step = hearLate(before, { ...each, outcome: 'recorded' }, now);
      if (step.kept !== null) held.set(transactionId, step.kept);
      this.#take(before, step);
      return step.outcome;
    });
  }

  /** Of an attempt that is to be followed by another. `final`: the one that the attempt ledger holds. */
  watch(word: OwnWord, final: Final | null, processorId: ProcessorId, now: number): Watched {
    const before = this.#find([word.transactionId]).get(word.transactionId) ?? null;
    const step = hearOwnWord(before, word, final, { processorId, now });
    this.#take(before, step);
    return watched(step.kept ?? before, final);
  }

  /** What the ledgers could not be told when it happened. */
  owe(notes: readonly LedgerNote[]): void {
    for (const note of notes) this.#owe(note);
  }

  /** Voids and refunds, by whichever of its ids they name the attempt; of an attempt that never was unknown nothing is known. */
  undo(undone: readonly Undone[], processorId: ProcessorId, now: number): void {
    if (this.#rows === 0) return;
    for (const each of undone) {
      const before = this.#byAnyId(each.ids);
      if (before !== null) this.#take(before, hearUndone(before, each, processorId, now));
    }
  }

  /** Which of them nobody knows the outcome of. */
  openAmong(transactionIds: readonly string[]): ReadonlySet<string> {
    if (this.#open === 0) return new Set();
    const found = [...this.#find(transactionIds).values()].filter(({ settled }) => settled === null);
    return new Set(found.map(({ transactionId }) => transactionId));
  }

  page({ untilMs, after, limit }: UnknownQuery): ProcessorUnknowns {
    const unknowns = this.#storage.sql
      .exec<{ body: string }>(
        `SELECT body FROM unknown_attempt WHERE settled_ms IS NULL AND since_ms <= ?1
           AND (since_ms > ?2 OR (since_ms = ?2 AND ?3 IS NOT NULL AND transaction_id > ?3))
         ORDER BY since_ms, transaction_id LIMIT ?4`,
        untilMs,
        after?.sinceMs ?? -1,
        after?.transactionId ?? null,
        limit,
      )
      .toArray()
      .map(({ body }) => JSON.parse(body) as UnknownAttempt);
    const forgotten = this.#storage.kv.get<number>(FORGOTTEN) ?? 0;
    return { unknowns, total: this.#count('settled_ms IS NULL AND since_ms <= ?', untilMs), forgotten };
  }

  overdue(now: number): Overdue {
    const untilMs = now - OVERDUE_MS - 1;
    const { unknowns, total } = this.page({ untilMs, after: null, limit: 1 });
    return { count: total, oldest: unknowns[0] ?? null };
  }

  get overdueTold(): OverdueTold {
    return this.#storage.kv.get<OverdueTold>(TOLD) ?? NEVER_TOLD;
  }

  toldOverdue(told: OverdueTold): void {
    this.#storage.kv.put(TOLD, told);
  }

  /** What the ledgers have not been told yet; those that were tried least come first, so that one that is away holds up no other. */
  notes(): readonly PendingNote[] {
    return this.#storage.sql
      .exec<{
        sequence: number;
        body: string;
      }>(`SELECT sequence, body FROM ledger_note ORDER BY tries, sequence LIMIT ?`, NOTES_AT_ONCE)
      .toArray()
      .map(({ sequence, body }) => ({ sequence, ...(JSON.parse(body) as LedgerNote) }));
  }

  /** To be asked again after each round. */
  get hasNotes(): boolean {
    return this.#storage.sql.exec(`SELECT 1 FROM ledger_note LIMIT 1`).toArray().length > 0;
  }

  noted(notes: readonly PendingNote[], isTaken: boolean): void {
    const statement = isTaken ? `DELETE FROM ledger_note` : `UPDATE ledger_note SET tries = tries + 1`;
    for (const { sequence } of notes) this.#storage.sql.exec(`${statement} WHERE sequence = ?`, sequence);
  }

  forgetSettled(now: number): void {
    const tooMany = Math.min(Math.max(this.#rows - this.#open - SETTLED_MAX, 0), FORGOTTEN_AT_ONCE);
    const { rowsWritten } = this.#storage.sql.exec(
      `DELETE FROM unknown_attempt WHERE transaction_id IN
         (SELECT transaction_id FROM unknown_attempt WHERE settled_ms < ? ORDER BY settled_ms LIMIT ?)
       OR transaction_id IN
         (SELECT transaction_id FROM unknown_attempt WHERE settled_ms IS NOT NULL ORDER BY settled_ms LIMIT ?)`,
      now - SETTLED_KEPT_MS,
      FORGOTTEN_AT_ONCE,
      tooMany,
    );
    if (rowsWritten > 0) this.#rows = this.#count('TRUE');
  }

  /** For a processor that was removed, or registered anew. The payments were made all the same, and nobody knows their end: people are told anew. */
  begunAnew(): void {
    this.#storage.kv.delete(TOLD);
  }

  #take(before: UnknownAttempt | null, { kept, note }: UnknownStep): void {
    if (kept !== null && JSON.stringify(kept) !== JSON.stringify(before)) this.#keep(before, kept);
    if (note !== null) this.#owe(note);
  }

  #owe(note: LedgerNote): void {
    this.#storage.sql.exec(`INSERT INTO ledger_note (tries, body) VALUES (0, ?)`, JSON.stringify(note));
  }

  #keep(before: UnknownAttempt | null, kept: UnknownAttempt): void {
    this.#storage.sql.exec(
      `INSERT OR REPLACE INTO unknown_attempt (transaction_id, alias, since_ms, settled_ms, body) VALUES (?, ?, ?, ?, ?)`,
      kept.transactionId,
      kept.alias,
      kept.sinceMs,
      kept.settled?.atMs ?? null,
      JSON.stringify(kept),
    );
    if (before === null) this.#rows += 1;
    const wasOpen = before !== null && before.settled === null;
    this.#open += Number(kept.settled === null) - Number(wasOpen);
    if (this.#open > OPEN_MAX) this.#forgetOldest();
  }

  #forgetOldest(): void {
    this.#storage.sql.exec(
      `DELETE FROM unknown_attempt WHERE transaction_id =
         (SELECT transaction_id FROM unknown_attempt WHERE settled_ms IS NULL ORDER BY since_ms, transaction_id LIMIT 1)`,
    );
    this.#open -= 1;
    this.#rows -= 1;
    this.#storage.kv.put(FORGOTTEN, (this.#storage.kv.get<number>(FORGOTTEN) ?? 0) + 1);
  }

  #find(transactionIds: readonly string[]): Map<string, UnknownAttempt> {
    if (this.#rows === 0) return new Map();
    const rows = this.#storage.sql
      .exec<{
        body: string;
      }>(
        `SELECT body FROM unknown_attempt WHERE transaction_id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(transactionIds),
      )
      .toArray();
    return new Map(
      rows.map(({ body }) => {
        const held = JSON.parse(body) as UnknownAttempt;
        return [held.transactionId, held];
      }),
    );
  }

  #byAnyId(ids: readonly string[]): UnknownAttempt | null {
    const own = this.#find(ids);
    const first = ids.find((id) => own.has(id));
    if (first !== undefined) return own.get(first) ?? null;
    const [row] = this.#storage.sql
      .exec<{
        body: string;
      }>(
        `SELECT body FROM unknown_attempt WHERE alias IN (SELECT value FROM json_each(?)) LIMIT 1`,
        JSON.stringify(ids),
      )
      .toArray();
    return row === undefined ? null : (JSON.parse(row.body) as UnknownAttempt);
  }

  #count(where: string, ...bindings: number[]): number {
    return this.#storage.sql
      .exec<{ count: number }>(`SELECT COUNT(*) AS count FROM unknown_attempt WHERE ${where}`, ...bindings)
      .one().count;
  }
}
