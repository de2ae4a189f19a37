// Keeps what is tuned of each processor and what came of every change: a thin shell, in which of two who change it at once one does.
import {
  EMPTY_TUNING,
  publishedOf,
  readTuning,
  type TuningShelf,
  writeTuning,
} from '../src/domain/tuning/tuning-shelf.ts';
import { HistoryKeeper } from './history-keeper.ts';
import type { PublishedTuning } from '../src/domain/tuning/tuned-settings.ts';
import { ROW_OUTBOX_SCHEMA } from './row-outbox.ts';
import type { TuningBookPort } from '../src/ports/tuning-port.ts';
import { tuningRow } from '../src/domain/tuning/tuning-row.ts';

const SCHEMA = [
  [`CREATE TABLE shelf (id INTEGER PRIMARY KEY, body TEXT NOT NULL, published TEXT NOT NULL)`, ...ROW_OUTBOX_SCHEMA],
];
/** There is one. */
const SHELF = 1;

/** Every isolate asks it twice a minute: what they are told stands ready beside the shelf. */
export class TuningBook extends HistoryKeeper implements TuningBookPort {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, SCHEMA);
  }

  async read(): Promise<TuningShelf> {
    return this.#read();
  }

  async save(shelf: TuningShelf): Promise<boolean> {
    const before = this.#read();
    // Of newer code nothing is written over.
    if (shelf.revision !== before.revision + 1) return false;
    const known = new Map(before.optimizations.map((one) => [one.id, JSON.stringify(one)]));
    const changed = shelf.optimizations.filter((one) => known.get(one.id) !== JSON.stringify(one));
    this.ctx.storage.sql.exec(
      `INSERT OR REPLACE INTO shelf (id, body, published) VALUES (?, ?, ?)`,
      SHELF,
      writeTuning(shelf),
      JSON.stringify(publishedOf(shelf)),
    );
    this.outbox.keep('tunings', changed.map(tuningRow));
    return true;
  }

  async published(): Promise<readonly PublishedTuning[]> {
    const [row] = this.ctx.storage.sql
      .exec<{ published: string }>(`SELECT published FROM shelf WHERE id = ?`, SHELF)
      .toArray();
    return row === undefined ? [] : (JSON.parse(row.published) as readonly PublishedTuning[]);
  }

  #read(): TuningShelf {
    const [row] = this.ctx.storage.sql.exec<{ body: string }>(`SELECT body FROM shelf WHERE id = ?`, SHELF).toArray();
    return row === undefined ? EMPTY_TUNING : readTuning(row.body);
  }
}
