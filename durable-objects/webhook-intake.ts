// Keeps what webhooks leave behind beside the processors' ledgers: dead letters, bounded in number and age, with an alert when they grow, and what became of each delivery.
import { LETTER_WATCH_TABLES, LetterWatch } from './letter-watch.ts';
import { lettersToDrop } from '../src/domain/health/letter-room.ts';
import { migrateSchema } from './schema.ts';
import { registryStub } from './registry-client.ts';
import { SignalOutbox } from './signal-outbox.ts';
import type {
  IntakeSummary,
  KeptWebhookLetter,
  WebhookCount,
  WebhookIntakePort,
  WebhookLetter,
} from '../src/ports/webhook-port.ts';
import type { Page } from '../src/ports/registry-port.ts';
import { WakenObject } from './waken-object.ts';

const LETTERS_MAX = 10_000;
const LETTER_AGE_MAX_MS = 7 * 86_400_000;
const PAGE_MAX = 100;

const SCHEMA = [
  [
    `CREATE TABLE letter (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, reason TEXT NOT NULL, body TEXT NOT NULL)`,
    `CREATE TABLE counter (source TEXT NOT NULL, what TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL,
       PRIMARY KEY (source, what, outcome)) WITHOUT ROWID`,
  ],
  LETTER_WATCH_TABLES,
  [
    `ALTER TABLE letter ADD COLUMN source TEXT NOT NULL DEFAULT ''`,
    `UPDATE letter SET source = json_extract(body, '$.sourceId')`,
    `CREATE INDEX letter_source ON letter (source, sequence)`,
    `CREATE TABLE holding (source TEXT PRIMARY KEY, kept INTEGER NOT NULL, full INTEGER NOT NULL DEFAULT 0, old INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID`,
    `INSERT INTO holding (source, kept) SELECT source, COUNT(*) FROM letter GROUP BY source`,
  ],
];

