import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forecastMetric, type MetricForecast, METRICS } from '../../../src/domain/forecasting/forecast-metric.ts';
import { quietFilled } from '../../../src/domain/forecasting/quiet-hours.ts';
import type { HourPast } from '../../../src/domain/forecasting/hour-past.ts';

const HOUR_MS = 3_600_000;
const NOW = 490_000;
const NOW_MS = NOW * HOUR_MS + 1_234_567;

const hourOf = (hour: number, over: Partial<HourPast> = {}): HourPast => ({
  hour,
  attempts: 100,
  approved: 90,
  latencyP50Ms: 300,
  latencyP95Ms: 900,
  ...over,
});
/** `back`: hours before the running one, from 1. */
const pastOf = (length: number, shape: (back: number) => Partial<HourPast> | null = () => ({})): HourPast[] =>
  Array.from({ length }, (_, i) => length - i).flatMap((back) => {
    const over = shape(back);
    return over === null ? [] : [hourOf(NOW - back, over)];
  });
const steps = (forecast: MetricForecast) => {
  if (!forecast.ok) throw new Error(forecast.lack);
  return forecast.steps;
};
const season = (back: number) => Math.round(100 + 80 * Math.sin(((NOW - back) * 2 * Math.PI) / 24));

describe('[FCT-20] a metric', () => {
  test('is forecast hour by hour from the running one on, which teaches nothing', () => {
    const past = pastOf(10 * 24, (back) => ({ attempts: season(back), approved: Math.round(0.9 * season(back)) }));
    const forecast = forecastMetric(
      [...past, hourOf(NOW, { attempts: 1e9 })],
      { metric: 'payment_volume', horizon: 24 },
      NOW_MS,
    );
    expect(steps(forecast).map(({ hour }) => hour)).toEqual(Array.from({ length: 24 }, (_, i) => NOW + i));
    for (const { hour, point } of steps(forecast)) expect(Math.abs(point - season(NOW - hour))).toBeLessThan(12);
  });

  test('of volume does not take the hour in which its past begins for a quiet one', () => {
    const past = pastOf(72, (back) => (back === 72 ? { attempts: 1, approved: 1 } : {}));
    const forecast = forecastMetric(past, { metric: 'payment_volume', horizon: 24 }, NOW_MS);
    for (const { point } of steps(forecast)) expect(point).toBeCloseTo(100, 5);
  });

  test('of success lies within [0, 1], and of latency is that of the quantile asked for', () => {
    const rates = steps(forecastMetric(pastOf(72), { metric: 'success_rate', horizon: 5 }, NOW_MS));
    for (const { low, point, high } of rates) {
      expect(point).toBeCloseTo(0.9, 1);
      expect(low >= 0 && low <= point && point <= high && high <= 1).toBe(true);
    }
    const of = (metric: 'latency' | 'latency_p50') =>
      steps(forecastMetric(pastOf(72), { metric, horizon: 1 }, NOW_MS))[0]!.point;
    expect([of('latency'), of('latency_p50')]).toEqual([900, 300]);
  });

  test('that ended some hours ago is forecast from now all the same', () => {
    const past = pastOf(96, (back) => (back <= 5 ? null : {}));
    for (const metric of METRICS)
      expect(steps(forecastMetric(past, { metric, horizon: 3 }, NOW_MS)).map(({ hour }) => hour)).toEqual([
        NOW,
        NOW + 1,
        NOW + 2,
      ]);
  });
});

