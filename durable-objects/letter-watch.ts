// Keeps on disk how fast each source's dead letters grow, and what the Registry has yet to be told of it; when that is growth decides letter-growth.ts.
import { growth, growthSignal, type LetterGrowth, NO_GROWTH } from '../src/domain/health/letter-growth.ts';
import type { AlertSignal } from '../src/domain/health/alert-book.ts';

export const LETTER_WATCH_TABLES = [
  `CREATE TABLE growth (source TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE signal (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)`,
];

/** Growth that is on ends by time alone, so somebody has to look. */
const LOOK_EVERY_MS = 60_000;
/** A Registry that does not answer is told again after so long. */
const TELL_AGAIN_MS = 5_000;

export interface WaitingSignal {
  readonly sequence: number;
  readonly signal: AlertSignal;
}

export class LetterWatch {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** `arrived`: letters by source. Whether there is something new to tell. */
  note(arrived: ReadonlyMap<string, number>, now: number): boolean {
    const news = [...arrived].filter(([source, count]) => this.#step(source, this.#stateOf(source), count, now));
    return news.length > 0;
  }

  /** Without an arrival. */
  look(now: number): void {
    for (const { source, state } of this.#rows()) this.#step(source, state, 0, now);
  }

  /** In the order in which they came to be. */
  waiting(): readonly WaitingSignal[] {
    const rows = this.#sql.exec<{ sequence: number; body: string }>(
      'SELECT sequence, body FROM signal ORDER BY sequence',
    );
    return rows.toArray().map(({ sequence, body }) => ({ sequence, signal: JSON.parse(body) as AlertSignal }));
  }

  told(upTo: number): void {
    this.#sql.exec('DELETE FROM signal WHERE sequence <= ?', upTo);
  }

  /** When somebody has to look or tell; `null`: never. What is not new could not be told a moment ago. */
  nextAlarm(now: number, isNews: boolean): number | null {
    if (this.waiting().length > 0) return isNews ? now : now + TELL_AGAIN_MS;
    return this.#rows().some(({ state }) => state.isOn) ? now + LOOK_EVERY_MS : null;
  }

  #step(source: string, before: LetterGrowth, arrivedCount: number, now: number): boolean {
    const step = growth(before, arrivedCount, now);
    const { arrivals, isOn } = step.state;
    if (arrivals.length === 0 && !isOn) this.#sql.exec('DELETE FROM growth WHERE source = ?', source);
    else
      this.#sql.exec(
        'INSERT INTO growth (source, state) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET state = excluded.state',
        source,
        JSON.stringify(step.state),
      );
    const signal = growthSignal(source, step, now);
    if (signal === null) return false;
    this.#sql.exec('INSERT INTO signal (body) VALUES (?)', JSON.stringify(signal));
    return true;
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
