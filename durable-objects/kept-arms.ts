// What a processor's object has counted of the arms of experiments. Nothing here awaits: it is written in one with the commit that it follows from, so that a
// crash leaves both or neither, and what is no news to the ledger counts nothing. Rules: SPEC.md [EXP].
import {
  addTallies,
  EMPTY_TALLY,
  type ArmTallies,
  type ArmTally,
  type ValueTally,
} from '../src/domain/experiments/arm-tally.ts';
import { countedArm, countOf, type CountedArm } from '../src/domain/experiments/counted-result.ts';
import type { CanonicalResult, RecordOutcome } from '../src/domain/results/canonical-result.ts';

/** Timeouts that may still be settled; of more, the oldest stay what they were counted as. */
const OPEN_MAX = 50_000;
const OPEN_KEPT_MS = 30 * 86_400_000;
/** Of a run that nobody counts for any longer. */
const TALLY_KEPT_MS = 400 * 86_400_000;

export const ARM_SCHEMA = [
  `CREATE TABLE arm_tally (run TEXT NOT NULL, arm INTEGER NOT NULL, count INTEGER NOT NULL, successes INTEGER NOT NULL, open INTEGER NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY (run, arm)) WITHOUT ROWID`,
  `CREATE TABLE arm_value (run TEXT NOT NULL, arm INTEGER NOT NULL, currency TEXT NOT NULL, count INTEGER NOT NULL, sum REAL NOT NULL, squares REAL NOT NULL, last_ms INTEGER NOT NULL, PRIMARY KEY (run, arm, currency)) WITHOUT ROWID`,
  `CREATE TABLE arm_open (transaction_id TEXT PRIMARY KEY, run TEXT NOT NULL, arm INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID`,
];

export class KeptArms {
  readonly #storage: DurableObjectStorage;
  #open: number;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#open = this.#countOpen();
  }

  /** Results as they were just recorded. */
  hear(results: readonly CanonicalResult[], outcomes: readonly RecordOutcome[], now: number): void {
    const sums = new Map<string, CountedArm & { counted: ArmTally }>();
    results.forEach((result, index) => {
      if (outcomes[index]?.outcome !== 'recorded') return;
      const settled = this.#settled(result);
      const arm = settled ?? countedArm(result);
      const counted = arm === null ? null : countOf(result, settled !== null);
      if (arm === null || counted === null) return;
      if (counted.open > 0) this.#keepOpen(result.transactionId, arm, now);
      const key = `${arm.run} ${arm.arm}`;
      const sum = sums.get(key)?.counted;
      sums.set(key, { ...arm, counted: sum === undefined ? counted : addTallies(sum, counted) });
    });
    for (const sum of sums.values()) this.#add(sum, now);
  }

  /** Results from beyond the horizon: they count nothing anew, and settle what is open. */
  hearLate(results: readonly CanonicalResult[], now: number): void {
    if (this.#open === 0) return;
    for (const result of results) {
      const arm = this.#settled(result);
      const counted = arm === null ? null : countOf(result, true);
      if (arm !== null && counted !== null) this.#add({ ...arm, counted }, now);
    }
  }

  tallies(run: string): ArmTallies {
    const sql = this.#storage.sql;
    const rows = sql
      .exec<{
        arm: number;
        count: number;
        successes: number;
        open: number;
      }>(`SELECT arm, count, successes, open FROM arm_tally WHERE run = ?`, run)
      .toArray();
    const values = sql
      .exec<{
        arm: number;
        currency: string;
        count: number;
        sum: number;
        squares: number;
      }>(`SELECT arm, currency, count, sum, squares FROM arm_value WHERE run = ? ORDER BY currency`, run)
      .toArray();
    const tallyOf = (wanted: 1 | 2): ArmTally => {
      const row = rows.find(({ arm }) => arm === wanted);
      if (row === undefined) return EMPTY_TALLY;
      const { count, successes, open } = row;
      const its = values.filter(({ arm }) => arm === wanted);
      return { count, successes, open, values: its.map(({ arm: _arm, ...value }): ValueTally => value) };
    };
    return [tallyOf(1), tallyOf(2)];
  }

  /** Asked now and then. */
  forgetOld(now: number): void {
    const sql = this.#storage.sql;
    if (this.#open > 0) sql.exec(`DELETE FROM arm_open WHERE at_ms < ?`, now - OPEN_KEPT_MS);
    for (const table of ['arm_tally', 'arm_value'])
      sql.exec(`DELETE FROM ${table} WHERE last_ms < ?`, now - TALLY_KEPT_MS);
    this.#open = this.#countOpen();
  }

  /** For a processor that was removed, or registered anew: experiments begin a new run then. */
  wipe(): void {
    for (const table of ['arm_tally', 'arm_value', 'arm_open']) this.#storage.sql.exec(`DELETE FROM ${table}`);
    this.#open = 0;
  }

  /** The arm whose timeout this settles, which is then open no longer. */
  #settled({ transactionId, result }: CanonicalResult): CountedArm | null {
    if (this.#open === 0 || (result !== 'approved' && result !== 'declined' && result !== 'error')) return null;
    const [row] = this.#storage.sql
      .exec<{
        run: string;
        arm: number;
      }>(`DELETE FROM arm_open WHERE transaction_id = ? RETURNING run, arm`, transactionId)
      .toArray();
    if (row === undefined) return null;
    this.#open -= 1;
    return { run: row.run, arm: row.arm === 1 ? 1 : 2 };
  }

  #keepOpen(transactionId: string, { run, arm }: CountedArm, now: number): void {
    // The ledger forgets sooner than this: an attempt may be told anew.
    const { rowsWritten } = this.#storage.sql.exec(
      `INSERT OR IGNORE INTO arm_open (transaction_id, run, arm, at_ms) VALUES (?, ?, ?, ?)`,
      transactionId,
      run,
      arm,
      now,
    );
    if (rowsWritten > 0) this.#open += 1;
    if (this.#open <= OPEN_MAX) return;
    this.#storage.sql.exec(
      `DELETE FROM arm_open WHERE transaction_id = (SELECT transaction_id FROM arm_open ORDER BY at_ms, transaction_id LIMIT 1)`,
    );
    this.#open -= 1;
  }

  #add({ run, arm, counted }: CountedArm & { readonly counted: ArmTally }, now: number): void {
    const { count, successes, open, values } = counted;
    this.#storage.sql.exec(
      `INSERT INTO arm_tally (run, arm, count, successes, open, last_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (run, arm) DO UPDATE SET count = count + excluded.count, successes = successes + excluded.successes,
           open = open + excluded.open, last_ms = excluded.last_ms`,
      ...[run, arm, count, successes, open, now],
    );
    for (const { currency, count: told, sum, squares } of values)
      this.#storage.sql.exec(
        `INSERT INTO arm_value (run, arm, currency, count, sum, squares, last_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (run, arm, currency) DO UPDATE SET count = count + excluded.count, sum = sum + excluded.sum,
             squares = squares + excluded.squares, last_ms = excluded.last_ms`,
        ...[run, arm, currency, told, sum, squares, now],
      );
  }

  #countOpen(): number {
    return this.#storage.sql.exec<{ count: number }>(`SELECT COUNT(*) AS count FROM arm_open`).one().count;
  }
}
