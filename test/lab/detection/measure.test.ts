import { describe, expect, test } from 'vitest';
import { fiveInARow } from '../../../lab/detection/five-in-a-row.ts';
import {
  isClearOf,
  lowestNineTenths,
  meanTimeToAlarm,
  tune,
  usualDelay,
  worstDelay,
} from '../../../lab/detection/measure.ts';
import { ewma } from '../../../lab/detection/ewma.ts';
import { OurDetector } from '../../../lab/detection/ours.ts';
import { rateOverTen } from '../../../lab/detection/rate-over-ten.ts';
import { techcartThresholds } from '../../../lab/detection/techcart-thresholds.ts';
import type { Maker } from '../../../lab/detection/measure.ts';
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

describe('the state that a change begins from', () => {
  const certain = { before: 0.05, after: 1, runs: 40, attemptsMax: Infinity, name: 'certain' };
  const rule =
    (entry: typeof ewma, threshold: number): Maker =>
    (draw) =>
      entry.create(0.05, threshold, draw);

  test.each([
    { name: '5-in-a-row', create: rule(fiveInARow, 5), delay: 5, states: [0] },
    { name: 'rate-over-10, which waits for ten results', create: rule(rateOverTen, 5), delay: 10, states: [0] },
    {
      name: 'a status table with a full window of good results',
      create: rule(techcartThresholds, 15),
      delay: 15,
      states: [50],
    },
    {
      name: 'a status table with little to prove, which waits for ten',
      create: rule(techcartThresholds, 3),
      delay: 10,
      states: [0],
    },
    // 1 - .95^n > .05 + 6.2 sqrt(.05 .95 .05 / 1.95) = .266 from n = 7 on; begun at .05 instead of 0, from 6 on.
    { name: 'a moving average that has come down to zero', create: rule(ewma, 6.2), delay: 7, states: [80, 300] },
  ])('is the worst one of $name', ({ create, delay, states }) => {
    expect(worstDelay(create, certain)).toMatchObject({ delay });
    const change = { ...certain, after: 0.7, runs: 2_000 };
    const from = worstDelay(create, change);
    expect(states).toContain(from.goodBefore);
    expect(from.delay!).toBeGreaterThanOrEqual(delay);
  });

  test('is the same for ours after any number of good results: they leave no evidence', () => {
    const create: Maker = (draw) => new OurDetector({ baseline: { rate: 0.05 }, arlAttempts: 1e4, draw });
    const change = { before: 0.05, after: 0.5, runs: 400, attemptsMax: Infinity, name: 'ours' };
    expect(worstDelay(create, change).goodBefore).toBe(0);
    const after300 = worstDelay((draw) => {
      const watcher = create(draw);
      for (let i = 0; i < 300; i++) watcher.observe(false);
      return watcher;
    }, change);
    expect(after300.delay).toBe(worstDelay(create, change).delay);
  });

  test('a change is seen sooner from the usual state than from the worst, and not at all where patience ends', () => {
    const create = rule(ewma, 6.2);
    const change = { before: 0.05, after: 0.5, runs: 2_000, attemptsMax: Infinity, name: 'usual' };
    expect(usualDelay(create, change)!).toBeLessThan(0.97 * worstDelay(create, change).delay!);
    expect(usualDelay(create, { ...change, attemptsMax: 2_000 })).toBeNull();
    expect(worstDelay(create, { ...change, attemptsMax: 2_000 }).delay).toBeNull();
  });
});

test('no more alarms are waited for once it is clear on which side of what is asked their mean time lies', () => {
  const draw = seededDraws('clear');
  const at = (needed: number) =>
    meanTimeToAlarm(() => fiveInARow.create(0.5, needed, draw), {
      rate: 0.5,
      alarms: 4_000,
      attemptsMax: Infinity,
      draw,
      isClear: isClearOf(14),
    });
  // Runs of two, three and six at a half take 6, 14 and 126 attempts.
  expect(at(2)).toMatchObject({ isCut: true });
  expect(at(2).mean).toBeLessThan(14);
  expect(at(2).alarms).toBeLessThan(200);
  expect(at(6)).toMatchObject({ isCut: true });
  expect(at(6).mean).toBeGreaterThan(14);
  expect(at(3)).toMatchObject({ isCut: false, alarms: 4_000 });
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
