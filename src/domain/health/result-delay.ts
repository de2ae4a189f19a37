// How long a segment's results take from decision to record, over its last couple of thousand: seconds for a card, days for a voucher.

/** Bins of 10% width from 100 ms; what takes longer than 8 days is counted there, so there are at most 165 bins. */
const BASE = 1.1;
const LOG_BASE = Math.log(BASE);
const DELAY_MIN_MS = 100;
const DELAY_MAX_MS = 8 * 86_400_000;
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
  readonly #bins = new Map<number, number>();
  #count = 0;

  static restore(snapshot: ResultDelaySnapshot): ResultDelay {
    const delay = new ResultDelay();
    for (const [bin, count] of snapshot.bins) delay.#put(bin, count);
    return delay;
  }

  snapshot(): ResultDelaySnapshot {
    return { format: 1, bins: [...this.#bins].sort(([left], [right]) => left - right) };
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
    const falling = [...this.#bins].sort(([left], [right]) => right - left);
    for (const [bin, count] of falling) {
      above -= count;
      if (above < 0) return DELAY_MIN_MS * BASE ** bin * (this.#count < RESULTS_REPRESENTATIVE ? 2 : 1);
    }
    return DELAY_MIN_MS;
  }

  #put(bin: number, count: number): void {
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + count);
    this.#count += count;
  }

  #halve(): void {
    const halved = [...this.#bins].map(([bin, count]) => [bin, count / 2] as const);
    this.#bins.clear();
    this.#count = 0;
    for (const [bin, count] of halved) if (count >= 0.5) this.#put(bin, count);
  }
}
