// When a foretold trouble is there: the one rule by which predictions are judged, and by which none is opened for what has come already.
import type { PredictionKind } from './prediction.ts';
import type { ProcessorMinute } from './processor-minute.ts';

/** Failures and latencies are judged over so many minutes. */
export const STRETCH_MINUTES = 10;
/** Fewer are chance. */
export const FAILURES_MIN = 5;
/** Of a stretch, minutes in which something was timed. */
const TIMED_MIN = 5;
/** Of a stretch, minutes at the limit of capacity. */
const CROWDED_MIN = 3;
/** Two breakdowns and recoveries, of three changes each. */
export const FLAPS = 6;
/** A queue of so many minutes of all that the processor bears is an exhausted one, whatever is served. */
const QUEUE_MINUTES = 1 / 6;

export interface Trouble {
  readonly kind: PredictionKind;
  readonly limit: number;
}

/** The first minute, of those from `from` to `to` (both included), at whose end the trouble is there; `null`: at none. `minutes` ascending and sound. */
export function troubleMinute(
  { kind, limit }: Trouble,
  minutes: readonly ProcessorMinute[],
  from: number,
  to: number,
): number | null {
  let changes = 0;
  let first = 0;
  for (const [at, { minute, breakerTransitions }] of minutes.entries()) {
    if (minute > to) return null;
    while (minutes[first]!.minute <= minute - STRETCH_MINUTES) first++;
    if (minute < from) continue;
    changes += breakerTransitions;
    if (kind === 'breaker_flapping') {
      if (changes >= limit) return minute;
    } else if (isThere({ kind, limit }, minutes.slice(first, at + 1))) return minute;
  }
  return null;
}

function isThere({ kind, limit }: Trouble, stretch: readonly ProcessorMinute[]): boolean {
  if (kind === 'error_rate_rising') {
    let [failures, attempts] = [0, 0];
    for (const each of stretch) [failures, attempts] = [failures + each.failures, attempts + each.attempts];
    return failures >= FAILURES_MIN && failures >= limit * attempts;
  }
  if (kind === 'latency_rising') {
    const timed = stretch.flatMap(({ latencyP95Ms }) => (latencyP95Ms === null ? [] : [latencyP95Ms]));
    return timed.length >= TIMED_MIN && median(timed) >= limit;
  }
  const crowded = stretch.filter(
    ({ attempts, queueDepth }) => attempts >= limit || queueDepth >= limit * QUEUE_MINUTES,
  );
  return crowded.length >= CROWDED_MIN;
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
