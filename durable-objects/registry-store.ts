// The Registry's tables: configuration, keys, alerts and the audit log, each read and written whole; what they mean is the domain's.
import type { ApiKeyRecord, Configuration } from '../src/domain/configuration/configuration.ts';
import {
  type AlertAcknowledged,
  acknowledgeAlert,
  type KeptAlert,
  withFormer,
} from '../src/domain/notifications/word.ts';
import type { AlertBook } from '../src/domain/health/alert-book.ts';
import type { ToldAlert } from '../src/domain/notifications/told-alert.ts';
import { type AnomalyAlert, isNews } from '../src/domain/payment-anomalies/anomaly-alert.ts';
import { AlertChapters, CHAPTER_SCHEMA } from './alert-chapters.ts';
import { EMPTY_CONFIGURATION } from '../src/domain/configuration/configuration.ts';
import { readConfiguration, writeConfiguration } from '../src/domain/configuration/stored-configuration.ts';
import type { Actor, AuditEntry, Page } from '../src/ports/registry-port.ts';
import type { WebhookSource } from '../src/domain/configuration/webhook-source.ts';
import { CHANNEL_SCHEMA } from './registry-channels.ts';
import { alertRow } from '../src/domain/health/alert-row.ts';
import type { HistoryPort } from '../src/ports/history-port.ts';
import { migrateSchema } from './schema.ts';
import type { ObjectAlarm } from './object-alarm.ts';
import { ROW_OUTBOX_SCHEMA, RowOutbox } from './row-outbox.ts';
import { OUTBOX_SCHEMA } from './alert-outbox.ts';

const AUDIT_ROWS_MAX = 100_000;
/** How many are open is the alert book's to bound. */
const CLOSED_ALERT_ROWS_MAX = 10_000;
const PAGE_MAX = 1_000;

const SCHEMA = [
  [
    `CREATE TABLE configuration (part INTEGER PRIMARY KEY, text TEXT NOT NULL)`,
    `CREATE TABLE api_key (id TEXT PRIMARY KEY, position INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE kept (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID`,
    `CREATE TABLE alert (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, changed_at INTEGER NOT NULL, body TEXT NOT NULL)`,
    `CREATE TABLE audit (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, key_id TEXT NOT NULL, request_id TEXT NOT NULL,
       action TEXT NOT NULL, subject TEXT NOT NULL, version INTEGER NOT NULL, before TEXT, after TEXT)`,
  ],
  [`CREATE TABLE source (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID`],
  [...CHANNEL_SCHEMA, ...OUTBOX_SCHEMA],
  [
    ...CHAPTER_SCHEMA,
    `ALTER TABLE alert ADD COLUMN closed_at INTEGER`,
    `UPDATE alert SET closed_at = json_extract(body, '$.closedAtMs')`,
    `CREATE INDEX alert_closed ON alert (closed_at, sequence) WHERE closed_at IS NOT NULL`,
  ],
  ROW_OUTBOX_SCHEMA,
];

export interface StoredKeys {
  readonly ring: readonly ApiKeyRecord[];
  readonly version: number;
}

export class RegistryStore {
  readonly #storage: DurableObjectStorage;
  /** What was kept here goes there, too. */
  readonly history: RowOutbox;

  constructor(storage: DurableObjectStorage, history: HistoryPort | null, alarm: ObjectAlarm) {
    this.#storage = storage;
    migrateSchema(storage, SCHEMA);
    this.history = new RowOutbox(storage, history, alarm);
    this.#splitBook();
  }

  /** All of `work` lands, or none of it. */
  together<Value>(work: () => Value): Value {
    return this.#storage.transactionSync(work);
  }

  loadConfiguration(): Configuration {
    const parts = this.#rows<{ text: string }>(`SELECT text FROM configuration ORDER BY part`);
    return parts.length === 0 ? EMPTY_CONFIGURATION : readConfiguration(parts.map(({ text }) => text).join(''));
  }

