// Watches a scope's volume, approvals, technical errors and slowest answers as series, each against its own last seven days at this time: changes too mild for counts of single minutes.
import { type AnomalyScorer, createAnomalyScorer, scoreNext } from '../anomalies/anomaly-scorer.ts';
import { LatencySketch } from '../health/latency-sketch.ts';
import type { PaymentMinute } from './payment-minute.ts';
import { type RecentMinutes, shareOf } from './recent-minutes.ts';
import { usualNow } from '../anomalies/daily-habit.ts';

export const METRICS = ['volume', 'success_rate', 'technical_error_rate', 'latency_p95_ms'] as const;
export type Metric = (typeof METRICS)[number];

/** A row each five minutes, of what the ten minutes before were like. */
const ROW_MINUTES = 5;
/** A day: before, nothing is known of most hours. */
const ROWS_MIN = 288;
const ATTEMPTS_MIN = 30;
const LATENCIES_MIN = 60;
const DIGITS = 6;
/** Rows in a row that are needed to begin, and to end. */
const ROWS_TO_BEGIN = 2;
const ROWS_TO_END = 2;
/** Of what was asked for to begin. */
const ENDS_BELOW = 0.6;
/** What lasts for a day is usual. */
const USUAL_AFTER_ROWS = 288;
const QUANTILE = 0.95;
/** Slower than the usual p95 by this factor is more than rounding. */
const SLOW_FROM = 1.05;
const SLOW_CHANCE = 2;
const LATENCIES_HALVED_AFTER_MINUTES = 4;
const LATENCY_KEPT = 0.5 ** (1 / LATENCIES_HALVED_AFTER_MINUTES);
const COUNT_LEAST = 0.01;
/** Keys of bins that sketches have; counts are kept in hundredths, and theirs are whole. */
const KEY_MAX = 800;
const HUNDREDTHS = 100;
const COUNT_MAX = 1e6;
/** Standard deviations of a count, beyond which it is no chance. */
const CHANCE = 3;
/** Volume sways by itself: odds of its score are asked for so many times. Measured on quiet days. */
const VOLUME_ODDS = 1.65;
const NEVER_MINUTES = 60;

interface MetricSeries {
  readonly scorer: AnomalyScorer;
  rows: number;
  observed: number | null;
  usual: number | null;
  /** `usual`: it has lasted for a day, and is asked for nothing until it is over. */
  state: 'calm' | 'on' | 'usual';
  /** Rows that spoke for a change of the state, and since it changed. */
  turning: number;
  since: number;
}

/** Plain JSON: 40 kB for usual values, 80 kB at most. */
export interface SeriesWatch {
  readonly series: Readonly<Record<Metric, MetricSeries>>;
  /** Weighted counts of latencies by the key of their bin. */
  latencies: Record<string, number>;
  minute: number | null;
}

export interface MetricReading {
  readonly metric: Metric;
  readonly observed: number;
  readonly usual: number;
  readonly score: number;
  /** Times as bad as usual: attempts, losses, errors or milliseconds, more or fewer. */
  readonly times: number;
}

const newSeries = (): MetricSeries => ({
  ...{ scorer: createAnomalyScorer(), rows: 0, observed: null, usual: null, state: 'calm', turning: 0, since: 0 },
});

export const createSeriesWatch = (): SeriesWatch => ({
  series: {
    volume: newSeries(),
    success_rate: newSeries(),
    technical_error_rate: newSeries(),
    latency_p95_ms: newSeries(),
  },
  latencies: {},
  minute: null,
});

/**
 * Learns a minute, `recent` with it. `isVolumeExplained`: an act of ours changed it, and nothing is learned of it.
 * `limit`: the odds, score / (1 - score), that are asked for.
 */
export function watchSeries(
  watch: SeriesWatch,
  { minute, latency }: Pick<PaymentMinute, 'minute' | 'latency'>,
  recent: RecentMinutes,
  { limit, isVolumeExplained }: { readonly limit: number; readonly isVolumeExplained: boolean },
): void {
  const passed = watch.minute === null ? 1 : minute - watch.minute;
  if (passed <= 0) return;
  watch.minute = minute;
  addLatencies(watch, latency, passed);
  if (minute % ROW_MINUTES !== 0) return;
  const values = { ...valuesOf(watch, recent), ...(isVolumeExplained && { volume: null }) };
  for (const metric of METRICS) {
    const series = watch.series[metric];
    const value = values[metric];
    scoreNext(series.scorer, minute * 60_000, value);
    series.observed = value;
    series.usual = value === null ? null : usualNow(series.scorer.habit);
    if (value !== null) series.rows = Math.min(ROWS_MIN, series.rows + 1);
    turn(series, sizeOf(metric, series, watch, recent), metric === 'volume' ? limit * VOLUME_ODDS : limit);
  }
}

function valuesOf({ latencies }: SeriesWatch, recent: RecentMinutes): Record<Metric, number | null> {
  const { attempts, approvals, failures, minutes } = recent;
  const share = (part: number): number | null =>
    attempts < ATTEMPTS_MIN ? null : rounded(Math.min(1, shareOf(part, attempts)));
  return {
    volume: rounded(shareOf(attempts, minutes)),
    success_rate: share(approvals),
    technical_error_rate: share(failures),
    latency_p95_ms: p95Of(latencies),
  };
}

