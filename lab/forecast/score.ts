// How good forecasts were, in the measures of the M4 competition (Makridakis, Spiliotis and Assimakopoulos 2020), beside the seasonal naive forecast.
import type { ForecastStep } from '../../src/domain/forecasting/forecast-series.ts';

export interface Scored {
  /** What the forecast rested on; gaps left out. */
  readonly past: readonly number[];
  readonly actual: readonly number[];
  readonly steps: readonly ForecastStep[];
}

/** Means over series. */
export interface Score {
  readonly smape: number;
  readonly mase: number;
  /** Part of the actual values inside the intervals. */
  readonly coverage: number;
  readonly msis: number;
}

/** sMAPE and MASE of Naive2 on M4's hourly series, to which its OWA relates. */
const NAIVE2_HOURLY = { smape: 18.383, mase: 2.395 };
const LEVEL = 0.95;
const Z_95 = 1.959964;

export function owaHourly({ smape, mase }: Pick<Score, 'smape' | 'mase'>): number {
  return (smape / NAIVE2_HOURLY.smape + mase / NAIVE2_HOURLY.mase) / 2;
}

/** A series whose scale is zero (shorter than a season, or a season like the other) is left out. */
export function scoreOf(all: readonly Scored[], period: number): Score {
  const scores = all.map((each) => scoreOne(each, period)).filter((score) => score !== null);
  const mean = (of: (score: Score) => number): number =>
    scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  return {
    smape: mean(({ smape }) => smape),
    mase: mean(({ mase }) => mase),
    coverage: mean(({ coverage }) => coverage),
    msis: mean(({ msis }) => msis),
  };
}

function scoreOne({ past, actual, steps }: Scored, period: number): Score | null {
  const changes = past.slice(period).map((value, i) => Math.abs(value - past[i]!));
  const scale = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  if (!(scale > 0) || actual.length === 0) return null;
  let [smape, mase, inside, width] = [0, 0, 0, 0];
  for (const [i, value] of actual.entries()) {
    const { point, low, high } = steps[i]!;
    const size = Math.abs(point) + Math.abs(value);
    smape += size === 0 ? 0 : (200 * Math.abs(point - value)) / size / actual.length;
    mase += Math.abs(point - value) / scale / actual.length;
    inside += Number(value >= low && value <= high) / actual.length;
    const outside = Math.max(0, low - value) + Math.max(0, value - high);
    width += (high - low + (2 / (1 - LEVEL)) * outside) / scale / actual.length;
  }
  return { smape, mase, coverage: inside, msis: width };
}

/** The last season again, with normal intervals that grow by its in-sample error (Hyndman and Athanasopoulos 2021, 5.5). */
export function seasonalNaive(past: readonly number[], horizon: number, period: number): ForecastStep[] {
  const changes = past.slice(period).map((value, i) => value - past[i]!);
  const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  const deviation = Math.sqrt(changes.reduce((sum, change) => sum + (change - mean) ** 2, 0) / changes.length);
  return Array.from({ length: horizon }, (_, step) => {
    const point = past[past.length - period + (step % period)]!;
    const off = Z_95 * deviation * Math.sqrt(1 + Math.floor(step / period));
    return { point, low: point - off, high: point + off };
  });
}