  saveConfiguration(configuration: Configuration): void {
    const parts = writeConfiguration(configuration);
    parts.forEach((text, part) => {
      this.#rows(`INSERT OR REPLACE INTO configuration (part, text) VALUES (?, ?)`, part, text);
    });
    this.#rows(`DELETE FROM configuration WHERE part >= ?`, parts.length);
  }

  loadKeys(): StoredKeys {
    const rows = this.#rows<{ body: string }>(`SELECT body FROM api_key ORDER BY position`);
    const version = this.loadKept<number>('keys_version') ?? 0;
    return { ring: rows.map(({ body }) => JSON.parse(body) as ApiKeyRecord), version };
  }

  saveKeys({ ring, version }: StoredKeys): void {
    this.#rows(`DELETE FROM api_key`);
    ring.forEach((key, position) => {
      this.#rows(`INSERT INTO api_key (id, position, body) VALUES (?, ?, ?)`, key.id, position, JSON.stringify(key));
    });
    this.saveKept('keys_version', version);
  }

  loadSources(): readonly WebhookSource[] {
    const rows = this.#rows<{ body: string }>(`SELECT body FROM source ORDER BY id`);
    return rows.map(({ body }) => JSON.parse(body) as WebhookSource);
  }

  loadSource(id: string): WebhookSource | null {
    const row = this.#rows<{ body: string }>(`SELECT body FROM source WHERE id = ?`, id)[0];
    return row === undefined ? null : (JSON.parse(row.body) as WebhookSource);
  }

  saveSource(source: WebhookSource): void {
    this.#rows(`INSERT OR REPLACE INTO source (id, body) VALUES (?, ?)`, source.id, JSON.stringify(source));
  }

  deleteSource(id: string): void {
    this.#rows(`DELETE FROM source WHERE id = ?`, id);
  }

  loadKept<Value>(name: string): Value | null {
    const row = this.#rows<{ body: string }>(`SELECT body FROM kept WHERE name = ?`, name)[0];
    return row === undefined ? null : (JSON.parse(row.body) as Value);
  }

  saveKept(name: string, value: unknown): void {
    this.#rows(`INSERT OR REPLACE INTO kept (name, body) VALUES (?, ?)`, name, JSON.stringify(value));
  }

  /** As they are kept: with whoever works on them. */
  saveAlerts(alerts: readonly ToldAlert[], now: number): readonly KeptAlert[] {
    if (alerts.length === 0) return [];
    const kept = alerts.map((alert) => withFormer(alert, this.#alert(alert.id)));
    for (const alert of kept) {
      this.#rows(
        `INSERT INTO alert (id, changed_at, body, closed_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET changed_at = excluded.changed_at, body = excluded.body, closed_at = excluded.closed_at`,
        ...[alert.id, now, JSON.stringify(alert), alert.closedAtMs],
      );
    }
    if (kept.some(({ closedAtMs }) => closedAtMs !== null)) this.#pruneAlerts();
    this.history.keep('alerts', kept.map(alertRow));
    return kept;
  }

  /** Those that were not heard before. */
  newsOf(alerts: readonly AnomalyAlert[]): readonly AnomalyAlert[] {
    return alerts.filter((alert) => isNews(alert, this.#alert(alert.id)));
  }

  acknowledgeAlert(id: string, by: string, now: number): AlertAcknowledged {
    const outcome = acknowledgeAlert(this.#alert(id), { by, atMs: now });
    if (outcome.ok) this.saveAlerts([outcome.alert], now);
    return outcome;
  }

  /**
   * Opened or changed at `sinceMs` or later, in the order in which they were opened; without `sinceMs` and `cursor` the newest. By the time they were saved:
   * a signal that was a while on its way would else slip behind the moment up to which a caller has already asked.
   */
  alerts(sinceMs: number | null, cursor: string | null, limit: number): Page<KeptAlert> {
    const count = pageSize(limit);
    if (sinceMs === null && cursor === null) return { items: this.#newestAlerts(count), nextCursor: null };
    const rows = this.#rows<{ sequence: number; body: string }>(
      `SELECT sequence, body FROM alert WHERE sequence > ? AND changed_at >= ? ORDER BY sequence LIMIT ?`,
      position(cursor, 0),
      sinceMs ?? 0,
      count + 1,
    );
    return pageOf(
      rows,
      count,
      ({ sequence }) => sequence,
      ({ body }) => JSON.parse(body) as KeptAlert,
    );
  }

  /** Once it was one value, and more alerts than its row could hold stopped all of them. */
  #splitBook(): void {
    const book = this.loadKept<AlertBook>('alert_book');
    if (book === null) return;
    this.together(() => {
      new AlertChapters(this.#storage).takeOver(book);
      this.#rows(`DELETE FROM kept WHERE name = 'alert_book'`);
    });
  }

  #pruneAlerts(): void {
    this.#rows(
      `DELETE FROM alert WHERE sequence IN (SELECT sequence FROM alert WHERE closed_at IS NOT NULL
         ORDER BY closed_at DESC, sequence DESC LIMIT -1 OFFSET ?)`,
      CLOSED_ALERT_ROWS_MAX,
    );
  }

  #newestAlerts(count: number): readonly KeptAlert[] {
    const rows = this.#rows<{ body: string }>(`SELECT body FROM alert ORDER BY sequence DESC LIMIT ?`, count);
    return rows.map(({ body }) => JSON.parse(body) as KeptAlert).reverse();
  }

  #alert(id: string): KeptAlert | null {
    const row = this.#rows<{ body: string }>(`SELECT body FROM alert WHERE id = ?`, id)[0];
    return row === undefined ? null : (JSON.parse(row.body) as KeptAlert);
  }

