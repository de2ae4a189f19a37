import { describe, expect, test } from 'vitest';
import { averagePrecision } from '../../../lab/anomalies/average-precision.ts';

interface Case {
  readonly name: string;
  readonly scores: readonly number[];
  readonly labels: readonly number[];
  readonly precision: number | null;
}

const CASES: readonly Case[] = [
  { name: 'all anomalies above all others', scores: [0, 0.9, 0.1, 0.8], labels: [0, 1, 0, 1], precision: 1 },
  { name: 'one of two below one other', scores: [0.1, 0.9, 0.5, 0.4], labels: [0, 1, 0, 1], precision: 5 / 6 },
  { name: 'the only one at the bottom', scores: [0.9, 0.8, 0.7, 0.1], labels: [0, 0, 0, 1], precision: 1 / 4 },
  { name: 'all rows alike', scores: [0.5, 0.5, 0.5, 0.5], labels: [1, 0, 0, 0], precision: 1 / 4 },
  { name: 'no anomaly', scores: [0.1, 0.2], labels: [0, 0], precision: null },
  {
    name: 'an anomaly in the first 15% only',
    scores: [0.9, ...new Array<number>(9).fill(0)],
    labels: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    precision: null,
  },
];

describe('point average precision', () => {
  test.each(CASES)('of $name', ({ scores, labels, precision }) => {
    const found = averagePrecision(
      scores,
      labels.map((label) => label === 1),
    );
    if (precision === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(precision, 12);
  });
});
