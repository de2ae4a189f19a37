// Gathers what one isolate has decided and hands it on twice a second, behind the answers: no recommendation waits for it or fails by it.
import type { DecisionRow } from '../domain/history/kept-rows.ts';
import type { HistoryDeskPort } from '../ports/history-desk.ts';

const WAIT_MS = 500;
/** A request that was to hand them on may have ended before. */
const GIVEN_UP_MS = 10_000;
/** While the desk is away the oldest give way: it is a sample. */
const ROWS_MAX = 2_000;

type Desk = Pick<HistoryDeskPort, 'keepDecisions'>;

/** Holds values, never promises: what one request begins no other waits for. */
export class DecisionMemory {
  #rows: DecisionRow[] = [];
  #handingOnSinceMs: number | null = null;

  /** What to run behind the answer; `null`: another request hands it on. */
  add(row: DecisionRow, desk: Desk, now: number): Promise<void> | null {
    this.#rows.push(row);
    this.#makeRoom();
    if (this.#handingOnSinceMs !== null && now - this.#handingOnSinceMs < GIVEN_UP_MS) return null;
    this.#handingOnSinceMs = now;
    return this.#handOn(desk);
  }

  async #handOn(desk: Desk): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    this.#handingOnSinceMs = null;
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
