import { describe, expect, test } from 'vitest';
import { judged, median, percentile, ratioOf, resultOf } from '../../bench/result.ts';
import { resultTable } from '../../bench/result-table.ts';

describe('a median', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('of nothing is a mistake', () => {
    expect(() => median([])).toThrow('the median of nothing');
  });
});

describe('a percentile', () => {
  const ten = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
  test.each([
    [0.5, 5],
    [0.51, 6],
    [0.99, 10],
    [1, 10],
    [0, 1],
  ])('of %d is by nearest rank', (share, expected) => {
    expect(percentile(ten, share)).toBe(expected);
  });

  test('of nothing is no number', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('a ratio', () => {
  test('is taken within each round, and the median of these is told', () => {
    // Of the medians it would be 60 / 200; a machine that slowed down between the rounds is in both sides of each.
    expect(ratioOf({ ours: [100, 60, 10], baseline: [200, 240, 20] })).toBe(0.5);
  });

  test('is none where there is no baseline', () => {
    expect(ratioOf({ ours: [1, 2], baseline: [] })).toBeNull();
  });
});

describe('a verdict', () => {
  const row = { value: 30, ratio: 0.6, unit: 'ms' };
  test.each([
    [{ of: 'ratio', least: 0.6 }, 'at least 0.6 of the baseline', true],
    [{ of: 'ratio', least: 0.61 }, 'at least 0.61 of the baseline', false],
    [{ of: 'ratio', most: 0.5 }, 'at most 0.5 of the baseline', false],
    [{ of: 'value', most: 30 }, 'at most 30 ms', true],
    [{ of: 'value', least: 31 }, 'at least 31 ms', false],
  ] as const)('on %j says %s', (asked, words, holds) => {
    expect(judged(asked, row)).toEqual({ asked: words, holds });
  });

  test('is none where there is no ratio to judge', () => {
    expect(judged({ of: 'ratio', least: 1 }, { ...row, ratio: null })).toEqual({
      asked: 'at least 1 of the baseline',
    });
  });
});

test('a result holds the medians, the rounds and what each of them saw', () => {
  expect(
    resultOf({ name: 'a', unit: 'per second', asked: { of: 'ratio', least: 0.5 } }, { ours: [4, 2], baseline: [8, 8] }),
  ).toEqual({
    name: 'a',
    value: 3,
    unit: 'per second',
    baseline: 8,
    ratio: 0.375,
    rounds: 2,
    asked: 'at least 0.5 of the baseline',
    holds: false,
    each: [
      { value: 4, baseline: 8 },
      { value: 2, baseline: 8 },
    ],
  });
});

test('the table has a line for each result, and says what does not hold', () => {
  const percentiles = { p50Ms: 1.234, p95Ms: 22.2, p99Ms: 333 };
  const table = resultTable([
    resultOf(
      { name: 'fast', unit: 'per second', percentiles: { ours: percentiles, baseline: percentiles } },
      { ours: [12_345.6], baseline: [20_000] },
    ),
    resultOf({ name: 'slow', unit: 'us', asked: { of: 'value', most: 5 } }, { ours: [7.126], baseline: [] }),
  ]);
  const [, fast, slow] = table.split('\n');
  expect(fast).toMatch(/^fast +12,346 +per second +20,000 +0\.62 +1\.23\/22\.2\/333 +1\.23\/22\.2\/333 +1$/);
  expect(slow).toMatch(/^slow +7\.13 +us +- +- +- +- +1 +at most 5 us: does not hold$/);
});
