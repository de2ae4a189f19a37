import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY, hourlyVolumes, gaussians, times } from './made-series.ts';
import { forecastSeries, historyMax, type ForecastStep } from '../../../src/domain/forecasting/forecast-series.ts';
import { prepareSeries, type Prepared } from '../../../src/domain/forecasting/prepared-series.ts';
import { scoreOf, seasonalNaive, type Scored } from '../../../lab/forecast/score.ts';

type Values = readonly (number | null)[];

function stepsOf(values: Values, horizon: number, period: number): readonly ForecastStep[] {
  const answer = forecastSeries(values, { horizon, period });
  if (!answer.ok) throw new Error(answer.reason);
  return answer.steps;
}
const pointsOf = (...given: [Values, number, number]): number[] => stepsOf(...given).map(({ point }) => point);

function isSound({ point, low, high }: ForecastStep): boolean {
  return [point, low, high].every((each) => Number.isFinite(each)) && low <= point && point <= high;
}

describe('any series', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  const values = fc.oneof(
    fc.array(fc.option(number, { freq: 8 }), { minLength: 1, maxLength: 120 }),
    fc.array(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 }),
  );

  test('[FCT-1] [FCT-4] any numbers give finite steps that do not turn around, none below zero where no value is', () => {
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 30 }),
        (given, horizon, period) => {
          const known = (given as Values).filter((value) => value !== null);
          if (known.length === 0) return;
          const steps = stepsOf(given, horizon, period);
          expect(steps).toHaveLength(horizon);
          for (const step of steps) {
            expect(step).toSatisfy(isSound);
            if (known.every((value) => value >= 0)) expect(step.low).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 150, seed: 5 },
    );
  });

  test.each([
    ['one value', [5]],
    ['one zero', [0]],
    ['largest numbers of both signs', times(200, (t) => (t % 3 === 0 ? -1 : 1) * Number.MAX_VALUE)],
    ['least numbers', times(200, (t) => Number.MIN_VALUE * (1 + (t % 5)))],
    ['all sizes at once', times(200, (t) => 10 ** (((t * 97) % 600) - 300))],
    ['a count in twenty', times(200, (t) => Number(t % 20 === 0))],
    ['a spike', times(200, (t) => (t === 100 ? 1e12 : 5))],
    ['nearly all gaps', times(500, (t) => (t % 100 === 3 ? t : null))],
    ['a wide gap', times(500, (t) => (t > 3 && t < 480 ? null : Math.sin(t)))],
  ] as [string, Values][])('[FCT-1] %s: every horizon and period', (_, given) => {
    for (const [horizon, period] of [
      [1, 1],
      [48, 24],
      [300, 24],
      [10, 168],
      [10, 10_000],
    ] as const)
      for (const step of stepsOf(given, horizon, period)) expect(step).toSatisfy(isSound);
  });

  test.each([
    [[], 1, 1, 'no_values'],
    [[null, null], 1, 1, 'no_values'],
    [[1], 0, 1, 'wrong_horizon'],
    [[1], 1.5, 1, 'wrong_horizon'],
    [[1], 10_001, 1, 'wrong_horizon'],
    [[1], Number.NaN, 1, 'wrong_horizon'],
    [[1], 1, 0, 'wrong_period'],
    [[1], 1, 10_001, 'wrong_period'],
  ] as const)('[FCT-2] %j, horizon %d, period %d: %s', (given, horizon, period, reason) => {
    expect(forecastSeries(given, { horizon, period })).toEqual({ ok: false, reason });
  });

  test('[FCT-5] what never changed stays, and may be off by its n-th part', () => {
    expect(
      stepsOf(
        times(10, () => 7),
        2,
        24,
      ),
    ).toEqual(times(2, () => ({ point: 7, low: 6.3, high: 7.7 })));
    expect(
      stepsOf(
        times(10, () => 0),
        1,
        24,
      ),
    ).toEqual([{ point: 0, low: 0, high: 0 }]);
    expect(stepsOf([-4], 1, 1)).toEqual([{ point: -4, low: -8, high: 0 }]);
  });

  test('[FCT-6] a million times the values give a million times the forecasts', () => {
    for (const shift of [0, -60]) {
      const given = hourlyVolumes(3, 400).map((value) => value + shift);
      const large = stepsOf(
        given.map((value) => value! * 2 ** 20),
        30,
        DAY,
      );
      for (const [i, { point, low, high }] of stepsOf(given, 30, DAY).entries()) {
        expect(large[i]!.point / 2 ** 20).toBeCloseTo(point, 6);
        expect(large[i]!.low / 2 ** 20).toBeCloseTo(low, 6);
        expect(large[i]!.high / 2 ** 20).toBeCloseTo(high, 6);
      }
    }
  });
});

