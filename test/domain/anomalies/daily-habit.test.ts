import { describe, expect, test } from 'vitest';
import { createDailyHabit, medianOf, moveTo, noteValue, usualNow } from '../../../src/domain/anomalies/daily-habit.ts';
import { DAY_MS, HOUR_MS, START_MS } from './sample-series.ts';

interface Case {
  readonly name: string;
  /** Hours from the moment that is asked for, and the value then. */
  readonly rows: readonly (readonly [hours: number, value: number])[];
  readonly usual: number | null;
}

const CASES: readonly Case[] = [
  { name: 'nothing', rows: [], usual: null },
  { name: 'nothing of this time of day', rows: [[-12, 5]], usual: null },
  {
    name: 'the same time yesterday and the day before',
    rows: [
      [-48, 3],
      [-24, 5],
    ],
    usual: 4,
  },
  {
    name: 'an hour around it',
    rows: [
      [-25, 1],
      [-24, 2],
      [-23, 1.5],
    ],
    usual: 1.5,
  },
  {
    name: 'the nearest on each side only',
    rows: [
      [-25, 100],
      [-24.5, 1],
      [-24, 2],
      [-23.75, 3],
      [-23, 100],
    ],
    usual: 2,
  },
  {
    name: 'the mean of a quarter of an hour',
    rows: [
      [-24, 1],
      [-24, 2],
      [-23.95, 6],
    ],
    usual: 3,
  },
  { name: 'no eighth day', rows: [[-8 * 24, 5]], usual: null },
  {
    name: 'the seventh day, and no outlier',
    rows: [
      [-168, 5],
      [-48, 900],
      [-24, 6],
    ],
    usual: 6,
  },
];

describe('the habit of a day', () => {
  test.each(CASES)('[ANO-4] knows $name', ({ rows, usual }) => {
    const nowMs = START_MS + 30 * DAY_MS;
    const habit = createDailyHabit();
    for (const [hours, value] of rows) {
      moveTo(habit, nowMs + hours * HOUR_MS);
      noteValue(habit, value);
    }
    moveTo(habit, nowMs);
    expect(usualNow(habit)).toBe(usual);
  });

  test('the median of an even number of values lies between the middle two', () => {
    expect(medianOf([9, 1, 2, 4])).toBe(3);
    expect(medianOf([9, 1, 2])).toBe(2);
  });
});
