// The calls that wait for a commit of a processor's object, and when that comes: results share rows, and rows written are the bill.
import { callsForOneRow, countOf, type Waiting } from './commit-batch.ts';
import { CALLS_PER_COMMIT, GROUP_COMMIT_MS } from './commit-figures.ts';

/** Waiting results beyond this are refused: a queue that only grows helps nobody. */
const WAITING_MAX = 20_000;

export class CommitQueue {
  readonly #commit: (taken: readonly Waiting[], now: number) => void;
  #waiting: Waiting[] = [];
  #results = 0;
  #timer: { readonly handle: ReturnType<typeof setTimeout>; readonly dueAt: number } | null = null;
  #lastCommitAt = 0;

  /** `commit`: of the calls whose results fit one row, oldest first. */
  constructor(commit: (taken: readonly Waiting[], now: number) => void) {
    this.#commit = commit;
  }

  hasRoomFor(results: number): boolean {
    return this.#results + results <= WAITING_MAX;
  }

  /** Committed at once if the last commit is long enough ago: a lone result does not wait for company. */
  add(waiting: Waiting, now: number): void {
    this.#waiting.push(waiting);
    this.#results += waiting.results.length;
    this.#schedule(now);
  }

  /** All that waits is committed before this returns: for who has to say what was recorded so far. */
  flush(): void {
    while (this.#waiting.length > 0) this.#take();
  }

  #schedule(now: number): void {
    const isFull = this.#waiting.length >= CALLS_PER_COMMIT;
    // Longer only after the clock was set back.
    const waitMs = isFull ? 0 : Math.min(GROUP_COMMIT_MS, Math.max(0, this.#lastCommitAt + GROUP_COMMIT_MS - now));
    const dueAt = now + waitMs;
    if (this.#timer !== null) {
      if (this.#timer.dueAt <= dueAt) return;
      clearTimeout(this.#timer.handle);
    }
    this.#timer = { handle: setTimeout(() => this.#due(), waitMs), dueAt };
  }

  #due(): void {
    this.#timer = null;
    if (this.#waiting.length === 0) return;
    this.#take();
    if (this.#waiting.length > 0) this.#schedule(this.#lastCommitAt);
  }

  #take(): void {
    const taken = callsForOneRow(this.#waiting);
    this.#waiting = this.#waiting.slice(taken.length);
    this.#results -= countOf(taken);
    this.#lastCommitAt = Date.now();
    this.#commit(taken, this.#lastCommitAt);
  }
}
