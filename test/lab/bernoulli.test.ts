import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bernoulliKl, countEntropies, klUpperBound, ownLogLikelihood } from '../../lab/bernoulli.ts';

function byBisection(mean: number, level: number): number {
  let low = mean;
  let high = 1;
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (bernoulliKl(mean, middle) <= level) low = middle;
    else high = middle;
  }
  return low;
}

describe('kl', () => {
  test.each([
    { p: 0.5, q: 0.5, kl: 0 },
    { p: 0.5, q: 0.25, kl: 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3) },
    { p: 0, q: 0.3, kl: -Math.log(0.7) },
    { p: 1, q: 0.3, kl: -Math.log(0.3) },
    { p: 0.2, q: 0, kl: Infinity },
  ])('of $p against $q is $kl', ({ p, q, kl }) => {
    expect(bernoulliKl(p, q)).toBeCloseTo(kl, 12);
  });
});

test('the upper bound is the root by bisection to 1e-6, from means of 0 to 1 and levels of 1e-9 to 50', () => {
  const mean = fc.oneof(fc.constantFrom(0, 1, 1e-6, 1 - 1e-6), fc.double({ min: 0, max: 1, noNaN: true }));
  const level = fc.double({ min: -9, max: 1.7, noNaN: true }).map((exponent) => 10 ** exponent);
  fc.assert(
    fc.property(mean, level, (given, allowed) => {
      const bound = klUpperBound(given, allowed);
      expect(bound).toBeGreaterThanOrEqual(given);
      expect(Math.abs(bound - byBisection(given, allowed))).toBeLessThan(1e-6);
    }),
    { numRuns: 2_000, seed: 3 },
  );
});

test('the likelihood of counts is n times the negative entropy of their mean', () => {
  const entropies = countEntropies(100);
  for (const [hits, trials] of [
    [0, 40],
    [40, 40],
    [13, 40],
    [50, 100],
  ] as const) {
    const rate = hits / trials;
    const term = (x: number): number => (x > 0 ? x * Math.log(x) : 0);
    expect(ownLogLikelihood(entropies, hits, trials)).toBeCloseTo(trials * (term(rate) + term(1 - rate)), 9);
  }
});
