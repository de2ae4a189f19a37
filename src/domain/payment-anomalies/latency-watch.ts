// Watches how many answers are slower than nine in ten usually are.
import { cleanCount } from './payment-minute.ts';
import { createRateWatch, watchRate, type RateWatch } from './rate-watch.ts';
import type { SketchSnapshot } from '../health/latency-sketch.ts';
import type { Limits } from './detection-limits.ts';

const SLOW_SHARE = 0.1;
/** Latencies sway in longer spells than rates do: measured on simulated quiet days. */
const ALLOWED = 1.5;
const LATENCIES_MIN = 200;
/** How long latencies are gathered before the border of "slow" is looked at again. */
const GATHERED_MINUTES = 1_440;
/** A usual share of slow ones beyond these makes a new border. */
const SHARE_LOW = 0.03;
const SHARE_HIGH = 0.3;

/** Plain JSON. */
export interface LatencyWatch {
  rate: RateWatch;
  /** Bins of the sketch above this key are slow; `null`: too few latencies were seen. */
  slowKey: number | null;
  gathered: Record<string, number>;
  since: number | null;
}

export interface LatencyReading {
  readonly slow: number;
  readonly answered: number;
  /** Usual share of slow answers; `null`: not known. */
  readonly usual: number | null;
}

export function createLatencyWatch(): LatencyWatch {
  return { rate: createRateWatch(), slowKey: null, gathered: {}, since: null };
}

export function watchLatency(
  watch: LatencyWatch,
  minute: number,
  latency: SketchSnapshot | null,
  limits: Limits,
): LatencyReading {
  const bins = binsOf(latency);
  watch.since ??= minute;
  for (const [key, count] of bins) watch.gathered[key] = (watch.gathered[key] ?? 0) + count;
  const border = watch.slowKey;
  let [slow, answered] = [0, 0];
  for (const [key, count] of bins) {
    answered += count;
    if (border !== null && key > border) slow += count;
  }
  const usual =
    border === null
      ? null
      : watchRate(
          watch.rate,
          { minute, hits: slow, trials: answered },
          { limit: limits.nats, allowed: ALLOWED * limits.allowed },
        );
  moveBorder(watch, minute, usual);
  return { slow, answered, usual };
}

function moveBorder(watch: LatencyWatch, minute: number, usual: number | null): void {
  const isGathered = Math.abs(minute - watch.since!) >= GATHERED_MINUTES;
  if (watch.slowKey !== null && !isGathered) return;
  const counts = Object.entries(watch.gathered).map(([key, count]) => [Number(key), count] as const);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const isOff = watch.slowKey === null || (usual !== null && (usual < SHARE_LOW || usual > SHARE_HIGH));
  if (isOff && all >= LATENCIES_MIN && !watch.rate.rise.isOn) {
    let below = 0;
    const border = counts
      .toSorted(([left], [right]) => left - right)
      .find(([, count]) => (below += count) >= (1 - SLOW_SHARE) * all)![0];
    if (border !== watch.slowKey) watch.rate = createRateWatch();
    watch.slowKey = border;
  }
  if (!isGathered) return;
  watch.gathered = {};
  watch.since = minute;
}

function binsOf(latency: SketchSnapshot | null): [key: number, count: number][] {
  const bins: [number, number][] = [];
  for (let i = 0; i + 1 < (latency?.bins.length ?? 0); i += 2) {
    const [key, count] = [latency!.bins[i]!, cleanCount(latency!.bins[i + 1]!)];
    if (Number.isFinite(key) && count > 0) bins.push([key, count]);
  }
  return bins;
}
