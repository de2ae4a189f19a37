import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choiceProbabilities } from '../../../src/domain/learning/choice-probabilities.ts';
import type { RegimeBelief } from '../../../src/domain/health/status-row.ts';
import { seeded } from '../../harness/seeded.ts';

const FREE = { floor: 0, explorationMax: 1 };
const BOUNDS = { floor: 0.002, explorationMax: 0.05 };
const arm = (mean: number, sd: number, weight = 1_000, baseline = mean) => ({ mean, sd, weight, baseline });
const sumOf = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0);

interface Told {
  readonly mean: number;
  readonly sd: number;
  readonly weight: number;
  readonly baseline: number;
  readonly regimes: readonly RegimeBelief[];
}

/** A belief of one shape for a rate that keeps its level, and of another for one that drifts. */
const shaped = (quantiles: readonly number[], drifting = quantiles, evidence = 0): Told => ({
  mean: sumOf(quantiles) / 16,
  sd: 0.1,
  weight: 1_000,
  baseline: sumOf(quantiles) / 16,
  regimes: [
    { prior: 0.8, evidence: 0, quantiles },
    { prior: 0.2, evidence, quantiles: drifting },
  ],
});

/** A belief of 16 quantiles between two rates, bent by `power`: 1 is even. */
function told(from: number, to: number, power = 1): Told {
  const quantiles = Array.from({ length: 16 }, (_, i) => from + (to - from) * ((i + 0.5) / 16) ** power);
  return shaped(quantiles);
}

/** A rate from the distribution with these quantiles: even between two of them, and half a part beyond the outermost. */
function rateOf({ regimes }: Told, unit: number): number {
  const { quantiles } = regimes[0]!;
  const place = unit * 16 - 0.5;
  const index = Math.min(14, Math.max(0, Math.floor(place)));
  const width = quantiles[index + 1]! - quantiles[index]!;
  return quantiles[index]! + (place - index) * width;
}

/** (G / (G + L))^1.3 of each arm over draws of all rates, made to sum to 1. */
function drawn(arms: readonly Told[], draws: number): number[] {
  const random = seeded(7);
  const gains = arms.map(() => 0);
  const losses = arms.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const rates = arms.map((told) => rateOf(told, random()));
    for (const [index, rate] of rates.entries()) {
      const ahead = rate - Math.max(...rates.filter((_, other) => other !== index));
      if (ahead > 0) gains[index]! += ahead;
      else losses[index]! -= ahead;
    }
  }
  const powers = gains.map((gain, index) => (gain / (gain + losses[index]!)) ** 1.3);
  return powers.map((power) => power / sumOf(powers));
}

describe('what is to be won and lost', () => {
  test.each([
    { what: 'overlapping', arms: [told(0.85, 0.95), told(0.88, 0.93), told(0.8, 0.96)] },
    { what: 'narrow and wide', arms: [told(0.92, 0.922), told(0.2, 0.99), told(0.9, 0.93)] },
    { what: 'lopsided', arms: [told(0.5, 0.95, 3), told(0.4, 0.97, 0.3), told(0.6, 0.9)] },
    { what: 'in two places', arms: [told(0.1, 0.93, 12), told(0.89, 0.91), told(0.85, 0.9)] },
  ])('[LRN-9] of $what beliefs it is what drawing from them gives', ({ arms }) => {
    const shares = choiceProbabilities(arms, FREE);
    for (const [index, share] of drawn(arms, 400_000).entries())
      expect(Math.abs(shares[index]! - share), `arm ${index}`).toBeLessThan(7e-3);
  });

  test('[LRN-9] a belief of no known shape is taken for normal', () => {
    // The lead is .02 +- .02 sqrt 2: z = .707, G = s (phi(z) + z Phi(z)) = .0241, L = .0041; (.0241 / .0282)^1.3 to (.0041 / .0282)^1.3 is .909 to .091
    const [share] = choiceProbabilities([arm(0.93, 0.02), arm(0.91, 0.02)], FREE);
    expect(Math.abs(share! - 0.909)).toBeLessThan(0.01);
  });

  test('[LRN-9] equal arms share equally, an only arm has all, and no arm is no share', () => {
    for (const share of choiceProbabilities([arm(0.9, 0.02), arm(0.9, 0.02), arm(0.9, 0.02), arm(0.9, 0.02)], BOUNDS))
      expect(share).toBeCloseTo(0.25, 6);
    for (const share of choiceProbabilities([arm(0.9, 0), arm(0.9, 0)], BOUNDS)) expect(share).toBeCloseTo(0.5, 6);
    expect(choiceProbabilities([arm(0.1, 0.02)], BOUNDS)).toEqual([1]);
    expect(choiceProbabilities([], BOUNDS)).toEqual([]);
  });

  test('[LRN-9] where a level is possible that beats all others, it counts by what is at stake either way', () => {
    const risen = (highest: number): Told => {
      const quantiles = Array.from({ length: 16 }, (_, i) => (i < 16 - highest ? 0.1 + i * 1e-3 : 0.93 + i * 1e-4));
      return shaped(quantiles);
    };
    const steady = told(0.89, 0.91);
    const shares = [0, 2, 4, 8, 14].map((highest) => choiceProbabilities([steady, risen(highest)], FREE)[1]!);
    expect(shares).toEqual(shares.toSorted((left, right) => left - right));
    expect(shares[0]).toBeLessThan(1e-6);
    // An even chance to win .03 against one to lose .8 is no even chance.
    expect(shares[3]).toBeLessThan(0.02);
    expect(shares[4]).toBeGreaterThan(0.05);
  });
});

