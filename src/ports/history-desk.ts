// What is kept for history by nobody in particular: decisions, which no object has made, and how everybody stands with history.
import type { DecisionRow } from '../domain/history/kept-rows.ts';
import type { HistoryStanding } from '../domain/history/history-standing.ts';

/** Of one request: never waits, never fails. */
export interface DecisionLog {
  /** The share of decisions that is kept, 0-1; 0 where there is no history. */
  readonly sampleRate: number;
  note(row: DecisionRow): void;
}

export interface NamedStanding extends HistoryStanding {
  /** A processor's id, or what else is kept for history, e.g. `registry`. */
  readonly object: string;
}

export interface HistoryStandings {
  /** When they were asked; `null`: never. */
  readonly atMs: number | null;
  readonly standings: readonly NamedStanding[];
}

export interface HistoryDeskPort {
  /** On disk when this answers. */
  keepDecisions(rows: readonly DecisionRow[]): Promise<void>;
  /** Takes the place of those before. */
  noteStandings(standings: readonly NamedStanding[], atMs: number): Promise<void>;
  /** The desk's own among them. */
  standings(): Promise<HistoryStandings>;
}
