// Series with a daily pattern and seeded noise, as the scorer meets them.
import { createAnomalyScorer, scoreNext } from '../../../src/domain/anomalies/anomaly-scorer.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** 2026-01-05, a Monday. */
export const START_MS = Date.UTC(2026, 0, 5);

export interface Row {
  readonly atMs: number;
  readonly value: number | null;
}

/** Uniform in [-1, 1), the same for each seed. */
export function noiseOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

interface Daily {
  readonly days: number;
  readonly stepMs: number;
  readonly noise: number;
}

/** Between 100 at midnight and 300 at noon. */
export function dailySeries({ days, stepMs, noise }: Daily): Row[] {
  const draw = noiseOf(7);
  return Array.from({ length: Math.floor((days * DAY_MS) / stepMs) }, (_, row) => {
    const atMs = START_MS + row * stepMs;
    return { atMs, value: 200 - 100 * Math.cos((2 * Math.PI * (atMs - START_MS)) / DAY_MS) + noise * draw() };
  });
}

export function scoresOf(rows: readonly Row[]): number[] {
  const scorer = createAnomalyScorer();
  return rows.map(({ atMs, value }) => scoreNext(scorer, atMs, value));
}

/** The same rows with other values from one on. */
export function changed(rows: readonly Row[], from: number, values: (value: number, row: number) => number): Row[] {
  return rows.map((row, place) => (place < from ? row : { ...row, value: values(row.value!, place - from) }));
}
