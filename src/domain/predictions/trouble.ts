// When a foretold trouble is there: the one rule by which predictions are judged, and by which none is opened for what has come already.
import type { PredictionKind } from './prediction.ts';
import type { ProcessorMinute } from './processor-minute.ts';

/** Failures and capacity are judged over so many minutes. */
export const STRETCH_MINUTES = 10;
/** Fewer are chance. */
export const FAILURES_MIN = 5;
/** Latencies: the last minutes in which something was timed, none older than TIMED_MINUTES. Fewer are chance: with two attempts a minute, five of them double once in a few days. */
const TIMED = 10;
const TIMED_MINUTES = 30;
/** Of a stretch, minutes at the limit of capacity. */
const CROWDED_MIN = 3;
/** Two breakdowns and recoveries, of three changes each, within so many minutes. */
export const FLAPS = 6;
export const FLAP_MINUTES = 60;
/** A queue of so many minutes of all that the processor bears is an exhausted one, whatever is served. */
const QUEUE_MINUTES = 1 / 6;

export interface Trouble {
  readonly kind: PredictionKind;
  readonly limit: number;
}

/** The first minute, of those from `from` to `to` (both included), at whose end the trouble is there; `null`: at none. `minutes` ascending and sound. */
export function troubleMinute(
  trouble: Trouble,
  minutes: readonly ProcessorMinute[],
  from: number,
  to: number,
): number | null {
  const length = minutesJudged(trouble.kind);
  let first = 0;
  for (const [at, { minute }] of minutes.entries()) {
    if (minute > to) return null;
    while (minutes[first]!.minute <= minute - length) first++;
    if (minute >= from && isThere(trouble, minutes.slice(first, at + 1))) return minute;
  }
  return null;
}

/** How far back from a minute it is told whether the trouble is there. */
export function minutesJudged(kind: PredictionKind): number {
  if (kind === 'latency_rising') return TIMED_MINUTES;
  return kind === 'breaker_flapping' ? FLAP_MINUTES : STRETCH_MINUTES;
}

function isThere({ kind, limit }: Trouble, stretch: readonly ProcessorMinute[]): boolean {
  if (kind === 'breaker_flapping')
    return stretch.reduce((sum, { breakerTransitions }) => sum + breakerTransitions, 0) >= limit;
  if (kind === 'error_rate_rising') {
    let [failures, attempts] = [0, 0];
    for (const each of stretch) [failures, attempts] = [failures + each.failures, attempts + each.attempts];
    return failures >= FAILURES_MIN && failures >= limit * attempts;
  }
  if (kind === 'latency_rising') {
    const timed = timedLast(stretch);
    return timed.length === TIMED && median(timed) >= limit;
  }
  const crowded = stretch.filter(
    ({ attempts, queueDepth }) => attempts >= limit || queueDepth >= limit * QUEUE_MINUTES,
  );
  return crowded.length >= CROWDED_MIN;
}

/** What latencies are judged by: the p95 of the last minutes that have one. */
export function timedLast(stretch: readonly ProcessorMinute[]): readonly number[] {
  return stretch.flatMap(({ latencyP95Ms }) => (latencyP95Ms === null ? [] : [latencyP95Ms])).slice(-TIMED);
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
