// The desk of the night demo's history: sampled decisions on their way there, and how everybody stood with it at the last asking.
import type { DecisionRow } from '../../../src/domain/history/kept-rows.ts';
import type { DecisionLog, NamedStanding } from '../../../src/ports/history-desk.ts';
import type { HistoryPort } from '../../../src/ports/history-port.ts';
import type { HistoryStanding } from '../../../src/domain/history/history-standing.ts';
import { keptBy } from './kept-by.ts';
import { NIGHT_VARIABLES } from './night-variables.ts';
import { readSampleRate } from '../../../src/domain/history/sampled-decision.ts';

const ROWS_AT_ONCE = 1_000;

export class NightDesk {
  #rows: DecisionRow[] = [];
  #standings: readonly NamedStanding[] = [];

  log(): DecisionLog {
    return {
      sampleRate: readSampleRate(NIGHT_VARIABLES.DECISION_SAMPLE_RATE),
      note: (row) => void this.#rows.push(row),
    };
  }

  /** What was decided since the last time. */
  async drainTo(history: HistoryPort): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
      await keptBy(async () => await history.keep('decisions', rows.slice(at, at + ROWS_AT_ONCE)));
  }

  standing(): HistoryStanding {
    return { waiting: this.#rows.length, dropped: 0, refused: 0 };
  }

  noteStandings(standings: readonly NamedStanding[]): Promise<void> {
    this.#standings = standings;
    return Promise.resolve();
  }

  /** Those of the last asking. */
  get standings(): readonly NamedStanding[] {
    return this.#standings;
  }
}
