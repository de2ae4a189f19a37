// Gathers what one isolate has decided and hands it on every few seconds, behind the answers: no recommendation waits for it or fails by it.
import type { DecisionRow } from '../domain/history/kept-rows.ts';
import type { HistoryDeskPort } from '../ports/history-desk.ts';

/** From the first after a pause. */
const FIRST_MS = 500;
/** One desk hears of all isolates of the world: each call costs it rows on disk, however little is in it. */
export const HAND_ON_EVERY_MS = 5_000;
/** As many as the desk keeps in one row wait no longer, but for this since the last: a desk that is away is not to be asked with each decision. */
export const ROWS_PER_CALL = 100;
const APART_MS = 500;
/** A request that was to hand them on may have ended before. */
const GIVEN_UP_MS = 10_000;
/** While the desk is away the oldest give way: it is a sample. */
const ROWS_MAX = 2_000;

type Desk = Pick<HistoryDeskPort, 'keepDecisions'>;
interface Turn {
  readonly dueAtMs: number;
}

/** Holds values, never promises: what one request begins no other waits for. */
export class DecisionMemory {
  #rows: DecisionRow[] = [];
  #turn: Turn | null = null;
  #lastDueAtMs = -Infinity;

  /** What to run behind the answer; `null`: another request hands it on. */
  add(row: DecisionRow, desk: Desk, now: number): Promise<void> | null {
    this.#rows.push(row);
    this.#makeRoom();
    const dueAtMs = this.#dueAtMs(now);
    const turn = this.#turn;
    if (turn !== null && turn.dueAtMs <= dueAtMs && now - turn.dueAtMs < GIVEN_UP_MS) return null;
    this.#turn = { dueAtMs };
    return this.#handOn(desk, this.#turn, dueAtMs - now);
  }

  #dueAtMs(now: number): number {
    const isFull = this.#rows.length >= ROWS_PER_CALL;
    // After a clock was set back the last one is no measure.
    const lastAtMs = Math.min(now, this.#lastDueAtMs);
    return isFull ? Math.max(now, lastAtMs + APART_MS) : Math.max(now + FIRST_MS, lastAtMs + HAND_ON_EVERY_MS);
  }

  async #handOn(desk: Desk, turn: Turn, waitMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    // Another took the turn, because there was more to hand on.
    if (this.#turn !== turn) return;
    this.#turn = null;
    this.#lastDueAtMs = turn.dueAtMs;
    const rows = this.#rows;
    this.#rows = [];
    try {
      await desk.keepDecisions(rows);
    } catch {
      // With the next ones. They may have landed: history knows a row that comes twice.
      this.#rows = [...rows, ...this.#rows];
      this.#makeRoom();
    }
  }

  #makeRoom(): void {
    if (this.#rows.length > ROWS_MAX) this.#rows.splice(0, this.#rows.length - ROWS_MAX);
  }
}
