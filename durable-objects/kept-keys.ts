// Keys of results whose deliveries nothing dates, as a processor's object keeps them: such a one can be sent again for ever, and the ledger forgets after a day.
// What such a repeat is answered is decided in src/domain/results/replay.ts. Rules: SPEC.md [WHK].
import { hash64, hashHex, parseSalt } from '../src/domain/results/hash64.ts';
import { judgeRepeat, keysToAsk, stageKey, type HeardKey } from '../src/domain/results/replay.ts';
import { LEDGER_LIMITS, stageOf } from '../src/domain/results/ledger.ts';
import type { CanonicalResult, RecordOutcome, ResultKind } from '../src/domain/results/canonical-result.ts';
import type { ProcessorState } from '../src/domain/health/processor-state.ts';

/** Keys go by whole periods, oldest first, so that their age needs no index, which would be a second row written for each. */
const PERIOD_MS = 30 * 86_400_000;
/** Beside the running one: 90 to 120 days. Secrets are to be rotated more often, and what a former one signed is refused for its signature. */
const PERIODS_KEPT = 3;
/** The ledger forgets by the second: one hour is common to both. */
const LEDGER_MS = LEDGER_LIMITS.horizonMs - 3_600_000;
/** More than a processor with 10 results a second writes; an object's disk holds 10 GB. */
const BYTES_MAX = 6_000_000_000;
/** What one sweep lets go: some ten milliseconds, and more a day than come. */
const FORGOTTEN_AT_ONCE = 10_000;

export const KEY_SCHEMA = [
  `CREATE TABLE replay_key (period INTEGER NOT NULL, key TEXT NOT NULL, at_ms INTEGER NOT NULL, result TEXT NOT NULL, PRIMARY KEY (period, key)) WITHOUT ROWID`,
];

export interface Repeats {
  /** By their places in the list: those that are known from before the ledger's memory. */
  readonly known: ReadonlyMap<number, RecordOutcome>;
  readonly heard: ReadonlyMap<string, HeardKey>;
}

/** What is asked of whoever holds the ledger. */
interface Asking extends Pick<ProcessorState, 'salt'> {
  readonly ledger: { sizes(): { readonly keys: number } };
}
interface Keeping extends Pick<ProcessorState, 'salt'> {
  readonly ledger: Pick<ProcessorState['ledger'], 'heldFinal'>;
}

const NO_REPEATS: Repeats = { known: new Map(), heard: new Map() };

export class KeptKeys {
  readonly #storage: DurableObjectStorage;
  readonly #bytesMax: number;
  /** Since the object started. */
  rowsWritten = 0;

  constructor(storage: DurableObjectStorage, bytesMax = BYTES_MAX) {
    this.#storage = storage;
    this.#bytesMax = bytesMax;
  }

  /** Younger ones are the ledger's, which counts them; where it is full, it forgets by number, and the keys alone are asked. */
  repeatsAmong(results: readonly CanonicalResult[], { ledger, salt }: Asking, now: number): Repeats {
    const keys = new Set(results.flatMap(keysToAsk));
    if (keys.size === 0) return NO_REPEATS;
    const heard = this.#find(keys, salt, now);
    const isFull = ledger.sizes().keys + results.length >= LEDGER_LIMITS.resultsMax;
    const ledgerSinceMs = isFull ? Infinity : now - LEDGER_MS;
    const known = new Map<number, RecordOutcome>();
    results.forEach((result, index) => {
      const outcome = judgeRepeat(result, heard, ledgerSinceMs);
      if (outcome !== null) known.set(index, outcome);
    });
    return { known, heard };
  }

  /**
   * In one with their commit, whatever the ledger made of them: what repeats or contradicts a report of the caller's is recorded by nobody
   * else. What comes back is then compared with what the ledger holds now.
   */
  keep(results: readonly CanonicalResult[], { known, heard }: Repeats, { ledger, salt }: Keeping, now: number): void {
    results.forEach((result, index) => {
      if (result.isReplayable !== true || known.has(index) || heard.has(stageKey(result))) return;
      const held = stageOf(result.result) === 'final' ? ledger.heldFinal(result.transactionId) : null;
      this.rowsWritten += this.#storage.sql.exec(
        `INSERT OR IGNORE INTO replay_key (period, key, at_ms, result) VALUES (?, ?, ?, ?)`,
        periodOf(now),
        hashed(stageKey(result), salt),
        now,
        held ?? result.result,
      ).rowsWritten;
    });
  }

  /** Asked now and then. */
  forgetOld(now: number): void {
    const isTooLarge = this.#storage.sql.databaseSize > this.#bytesMax;
    const before = isTooLarge ? periodOf(now) : periodOf(now) - PERIODS_KEPT;
    this.rowsWritten += this.#storage.sql.exec(
      `DELETE FROM replay_key WHERE (period, key) IN (SELECT period, key FROM replay_key WHERE period < ? ORDER BY period, key LIMIT ?)`,
      before,
      FORGOTTEN_AT_ONCE,
    ).rowsWritten;
  }

  wipe(): void {
    this.#storage.sql.exec(`DELETE FROM replay_key`);
  }

  #find(keys: ReadonlySet<string>, salt: string, now: number): ReadonlyMap<string, HeardKey> {
    const textOf = new Map([...keys].map((key) => [hashed(key, salt), key]));
    const periods = Array.from({ length: PERIODS_KEPT + 1 }, (_, back) => periodOf(now) - back);
    const rows = this.#storage.sql.exec<{ key: string; at_ms: number; result: ResultKind }>(
      `SELECT key, at_ms, result FROM replay_key
         WHERE period IN (${periods.join(', ')}) AND key IN (SELECT value FROM json_each(?))`,
      JSON.stringify([...textOf.keys()]),
    );
    return new Map([...rows].map(({ key, at_ms: atMs, result }) => [textOf.get(key)!, { result, atMs }]));
  }
}

const periodOf = (atMs: number): number => Math.floor(atMs / PERIOD_MS);

/** Short whatever the id, and no two ids can be made to meet [LED-9]. */
function hashed(key: string, salt: string): string {
  const hash = { lo: 0, hi: 0 };
  hash64(key, parseSalt(salt), hash);
  return hashHex(hash);
}
