// What the measurement asks of a detector: one outcome in, alarm or not out.

export interface Watcher {
  /** `hit`: the bad outcome. True: an alarm, after which it is not asked again. */
  observe(hit: boolean): boolean;
}

/** What a detector is told of the traffic before it begins. */
export interface Known {
  /** The bad rate, exact; or hits and attempts from which it must be estimated. */
  readonly baseline: { readonly rate: number } | { readonly hits: number; readonly attempts: number };
  /** Mean attempts between false alarms that are asked for; null: as many as production asks for. */
  readonly arlAttempts: number | null;
  readonly draw: () => number;
}

/** A rule with one threshold, higher = slower; none of the published ones knows its own false alarms. */
export interface RuleEntry {
  readonly id: string;
  readonly source: string;
  /** As published; null: there is no published value. */
  readonly published: number | null;
  /** Values to tune over at this baseline, ascending. */
  thresholds(rate: number): readonly number[];
  create(rate: number, threshold: number, draw: () => number): Watcher;
}

/** The last outcomes of a stream as a count. */
export class RecentHits {
  readonly #outcomes: Uint8Array;
  #at = 0;
  attempts = 0;
  hits = 0;

  constructor(size: number) {
    this.#outcomes = new Uint8Array(size);
  }

  add(hit: boolean): void {
    const size = this.#outcomes.length;
    if (this.attempts === size) this.hits -= this.#outcomes[this.#at]!;
    else this.attempts++;
    this.#outcomes[this.#at] = hit ? 1 : 0;
    if (hit) this.hits++;
    this.#at = (this.#at + 1) % size;
  }
}

export function wholeNumbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