function countBeyond(latencies: SeriesWatch['latencies'], limitMs: number): { all: number; slow: number } {
  const border = new LatencySketch();
  border.add(limitMs);
  const [key = 0] = border.snapshot().bins;
  let [all, slow] = [0, 0];
  for (const [bin, count] of Object.entries(latencies)) {
    all += count;
    if (Number(bin) > key) slow += count;
  }
  return { all, slow };
}

function addLatencies(watch: SeriesWatch, latency: PaymentMinute['latency'], passed: number): void {
  const kept: Record<string, number> = {};
  const weight = LATENCY_KEPT ** passed;
  for (const [key, count] of Object.entries(watch.latencies)) {
    const left = count * weight;
    if (left >= COUNT_LEAST) kept[key] = Number(left.toPrecision(3));
  }
  const bins = latency?.bins ?? [];
  for (let at = 0; at + 1 < bins.length; at += 2) {
    const [key, count] = [bins[at]!, bins[at + 1]!];
    if (Number.isInteger(key) && Math.abs(key) <= KEY_MAX && count > 0)
      kept[key] = Math.min(COUNT_MAX, (kept[key] ?? 0) + count);
  }
  watch.latencies = kept;
}

function p95Of(latencies: SeriesWatch['latencies']): number | null {
  const bins = Object.entries(latencies).map(([key, count]) => [Number(key), Math.round(HUNDREDTHS * count)] as const);
  const sketch = LatencySketch.restore({ sumMs: 0, bins: bins.flat() });
  return sketch.count < HUNDREDTHS * LATENCIES_MIN ? null : rounded(sketch.quantilesMs([QUANTILE])[0]!);
}

/** `size`: as by `sizeOf`. */
function turn(series: MetricSeries, size: number | null, limit: number): void {
  series.since += 1;
  // A row that says nothing changes nothing, but for ever it does not last.
  if (size === null && series.since < NEVER_MINUTES / ROW_MINUTES) return;
  const { score } = series.scorer;
  const isHigh = size !== null && size >= 1 && score / (1 - score) >= limit;
  const isOver = size === null || size < ENDS_BELOW;
  series.turning = (series.state === 'calm' ? isHigh : isOver) ? series.turning + 1 : 0;
  const change = (state: MetricSeries['state']): void => void Object.assign(series, { state, turning: 0, since: 0 });
  if (series.state === 'calm') {
    if (series.turning >= ROWS_TO_BEGIN && series.rows >= ROWS_MIN) change('on');
  } else if (series.turning >= ROWS_TO_END) change('calm');
  else if (series.state === 'on' && series.since >= USUAL_AFTER_ROWS) change('usual');
}

/** Relative to the least change that is worth telling; of a change for the better, and of what may be chance, 0. `null`: not known. */
function sizeOf(
  metric: Metric,
  { observed, usual }: MetricSeries,
  { latencies }: SeriesWatch,
  recent: RecentMinutes,
): number | null {
  if (observed === null || usual === null) return null;
  const { attempts, minutes } = recent;
  const isChance = (difference: number, variance: number): boolean => difference < CHANCE * Math.sqrt(variance + 1);
  switch (metric) {
    case 'volume': {
      const difference = Math.abs(observed - usual) * minutes;
      if (isChance(difference, usual * minutes)) return 0;
      return observed >= usual ? sizeAbove(observed, usual, 1.4) : sizeAbove(usual, observed, 1 / 0.6);
    }
    case 'success_rate': {
      const [losses, expected] = [1 - observed, 1 - usual];
      if (isChance((losses - expected) * attempts, expected * attempts)) return 0;
      return Math.min(sizeAbove(losses, expected, 1.25), (losses - expected) / 0.03);
    }
    case 'technical_error_rate':
      if (isChance((observed - usual) * attempts, usual * attempts)) return 0;
      return Math.min(sizeAbove(observed, usual, 2), (observed - usual) / 0.015);
    case 'latency_p95_ms': {
      // Where a few answers are much slower than the rest, one more of them moves the p95 from here to there.
      const { all, slow } = countBeyond(latencies, SLOW_FROM * usual);
      const expected = (1 - QUANTILE) * all;
      return slow - expected < SLOW_CHANCE * Math.sqrt(expected + 1) ? 0 : sizeAbove(observed, usual, 1.25);
    }
  }
}

/** 1: `larger` is so many times the other. */
function sizeAbove(larger: number, smaller: number, times: number): number {
  return smaller <= 0 ? Number(larger > 0) : Math.max(0, Math.log(larger / smaller) / Math.log(times));
}

/** What is on, the highest score first. */
export function metricsOn({ series }: SeriesWatch): MetricReading[] {
  return METRICS.flatMap((metric): MetricReading[] => {
    const { state, observed, usual, scorer } = series[metric];
    if (state !== 'on' || observed === null || usual === null) return [];
    return [{ metric, observed, usual, score: scorer.score, times: timesOf(metric, observed, usual) }];
  }).toSorted((left, right) => right.score - left.score);
}

const TIMES_MAX = 1_000;

function timesOf(metric: Metric, observed: number, usual: number): number {
  const [now, then] = metric === 'success_rate' ? [1 - observed, 1 - usual] : [observed, usual];
  const [less, more] = [Math.min(now, then), Math.max(now, then)];
  return less <= 0 ? TIMES_MAX : Math.min(TIMES_MAX, more / less);
}

/** The highest of these series now, 0-1. */
export function scoreOf({ series }: SeriesWatch, metrics: readonly Metric[] = METRICS): number {
  return Math.max(...metrics.map((metric) => series[metric].scorer.score));
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
