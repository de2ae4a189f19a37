// The attempt ledger on disk, page by page as a processor's object keeps it, for readers that are killed and started again.
import { DatabaseSync } from 'node:sqlite';
import { LedgerRecorder } from './ledger-recorder.ts';
import { Ledger, type LedgerCounts } from '../../src/domain/results/ledger.ts';
import type { AttemptEvent } from '../../src/domain/results/attempt-event.ts';
import type { EventOutcome, EventRecorder } from '../../src/ports/event-recorder.ts';

const SALT = '0123456789abcdef';

export class KeptLedger implements EventRecorder {
  readonly #database: DatabaseSync;
  readonly #recorder: LedgerRecorder;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS pages (page INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS counts (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL) STRICT;`);
    this.#recorder = new LedgerRecorder(Date.now, this.#load());
  }

  get counts(): LedgerCounts {
    return this.#recorder.ledger.counts();
  }

  /** Answered when it is on disk. */
  async record(events: readonly AttemptEvent[]): Promise<readonly EventOutcome[]> {
    const outcomes = await this.#recorder.record(events);
    const { ledger } = this.#recorder;
    this.#database.exec('BEGIN IMMEDIATE');
    const page = this.#database.prepare('INSERT OR REPLACE INTO pages VALUES (?, ?)');
    for (const dirty of ledger.dirtyPages()) page.run(dirty.page, dirty.bytes);
    this.#database.prepare('INSERT OR REPLACE INTO counts VALUES (1, ?)').run(JSON.stringify(ledger.counts()));
    this.#database.exec('COMMIT');
    ledger.markClean();
    return outcomes;
  }

  close(): void {
    this.#database.close();
  }

  #load(): Ledger {
    const counts = this.#database.prepare('SELECT text FROM counts').get();
    if (counts === undefined) return Ledger.create(SALT);
    const rows = this.#database.prepare('SELECT page, bytes FROM pages ORDER BY page').all();
    const pages = rows.map(({ page, bytes }) => ({ page: Number(page), bytes: bytes as Uint8Array }));
    return Ledger.load({
      salt: SALT,
      pages,
      unsettled: [],
      counts: JSON.parse(String(counts['text'])) as LedgerCounts,
    });
  }
}
