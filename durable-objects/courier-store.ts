// The courier's tables: the head of the delivery book, a row for each delivery, and the events that are to become deliveries; what they mean is the domain's.
import { EMPTY_DELIVERY_BOOK, type DeliveryBook } from '../src/domain/notifications/delivery-book.ts';
import { changesOf, readBook } from '../src/domain/notifications/stored-book.ts';
import type { NamedEvent } from '../src/domain/notifications/named-event.ts';
import { migrateSchema } from './schema.ts';

const SCHEMA = [
  [
    `CREATE TABLE head (part INTEGER PRIMARY KEY, body TEXT NOT NULL)`,
    `CREATE TABLE delivery (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL)`,
  ],
  [
    // Without a body: told to the book. Its id stays, so that it is told once.
    `CREATE TABLE event (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT)`,
    `CREATE INDEX event_waiting ON event (number) WHERE body IS NOT NULL`,
  ],
];
/** While the channels cannot be had the oldest give way. */
const EVENTS_WAITING_MAX = 1_000;
const EVENT_IDS_MAX = 5_000;
const EVENTS_BATCH = 100;

export interface EventBatch {
  readonly events: readonly NamedEvent[];
  /** The number of the last. */
  readonly through: number;
}

export class CourierStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    migrateSchema(storage, SCHEMA);
  }

  load(): DeliveryBook {
    const { sql } = this.#storage;
    const [head] = sql.exec<{ body: string }>(`SELECT body FROM head`).toArray();
    if (head === undefined) return EMPTY_DELIVERY_BOOK;
    const rows = sql.exec<{ body: string }>(`SELECT body FROM delivery ORDER BY sequence`).toArray();
    return readBook(
      head.body,
      rows.map(({ body }) => body),
    );
  }

  /** Whether any of them is new. */
  addEvents(events: readonly NamedEvent[]): boolean {
    const { sql } = this.#storage;
    return this.#storage.transactionSync(() => {
      const fresh = events.filter(({ id }) => sql.exec(`SELECT 1 FROM event WHERE id = ?`, id).toArray().length === 0);
      if (fresh.length === 0) return false;
      for (const event of fresh)
        sql.exec(`INSERT OR IGNORE INTO event (id, body) VALUES (?, ?)`, event.id, JSON.stringify(event));
      sql.exec(
        `UPDATE event SET body = NULL WHERE number IN
           (SELECT number FROM event WHERE body IS NOT NULL ORDER BY number DESC LIMIT -1 OFFSET ?)`,
        EVENTS_WAITING_MAX,
      );
      sql.exec(`DELETE FROM event WHERE number <= (SELECT MAX(number) FROM event) - ?`, EVENT_IDS_MAX);
      return true;
    });
  }

  hasEvents(): boolean {
    return this.#storage.sql.exec(`SELECT 1 FROM event WHERE body IS NOT NULL LIMIT 1`).toArray().length > 0;
  }

  /** The oldest that wait; `null`: none does. */
  events(): EventBatch | null {
    const rows = this.#storage.sql
      .exec<{
        number: number;
        body: string;
      }>(`SELECT number, body FROM event WHERE body IS NOT NULL ORDER BY number LIMIT ?`, EVENTS_BATCH)
      .toArray();
    const last = rows.at(-1);
    if (last === undefined) return null;
    return { events: rows.map(({ body }) => JSON.parse(body) as NamedEvent), through: last.number };
  }

  /** All of it lands, or nothing. `eventsThrough`: the last of the events that are in `after`. */
  save(before: DeliveryBook, after: DeliveryBook, eventsThrough: number | null = null): void {
    const { head, written, dropped } = changesOf(before, after);
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      if (head !== null) sql.exec(`INSERT OR REPLACE INTO head (part, body) VALUES (0, ?)`, head);
      for (const { sequence, text } of written)
        sql.exec(`INSERT OR REPLACE INTO delivery (sequence, body) VALUES (?, ?)`, sequence, text);
      for (const sequence of dropped) sql.exec(`DELETE FROM delivery WHERE sequence = ?`, sequence);
      if (eventsThrough !== null)
        sql.exec(`UPDATE event SET body = NULL WHERE number <= ? AND body IS NOT NULL`, eventsThrough);
    });
  }
}
