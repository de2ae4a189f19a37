// What a caller says of the forecast that is wanted, and its bounds.

export interface ForecastOptions {
  /** Steps ahead, from 1 to HORIZON_MAX. */
  readonly horizon: number;
  /** Steps to a season, e.g. 24 for hours of a day, up to PERIOD_MAX; 1: none. Seven of them (a week of days) are a season, too. */
  readonly period: number;
}

export const HORIZON_MAX = 10_000;
export const PERIOD_MAX = 10_000;

/** Whether it is a whole number from 1 to `most`. */
export function isCount(count: number, most: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= most;
}