describe('gaps', () => {
  const whole = hourlyVolumes(11, 700);

  test('[FCT-3] a fifth of the values missing changes a forecast by less than its interval', () => {
    const gappy = whole.map((value, t) => (t > 0 && t < 699 && (t * 7919) % 5 === 0 ? null : value));
    const points = pointsOf(gappy, 24, DAY);
    for (const [i, { point, low, high }] of stepsOf(whole, 24, DAY).entries())
      expect(Math.abs(points[i]! - point)).toBeLessThan((high - low) / 2);
  });

  test('[FCT-3] gaps before the first and after the last value are as if not there', () => {
    const padded = [null, null, ...whole, null, null, null];
    expect(stepsOf(padded, 24, DAY)).toEqual(stepsOf(whole, 24, DAY));
  });

  test('[FCT-3] a day without values leaves the shape of the day', () => {
    const gappy = whole.map((value, t) => (t >= 600 && t < 640 ? null : value));
    const points = pointsOf(gappy, 24, DAY);
    for (const [i, point] of pointsOf(whole, 24, DAY).entries()) expect(points[i]! / point).toBeCloseTo(1, 0);
  });
});

describe('the scale', () => {
  const series = (of: (t: number) => number): Prepared => prepareSeries(times(240, of), DAY);
  const day = (t: number): number => Math.sin((2 * Math.PI * t) / DAY);
  const isLogged = ({ back }: Prepared): boolean => Math.abs(back(1) - 2 * back(0) + back(-1)) > 0.01 * back(0);

  test('[FCT-6] logarithms where swings grow with the level, or nothing is known of that', () => {
    expect(isLogged(series((t) => 1.01 ** t * (2 + day(t))))).toBe(true);
    expect(isLogged(series((t) => 20 + 5 * day(t)))).toBe(true);
    expect(isLogged(series((t) => 20 + t + 5 * day(t)))).toBe(false);
    expect(isLogged(series((t) => t - 5))).toBe(false);
  });

  test('[FCT-12] wild values are gaps, unless they are many, last, or begin a shift', () => {
    const wildAt = (...places: number[]): number[] => {
      const values = times(240, (t) => 20 + 5 * day(t) + 0.1 * Math.cos(t * t) + (places.includes(t) ? 900 : 0));
      const { known } = prepareSeries(values, DAY).series;
      return times(240, (t) => t).filter((t) => known[t] === 0);
    };
    expect(wildAt(100)).toEqual([100]);
    expect(wildAt(60, 238)).toEqual([60, 238]);
    expect(wildAt(239)).toEqual([]);
    expect(wildAt(236, 237, 238, 239)).toEqual([]);
    expect(wildAt(30, 70, 110)).toEqual([]);
  });
});

describe('what is learned', () => {
  const scored = times(40, (i): Scored => {
    const all = hourlyVolumes(100 + i, 648);
    const past = all.slice(0, 600);
    return { past, actual: all.slice(600), steps: stepsOf(past, 48, DAY) };
  });
  const ours = scoreOf(scored, DAY);
  const naive = scoreOf(
    scored.map((each) => ({ ...each, steps: seasonalNaive(each.past, 48, DAY) })),
    DAY,
  );

  test('[FCT-7] days and weeks together: errors at most 0.85 of repeating the last season', () => {
    expect(ours.mase / naive.mase).toBeLessThan(0.85);
    expect(ours.smape / naive.smape).toBeLessThan(0.85);
  });

  test('[FCT-8] intervals hold 93% to 99% of what comes, and are sharp', () => {
    expect(ours.coverage).toBeGreaterThan(0.93);
    expect(ours.coverage).toBeLessThan(0.99);
    expect(ours.msis / naive.msis).toBeLessThan(0.6);
  });

  test.each([
    [30, 1],
    [200, 1],
    [300, 24],
  ])('[FCT-9] a line of %d values goes on (period %d)', (length, period) => {
    for (const [given, slope] of [
      [times(length, (t) => 1 + t), 1],
      [times(length, (t) => 50 - t), -1],
    ] as const)
      expect((pointsOf(given, 5, period).at(-1)! - given.at(-1)!) / (5 * slope)).toBeGreaterThan(0.9);
  });

  test('[FCT-11] a lasting shift is followed', () => {
    const gauss = gaussians(4);
    for (const [period, newest] of [
      [1, 20],
      [DAY, 3 * DAY],
    ] as const) {
      const points = pointsOf(
        times(300, (t) => (t >= 300 - newest ? 50 : 10) + 0.2 * gauss()),
        10,
        period,
      );
      for (const point of points) expect(Math.abs(point - 50)).toBeLessThan(4);
    }
  });

  test.each([50, 450, 580, 598])('[FCT-12] a wild value at %d of 600 moves no forecast by more than a tenth', (at) => {
    const plain = hourlyVolumes(8, 600);
    const wild = plain.map((value, t) => (t === at ? 1_000 * value : value));
    const points = pointsOf(wild, 24, DAY);
    for (const [i, point] of pointsOf(plain, 24, DAY).entries())
      expect(Math.abs(points[i]! / point - 1)).toBeLessThan(0.1);
  });

  test('[FCT-13] what is older than 1,500 moments or 15 seasons does not count', () => {
    expect(historyMax(DAY)).toBe(1_500);
    expect(historyMax(168)).toBe(2_520);
    const recent = hourlyVolumes(9, 1_500);
    expect(stepsOf([...times(500, (t) => t), ...recent], 12, DAY)).toEqual(stepsOf(recent, 12, DAY));
  });
});
