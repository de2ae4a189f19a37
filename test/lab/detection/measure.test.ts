import { describe, expect, test } from 'vitest';
import { fiveInARow } from '../../../lab/detection/five-in-a-row.ts';
import { lowestNineTenths, meanTimeToAlarm, tune } from '../../../lab/detection/measure.ts';
import { readFloor } from '../../../lab/detection/floor.ts';
import { seededDraws } from '../../../lab/detection/seeded-draws.ts';

describe('mean time to alarm', () => {
  test('a run of three at a half takes 14 attempts on average, as exact', () => {
    const draw = seededDraws('runs of three');
    const create = () => fiveInARow.create(0.5, 3, draw);
    const { mean, standardError, isCut } = meanTimeToAlarm(create, {
      rate: 0.5,
      alarms: 20_000,
      attemptsMax: Infinity,
      draw,
    });
    expect(isCut).toBe(false);
    expect(Math.abs(mean - 14)).toBeLessThan(4 * standardError);
    expect(standardError).toBeLessThan(0.1);
  });

  test('attempts that run out give a lower bound and say so', () => {
    const draw = seededDraws('cut');
    const create = () => fiveInARow.create(0.01, 5, draw);
    expect(meanTimeToAlarm(create, { rate: 0.01, alarms: 10, attemptsMax: 10_000, draw })).toMatchObject({
      isCut: true,
      alarms: 0,
      mean: 10_000,
    });
  });
});

test('one name gives one stream of draws, another name another', () => {
  const take = (name: string): number[] => {
    const draw = seededDraws(name);
    return Array.from({ length: 5 }, draw);
  };
  expect(take('a')).toEqual(take('a'));
  expect(take('a')).not.toEqual(take('b'));
  const draw = seededDraws('mean');
  let sum = 0;
  for (let i = 0; i < 100_000; i++) sum += draw();
  expect(sum / 100_000).toBeCloseTo(0.5, 2);
});

test('less than a tenth of all baselines have fewer hits than the one the ARL is measured at', () => {
  // P(Bin(200, .05) <= 5) = .062, <= 6: .124. P(Bin(200, .01) = 0) = .134.
  expect(lowestNineTenths(200, 0.05)).toBe(6);
  expect(lowestNineTenths(200, 0.01)).toBe(0);
  expect(lowestNineTenths(5_000, 0.2)).toBe(964);
});

test('tuning takes the first threshold that is enough, and none where none is', () => {
  expect(tune([1, 2, 3, 4, 5, 6, 7], (threshold) => threshold >= 5)).toBe(5);
  expect(tune([1, 2, 3], () => false)).toBeNull();
});

test('the floor has 42 rows at 10,000 and 100,000, none below its ARL target', () => {
  const rows = readFloor([1e4, 1e5]);
  expect(rows).toHaveLength(42);
  expect(rows.every(({ arlExact, arlTarget }) => arlExact >= arlTarget)).toBe(true);
  expect(rows.find(({ before, after }) => before === 0.05 && after === 0.2)).toMatchObject({ delay: 42.33 });
});
