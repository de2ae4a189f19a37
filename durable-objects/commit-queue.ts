// The calls that wait for a commit of a processor's object, and when that comes: results share rows, and rows written are the bill.
import { callsForOneRow, countOf, type Waiting } from './commit-batch.ts';
import { GROUP_COMMIT_MS } from './commit-figures.ts';

/** Waiting results beyond this are refused: a queue that only grows helps nobody. */
const WAITING_MAX = 20_000;

export class CommitQueue {
  readonly #commit: (taken: readonly Waiting[], now: number) => void;
  #waiting: Waiting[] = [];
  #results = 0;
  #isScheduled = false;
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
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => this.#due(), Math.max(0, this.#lastCommitAt + GROUP_COMMIT_MS - now));
  }

  #due(): void {
    this.#isScheduled = false;
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
