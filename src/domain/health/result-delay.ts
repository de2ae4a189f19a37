// How long a segment's results take from decision to record, over its last couple of thousand: seconds for a card, days for a voucher.

/** Bins of 10% width from 100 ms; what takes longer than 8 days is counted in the last. */
const BASE = 1.1;
const LOG_BASE = Math.log(BASE);
const DELAY_MIN_MS = 100;
const DELAY_MAX_MS = 8 * 86_400_000;
const BINS = Math.ceil(Math.log(DELAY_MAX_MS / DELAY_MIN_MS) / LOG_BASE) + 1;
/** By count, not by time: a quiet night must not make a slow method look quick. */
const RESULTS_REMEMBERED = 2_000;
const RESULTS_MIN = 20;
/** The first results to arrive are the quick ones: until there are so many, the slow ones are taken to be twice as slow. */
const RESULTS_REPRESENTATIVE = 100;

/** Plain JSON: counts by bin. */
export interface ResultDelaySnapshot {
  readonly format: 1;
  readonly bins: readonly (readonly [bin: number, count: number])[];
}

export class ResultDelay {
  readonly #bins = new Float64Array(BINS);
  #count = 0;

  static restore(snapshot: ResultDelaySnapshot): ResultDelay {
    const delay = new ResultDelay();
    for (const [bin, count] of snapshot.bins) delay.#put(bin, count);
    return delay;
  }

  snapshot(): ResultDelaySnapshot {
    return {
      format: 1,
      bins: [...this.#bins.entries()].filter(([, count]) => count > 0),
    };
  }

  add(delayMs: number): void {
    const bounded = Math.min(DELAY_MAX_MS, Math.max(DELAY_MIN_MS, delayMs));
    this.#put(Math.ceil(Math.log(bounded / DELAY_MIN_MS) / LOG_BASE), 1);
    if (this.#count > RESULTS_REMEMBERED) this.#halve();
  }

  /** The upper edge of the bin that holds the 99th percentile, at most 10% too long; `null` before there are 20 results to judge by. */
  p99Ms(): number | null {
    if (this.#count < RESULTS_MIN) return null;
    let above = this.#count * 0.01;
    for (let bin = BINS - 1; bin >= 0; bin -= 1) {
      above -= this.#bins[bin]!;
      if (above < 0) return DELAY_MIN_MS * BASE ** bin * (this.#count < RESULTS_REPRESENTATIVE ? 2 : 1);
    }
    return DELAY_MIN_MS;
  }

  #put(bin: number, count: number): void {
    this.#bins[bin]! += count;
    this.#count += count;
  }

  #halve(): void {
    this.#count = 0;
    this.#bins.forEach((count, bin) => {
      const half = count >= 1 ? count / 2 : 0;
      this.#bins[bin] = half;
      this.#count += half;
    });
  }
}