describe('a segment that drifts', () => {
  const even = (from: number, to: number): number[] =>
    Array.from({ length: 16 }, (_, i) => from + ((to - from) * (i + 0.5)) / 16);
  const leader = (evidence: number): Told => shaped(even(0.92, 0.94), even(0.91, 0.95), evidence);
  const idle = shaped(even(0.89, 0.91), even(0.8, 0.98));

  test('[LRN-16] the evidence of one processor widens what is believed of the others, and that of the others narrows it', () => {
    const shareOfIdle = (...evidence: number[]): number =>
      choiceProbabilities([...evidence.map(leader), idle], FREE).at(-1)!;
    expect(shareOfIdle(3)).toBeGreaterThan(10 * shareOfIdle(-3));
    expect(shareOfIdle(3, -3)).toBeLessThan(shareOfIdle(3, 0));
    expect(shareOfIdle(3, 0)).toBeLessThan(shareOfIdle(3, 3));
  });

  test('[LRN-16] no evidence puts an end to doubt: a kind falls behind by 6 nats at most', () => {
    for (const sign of [-1, 1])
      expect(choiceProbabilities([leader(sign * 9), idle], FREE)).toEqual(
        choiceProbabilities([leader(sign * 900), idle], FREE),
      );
  });
});

test('[LRN-9] shares are numbers whatever the weights of the kinds add up to', () => {
  const random = seeded(12);
  for (let round = 0; round < 300; round++) {
    const arms = [0, 1, 2].map(() => {
      const from = random() ** 0.2;
      const quantiles = Array.from({ length: 16 }, (_, i) => from + i * 1e-3);
      const regime = (prior: number) => ({ prior, evidence: 8 * random() - 4, quantiles });
      return { mean: from, sd: 0.01, weight: 100, baseline: from, regimes: [regime(0.5), regime(0.3), regime(0.2)] };
    });
    expect(sumOf(choiceProbabilities(arms, FREE))).toBeCloseTo(1, 12);
  }
});

describe('bounds', () => {
  const arms = fc.array(
    fc.record({
      mean: fc.double({ min: 0, max: 1, noNaN: true }),
      sd: fc.double({ min: 0, max: 0.5, noNaN: true }),
      weight: fc.integer({ min: 0, max: 60 }),
      baseline: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 50 },
  );

  test('[LRN-10] shares sum to exactly 1; none is below .02%, and none that was as good before as the leader is now below the floor or a part of 2%', () => {
    fc.assert(
      fc.property(arms, fc.constantFrom(0, 0.002, 0.01), (beliefs, floor) => {
        const shares = choiceProbabilities(beliefs, { floor, explorationMax: 0.05 });
        expect(Math.abs(sumOf(shares) - 1)).toBeLessThanOrEqual(Number.EPSILON);
        const lead = Math.max(...beliefs.map(({ mean }) => mean));
        for (const [index, share] of shares.entries()) {
          const wasAsGood = beliefs[index]!.baseline >= lead;
          const least = wasAsGood ? floor : Math.min(floor, 2e-4);
          expect(share).toBeGreaterThanOrEqual(Math.min(least, 0.02 / beliefs.length) - 1e-9);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    { why: 'was better before', fallen: arm(0.2, 0.01, 1_000, 0.95), floor: 0.002 },
    { why: 'was never better by .05', fallen: arm(0.2, 0.01, 1_000, 0.88), floor: 0.001 },
    { why: 'was never better by .1', fallen: arm(0.2, 0.01, 1_000, 0.83), floor: 0.0005 },
    { why: 'was always hopeless', fallen: arm(0.2, 0.01), floor: 0.0002 },
    { why: 'has too little behind it to tell', fallen: arm(0.3, 0.01, 4, 0.55), floor: 0.002 },
    { why: 'failed fourteen times in a row', fallen: arm(0.1, 0.01, 28, 0.18), floor: 0.0002 },
  ])('[LRN-10] one that $why keeps $floor and no more', ({ fallen, floor }) => {
    const [sure, other] = choiceProbabilities([arm(0.93, 0.01), fallen], { ...BOUNDS, explorationMax: 0 });
    expect(other).toBeCloseTo(floor, 10);
    expect(sure).toBeCloseTo(1 - floor, 10);
  });

  test('[LRN-11] unproven arms together get 5% at most while a proven one is at least as good by its mean', () => {
    const two = choiceProbabilities([arm(0.94, 0.01), arm(0.9, 0.3, 0)], BOUNDS);
    expect(two[1]).toBeCloseTo(0.05, 10);
    const many = choiceProbabilities([arm(0.94, 0.01), ...Array.from({ length: 9 }, () => arm(0.9, 0.2, 9))], BOUNDS);
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
    const [proven, untested] = choiceProbabilities([arm(0.94, 0.008, 2_000), arm(0.67, 0.24, 0)], BOUNDS);
    expect(proven).toBeGreaterThanOrEqual(0.95);
    expect(untested).toBeGreaterThanOrEqual(0.002);
    expect(choiceProbabilities([arm(0.94, 0.008, 2_000), arm(0.94, 0.14, 0)], BOUNDS)[1]).toBeCloseTo(0.05, 10);
  });
});
