// The courier's tables: the head of the delivery book, and a row for each delivery; what they mean is the domain's.
import { EMPTY_DELIVERY_BOOK, type DeliveryBook } from '../src/domain/notifications/delivery-book.ts';
import { changesOf, readBook } from '../src/domain/notifications/stored-book.ts';
import { migrateSchema } from './schema.ts';

const SCHEMA = [
  [
    `CREATE TABLE head (part INTEGER PRIMARY KEY, body TEXT NOT NULL)`,
    `CREATE TABLE delivery (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL)`,
  ],
];

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

  /** All of it lands, or nothing. */
  save(before: DeliveryBook, after: DeliveryBook): void {
    const { head, written, dropped } = changesOf(before, after);
    const { sql } = this.#storage;
    this.#storage.transactionSync(() => {
      if (head !== null) sql.exec(`INSERT OR REPLACE INTO head (part, body) VALUES (0, ?)`, head);
      for (const { sequence, text } of written)
        sql.exec(`INSERT OR REPLACE INTO delivery (sequence, body) VALUES (?, ?)`, sequence, text);
      for (const sequence of dropped) sql.exec(`DELETE FROM delivery WHERE sequence = ?`, sequence);
    });
  }
}
