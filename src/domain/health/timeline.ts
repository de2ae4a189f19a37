// The last hour of one processor, minute by minute, by event time: the history that health answers show.
import type { ApiResult } from '../results/canonical-result.ts';

const MINUTE_MS = 60_000;
const MINUTES_KEPT = 60;

export interface TimelinePoint {
  /** Start of the minute (ms since the epoch). */
  readonly minuteMs: number;
  approved: number;
  declined: number;
  error: number;
  timeout: number;
}

/** Plain JSON, oldest first. */
export type Timeline = TimelinePoint[];

/** Adds `by` (1, or -1 for what a settlement takes back) to the minute of the event; minutes older than an hour are not kept. */
export function noteMinute(timeline: Timeline, result: ApiResult, eventTimeMs: number, by: 1 | -1): void {
  const minuteMs = Math.floor(eventTimeMs / MINUTE_MS) * MINUTE_MS;
  const newest = timeline.at(-1)?.minuteMs ?? minuteMs;
  if (minuteMs <= newest - MINUTES_KEPT * MINUTE_MS) return;
  let place = timeline.length;
  while (place > 0 && timeline[place - 1]!.minuteMs > minuteMs) place -= 1;
  const held = timeline[place - 1];
  if (held?.minuteMs === minuteMs) {
    held[result] = Math.max(0, held[result] + by);
    // A minute that a settlement has emptied must look as if nothing had ever come.
    if (held.approved + held.declined + held.error + held.timeout === 0) timeline.splice(place - 1, 1);
    return;
  }
  if (by < 0) return;
  timeline.splice(place, 0, { minuteMs, approved: 0, declined: 0, error: 0, timeout: 0, [result]: 1 });
  while (timeline[0]!.minuteMs <= timeline.at(-1)!.minuteMs - MINUTES_KEPT * MINUTE_MS) timeline.shift();
}

export function timelineWithin(timeline: Timeline, now: number): TimelinePoint[] {
  return timeline.filter(({ minuteMs }) => minuteMs > now - (MINUTES_KEPT + 1) * MINUTE_MS);
}
