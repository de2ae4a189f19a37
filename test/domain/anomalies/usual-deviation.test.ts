import { describe, expect, test } from 'vitest';
import {
  createUsualDeviation,
  learnDeviation,
  ratioTo,
  usualOf,
  type UsualDeviation,
} from '../../../src/domain/anomalies/usual-deviation.ts';
import { DAY_MS, HOUR_MS } from './sample-series.ts';

function learned(deviations: readonly number[], elapsedMs = HOUR_MS): UsualDeviation {
  const usual = createUsualDeviation();
  for (const deviation of deviations) learnDeviation(usual, deviation, elapsedMs);
  return usual;
}
const repeat = (value: number, count: number): number[] => new Array<number>(count).fill(value);

describe('the usual deviation', () => {
  test('[ANO-12] is the mean size of the deviations, whatever their sign', () => {
    expect(usualOf(learned([1, -3, 2]))).toBeCloseTo(2, 12);
  });

  test('[ANO-12] is hardly moved by one that is a million times as large', () => {
    const calm = learned(repeat(1, 100));
    const hit = learned([...repeat(1, 100), 1e6]);
    expect(usualOf(calm)).toBeCloseTo(1, 12);
    expect(usualOf(hit)).toBeLessThan(1.03);
  });

  test('[ANO-12] follows a series that has become calm within days, one that has become wild within two weeks', () => {
    const calmed = learned([...repeat(100, 240), ...repeat(1, 10 * 24)]);
    expect(usualOf(calmed)).toBeLessThan(25);
    const wild = learned([...repeat(1, 240), ...repeat(100, 14 * 24)]);
    expect(usualOf(wild)).toBeGreaterThan(4);
  });

  test('[ANO-12] forgets no faster than by half in 50 rows, however rare they are', () => {
    const rare = learned([...repeat(2, 200), ...repeat(0, 50)], 30 * DAY_MS);
    expect(usualOf(rare)).toBeCloseTo(1, 6);
  });

  test('[ANO-9] is unknown as long as there was none: the first counts for a thousand, and is then the usual one', () => {
    const usual = learned(repeat(0, 500));
    expect(ratioTo(usual, 0)).toBe(0);
    expect(ratioTo(usual, -0.001)).toBe(-1_000);
    learnDeviation(usual, -0.001, HOUR_MS);
    expect(ratioTo(usual, 0.002)).toBeCloseTo(2, 12);
  });

  test('the first row of all is no deviation', () => {
    expect(ratioTo(createUsualDeviation(), 5)).toBe(0);
  });
});
