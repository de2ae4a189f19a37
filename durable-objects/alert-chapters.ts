// The Registry's tables of the alert book: a row for each alert and signal, read by chapter, of which only what changed is written.
import type { Alert, AlertBook, AlertSignal } from '../src/domain/health/alert-book.ts';
import { chapterOf, chapterOfHeard, PROCESSORS_CHAPTER } from '../src/domain/health/alert-room.ts';
import { EMPTY_ALERT_BOOK } from '../src/domain/health/alert-book.ts';
import { inParts } from '../src/domain/configuration/stored-configuration.ts';

const CLOSED_ROWS_MAX = 1_000;
/** Of single payments and sources; the processors' chapter has its own bound. */
const HEARD_ROWS_MAX = 50_000;

type Held = AlertBook['open'][number];

export const CHAPTER_SCHEMA = [
  // In parts: an issuer-wide alert holds every segment of every processor.
  `CREATE TABLE open_alert (id TEXT NOT NULL, part INTEGER NOT NULL, position INTEGER NOT NULL, chapter TEXT NOT NULL,
     kind TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id, part)) WITHOUT ROWID`,
  `CREATE INDEX open_alert_chapter ON open_alert (chapter, position, part)`,
  `CREATE INDEX open_alert_kind ON open_alert (kind, part, chapter)`,
  `CREATE TABLE closed_alert (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, chapter TEXT NOT NULL, body TEXT NOT NULL)`,
  `CREATE INDEX closed_alert_chapter ON closed_alert (chapter)`,
  `CREATE TABLE heard_signal (sequence INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, chapter TEXT NOT NULL, at_ms INTEGER NOT NULL)`,
  `CREATE INDEX heard_signal_chapter ON heard_signal (chapter)`,
  `CREATE TABLE waiting_signal (sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
     UNIQUE (kind, subject))`,
  `CREATE INDEX waiting_signal_kind ON waiting_signal (kind, sequence)`,
];

export class AlertChapters {
  readonly #sql: SqlStorage;

  constructor({ sql }: DurableObjectStorage) {
    this.#sql = sql;
  }

