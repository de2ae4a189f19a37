// Whether latencies are on their way to twice the usual, or to the timeout: two trends in their logarithm.
import { ago, before, FAST_HALF_LIFE, FAST_MINUTES, lately, rounded, SLOW_HALF_LIFE, SLOW_MINUTES } from './measure.ts';
import { crossing, trendMeasures, valueTrend } from './trend.ts';
import { HORIZON_MINUTES } from './prediction.ts';
import { median } from './trouble.ts';
import type { Look, Measure } from './measure.ts';

const LIMIT_TIMES = 2;
/** A timeout nearer to the usual than this is the operator's wish, not a trouble to come. */
const LIMIT_TIMES_MIN = 1.3;
/** Minutes of the day that tell what is usual, and of the last hours that tell a trend. */
const TIMED_USUAL_MIN = 60;
const TIMED_SEEN_MIN = 10;
/** More attempts in a minute make its quantile no surer: minutes differ by themselves. */
const WEIGHT_MAX = 50;

export function measureLatency(look: Look, timeoutMs: number | null): Measure | null {
  const usual = usualP95Ms(look);
  const points = lately(look, SLOW_MINUTES).flatMap((each) =>
    each.latencyP95Ms === null
      ? []
      : [
          {
            ago: ago(look, each),
            value: Math.log(each.latencyP95Ms),
            weight: Math.min(WEIGHT_MAX, Math.max(1, each.attempts)),
          },
        ],
  );
  if (usual === null || points.length < TIMED_SEEN_MIN) return null;
  const limit = latencyLimitMs(usual, timeoutMs);
  const horizon = HORIZON_MINUTES.latency_rising;
  const trend = (length: number, halfLife: number, slopeSpread: number) =>
    valueTrend(
      points.filter((point) => point.ago < length),
      { halfLife, usual: Math.log(usual), levelSpread: 0.5, slopeSpread },
    );
  const fast = trend(FAST_MINUTES, FAST_HALF_LIFE, 0.02);
  const slow = trend(SLOW_MINUTES, SLOW_HALF_LIFE, 0.01);
  const [fastly, slowly] = [fast, slow].map((each) => crossing(each, Math.log(limit), horizon));
  const p50 = lately(look, FAST_MINUTES).flatMap(({ latencyP50Ms }) => (latencyP50Ms === null ? [] : [latencyP50Ms]));
  return {
    kind: 'latency_rising',
    limit,
    measures: trendMeasures(fast, slow, Math.log(limit), horizon),
    earliest: Math.min(fastly!.earliest ?? horizon, slowly!.earliest ?? horizon),
    extent: Math.exp(Math.min(5, slow.level + Math.max(0, slow.slope) * horizon - Math.log(limit))),
    evidence: {
      usualP95Ms: rounded(usual, 0),
      p95NowMs: rounded(Math.exp(fast.level), 0),
      ...(p50.length === 0 ? {} : { p50NowMs: rounded(median(p50), 0) }),
      percentPerHour: rounded(100 * (Math.exp(Math.min(10, 60 * slow.slope)) - 1), 1),
      limitMs: rounded(limit, 0),
      limitIs: timeoutMs !== null && limit === timeoutMs ? 'timeout' : 'times the usual',
      expectedInMinutes: slowly!.expected ?? 'not within the window',
    },
  };
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
