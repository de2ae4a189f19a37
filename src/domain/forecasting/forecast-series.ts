// What comes next in a series of numbers, with intervals: several members, weighed and their intervals drawn by what each missed in the past of the same series.
import { combine } from './combination.ts';
import { directRegression } from './direct-regression.ts';
import { HORIZON_MAX, isCount, PERIOD_MAX, type ForecastOptions } from './forecast-options.ts';
import { missWidths } from './miss-width.ts';
import { nearestPast } from './nearest-past.ts';
import { patternRegression } from './pattern-regression.ts';
import { finite, prepareSeries } from './prepared-series.ts';
import { smoothing } from './smoothing.ts';
import type { Member } from './member.ts';

export interface ForecastStep {
  readonly point: number;
  /** 95% of what comes is expected from here to `high`. */
  readonly low: number;
  readonly high: number;
}

export type Forecast = { readonly ok: true; readonly steps: readonly ForecastStep[] } | ForecastRefusal;

export interface ForecastRefusal {
  readonly ok: false;
  readonly reason: 'no_values' | 'wrong_horizon' | 'wrong_period';
}

/** Older values are left out: by then habits have changed, and the work would not end in time. */
const HISTORY_MAX = 1_500;
const HISTORY_SEASONS = 15;
/** Of the past from which a forecast is made and measured: two weeks of days. */
const ORIGINS_MAX = 14;
/** Part of the series on which the first of them rests, at least. */
const FIRST_ORIGIN_PART = 0.5;
const STEPS_BACK_MAX = 26;
const STEPS_BACK_MIN = 8;

/** The last one speaks however short the series is. */
const MEMBERS: readonly Member[] = [
  patternRegression({ lags: nearLags, penalty: 0.3 }),
  patternRegression({ lags: farLags, penalty: 0.1 }),
  directRegression,
  nearestPast,
  smoothing,
];

/** `values` in order, null for a gap. Works on any finite numbers, from one value on; where none is below zero, no forecast is. */
export function forecastSeries(values: readonly (number | null)[], { horizon, period }: ForecastOptions): Forecast {
  if (!isCount(horizon, HORIZON_MAX)) return { ok: false, reason: 'wrong_horizon' };
  if (!isCount(period, PERIOD_MAX)) return { ok: false, reason: 'wrong_period' };
  const history = recent(values, historyMax(period));
  const known = history.filter((value) => value !== null);
  const [first] = known;
  if (first === undefined) return { ok: false, reason: 'no_values' };
  const floor = known.every((value) => value >= 0) ? 0 : -Infinity;
  if (known.every((value) => value === first)) return { ok: true, steps: unchanged(first, known.length, horizon) };
  const { series, back } = prepareSeries(history, period);
  const { path, misses } = combine(MEMBERS, { series, horizon }, pastOrigins(series.values.length, series.period));
  const widths = missWidths(misses, horizon);
  const steps = Array.from(path, (at, step): ForecastStep => {
    const point = Math.max(floor, back(at));
    if (widths === null) return { point, low: point, high: point };
    const low = Math.max(floor, back(at + widths.low[step]!));
    return { point, low: Math.min(low, point), high: Math.max(point, back(at + widths.high[step]!)) };
  });
  return { ok: true, steps };
}

/** Values, gaps among them, that a forecast looks back on. */
export function historyMax(period: number): number {
  return Math.max(HISTORY_MAX, HISTORY_SEASONS * period);
}

/** Without the gaps before the first value kept and after the last. */
function recent(values: readonly (number | null)[], most: number): readonly (number | null)[] {
  const end = values.findLastIndex((value) => value !== null) + 1;
  const kept = values.slice(Math.max(0, end - most), end);
  return kept.slice(
    Math.max(
      0,
      kept.findIndex((value) => value !== null),
    ),
  );
}

/** A value seen n times and never another may be off by a part of 1/n of itself: one value alone says little. */
function unchanged(value: number, count: number, horizon: number): ForecastStep[] {
  const off = Math.abs(value) / count;
  return Array.from({ length: horizon }, () => ({ point: value, low: finite(value - off), high: finite(value + off) }));
}

/** Whole seasons back from the end, so that each step meets the same time of day as it will; where there are few seasons, evenly spaced. */
function pastOrigins(length: number, period: number): number[] {
  const span = Math.floor(length * (1 - FIRST_ORIGIN_PART));
  const seasonal = period > 1 && span >= (ORIGINS_MAX / 2) * period;
  const stride = seasonal ? period : Math.max(1, Math.floor(span / ORIGINS_MAX));
  const origins: number[] = [];
  for (let back = 1; back <= ORIGINS_MAX && back * stride <= span; back++) origins.unshift(length - back * stride);
  return origins.filter((origin) => origin > 0);
}

function nearLags(period: number): readonly number[] {
  const near = Math.max(STEPS_BACK_MIN, Math.min(period + 2, STEPS_BACK_MAX));
  return ascending([...upTo(near), ...around(period, 2)]);
}

function farLags(period: number, week: number): readonly number[] {
  if (period === 1) return nearLags(period);
  return ascending([...nearLags(period), ...around(2 * period, 1), 3 * period, ...(week > 0 ? around(week, 1) : [])]);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

function around(centre: number, reach: number): number[] {
  return Array.from({ length: 2 * reach + 1 }, (_, i) => centre - reach + i).filter((lag) => lag >= 1);
}

function ascending(lags: readonly number[]): number[] {
  return [...new Set(lags)].sort((left, right) => left - right);
}
