// How many attempts an hour each segment of a processor sees: the volume behind money at risk.
import type { SegmentKey } from '../identity.ts';

/** Rates follow the last quarter of an hour or so: an outage of minutes must not hide the volume it stopped. */
const MEMORY_MS = 900_000;

/** Decayed count and its time, per segment. Plain JSON. */
export type TrafficMix = Record<SegmentKey, { count: number; atMs: number; sinceMs: number }>;

export const createTrafficMix = (): TrafficMix => ({});

export function noteTraffic(mix: TrafficMix, segment: SegmentKey, now: number): void {
  const held = mix[segment];
  if (held === undefined) {
    mix[segment] = { count: 1, atMs: now, sinceMs: now };
    return;
  }
  held.count = held.count * Math.exp(Math.min(0, held.atMs - now) / MEMORY_MS) + 1;
  held.atMs = Math.max(held.atMs, now);
}

/** The first results of a segment often come in a burst: a rate is never taken over less than this. */
const COVERED_MIN_MS = 60_000;

/** Over all segments when none is named. While less than the memory has passed, the count is divided by the time it really took. */
export function attemptsPerHour(mix: TrafficMix, segment: SegmentKey | null, now: number): number {
  let perHour = 0;
  for (const [key, { count, atMs, sinceMs }] of Object.entries(mix) as [SegmentKey, TrafficMix[SegmentKey]][]) {
    if (segment !== null && key !== segment) continue;
    const coveredMs = MEMORY_MS * (1 - Math.exp(-Math.max(COVERED_MIN_MS, now - sinceMs) / MEMORY_MS));
    perHour += (count * Math.exp(Math.min(0, atMs - now) / MEMORY_MS) * 3_600_000) / coveredMs;
  }
  return perHour;
}
