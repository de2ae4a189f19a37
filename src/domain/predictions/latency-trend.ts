// Whether latencies are on their way to twice the usual, or to the timeout: two trends in the logarithm of p95, alone and together with p50, and how near the last minutes are.
import { ago, before, FAST_HALF_LIFE, FAST_MINUTES, lately, rounded, SLOW_HALF_LIFE, SLOW_MINUTES } from './measure.ts';
import { bounded, crossing, trendMeasures, valueTrend, type Trend, type ValuePoint } from './trend.ts';
import { HORIZON_MINUTES } from './prediction.ts';
import type { Look, Measure } from './measure.ts';
import { median, minutesJudged, timedLast } from './trouble.ts';
import type { ProcessorMinute } from './processor-minute.ts';

const LIMIT_TIMES = 2;
/** A timeout nearer to the usual than this is the operator's wish, not a trouble to come. */
const LIMIT_TIMES_MIN = 1.3;
/** Minutes of the day that tell what is usual, and of the last hours that tell a trend. */
const TIMED_USUAL_MIN = 60;
const TIMED_SEEN_MIN = 10;
/** More attempts in a minute make its quantile no surer: minutes differ by themselves. */
const WEIGHT_MAX = 50;
/** Standard deviations of one attempt's logarithm, and what is taken for none. */
const SWAY_MAX = 9;
const SWAY_MIN = 0.05;
const NEWEST = 5;
/** Logarithms beyond this are far. */
const FAR = 4;

export function measureLatency(look: Look, timeoutMs: number | null): Measure | null {
  const usual = usualP95Ms(look);
  if (usual === null) return null;
  const [alone, together] = pointsOf(look, usual);
  if (alone.length < TIMED_SEEN_MIN) return null;
  const limit = latencyLimitMs(usual, timeoutMs);
  const horizon = HORIZON_MINUTES.latency_rising;
  const trends = [alone, together].map((points) => trendsOf(points, usual));
  const [{ fast, slow }] = trends as [Trends, Trends];
  const crossings = trends
    .flatMap((each) => [each.fast, each.slow])
    .map((each) => crossing(each, Math.log(limit), horizon));
  // Of both the one that is nearer: where only the slowest become slower, the p50 knows nothing of it.
  const [byP95, byBoth] = trends.map((each) => trendMeasures(each.fast, each.slow, Math.log(limit), horizon));
  const nearer = byP95!.map((value, at) => Math.max(value, byBoth![at]!));
  const p50 = lately(look, FAST_MINUTES).flatMap(({ latencyP50Ms }) => (latencyP50Ms === null ? [] : [latencyP50Ms]));
  return {
    kind: 'latency_rising',
    limit,
    measures: [...nearer, ...nearness(look, limit)],
    earliest: Math.min(...crossings.map(({ earliest }) => earliest ?? horizon)),
    extent: Math.exp(Math.min(5, slow.level + Math.max(0, slow.slope) * horizon - Math.log(limit))),
    evidence: {
      usualP95Ms: rounded(usual, 0),
      p95NowMs: rounded(Math.exp(fast.level), 0),
      ...(p50.length === 0 ? {} : { p50NowMs: rounded(median(p50), 0) }),
      percentPerHour: rounded(100 * (Math.exp(Math.min(10, 60 * slow.slope)) - 1), 1),
      limitMs: rounded(limit, 0),
      limitIs: timeoutMs !== null && limit === timeoutMs ? 'timeout' : 'times the usual',
      expectedInMinutes: crossings[1]!.expected ?? 'not within the window',
    },
  };
}

interface Trends {
  readonly fast: Trend;
  readonly slow: Trend;
}

function trendsOf(points: readonly ValuePoint[], usual: number): Trends {
  const trend = (length: number, halfLife: number, slopeSpread: number): Trend =>
    valueTrend(
      points.filter((point) => point.ago < length),
      { halfLife, usual: Math.log(usual), levelSpread: 0.5, slopeSpread },
    );
  return {
    fast: trend(FAST_MINUTES, FAST_HALF_LIFE, 0.03),
    slow: trend(SLOW_MINUTES, SLOW_HALF_LIFE, 0.01),
  };
}

/** Logarithms of the p95; and those drawn to what the p50 says of it, as far as that sways less: of few attempts the p95 is but the slowest. */
function pointsOf(look: Look, usualP95: number): [alone: readonly ValuePoint[], together: readonly ValuePoint[]] {
  const past = before(look);
  const ownP50 = past.flatMap(({ latencyP50Ms }) => (latencyP50Ms === null ? [] : [latencyP50Ms]));
  const usualP50 = ownP50.length < TIMED_USUAL_MIN ? null : median(ownP50);
  const share = usualP50 === null ? 0 : shareOfP50(past, usualP95, usualP50);
  const timed = lately(look, SLOW_MINUTES).filter(({ latencyP95Ms }) => latencyP95Ms !== null);
  const points = (part: number): readonly ValuePoint[] =>
    timed.map((each) => {
      const slower = Math.log(each.latencyP95Ms! / usualP95);
      const usually = each.latencyP50Ms === null || usualP50 === null ? slower : Math.log(each.latencyP50Ms / usualP50);
      const value = Math.log(usualP95) + (1 - part) * slower + part * usually;
      return { ago: ago(look, each), value, weight: weightOf(each) };
    });
  return [points(0), points(share)];
}

/** By the inverse of their squared sway around the usual, in minutes before the trend. */
function shareOfP50(past: readonly ProcessorMinute[], usualP95: number, usualP50: number): number {
  const sway = (of: (minute: ProcessorMinute) => number | null, usual: number): number => {
    let [sum, count] = [0, 0];
    for (const each of past) {
      const value = of(each);
      if (value === null) continue;
      sum += Math.min(SWAY_MAX, Math.abs(Math.log(value / usual)) * Math.sqrt(weightOf(each)));
      count += 1;
    }
    return Math.max(SWAY_MIN, sum / Math.max(1, count)) ** 2;
  };
  const [p95, p50] = [sway((each) => each.latencyP95Ms, usualP95), sway((each) => each.latencyP50Ms, usualP50)];
  return p95 / (p95 + p50);
}

const weightOf = ({ attempts }: ProcessorMinute): number => Math.min(WEIGHT_MAX, Math.max(1, attempts));

/** How near it is by now, in what it will be judged by: of the last minutes, of the newest of them, and how many of them have reached it. */
function nearness(look: Look, limit: number): readonly number[] {
  const last = timedLast(lately(look, minutesJudged('latency_rising')));
  if (last.length === 0) return [-FAR, -FAR, 0];
  const gap = (values: readonly number[]): number => bounded(Math.log(median(values) / limit), FAR);
  const reached = last.filter((value) => value >= limit).length;
  return [gap(last.slice(-NEWEST)), gap(last), reached / last.length];
}

/** `null`: too little was timed to say. */
export function usualP95Ms(look: Look): number | null {
  const past = before(look).flatMap(({ latencyP95Ms }) => (latencyP95Ms === null ? [] : [latencyP95Ms]));
  return past.length < TIMED_USUAL_MIN ? null : median(past);
}

export function latencyLimitMs(usual: number, timeoutMs: number | null): number {
  return Math.max(
    usual * LIMIT_TIMES_MIN,
    Math.min(usual * LIMIT_TIMES, timeoutMs !== null && timeoutMs > 0 ? timeoutMs : Infinity),
  );
}
