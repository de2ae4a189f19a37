// Forecasts a metric from history: of all processors together and of each, or of one that is named.
import {
  forecastMetric,
  HISTORY_HOURS,
  type HistoryLack,
  type Metric,
  type MetricForecast,
} from '../domain/forecasting/forecast-metric.ts';
import { OVERALL, type PastPort } from '../ports/past-port.ts';
import type { HourPast } from '../domain/forecasting/hour-past.ts';

export interface ForecastAsk {
  readonly metric: Metric;
  /** Hours, from the running one on. */
  readonly horizon: number;
  /** Whose; the busiest are forecast, up to PROCESSORS_MAX. */
  readonly processorIds: readonly string[];
  /** False: of them alone. */
  readonly withOverall: boolean;
}

export interface ProcessorForecast {
  readonly processorId: string;
  readonly forecast: MetricForecast;
}

export type Forecasts =
  | {
      readonly ok: true;
      readonly overall: MetricForecast | null;
      readonly processors: readonly ProcessorForecast[];
      /** Left out: forecasts of so many would not be made in time. */
      readonly more: number;
    }
  | { readonly ok: false; readonly reason: 'history_away' }
  | { readonly ok: false; readonly reason: 'lack'; readonly lack: HistoryLack };

/** A forecast costs up to 28 ms of a core. */
export const PROCESSORS_MAX = 20;

/** Refused is what was asked for first: all of them together, or the one that was named. */
export async function forecastFromPast(past: PastPort | null, ask: ForecastAsk, now: number): Promise<Forecasts> {
  if (past === null) return { ok: false, reason: 'history_away' };
  const hour = Math.floor(now / 3_600_000);
  const ids = [...(ask.withOverall ? [OVERALL] : []), ...ask.processorIds];
  const reply = await past.hours(ids, hour - HISTORY_HOURS, hour);
  if (!reply.ok) return { ok: false, reason: 'history_away' };
  const hoursOf = (id: string): readonly HourPast[] => reply.value.get(id) ?? [];
  const forecastOf = (id: string): MetricForecast => forecastMetric(hoursOf(id), ask, now);
  const overall = ask.withOverall ? forecastOf(OVERALL) : null;
  if (overall?.ok === false) return { ok: false, reason: 'lack', lack: overall };
  const byVolume = [...ask.processorIds].sort((left, right) => volumeOf(hoursOf(right)) - volumeOf(hoursOf(left)));
  const processors = byVolume
    .slice(0, PROCESSORS_MAX)
    .map((processorId): ProcessorForecast => ({ processorId, forecast: forecastOf(processorId) }));
  const [only] = processors;
  if (!ask.withOverall && only?.forecast.ok === false) return { ok: false, reason: 'lack', lack: only.forecast };
  return { ok: true, overall, processors, more: byVolume.length - processors.length };
}

const volumeOf = (hours: readonly HourPast[]): number => hours.reduce((sum, { attempts }) => sum + attempts, 0);
