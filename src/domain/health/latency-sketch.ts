// A mergeable quantile sketch of milliseconds: DDSketch with logarithmic bins (Masson, Rim, Lee, arXiv 1908.10693).
// Written here because @datadog/sketches-js 2.1.1 requires protobufjs without depending on it, so no bundle of it resolves.

/** Every quantile is within 1% of a true one (section 2.1: bins of ratio gamma = (1 + a) / (1 - a)). */
const RELATIVE_ACCURACY = 0.01;
const GAMMA = (1 + RELATIVE_ACCURACY) / (1 - RELATIVE_ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);
/** What is shorter counts as 0, what is longer as 10 minutes: with both ends fixed there are at most 783 bins. */
const TRACKED_MIN_MS = 0.1;
export const LATENCY_MAX_MS = 600_000;
const ZERO_KEY = Math.ceil(Math.log(TRACKED_MIN_MS) / LOG_GAMMA) - 1;

/** Plain JSON: the sum in ms, then bins as key, count, key, count, ... by ascending key. */
export interface SketchSnapshot {
  readonly sumMs: number;
  readonly bins: readonly number[];
}

export class LatencySketch {
  readonly #bins = new Map<number, number>();
  #count = 0;
  #sumMs = 0;

  static restore(snapshot: SketchSnapshot): LatencySketch {
    const sketch = new LatencySketch();
    for (let index = 0; index < snapshot.bins.length; index += 2)
      sketch.#put(snapshot.bins[index]!, snapshot.bins[index + 1]!);
    sketch.#sumMs = snapshot.sumMs;
    return sketch;
  }

  snapshot(): SketchSnapshot {
    return { sumMs: this.#sumMs, bins: this.#sorted().flat() };
  }

  get count(): number {
    return this.#count;
  }

  get binCount(): number {
    return this.#bins.size;
  }

  /** `null` when empty. */
  get meanMs(): number | null {
    return this.#count === 0 ? null : this.#sumMs / this.#count;
  }

  /** `false` for what is no latency: negative, infinite or not a number. */
  add(latencyMs: number): boolean {
    if (!Number.isFinite(latencyMs) || latencyMs < 0) return false;
    const capped = Math.min(latencyMs, LATENCY_MAX_MS);
    this.#put(capped < TRACKED_MIN_MS ? ZERO_KEY : Math.ceil(Math.log(capped) / LOG_GAMMA), 1);
    this.#sumMs += capped;
    return true;
  }

  merge(other: LatencySketch): void {
    for (const [key, count] of other.#bins) this.#put(key, count);
    this.#sumMs += other.#sumMs;
  }

  /** The value at each rank `floor(q * (count - 1))`, for ascending `q` in [0, 1]; empty when the sketch is. */
  quantilesMs(ascending: readonly number[]): number[] {
    const bins = this.#sorted();
    const found: number[] = [];
    let seen = 0;
    for (const [key, count] of bins) {
      seen += count;
      while (found.length < ascending.length && seen > Math.floor(ascending[found.length]! * (this.#count - 1)))
        found.push(valueOf(key));
    }
    return found;
  }

  #put(key: number, count: number): void {
    this.#bins.set(key, (this.#bins.get(key) ?? 0) + count);
    this.#count += count;
  }

  #sorted(): [number, number][] {
    return [...this.#bins].sort(([left], [right]) => left - right);
  }
}

/** The middle of a bin in the relative sense: at most 1% from either end. */
function valueOf(key: number): number {
  if (key <= ZERO_KEY) return 0;
  return Math.min(LATENCY_MAX_MS, (2 * GAMMA ** key) / (GAMMA + 1));
}
