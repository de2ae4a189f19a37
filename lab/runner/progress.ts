// Shows on stderr how far a long command is: one line drawn anew on a terminal, a line now and then elsewhere.

const WIDTH = 30;
const SPARSE_MS = 10_000;

export class Progress {
  readonly #total: number;
  readonly #startedMs = performance.now();
  #done = 0;
  #cached = 0;
  #shownAtMs = -Infinity;

  /** `total` in any unit of work, e.g. payments. */
  constructor(total: number) {
    this.#total = total;
  }

  /** Work that is known from before costs nothing and is left out of the forecast. */
  add(work: number, label: string, cached = false): void {
    this.#done += work;
    if (cached) this.#cached += work;
    const now = performance.now();
    const isTerminal = process.stderr.isTTY;
    if (now - this.#shownAtMs < (isTerminal ? 100 : SPARSE_MS) && this.#done < this.#total) return;
    this.#shownAtMs = now;
    const part = this.#total === 0 ? 1 : this.#done / this.#total;
    const seconds = (now - this.#startedMs) / 1_000;
    const fresh = this.#done - this.#cached;
    const left = fresh === 0 ? '' : `, ${Math.ceil((seconds * (this.#total - this.#done)) / fresh)} s left`;
    const text = `${String(Math.floor(100 * part)).padStart(3)}%  ${seconds.toFixed(0)} s${left}  ${label}`;
    if (!isTerminal) process.stderr.write(`${text}\n`);
    else {
      const filled = Math.round(WIDTH * part);
      process.stderr.write(`\r\u001b[K[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${text}`);
    }
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}
