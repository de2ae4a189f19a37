// Keeps what was foretold, what came of it, and the maintenance windows: a thin shell, in which of two who change the same thing one does.
import { DurableObject } from 'cloudflare:workers';
import {
  EMPTY_SHELF,
  type PredictionShelf,
  readShelf,
  writeShelf,
} from '../src/domain/predictions/prediction-shelf.ts';
import { isWindowOpen, type MaintenanceWindow } from '../src/domain/predictions/maintenance-window.ts';
import { mayStand, readWindow, writeWindow } from '../src/domain/predictions/stored-window.ts';
import { migrateSchema } from './schema.ts';
import type { PredictionBookPort } from '../src/ports/prediction-port.ts';

const SCHEMA = [
  [
    `CREATE TABLE shelf (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL)`,
    `CREATE TABLE maintenance (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       is_open INTEGER NOT NULL,
       revision INTEGER NOT NULL,
       body TEXT NOT NULL
     )`,
  ],
];
/** There is one. */
const SHELF = 1;
/** The youngest of those that have ended. */
const ENDED_MAX = 200;

/** Asked a few times a minute: it reads its disk each time and remembers nothing. */
export class PredictionBook extends DurableObject<Env> implements PredictionBookPort {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateSchema(ctx.storage, SCHEMA);
  }

  async read(): Promise<PredictionShelf> {
    const [row] = this.ctx.storage.sql.exec<{ body: string }>(`SELECT body FROM shelf WHERE id = ?`, SHELF).toArray();
    return row === undefined ? EMPTY_SHELF : readShelf(row.body);
  }

  async save(shelf: PredictionShelf): Promise<boolean> {
    // Of newer code nothing is written over.
    if (shelf.revision !== (await this.read()).revision + 1) return false;
    this.ctx.storage.sql.exec(
      `INSERT OR REPLACE INTO shelf (id, revision, body) VALUES (?, ?, ?)`,
      SHELF,
      shelf.revision,
      writeShelf(shelf),
    );
    return true;
  }

  async windows(): Promise<readonly MaintenanceWindow[]> {
    return this.#windows('');
  }

  async schedule(window: MaintenanceWindow): Promise<boolean> {
    if (!mayStand(window, this.#windows('WHERE is_open = 1 OR id = ?', window.id))) return false;
    const { sql } = this.ctx.storage;
    sql.exec(
      `INSERT INTO maintenance (id, is_open, revision, body) VALUES (?, 1, ?, ?)`,
      window.id,
      window.revision,
      writeWindow(window),
    );
    sql.exec(
      `DELETE FROM maintenance WHERE is_open = 0 AND number NOT IN
         (SELECT number FROM maintenance WHERE is_open = 0 ORDER BY number DESC LIMIT ?)`,
      ENDED_MAX,
    );
    return true;
  }

  async update(window: MaintenanceWindow): Promise<boolean> {
    const changed = this.ctx.storage.sql.exec(
      `UPDATE maintenance SET is_open = ?, revision = ?, body = ? WHERE id = ? AND revision = ?`,
      isWindowOpen(window) ? 1 : 0,
      window.revision,
      writeWindow(window),
      window.id,
      window.revision - 1,
    );
    return changed.rowsWritten > 0;
  }

  #windows(where: string, ...given: SqlStorageValue[]): readonly MaintenanceWindow[] {
    return this.ctx.storage.sql
      .exec<{ body: string }>(`SELECT body FROM maintenance ${where} ORDER BY number DESC`, ...given)
      .toArray()
      .map(({ body }) => readWindow(body));
  }
}
