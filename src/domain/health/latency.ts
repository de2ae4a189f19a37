// How fast a segment has answered over the last 5 to 10 minutes, in two generations of a sketch that take turns.
import { LatencySketch, type SketchSnapshot } from './latency-sketch.ts';
import type { LatencySummary } from './window-summary.ts';

const GENERATION_MS = 300_000;

/** Plain JSON. */
export interface LatencySnapshot {
  readonly format: 1;
  /** Number of the 5-minute generation `current` belongs to, counted from the epoch. */
  readonly generation: number;
  readonly current: SketchSnapshot;
  readonly previous: SketchSnapshot;
}

export class RecentLatency {
  #generation = 0;
  #current = new LatencySketch();
  #previous = new LatencySketch();
  /** What was last told, while nothing has come since and no generation has aged. */
  #told: { readonly age: number; readonly summary: LatencySummary | null } | null = null;

  static restore(snapshot: LatencySnapshot): RecentLatency {
    const latency = new RecentLatency();
    latency.#generation = snapshot.generation;
    latency.#current = LatencySketch.restore(snapshot.current);
    latency.#previous = LatencySketch.restore(snapshot.previous);
    return latency;
  }

  snapshot(): LatencySnapshot {
    return {
      format: 1,
      generation: this.#generation,
      current: this.#current.snapshot(),
      previous: this.#previous.snapshot(),
    };
  }

  /** `now` is the arrival, not the event: a late result tells of now, and arrival only moves forward. */
  add(latencyMs: number, now: number): boolean {
    this.#turn(now);
    this.#told = null;
    return this.#current.add(latencyMs);
  }

  /** `null` when nothing was measured lately. */
  summary(now: number): LatencySummary | null {
    const age = Math.min(2, Math.max(0, generationOf(now) - this.#generation));
    if (this.#told?.age !== age) this.#told = { age, summary: latencySummary([this], now) };
    return this.#told.summary;
  }

  /** What is at most 10 minutes old, poured into `target`. */
  pourInto(target: LatencySketch, now: number): void {
    const age = generationOf(now) - this.#generation;
    if (age <= 1) target.merge(this.#current);
    if (age <= 0) target.merge(this.#previous);
  }

  #turn(now: number): void {
    const generation = generationOf(now);
    if (generation > this.#generation) {
      this.#previous = generation === this.#generation + 1 ? this.#current : new LatencySketch();
      this.#current = new LatencySketch();
    }
    // A clock that steps back a little must not empty anything; one that steps back far must not freeze the turning.
    if (generation > this.#generation || generation < this.#generation - 1) this.#generation = generation;
  }
}

/** Filled and read in one go, once a second for each segment: room for its bins is made once. */
const whole = new LatencySketch();

/** Percentiles over all segments of a processor; `null` when nothing was measured. */
export function latencySummary(parts: Iterable<RecentLatency>, now: number): LatencySummary | null {
  whole.clear();
  for (const part of parts) part.pourInto(whole, now);
  const [p50Ms, p95Ms, p99Ms] = whole.quantilesMs([0.5, 0.95, 0.99]);
  const meanMs = whole.meanMs;
  if (p50Ms === undefined || p95Ms === undefined || p99Ms === undefined || meanMs === null) return null;
  return { p50Ms, p95Ms, p99Ms, meanMs };
}

function generationOf(now: number): number {
  return Math.floor(now / GENERATION_MS);
}