export class WebhookIntake extends WakenObject implements WebhookIntakePort {
  readonly #storage: DurableObjectStorage;
  readonly #outbox: SignalOutbox;
  readonly #watch: LetterWatch;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#outbox = new SignalOutbox(ctx, () => registryStub(this.env));
    this.#watch = new LetterWatch(ctx.storage.sql, (source) => this.#shareOf(source));
    migrateSchema(ctx.storage, SCHEMA);
  }

  async bury(letters: readonly WebhookLetter[]): Promise<void> {
    const now = Date.now();
    const signals = this.#storage.transactionSync(() => {
      const arrived = countsBySource(letters);
      for (const letter of letters)
        this.#rows(
          `INSERT INTO letter (at_ms, reason, source, body) VALUES (?, ?, ?, ?)`,
          letter.atMs,
          letter.reason,
          letter.sourceId,
          JSON.stringify(letter),
        );
      for (const [source, count] of arrived)
        this.#rows(
          `INSERT INTO holding (source, kept) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET kept = kept + excluded.kept`,
          source,
          count,
        );
      this.#dropOld();
      return this.#watch.note(arrived, this.#makeRoom(), now);
    });
    this.#outbox.add(signals, now);
    await this.#arm();
  }

  protected override isWaiting(): boolean {
    return this.#nextAlarm(Date.now()) !== null;
  }

  protected override async rung(): Promise<void> {
    const now = Date.now();
    this.#outbox.add(
      this.#storage.transactionSync(() => this.#watch.look(now)),
      now,
    );
    await this.#outbox.tell();
    if (this.#nextAlarm(now) === null) await this.#storage.deleteAlarm();
    else await this.#arm();
  }

  #nextAlarm(now: number): number | null {
    const at = Math.min(this.#outbox.nextAlarm(now) ?? Infinity, this.#watch.nextLook(now) ?? Infinity);
    return at === Infinity ? null : at;
  }

  /** Never later than what is set already: letters may have come while the Registry was being told. */
  async #arm(): Promise<void> {
    const at = this.#nextAlarm(Date.now());
    if (at === null) return;
    const set = await this.#storage.getAlarm();
    if (set === null || at < set) await this.#storage.setAlarm(at);
  }

  async letters(cursor: string | null, limit: number, sourceId?: string): Promise<Page<KeptWebhookLetter>> {
    this.#dropOld();
    const count = Math.min(Math.max(Math.trunc(limit) || 1, 1), PAGE_MAX);
    const before = cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const rows = this.#rows<LetterRow>(
      `SELECT sequence, body FROM letter WHERE sequence < ? ${sourceId === undefined ? '' : 'AND source = ?'} ORDER BY sequence DESC LIMIT ?`,
      Number.isSafeInteger(before) ? before : 0,
      ...(sourceId === undefined ? [] : [sourceId]),
      count + 1,
    );
    const shown = rows.slice(0, count);
    return {
      items: shown.map(keptLetter),
      nextCursor: rows.length > count ? String(shown.at(-1)!.sequence) : null,
    };
  }

  async letter(id: string): Promise<KeptWebhookLetter | null> {
    const [row] = this.#rows<LetterRow>(`SELECT sequence, body FROM letter WHERE sequence = ?`, sequenceOf(id));
    return row === undefined ? null : keptLetter(row);
  }

  async remove(id: string): Promise<boolean> {
    return this.#storage.transactionSync(() => {
      const [row] = this.#rows<SourceRow>(`DELETE FROM letter WHERE sequence = ? RETURNING source`, sequenceOf(id));
      if (row !== undefined) this.#rows(`UPDATE holding SET kept = kept - 1 WHERE source = ?`, row.source);
      return row !== undefined;
    });
  }

  async count(counts: readonly WebhookCount[]): Promise<void> {
    this.#storage.transactionSync(() => {
      for (const { sourceId, what, outcome, count } of counts)
        this.#rows(
          `INSERT INTO counter (source, what, outcome, count) VALUES (?, ?, ?, ?)
             ON CONFLICT (source, what, outcome) DO UPDATE SET count = count + excluded.count`,
          sourceId,
          what,
          outcome,
          count,
        );
    });
  }

  async summary(): Promise<IntakeSummary> {
    this.#dropOld();
    return {
      counts: this.#rows<{ sourceId: string; what: WebhookCount['what']; outcome: string; count: number }>(
        `SELECT source AS sourceId, what, outcome, count FROM counter ORDER BY source, what, outcome`,
      ),
      letters: this.#rows<{ sourceId: string; reason: string; count: number; oldestAtMs: number }>(
        `SELECT source AS sourceId, reason, COUNT(*) AS count, MIN(at_ms) AS oldestAtMs FROM letter GROUP BY source, reason ORDER BY source, reason`,
      ),
      dropped: CAUSES.flatMap((cause) =>
        this.#rows<{ sourceId: string; count: number }>(
          `SELECT source AS sourceId, ${cause} AS count FROM holding WHERE ${cause} > 0 ORDER BY source`,
        ).map((dropped) => ({ ...dropped, cause })),
      ),
    };
  }

  /** Rows stand in the order in which they came, so that the old ones are the first. */
  #dropOld(): void {
    const dropped = this.#rows<SourceRow>(
      `DELETE FROM letter WHERE sequence < COALESCE(
         (SELECT MIN(sequence) FROM letter WHERE at_ms >= ?), (SELECT MAX(sequence) + 1 FROM letter)) RETURNING source`,
      Date.now() - LETTER_AGE_MAX_MS,
    );
    this.#noteDropped(countsBySource(dropped.map(({ source }) => ({ sourceId: source }))), 'old');
  }

  /** How many of each source had to give way. */
  #makeRoom(): ReadonlyMap<string, number> {
    const held = this.#rows<{ source: string; kept: number }>(`SELECT source, kept FROM holding WHERE kept > 0`);
    const dropped = lettersToDrop(new Map(held.map(({ source, kept }) => [source, kept])), LETTERS_MAX);
    for (const [source, count] of dropped)
      this.#rows(
        `DELETE FROM letter WHERE sequence IN (SELECT sequence FROM letter WHERE source = ? ORDER BY sequence LIMIT ?)`,
        source,
        count,
      );
    this.#noteDropped(dropped, 'full');
    return dropped;
  }

  #noteDropped(dropped: ReadonlyMap<string, number>, cause: (typeof CAUSES)[number]): void {
    for (const [source, count] of dropped)
      this.#rows(`UPDATE holding SET kept = kept - ?1, ${cause} = ${cause} + ?1 WHERE source = ?2`, count, source);
  }

  #shareOf(source: string): number {
    const [row] = this.#rows<{ kept: number }>(`SELECT kept FROM holding WHERE source = ?`, source);
    return (row?.kept ?? 0) / LETTERS_MAX;
  }

  #rows<Row extends Record<string, SqlStorageValue>>(statement: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#storage.sql.exec<Row>(statement, ...bindings).toArray();
  }
}

function countsBySource(letters: readonly Pick<WebhookLetter, 'sourceId'>[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { sourceId } of letters) counts.set(sourceId, (counts.get(sourceId) ?? 0) + 1);
  return counts;
}

/** Why nobody has it any more; names of columns. */
const CAUSES = ['full', 'old'] as const;

type SourceRow = { readonly source: string };
type LetterRow = { readonly sequence: number; readonly body: string };

const keptLetter = ({ sequence, body }: LetterRow): KeptWebhookLetter => ({
  ...(JSON.parse(body) as WebhookLetter),
  id: `dlt_${sequence}`,
});

/** An id that was never given out is nobody's. */
const sequenceOf = (id: string): number => Number(/^dlt_([1-9]\d{0,14})$/.exec(id)?.[1] ?? 0);
