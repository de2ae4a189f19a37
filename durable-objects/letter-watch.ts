// Keeps on disk how fast each source's dead letters grow; when people have to be told of it decides letter-growth.ts.
import { growth, growthSignal, type LetterGrowth, NO_GROWTH } from '../src/domain/health/letter-growth.ts';
import type { AlertSignal } from '../src/domain/health/alert-book.ts';
import { SIGNAL_OUTBOX_TABLE } from './signal-outbox.ts';

export const LETTER_WATCH_TABLES = [
  `CREATE TABLE growth (source TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID`,
  SIGNAL_OUTBOX_TABLE,
];

/** Growth that is on ends by time alone, so somebody has to look. */
const LOOK_EVERY_MS = 60_000;

interface Moved {
  readonly arrivedCount: number;
  readonly lostCount: number;
}
const NOTHING_MOVED: Moved = { arrivedCount: 0, lostCount: 0 };

export class LetterWatch {
  readonly #sql: SqlStorage;
  readonly #shareOf: (source: string) => number;

  /** `shareOf`: how much of the room that there is its letters fill. */
  constructor(sql: SqlStorage, shareOf: (source: string) => number) {
    this.#sql = sql;
    this.#shareOf = shareOf;
  }

  /** Letters by source that came, and that had to give way. What there is to tell. */
  note(arrived: ReadonlyMap<string, number>, lost: ReadonlyMap<string, number>, now: number): readonly AlertSignal[] {
    const sources = [...new Set([...arrived.keys(), ...lost.keys()])];
    return sources.flatMap((source) => {
      const moved = { arrivedCount: arrived.get(source) ?? 0, lostCount: lost.get(source) ?? 0 };
      return this.#step(source, this.#stateOf(source), moved, now);
    });
  }

  /** Without an arrival. */
  look(now: number): readonly AlertSignal[] {
    return this.#rows().flatMap(({ source, state }) => this.#step(source, state, NOTHING_MOVED, now));
  }

  /** When somebody has to look; `null`: never. */
  nextLook(now: number): number | null {
    return this.#rows().some(({ state }) => state.isOn) ? now + LOOK_EVERY_MS : null;
  }

  #step(source: string, before: LetterGrowth, { arrivedCount, lostCount }: Moved, now: number): AlertSignal[] {
    const step = growth(before, arrivedCount, now, { share: this.#shareOf(source), lostCount });
    const { arrivals, isOn } = step.state;
    if (arrivals.length === 0 && !isOn) this.#sql.exec('DELETE FROM growth WHERE source = ?', source);
    else
      this.#sql.exec(
        'INSERT INTO growth (source, state) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET state = excluded.state',
        source,
        JSON.stringify(step.state),
      );
    const signal = growthSignal(source, step, now);
    return signal === null ? [] : [signal];
  }

  #stateOf(source: string): LetterGrowth {
    const [row] = this.#sql.exec<{ state: string }>('SELECT state FROM growth WHERE source = ?', source).toArray();
    return row === undefined ? NO_GROWTH : (JSON.parse(row.state) as LetterGrowth);
  }

  #rows(): readonly { readonly source: string; readonly state: LetterGrowth }[] {
    const rows = this.#sql.exec<{ source: string; state: string }>('SELECT source, state FROM growth ORDER BY source');
    return rows.toArray().map(({ source, state }) => ({ source, state: JSON.parse(state) as LetterGrowth }));
  }
}
