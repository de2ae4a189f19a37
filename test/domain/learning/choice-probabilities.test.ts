import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choiceProbabilities } from '../../../src/domain/learning/choice-probabilities.ts';
import { seeded } from '../../harness/seeded.ts';

const FREE = { floor: 0, explorationMax: 1 };
const BOUNDS = { floor: 0.002, explorationMax: 0.05 };
const arm = (mean: number, sd: number, weight = 1_000) => ({ mean, sd, weight });
const sumOf = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0);

/** Share of draws, from normals of half the deviation, in which each arm is the best. */
function drawn(arms: readonly { mean: number; sd: number }[], draws: number): number[] {
  const random = seeded(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const wins = arms.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const values = arms.map(({ mean, sd }) => mean + 0.5 * sd * normal());
    wins[values.indexOf(Math.max(...values))]!++;
  }
  return wins.map((count) => count / draws);
}

/** P(first beats second) by a plain sum over a fine grid. */
function beats(first: { mean: number; sd: number }, second: { mean: number; sd: number }): number {
  const z = (first.mean - second.mean) / Math.hypot(first.sd / 2, second.sd / 2);
  let sum = 0;
  for (let x = -9; x < z; x += 0.001) sum += (Math.exp((-x * x) / 2) * 0.001) / Math.sqrt(2 * Math.PI);
  return sum;
}

describe('the probability of being best', () => {
  test('[LRN-9] of two arms it is exact to 1e-3, whatever their widths', () => {
    const random = seeded(3);
    for (let round = 0; round < 60; round++) {
      const first = arm(0.9, 0.002 + 0.1 * random());
      const second = arm(0.85 + 0.1 * random(), 0.001 + 0.2 * random() ** 2);
      expect(Math.abs(choiceProbabilities([first, second], FREE)[0]! - beats(first, second))).toBeLessThan(1e-3);
    }
  });

  test('[LRN-9] of several arms it is what drawing from them gives', () => {
    for (const arms of [
      [arm(0.93, 0.01), arm(0.92, 0.03), arm(0.9, 0.08), arm(0.85, 0.2)],
      [arm(0.9, 0.02), arm(0.9, 0.02), arm(0.9, 0.02)],
      [arm(0.95, 0.002), arm(0.94, 0.1), arm(0.5, 0.3), arm(0.9499, 0.002), arm(0.2, 0.01)],
    ]) {
      const shares = choiceProbabilities(arms, FREE);
      for (const [index, share] of drawn(arms, 400_000).entries())
        expect(Math.abs(shares[index]! - share)).toBeLessThan(2.5e-3);
    }
  });

  test('[LRN-9] equal arms share equally, an only arm has all, and no arm is no share', () => {
    for (const share of choiceProbabilities([arm(0.9, 0.02), arm(0.9, 0.02), arm(0.9, 0.02), arm(0.9, 0.02)], BOUNDS))
      expect(share).toBeCloseTo(0.25, 6);
    expect(choiceProbabilities([arm(0.1, 0.02)], BOUNDS)).toEqual([1]);
    expect(choiceProbabilities([], BOUNDS)).toEqual([]);
  });
});

describe('bounds', () => {
  const arms = fc.array(
    fc.record({
      mean: fc.double({ min: 0, max: 1, noNaN: true }),
      sd: fc.double({ min: 0, max: 0.5, noNaN: true }),
      weight: fc.integer({ min: 0, max: 60 }),
    }),
    { minLength: 1, maxLength: 50 },
  );

  test('[LRN-10] shares sum to exactly 1 and none is below the floor, nor below an equal share where the floors do not fit', () => {
    fc.assert(
      fc.property(arms, fc.constantFrom(0, 0.002, 0.05), (beliefs, floor) => {
        const shares = choiceProbabilities(beliefs, { floor, explorationMax: 0.05 });
        expect(Math.abs(sumOf(shares) - 1)).toBeLessThanOrEqual(Number.EPSILON);
        for (const share of shares) expect(share).toBeGreaterThanOrEqual(Math.min(floor, 1 / beliefs.length) - 1e-12);
      }),
      { numRuns: 300 },
    );
  });

  test('[LRN-10] a hopeless arm keeps the floor and no more', () => {
    expect(choiceProbabilities([arm(0.93, 0.01), arm(0.2, 0.01)], BOUNDS)).toEqual([0.998, 0.002]);
  });

  test('[LRN-11] unproven arms together get 5% at most while a proven one is at least as good by its mean', () => {
    const two = choiceProbabilities([arm(0.94, 0.01), arm(0.8, 0.3, 0)], BOUNDS);
    expect(two[1]).toBeCloseTo(0.05, 10);
    const many = choiceProbabilities([arm(0.94, 0.01), ...Array.from({ length: 9 }, () => arm(0.9, 0.2, 10))], BOUNDS);
    expect(sumOf(many.slice(1))).toBeCloseTo(0.05, 10);
  });

  test.each([
    { why: 'all are unproven', arms: [arm(0.8, 0.15, 0), arm(0.8, 0.15, 0)] },
    { why: 'the doubtful one is proven', arms: [arm(0.94, 0.02, 500), arm(0.93, 0.1, 30)] },
    { why: 'the unproven one is ahead of all proven ones', arms: [arm(0.3, 0.05, 500), arm(0.8, 0.15, 0)] },
  ])('[LRN-11] shares are free where $why', ({ arms: free }) => {
    const shares = choiceProbabilities(free, BOUNDS);
    expect(shares[1]).toBeCloseTo(choiceProbabilities(free, { ...BOUNDS, explorationMax: 1 })[1]!, 10);
    expect(shares[1]).toBeGreaterThan(0.05);
  });

  test('[LRN-12] an untested processor neither outranks a proven .94 nor starves', () => {
    const [proven, untested] = choiceProbabilities([arm(0.94, 0.008, 2_000), arm(0.8, 0.14, 0)], BOUNDS);
    expect(proven).toBeGreaterThanOrEqual(0.95);
    expect(untested).toBeGreaterThanOrEqual(0.002);
    expect(choiceProbabilities([arm(0.94, 0.008, 2_000), arm(0.94, 0.14, 0)], BOUNDS)[1]).toBeCloseTo(0.05, 10);
  });
});