  addAudit(entry: Omit<AuditEntry, 'id'>): void {
    const { atMs, keyId, requestId, action, subject, version, before, after } = entry;
    const [added] = this.#rows<{ id: number }>(
      `INSERT INTO audit (at_ms, key_id, request_id, action, subject, version, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         RETURNING id`,
      atMs,
      keyId,
      requestId,
      action,
      subject,
      version,
      before,
      after,
    );
    const { atMs: happenedAtMs, ...its } = entry;
    this.history.keep('audit', [{ ...its, id: added!.id, happenedAtMs }]);
    this.#rows(`DELETE FROM audit WHERE id <= (SELECT MAX(id) FROM audit) - ?`, AUDIT_ROWS_MAX);
  }

  /** Newest first. */
  audit(cursor: string | null, limit: number): Page<AuditEntry> {
    const count = pageSize(limit);
    const rows = this.#rows<Record<keyof AuditEntry, SqlStorageValue>>(
      `SELECT id, at_ms AS atMs, key_id AS keyId, request_id AS requestId, action, subject, version, before, after
         FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`,
      position(cursor, Number.MAX_SAFE_INTEGER),
      count + 1,
    ) as unknown as AuditEntry[];
    return pageOf(
      rows,
      count,
      ({ id }) => id,
      (entry) => entry,
    );
  }

  #rows<Row extends Record<string, SqlStorageValue>>(statement: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#storage.sql.exec<Row>(statement, ...bindings).toArray();
  }
}

const pageSize = (limit: number): number => Math.min(Math.max(Math.trunc(limit) || 1, 1), PAGE_MAX);

/** A cursor that was never given out compares with nothing (NULL): an empty page, not the first one again. */
function position(cursor: string | null, start: number): number | null {
  if (cursor === null) return start;
  return /^\d{1,15}$/.test(cursor) ? Number(cursor) : null;
}

function pageOf<Row, Item>(
  rows: readonly Row[],
  count: number,
  positionOf: (row: Row) => number,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, count);
  const last = shown.at(-1);
  return {
    items: shown.map(itemOf),
    nextCursor: rows.length > count && last !== undefined ? String(positionOf(last)) : null,
  };
}

/** Who it was, and when, as the audit log has it. */
export const stamp = ({ keyId, requestId }: Actor, now: number) => ({ atMs: now, keyId, requestId });
