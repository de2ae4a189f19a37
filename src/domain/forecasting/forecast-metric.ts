// What is to be expected of a metric, hour by hour from the running one on, of a processor or of all of them; or what is missing to say so. Rules: SPEC.md [FCT].
import { forecastRate } from './forecast-rate.ts';
import { forecastSeries } from './forecast-series.ts';
import type { HourPast } from './hour-past.ts';
import { quietFilled } from './quiet-hours.ts';

export const METRICS = ['payment_volume', 'success_rate', 'latency', 'latency_p50'] as const;
export type Metric = (typeof METRICS)[number];

export interface MetricStep {
  /** Whole hours since 1970. */
  readonly hour: number;
  readonly point: number;
  /** 95% of what comes is expected from here to `high`. */
  readonly low: number;
  readonly high: number;
}

export type MetricForecast =
  | { readonly ok: true; readonly hoursKnown: number; readonly steps: readonly MetricStep[] }
  | ({ readonly ok: false } & HistoryLack);

/** What there is and what is asked for. */
export interface HistoryLack {
  /** `not_recent`: nothing was recorded in the last 24 hours. */
  readonly lack: 'too_little' | 'not_recent';
  readonly hours: number;
  readonly hoursNeeded: number;
  readonly attempts: number;
  readonly attemptsNeeded: number;
}

export const HORIZON_HOURS_MAX = 336;
/** Two days, so that one can be told from the other. */
const HOURS_NEEDED = 48;
const ATTEMPTS_NEEDED = 100;
/** As far as forecastSeries looks back. */
export const HISTORY_HOURS = 1_500;
const GAP_HOURS_MAX = 24;
const PERIOD = 24;
const COUNT_MAX = 1e12;
const LATENCY_MAX_MS = 600_000;

/** `past` in any order; hours that have not ended by `nowMs` are left out. */
export function forecastMetric(
  past: readonly HourPast[],
  { metric, horizon }: { readonly metric: Metric; readonly horizon: number },
  nowMs: number,
): MetricForecast {
  const now = Math.floor(nowMs / 3_600_000);
  const hours = lined(past, now);
  const known = knownOf(hours, metric);
  const attempts = hours.reduce((sum, hour) => sum + (hour?.attempts ?? 0), 0);
  const last = hours.findLastIndex((hour) => hour !== null && hour.attempts > 0);
  const hoursKnown = known.filter((value) => value !== null).length;
  const lackOf = (lack: HistoryLack['lack']): MetricForecast => ({
    ok: false,
    lack,
    hours: hoursKnown,
    hoursNeeded: HOURS_NEEDED,
    attempts,
    attemptsNeeded: ATTEMPTS_NEEDED,
  });
  if (hoursKnown < HOURS_NEEDED || attempts < ATTEMPTS_NEEDED) return lackOf('too_little');
  if (hours.length - 1 - last >= GAP_HOURS_MAX) return lackOf('not_recent');
  const steps = metric === 'success_rate' ? rateSteps(hours, horizon) : seriesSteps(known, horizon);
  // Latencies that stopped being told days ago.
  if (steps === null) return lackOf('not_recent');
  return { ok: true, hoursKnown, steps: steps.map((step, ahead) => ({ hour: now + ahead, ...step })) };
}

/** Hour after hour up to the one before `now`; `null`: nothing was recorded in it. */
function lined(past: readonly HourPast[], now: number): readonly (HourPast | null)[] {
  const within = past
    .filter(({ hour }) => Number.isSafeInteger(hour) && hour < now && hour >= now - HISTORY_HOURS)
    .map(sound);
  if (within.length === 0) return [];
  const first = within.reduce((least, { hour }) => Math.min(least, hour), now);
  const hours = new Array<HourPast | null>(now - first).fill(null);
  for (const each of within) hours[each.hour - first] = each;
  return hours;
}

function sound(hour: HourPast): HourPast {
  const attempts = soundCount(hour.attempts);
  return { ...hour, attempts, approved: Math.min(attempts, soundCount(hour.approved)) };
}

const soundCount = (count: number): number => (count > 0 ? Math.min(COUNT_MAX, Math.round(count)) : 0);

function knownOf(hours: readonly (HourPast | null)[], metric: Metric): readonly (number | null)[] {
  switch (metric) {
    case 'payment_volume':
      return volumesOf(hours);
    case 'success_rate':
      return hours.map((hour) => (hour === null || hour.attempts === 0 ? null : hour.approved / hour.attempts));
    case 'latency':
      return hours.map((hour) => soundLatency(hour?.latencyP95Ms ?? null));
    case 'latency_p50':
      return hours.map((hour) => soundLatency(hour?.latencyP50Ms ?? null));
  }
}

const soundLatency = (latencyMs: number | null): number | null =>
  latencyMs !== null && latencyMs >= 0 ? Math.min(LATENCY_MAX_MS, latencyMs) : null;

function volumesOf(hours: readonly (HourPast | null)[]): readonly (number | null)[] {
  const past = hours.filter((hour) => hour !== null);
  const volumes = new Map(quietFilled(past).map(({ hour, attempts }) => [hour, attempts]));
  const first = past[0]?.hour ?? 0;
  // Nobody knows when in its first hour a past began.
  return hours.map((_, at) => (at === 0 ? null : (volumes.get(first + at) ?? null)));
}

type Step = Omit<MetricStep, 'hour'>;

/** A series ends with its last value, and is forecast from there on; `null`: it would have to reach over too long a gap. */
function seriesSteps(known: readonly (number | null)[], horizon: number): readonly Step[] | null {
  const gap = known.length - 1 - known.findLastIndex((value) => value !== null);
  if (gap > GAP_HOURS_MAX) return null;
  const forecast = forecastSeries(known, { horizon: horizon + gap, period: PERIOD });
  return forecast.ok ? forecast.steps.slice(gap) : null;
}

/** Hours without an attempt are steps like others. */
function rateSteps(hours: readonly (HourPast | null)[], horizon: number): readonly Step[] | null {
  const counts = hours.map((hour) => (hour === null ? null : { successes: hour.approved, attempts: hour.attempts }));
  const forecast = forecastRate(counts, { horizon, period: PERIOD });
  return forecast.ok ? forecast.steps.map(({ point, low, high }) => ({ point, low, high })) : null;
}
