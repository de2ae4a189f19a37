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

/** Beyond what is held, so that a range that creeps upwards is not copied at each step. */
const SPARE_BINS = 16;

export class LatencySketch {
  /** Counts by key from `#lowest` on: a row is read far more often than a bin is new. */
  #counts = new Uint32Array(0);
  #lowest = 0;
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
    const bins: number[] = [];
    this.#counts.forEach((count, place) => {
      if (count > 0) bins.push(this.#lowest + place, count);
    });
    return { sumMs: this.#sumMs, bins };
  }

  get count(): number {
    return this.#count;
  }

  get binCount(): number {
    return this.#counts.reduce((bins, count) => (count > 0 ? bins + 1 : bins), 0);
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

  /** Empty again, with the room it has. */
  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumMs = 0;
  }

  merge(other: LatencySketch): void {
    if (other.#count === 0) return;
    const counts = other.#counts;
    this.#cover(other.#lowest, other.#lowest + counts.length);
    const shift = other.#lowest - this.#lowest;
    for (let place = 0; place < counts.length; place += 1) this.#counts[shift + place]! += counts[place]!;
    this.#count += other.#count;
    this.#sumMs += other.#sumMs;
  }

  /** The value at each rank `floor(q * (count - 1))`, for ascending `q` in [0, 1]; empty when the sketch is. */
  quantilesMs(ascending: readonly number[]): number[] {
    const found: number[] = [];
    if (this.#count === 0) return found;
    let seen = 0;
    for (let place = 0; place < this.#counts.length && found.length < ascending.length; place += 1) {
      seen += this.#counts[place]!;
      while (found.length < ascending.length && seen > Math.floor(ascending[found.length]! * (this.#count - 1)))
        found.push(valueOf(this.#lowest + place));
    }
    return found;
  }

  #put(key: number, count: number): void {
    if (key < this.#lowest || key >= this.#lowest + this.#counts.length)
      this.#cover(key - SPARE_BINS, key + SPARE_BINS);
    this.#counts[key - this.#lowest]! += count;
    this.#count += count;
  }

  /** Makes room for keys in [from, below). */
  #cover(from: number, below: number): void {
    const held = this.#counts.length;
    const lowest = held === 0 ? from : Math.min(from, this.#lowest);
    const end = held === 0 ? below : Math.max(below, this.#lowest + held);
    if (held === end - lowest) return;
    const counts = new Uint32Array(end - lowest);
    counts.set(this.#counts, held === 0 ? 0 : this.#lowest - lowest);
    this.#counts = counts;
    this.#lowest = lowest;
  }
}

/** The middle of a bin in the relative sense: at most 1% from either end. */
function valueOf(key: number): number {
  if (key <= ZERO_KEY) return 0;
  return Math.min(LATENCY_MAX_MS, (2 * GAMMA ** key) / (GAMMA + 1));
}
