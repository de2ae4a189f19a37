import { describe, expect, test } from 'vitest';
import { drawBeta, drawGamma, drawNormal } from '../../lab/sampling.ts';
import { stream } from '../../lab/simulator/random.ts';

const DRAWS = 100_000;

function moments(draw: () => number): { mean: number; variance: number; skew: number } {
  const values = Array.from({ length: DRAWS }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  const central = (power: number): number => values.reduce((sum, value) => sum + (value - mean) ** power, 0) / DRAWS;
  return { mean, variance: central(2), skew: central(3) / central(2) ** 1.5 };
}

/** Within five deviations of a mean of that many draws. */
const near = (measured: number, expected: number, sd: number): void =>
  expect(Math.abs(measured - expected)).toBeLessThan((5 * sd) / Math.sqrt(DRAWS));

test('normal draws have mean 0, variance 1, no skew, and 2.275% above two deviations', () => {
  const draw = stream(1);
  const { mean, variance, skew } = moments(() => drawNormal(draw));
  near(mean, 0, 1);
  near(variance, 1, Math.SQRT2);
  near(skew, 0, Math.sqrt(6));
  const above = Array.from({ length: DRAWS }, () => (drawNormal(draw) > 2 ? 1 : 0) as number);
  near(above.reduce((sum, one) => sum + one, 0) / DRAWS, 0.02275, Math.sqrt(0.02275));
});

test.each([0.2, 0.9, 1, 2.5, 40])('gamma draws of shape %d have their mean, variance and skew', (shape) => {
  const draw = stream(2);
  const { mean, variance, skew } = moments(() => drawGamma(shape, draw));
  near(mean, shape, Math.sqrt(shape));
  near(variance, shape, Math.sqrt(2 * shape ** 2 + 6 * shape));
  expect(Math.abs(skew / (2 / Math.sqrt(shape)) - 1)).toBeLessThan(shape > 10 ? 0.2 : 0.08);
});

describe('beta draws', () => {
  test.each([
    { hits: 1, misses: 1 },
    { hits: 0.5, misses: 0.5 },
    { hits: 3, misses: 7 },
    { hits: 901, misses: 101 },
  ])('of $hits and $misses have their mean and variance', ({ hits, misses }) => {
    const draw = stream(3);
    const sum = hits + misses;
    const spread = (hits * misses) / (sum * sum * (sum + 1));
    const { mean, variance } = moments(() => drawBeta(hits, misses, draw));
    near(mean, hits / sum, Math.sqrt(spread));
    expect(Math.abs(variance / spread - 1)).toBeLessThan(0.03);
  });

  test('of 1 and 1 are uniform in every tenth', () => {
    const draw = stream(4);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < DRAWS; i++) tenths[Math.floor(drawBeta(1, 1, draw) * 10)]! += 1;
    for (const count of tenths) near(count / DRAWS, 0.1, Math.sqrt(0.09));
  });
});
