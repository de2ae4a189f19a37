// Keeps what webhooks leave behind beside the processors' ledgers: dead letters, bounded in number and age, with an alert when they grow, and what became of each delivery.
import { DurableObject } from 'cloudflare:workers';
import { LETTER_WATCH_TABLES, LetterWatch } from './letter-watch.ts';
import { migrateSchema } from './schema.ts';
import { registryStub } from './registry-client.ts';
import { withinTime } from './time-limit.ts';
import type {
  IntakeSummary,
  KeptWebhookLetter,
  WebhookCount,
  WebhookIntakePort,
  WebhookLetter,
} from '../src/ports/webhook-port.ts';
import type { Page } from '../src/ports/registry-port.ts';

const LETTERS_MAX = 10_000;
const LETTER_AGE_MAX_MS = 7 * 86_400_000;
const PAGE_MAX = 100;
const REGISTRY_WAIT_MS = 5_000;

const SCHEMA = [
  [
    `CREATE TABLE letter (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, reason TEXT NOT NULL, body TEXT NOT NULL)`,
    `CREATE TABLE counter (source TEXT NOT NULL, what TEXT NOT NULL, outcome TEXT NOT NULL, count INTEGER NOT NULL,
       PRIMARY KEY (source, what, outcome)) WITHOUT ROWID`,
  ],
  LETTER_WATCH_TABLES,
];

export class WebhookIntake extends DurableObject<Env> implements WebhookIntakePort {
  readonly #storage: DurableObjectStorage;
  readonly #watch: LetterWatch;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#watch = new LetterWatch(ctx.storage.sql);
    migrateSchema(ctx.storage, SCHEMA);
  }

  async bury(letters: readonly WebhookLetter[]): Promise<void> {
    const isNews = this.#storage.transactionSync(() => {
      for (const letter of letters)
        this.#rows(
          `INSERT INTO letter (at_ms, reason, body) VALUES (?, ?, ?)`,
          letter.atMs,
          letter.reason,
          JSON.stringify(letter),
        );
      this.#rows(`DELETE FROM letter WHERE sequence <= (SELECT MAX(sequence) FROM letter) - ?`, LETTERS_MAX);
      this.#dropOld();
      return this.#watch.note(countsBySource(letters), Date.now());
    });
    await this.#arm(isNews);
  }

  override async alarm(): Promise<void> {
    this.#storage.transactionSync(() => this.#watch.look(Date.now()));
    const waiting = this.#watch.waiting();
    const last = waiting.at(-1);
    if (last !== undefined) {
      const told = await withinTime(REGISTRY_WAIT_MS, async () => {
        await registryStub(this.env).signal(waiting.map(({ signal }) => signal));
        return true;
      });
      if (told !== null) this.#watch.told(last.sequence);
    }
    await this.#arm(false);
  }

  /** Never later than what is set already: letters may have come while the Registry was being told. */
  async #arm(isNews: boolean): Promise<void> {
    const at = this.#watch.nextAlarm(Date.now(), isNews);
    if (at === null) return;
    const set = await this.#storage.getAlarm();
    if (set === null || at < set) await this.#storage.setAlarm(at);
  }

  async letters(cursor: string | null, limit: number): Promise<Page<KeptWebhookLetter>> {
    this.#dropOld();
    const count = Math.min(Math.max(Math.trunc(limit) || 1, 1), PAGE_MAX);
    const before = cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const rows = this.#rows<LetterRow>(
      `SELECT sequence, body FROM letter WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`,
      Number.isSafeInteger(before) ? before : 0,
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
    return this.#rows(`DELETE FROM letter WHERE sequence = ? RETURNING sequence`, sequenceOf(id)).length > 0;
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
      letters: this.#rows<{ reason: string; count: number }>(
        `SELECT reason, COUNT(*) AS count FROM letter GROUP BY reason ORDER BY reason`,
      ),
    };
  }

  /** Rows stand in the order in which they came, so that the old ones are the first. */
  #dropOld(): void {
    this.#rows(
      `DELETE FROM letter WHERE sequence < COALESCE(
         (SELECT MIN(sequence) FROM letter WHERE at_ms >= ?), (SELECT MAX(sequence) + 1 FROM letter))`,
      Date.now() - LETTER_AGE_MAX_MS,
    );
  }

  #rows<Row extends Record<string, SqlStorageValue>>(statement: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#storage.sql.exec<Row>(statement, ...bindings).toArray();
  }
}

function countsBySource(letters: readonly WebhookLetter[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { sourceId } of letters) counts.set(sourceId, (counts.get(sourceId) ?? 0) + 1);
  return counts;
}

type LetterRow = { readonly sequence: number; readonly body: string };

const keptLetter = ({ sequence, body }: LetterRow): KeptWebhookLetter => ({
  ...(JSON.parse(body) as WebhookLetter),
  id: `dlt_${sequence}`,
});

/** An id that was never given out is nobody's. */
const sequenceOf = (id: string): number => Number(/^dlt_([1-9]\d{0,14})$/.exec(id)?.[1] ?? 0);
