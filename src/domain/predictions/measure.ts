// What every kind's look at a processor gives, before it becomes a probability; and the stretches of minutes that looks rest on.
import type { Evidence, PredictionKind } from './prediction.ts';
import { MINUTE_MS, type ProcessorMinute } from './processor-minute.ts';

export interface Measure {
  readonly kind: PredictionKind;
  readonly limit: number;
  /** Inputs of the kind's curve of calibration.ts. */
  readonly measures: readonly number[];
  /** Minutes ahead of the earliest moment at which it may come. */
  readonly earliest: number;
  /** What is expected at the worst moment of the horizon, over the limit. */
  readonly extent: number;
  readonly evidence: Evidence;
}

export interface Look {
  /** Sound, ascending, of the last day. */
  readonly minutes: readonly ProcessorMinute[];
  readonly nowMs: number;
}

/** The trend of the last quarter of an hour, and that of the last hours. */
export const FAST_MINUTES = 30;
export const SLOW_MINUTES = 120;
export const FAST_HALF_LIFE = 10;
export const SLOW_HALF_LIFE = 40;
/** A look rests on nothing older than this. */
const FRESH_MINUTES = 5;

/** Minutes before now of the end of a minute. */
export function ago({ nowMs }: Look, { minute }: ProcessorMinute): number {
  return Math.max(0, nowMs / MINUTE_MS - minute - 1);
}

export function lately(look: Look, length: number): readonly ProcessorMinute[] {
  return look.minutes.slice(placeOf(look, length));
}

/** What is usual is told by the part of the day that no trend looks at. */
export function before(look: Look): readonly ProcessorMinute[] {
  return look.minutes.slice(0, placeOf(look, SLOW_MINUTES));
}

/** Of the first minute that is at most `length` old. */
function placeOf({ minutes, nowMs }: Look, length: number): number {
  const from = Math.floor(nowMs / MINUTE_MS) - length;
  let place = minutes.length;
  while (place > 0 && minutes[place - 1]!.minute >= from) place--;
  return place;
}

export function isFresh(look: Look): boolean {
  const last = look.minutes.at(-1);
  return last !== undefined && ago(look, last) < FRESH_MINUTES;
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