describe('[FCT-21] too little', () => {
  test.each([
    ['nothing', [], 0, 0],
    ['three attempts in an hour', [hourOf(NOW - 2, { attempts: 3, approved: 3 })], 0, 3],
    ['an hour less than two days', pastOf(48), 47, 4_800],
    ['few attempts in many hours', pastOf(90, () => ({ attempts: 1, approved: 1 })), 89, 90],
  ] as const)('is %s', (_, past, hours, attempts) => {
    expect(forecastMetric(past, { metric: 'payment_volume', horizon: 1 }, NOW_MS)).toEqual({
      ok: false,
      lack: 'too_little',
      hours,
      hoursNeeded: 48,
      attempts,
      attemptsNeeded: 100,
    });
  });

  test('is what was never timed, for a latency alone', () => {
    const past = pastOf(100, () => ({ latencyP95Ms: null }));
    expect(forecastMetric(past, { metric: 'latency', horizon: 1 }, NOW_MS)).toMatchObject({
      lack: 'too_little',
      hours: 0,
    });
    expect(forecastMetric(past, { metric: 'latency_p50', horizon: 1 }, NOW_MS).ok).toBe(true);
  });

  test('is a past that ended a day ago', () => {
    const past = (quiet: number) => pastOf(200, (back) => (back <= quiet ? null : {}));
    for (const metric of METRICS) {
      expect(forecastMetric(past(24), { metric, horizon: 1 }, NOW_MS)).toMatchObject({ lack: 'not_recent' });
      expect(forecastMetric(past(23), { metric, horizon: 1 }, NOW_MS).ok).toBe(true);
    }
    const untimed = pastOf(200, (back) => (back <= 40 ? { latencyP95Ms: null } : {}));
    expect(forecastMetric(untimed, { metric: 'latency', horizon: 1 }, NOW_MS)).toMatchObject({ lack: 'not_recent' });
  });
});

test('[FCT-22] a quiet night is filled, and a day without a word is a gap', () => {
  expect(quietFilled([hourOf(10), hourOf(13)]).map(({ hour, attempts }) => [hour, attempts])).toEqual([
    [10, 100],
    [11, 0],
    [12, 0],
    [13, 100],
  ]);
  expect(quietFilled([hourOf(10), hourOf(34)])).toHaveLength(25);
  expect(quietFilled([hourOf(10), hourOf(35)])).toHaveLength(2);
  expect(quietFilled([])).toEqual([]);
});

test('[FCT-22] hours of a quiet night are forecast as empty, and a day without a word is not', () => {
  const isNight = (back: number) => (NOW - back) % 24 < 6;
  const nights = pastOf(240, (back) => (isNight(back) ? null : {}));
  for (const { hour, point } of steps(forecastMetric(nights, { metric: 'payment_volume', horizon: 24 }, NOW_MS)))
    expect(Math.abs(point - (hour % 24 < 6 ? 0 : 100))).toBeLessThan(15);
  const gap = pastOf(240, (back) => (back > 60 && back <= 100 ? null : {}));
  for (const { point } of steps(forecastMetric(gap, { metric: 'payment_volume', horizon: 24 }, NOW_MS)))
    expect(point).toBeCloseTo(100, 5);
});

test('[FCT-23] whatever the hours hold, every number of a forecast is finite and in order', () => {
  const number = fc.oneof(
    fc.constantFrom(NaN, Infinity, -Infinity, -1, 0, 1e300, Number.MAX_SAFE_INTEGER),
    fc.integer({ min: 0, max: 500 }),
  );
  const hour = fc.record({
    hour: fc.oneof(fc.integer({ min: NOW - 80, max: NOW + 2 }), fc.constantFrom(NaN, 1.5, -1)),
    attempts: number,
    approved: number,
    latencyP50Ms: fc.option(number),
    latencyP95Ms: fc.option(number),
  });
  fc.assert(
    fc.property(fc.array(hour, { maxLength: 40 }), fc.constantFrom(...METRICS), (strange, metric) => {
      const past = [...pastOf(60), ...strange];
      const forecast = forecastMetric(past, { metric, horizon: 4 }, NOW_MS);
      if (!forecast.ok) return true;
      return forecast.steps.every(
        ({ low, point, high }) => Number.isFinite(low + point + high) && low <= point && point <= high,
      );
    }),
    { numRuns: 60, seed: 5 },
  );
});
