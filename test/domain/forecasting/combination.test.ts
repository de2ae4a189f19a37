import { describe, expect, test } from 'vitest';
import { combine } from '../../../src/domain/forecasting/combination.ts';
import { huberWeights } from '../../../src/domain/forecasting/robust.ts';
import { missWidths } from '../../../src/domain/forecasting/miss-width.ts';
import { RidgeSums } from '../../../src/domain/forecasting/ridge.ts';
import { gaussians, times } from './made-series.ts';
import type { Member } from '../../../src/domain/forecasting/member.ts';

const always =
  (value: number): Member =>
  ({ origins, horizon }) =>
    origins.map(() => new Float64Array(horizon).fill(value));
const silent: Member = ({ origins }) => origins.map(() => null);

describe('members are weighed', () => {
  const series = { values: new Float64Array(20), known: new Uint8Array(20).fill(1), period: 1, week: 0 };

  test('[FCT-10] twice the miss weighs a sixteenth', () => {
    const { path } = combine([always(2), always(-1)], { series, horizon: 3 }, [10, 15]);
    for (const point of path) expect(point).toBeCloseTo((2 - 16) / 17, 12);
  });

  test('[FCT-10] a silent member weighs nothing, and one that never spoke in the past neither', () => {
    const late: Member = ({ origins, horizon }) =>
      origins.map((origin) => (origin < 20 ? null : new Float64Array(horizon).fill(9)));
    expect([...combine([silent, late, always(-1)], { series, horizon: 2 }, [10]).path]).toEqual([-1, -1]);
    expect([...combine([always(5), always(-1)], { series, horizon: 2 }, []).path]).toEqual([-1, -1]);
  });

  test('[FCT-10] misses are told for as long as the series went on, a gap is none', () => {
    const gappy = { ...series, known: series.known.map((_, t) => Number(t !== 18)) };
    const { misses } = combine([always(-1)], { series: gappy, horizon: 3 }, [10, 17, 19]);
    expect(misses.map((row) => [...row])).toEqual([[1, 1, 1], [1, Number.NaN, 1], [1]]);
  });
});

describe('intervals from misses', () => {
  test('[FCT-14] no misses, no widths; few origins, wider ones', () => {
    expect(missWidths([], 3)).toBeNull();
    const row = Float64Array.of(1, -1, 1, -1);
    const [few, many] = [2, 14].map(
      (count) =>
        missWidths(
          times(count, () => row),
          4,
        )!.high[0]!,
    );
    expect(few! / many!).toBeGreaterThan(3);
  });

  test('[FCT-14] a side on which nothing was missed still has some width, the other more', () => {
    const widths = missWidths(
      times(14, (i) => Float64Array.of(1 + (i % 3), 2 + (i % 3))),
      4,
    )!;
    for (const step of [0, 1, 2, 3]) {
      expect(widths.low[step]).toBeLessThanOrEqual(0);
      expect(widths.high[step]!).toBeGreaterThan(-widths.low[step]!);
    }
    expect(widths.high[3]!).toBeGreaterThan(widths.high[0]!);
  });

  test('[FCT-14] of normal misses 95% and a little more lie inside', () => {
    const gauss = gaussians(2);
    const { low, high } = missWidths(
      times(14, () => Float64Array.from({ length: 48 }, gauss)),
      48,
    )!;
    for (const width of [...high, ...low.map(Math.abs)]) {
      expect(width).toBeGreaterThan(1.7);
      expect(width).toBeLessThan(2.8);
    }
  });
});

describe('regression', () => {
  test('[FCT-7] sums give the coefficients of least squares, also where two columns are one', () => {
    const gauss = gaussians(7);
    const sums = new RidgeSums(3);
    for (let i = 0; i < 200; i++) {
      const x = gauss();
      sums.add(Float64Array.of(x, 1, x), 3 * x - 2, 1);
    }
    const [one, constant, other] = sums.solve(1e-6);
    expect(one! + other!).toBeCloseTo(3, 5);
    expect(constant).toBeCloseTo(-2, 5);
  });

  test('[FCT-12] what lies far off weighs less, what is not known nothing', () => {
    const weights = huberWeights(Float64Array.of(9, 1, -1, 1, 20, 5), Uint8Array.of(1, 1, 1, 1, 1, 0), 1);
    expect([...weights.slice(0, 4)]).toEqual([0, 1, 1, 1]);
    expect(weights[4]).toBeCloseTo(1.345 / 0.6745 / 20, 12);
    expect(weights[5]).toBe(0);
  });
});
