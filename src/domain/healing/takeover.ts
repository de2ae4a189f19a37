// What became of a drained processor's traffic: the results of whoever else served its segments since, and the first of them that shows that the drain helped.
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { HouseSnapshot } from './snapshot.ts';
import { isFailure, recentSince, resultsInWindows, type ResultsSince } from './standing-now.ts';

/** As old as a result in a window can be. */
export const WINDOW_AGE_MS = 600_000;

/** Fewer say nothing. */
export const TAKEOVER_RESULTS_MIN = 5;

export interface Takeover extends ResultsSince {
  /** `null`: nothing shows it. */
  readonly recoveredAtMs: number | null;
}

export interface Drained {
  readonly id: ProcessorId;
  readonly segments: readonly SegmentKey[];
  readonly sinceMs: number;
  /** 0-1: no larger a share of results fails where it helped. */
  readonly failedShareMax: number;
}

/** Of all others, not only of those who are able by now: who took the traffic and broke under it speaks, too. */
export function takeoverOf(house: HouseSnapshot, { id, segments, sinceMs, failedShareMax }: Drained): Takeover {
  const others = house.configuration.processors.filter((processor) => processor.id !== id);
  const seen = others
    .flatMap((other) => segments.flatMap((segment) => recentSince(house, other.id, segment, sinceMs)))
    .sort((left, right) => left.timeMs - right.timeMs);
  let failed = 0;
  let recoveredAtMs: number | null = null;
  for (const [index, result] of seen.entries()) {
    if (isFailure(result)) failed += 1;
    const total = index + 1;
    // A sender's clock may be ahead of ours.
    if (recoveredAtMs === null && total >= TAKEOVER_RESULTS_MIN && failed / total <= failedShareMax)
      recoveredAtMs = Math.min(result.timeMs, house.now);
  }
  return { total: seen.length, failed, recoveredAtMs };
}

/** Of what few payments there are in a segment the newest 50 results of a busy processor hold none; its windows do. */
export function takenInWindows(house: HouseSnapshot, { id, segments }: Pick<Drained, 'id' | 'segments'>): ResultsSince {
  const others = house.configuration.processors.flatMap((processor) => (processor.id === id ? [] : processor.id));
  return resultsInWindows(house, others, segments);
}