  load(chapter: string): AlertBook {
    const heard = this.#rows<{ key: string; at_ms: number }>(
      `SELECT key, at_ms FROM heard_signal WHERE chapter = ? ORDER BY sequence`,
      chapter,
    );
    // Whoever was never heard of has nothing here; that is most of an attack.
    const closed = this.#rows<{ body: string }>(
      `SELECT body FROM closed_alert WHERE chapter = ? ORDER BY sequence`,
      chapter,
    );
    return {
      ...EMPTY_ALERT_BOOK,
      open: this.#open(chapter),
      closed: closed.map(({ body }) => JSON.parse(body) as Alert),
      heard: heard.map(({ key, at_ms: atMs }) => [key, atMs] as const),
    };
  }

  /** Inside the caller's transaction. */
  save(chapter: string, before: AlertBook, after: AlertBook): void {
    this.#saveOpen(chapter, before.open, after.open);
    const closed = new Set(after.closed);
    for (const alert of before.closed) if (!closed.has(alert)) this.#dropClosed(alert.id);
    const wereClosed = new Set(before.closed);
    for (const alert of after.closed) if (!wereClosed.has(alert)) this.#addClosed(chapter, alert);
    const heard = new Map(after.heard);
    const wasHeard = new Map(before.heard);
    for (const [key] of before.heard)
      if (!heard.has(key)) this.#rows(`DELETE FROM heard_signal WHERE key = ? AND chapter = ?`, key, chapter);
    for (const [key, atMs] of after.heard) if (wasHeard.get(key) !== atMs) this.#addHeard(chapter, key, atMs);
  }

  /** Once for many signals. */
  prune(): void {
    this.#rows(
      `DELETE FROM closed_alert WHERE sequence <= (SELECT MAX(sequence) FROM closed_alert) - ?`,
      CLOSED_ROWS_MAX,
    );
    this.#rows(
      `DELETE FROM heard_signal WHERE sequence <= (SELECT MAX(sequence) FROM heard_signal) - ? AND chapter <> ?`,
      HEARD_ROWS_MAX,
      PROCESSORS_CHAPTER,
    );
  }

  /** A book as it was kept once, in one value. */
  takeOver({ open, closed, heard }: AlertBook): void {
    for (const held of open) this.#addOpen(chapterOf(held.alert), held);
    for (const alert of closed) this.#addClosed(chapterOf(alert), alert);
    for (const [key, atMs] of heard) this.#addHeard(chapterOfHeard(key), key, atMs);
  }

  /** Without the alert about those for which there was no room. */
  countOpen(kind: Alert['kind']): number {
    return this.#count(
      `SELECT COUNT(*) AS count FROM open_alert WHERE kind = ? AND part = 0 AND chapter <> kind`,
      kind,
    );
  }

  countWaiting(kind: Alert['kind']): number {
    return this.#count(`SELECT COUNT(*) AS count FROM waiting_signal WHERE kind = ?`, kind);
  }

  waiting(kind: Alert['kind'], subject: string): AlertSignal | null {
    return signalIn(
      this.#rows<{ body: string }>(`SELECT body FROM waiting_signal WHERE kind = ? AND subject = ?`, kind, subject),
    );
  }

  firstWaiting(kind: Alert['kind']): AlertSignal | null {
    return signalIn(
      this.#rows<{ body: string }>(`SELECT body FROM waiting_signal WHERE kind = ? ORDER BY sequence LIMIT 1`, kind),
    );
  }

  /** In the place where it waits already. */
  putWaiting(subject: string, signal: AlertSignal): void {
    this.#rows(
      `INSERT INTO waiting_signal (kind, subject, body) VALUES (?, ?, ?)
         ON CONFLICT (kind, subject) DO UPDATE SET body = excluded.body`,
      signal.kind,
      subject,
      JSON.stringify(signal),
    );
  }

  dropWaiting(kind: Alert['kind'], subject: string): void {
    this.#rows(`DELETE FROM waiting_signal WHERE kind = ? AND subject = ?`, kind, subject);
  }

  #open(chapter: string): readonly Held[] {
    const texts = new Map<string, string>();
    for (const { id, body } of this.#rows<{ id: string; body: string }>(
      `SELECT id, body FROM open_alert WHERE chapter = ? ORDER BY position, part`,
      chapter,
    ))
      texts.set(id, (texts.get(id) ?? '') + body);
    return [...texts.values()].map((text) => JSON.parse(text) as Held);
  }

  #saveOpen(chapter: string, before: readonly Held[], after: readonly Held[]): void {
    const were = new Map(before.map((held, index) => [held.alert.id, { held, index }]));
    const are = new Set(after.map(({ alert }) => alert.id));
    for (const { alert } of before) if (!are.has(alert.id)) this.#dropOpen(alert.id);
    for (const [index, held] of after.entries()) {
      if (were.get(held.alert.id)?.held === held) continue;
      // Only what a signal begins or goes on with moves, and that to the end.
      this.#addOpen(chapter, held, index === after.length - 1 ? null : this.#positionOf(held.alert.id));
    }
  }

  #addOpen(chapter: string, held: Held, position: number | null = null): void {
    const { id, kind } = held.alert;
    this.#dropOpen(id);
    const at =
      position ??
      this.#count(`SELECT COALESCE(MAX(position), 0) + 1 AS count FROM open_alert WHERE chapter = ?`, chapter);
    inParts(held).forEach((body, part) => {
      this.#rows(
        `INSERT INTO open_alert (id, part, position, chapter, kind, body) VALUES (?, ?, ?, ?, ?, ?)`,
        ...[id, part, at, chapter, kind, body],
      );
    });
  }

  #positionOf(id: string): number | null {
    return this.#rows<{ position: number }>(`SELECT position FROM open_alert WHERE id = ?`, id)[0]?.position ?? null;
  }

  #dropOpen(id: string): void {
    this.#rows(`DELETE FROM open_alert WHERE id = ?`, id);
  }

  #addClosed(chapter: string, alert: Alert): void {
    this.#rows(
      `INSERT OR REPLACE INTO closed_alert (id, chapter, body) VALUES (?, ?, ?)`,
      ...[alert.id, chapter, JSON.stringify(alert)],
    );
  }

  #dropClosed(id: string): void {
    this.#rows(`DELETE FROM closed_alert WHERE id = ?`, id);
  }

  #addHeard(chapter: string, key: string, atMs: number): void {
    this.#rows(`INSERT OR REPLACE INTO heard_signal (key, chapter, at_ms) VALUES (?, ?, ?)`, key, chapter, atMs);
  }

  #count(statement: string, binding: string): number {
    return this.#rows<{ count: number }>(statement, binding)[0]?.count ?? 0;
  }

  #rows<Row extends Record<string, SqlStorageValue>>(statement: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#sql.exec<Row>(statement, ...bindings).toArray();
  }
}

function signalIn(rows: readonly { readonly body: string }[]): AlertSignal | null {
  const row = rows[0];
  return row === undefined ? null : (JSON.parse(row.body) as AlertSignal);
}
