// Whether traffic is about to meet what the processor bears (maxTps): the trend of the last minutes, and the forecast of the next hours with its doubt.
import { ago, FAST_HALF_LIFE, FAST_MINUTES, lately, rounded, SLOW_HALF_LIFE, SLOW_MINUTES } from './measure.ts';
import { bounded, crossing, SURENESS_MAX, trendMeasures, valueTrend } from './trend.ts';
import { HORIZON_MINUTES } from './prediction.ts';
import { HOUR_MS, type HourOutlook } from './volume-outlook.ts';
import { median, STRETCH_MINUTES } from './trouble.ts';
import { MINUTE_MS } from './processor-minute.ts';
import type { Look, Measure } from './measure.ts';

/** Of maxTps in the mean of a minute: seconds sway, and routing caps at the whole of it, so that more is never seen. */
const LIMIT_PART = 0.9;
/** A bound above this is none. */
const LIMIT_MOST = 1e12;
const SEEN_MIN = 10;
/** The 97.5% bound of a forecast, in standard deviations. */
const Z_HIGH = 1.959964;
const SPREAD_MIN = 0.05;
const SPREAD_MAX = 2;
/** A trend of volume bends: it is not drawn out further than this. */
const TREND_MINUTES = 60;

export function measureCapacity(look: Look, maxTps: number | null, outlook: readonly HourOutlook[]): Measure | null {
  const limit = capacityLimit(maxTps);
  const seen = lately(look, SLOW_MINUTES);
  // Without an attempt a minute there is nothing to be exhausted.
  if (!(limit >= 1 && limit < LIMIT_MOST) || seen.length < SEEN_MIN) return null;
  const usual = seen.reduce((sum, { attempts }) => sum + attempts, 0) / seen.length;
  if (usual < 1) return null;
  const trend = (length: number, halfLife: number, slopeSpread: number) =>
    valueTrend(
      lately(look, length).map((each) => ({
        ago: ago(look, each),
        value: Math.log(each.attempts + 0.5),
        weight: each.attempts + 0.5,
      })),
      { halfLife, usual: Math.log(usual), levelSpread: 1, slopeSpread },
    );
  const fast = trend(FAST_MINUTES, FAST_HALF_LIFE, 0.02);
  const slow = trend(SLOW_MINUTES, SLOW_HALF_LIFE, 0.01);
  const slowly = crossing(slow, Math.log(limit), TREND_MINUTES);
  const trendly = trendMeasures(fast, slow, Math.log(limit), TREND_MINUTES);
  const hours = foreseen(look, limit, outlook);
  const queueDepth = lately(look, STRETCH_MINUTES).reduce((most, each) => Math.max(most, each.queueDepth), 0);
  const peak = Math.max(Math.exp(slow.level + Math.max(0, slow.slope) * TREND_MINUTES), hours?.peak ?? 0);
  return {
    kind: 'capacity_exhausted',
    limit,
    measures: [...trendly, hours?.sureness ?? trendly[1]!],
    earliest: Math.min(
      slowly.earliest ?? HORIZON_MINUTES.capacity_exhausted,
      hours?.earliest ?? HORIZON_MINUTES.capacity_exhausted,
    ),
    extent: Math.min(100, peak / limit),
    evidence: {
      perMinuteNow: rounded(Math.exp(fast.level), 1),
      limitPerMinute: rounded(limit, 1),
      percentPerHour: rounded(100 * (Math.exp(bounded(60 * slow.slope, 10)) - 1), 1),
      ...(hours === null ? {} : { forecastPeakPerMinute: rounded(hours.peak, 1) }),
      queueDepth,
    },
  };
}

/** Attempts a minute; not a number where the processor has no bound. */
export function capacityLimit(maxTps: number | null): number {
  return maxTps === null ? NaN : LIMIT_PART * 60 * maxTps;
}

/** The busiest of the hours within the horizon: how far its busy minutes lie above the limit, in the forecast's own doubt. */
function foreseen(
  look: Look,
  limit: number,
  outlook: readonly HourOutlook[],
): { sureness: number; peak: number; earliest: number | null } | null {
  const end = look.nowMs + HORIZON_MINUTES.capacity_exhausted * MINUTE_MS;
  const within = outlook.filter(
    ({ hour, point }) => (hour + 1) * HOUR_MS > look.nowMs && hour * HOUR_MS < end && point > 0,
  );
  if (within.length === 0) return null;
  const times = busyOverMean(look);
  let [sureness, peak] = [-SURENESS_MAX, 0];
  let earliest: number | null = null;
  for (const { hour, point, high } of within) {
    const spread = bounded(Math.max(SPREAD_MIN, Math.log(Math.max(high, point) / point) / Z_HIGH), SPREAD_MAX);
    const busy = (times * point) / 60;
    sureness = Math.max(sureness, bounded(Math.log(busy / limit) / spread, SURENESS_MAX));
    peak = Math.max(peak, busy);
    if (earliest === null && (times * high) / 60 >= limit)
      earliest = Math.max(0, Math.round((hour * HOUR_MS - look.nowMs) / MINUTE_MS));
  }
  return { sureness, peak, earliest };
}

/** How far the third busiest minute of an hour lies above its mean, in the median of the day's hours; three minutes make the trouble. */
function busyOverMean({ minutes }: Look): number {
  const byHour = new Map<number, number[]>();
  for (const { minute, attempts } of minutes) {
    const hour = Math.floor(minute / 60);
    const held = byHour.get(hour);
    if (held === undefined) byHour.set(hour, [attempts]);
    else held.push(attempts);
  }
  const ratios = [...byHour.values()].flatMap((counts) => {
    const sum = counts.reduce((total, count) => total + count, 0);
    return counts.length < 30 || sum === 0 ? [] : [(counts.toSorted((a, b) => b - a)[2]! * counts.length) / sum];
  });
  return ratios.length === 0 ? 1 : Math.max(1, median(ratios));
}
