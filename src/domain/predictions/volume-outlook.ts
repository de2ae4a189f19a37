// The volumes of the hours to come, from those of the past: the forecast of forecasting/forecast-series.ts laid on the clock.
import { forecastSeries } from '../forecasting/forecast-series.ts';

export interface HourVolume {
  /** Whole hours since 1970. */
  readonly hour: number;
  readonly attempts: number;
}

export interface HourOutlook {
  readonly hour: number;
  readonly point: number;
  /** 97.5% of what comes lies below. */
  readonly high: number;
}

export const HOUR_MS = 3_600_000;
export const OUTLOOK_HOURS_MAX = 336;
const HISTORY_HOURS = 24 * 28;
const ATTEMPTS_MAX = 1e12;
/** After a longer gap nothing is said: the forecast would have to reach over it. */
const GAP_HOURS_MAX = 24;

/** From the hour that runs at `nowMs` on; empty where nothing is known of the last day. Hours that have not ended, or are missing, are gaps. */
export function volumeOutlook(past: readonly HourVolume[], nowMs: number, hours: number): readonly HourOutlook[] {
  const now = Math.floor(nowMs / HOUR_MS);
  if (!Number.isSafeInteger(now)) return [];
  const values = new Array<number | null>(HISTORY_HOURS).fill(null);
  for (const { hour, attempts } of past) {
    const place = hour - now + HISTORY_HOURS;
    if (Number.isInteger(place) && place >= 0 && place < HISTORY_HOURS && attempts >= 0)
      values[place] = Math.min(ATTEMPTS_MAX, attempts);
  }
  const last = values.findLastIndex((value) => value !== null);
  const gap = HISTORY_HOURS - 1 - last;
  if (last < 0 || gap > GAP_HOURS_MAX) return [];
  const wanted = Math.max(1, Math.min(OUTLOOK_HOURS_MAX, Math.floor(hours) || 1));
  const answer = forecastSeries(values, { horizon: wanted + gap, period: 24 });
  if (!answer.ok) return [];
  return answer.steps.slice(gap).map(({ point, high }, ahead) => ({ hour: now + ahead, point, high }));
}
