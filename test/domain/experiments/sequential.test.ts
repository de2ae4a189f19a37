import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { differenceOf, rateInterval, sharePValue } from '../../../src/domain/experiments/sequential.ts';
import { seeded } from '../../harness/seeded.ts';

describe('the interval of a rate', () => {
  test.each([
    [0, 0, 0, 1],
    [5, 10, 0.1292, 0.8708],
    [85, 100, 0.7099, 0.9414],
    [8_500, 10_000, 0.8356, 0.8637],
  ])('[EXP-6] of %i of %i lies where it must', (successes, count, low, high) => {
    const interval = rateInterval(successes, count, 0.05);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test('[EXP-6] holds the observed rate, lies within 0 and 1, and is wider where less may be wrong', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), (successes, failures) => {
        const count = successes + failures;
        const [usual, strict] = [0.05, 0.01].map((alpha) => rateInterval(successes, count, alpha));
        expect(strict!.low).toBeLessThanOrEqual(usual!.low);
        expect(strict!.high).toBeGreaterThanOrEqual(usual!.high);
        expect(usual!.low).toBeGreaterThanOrEqual(0);
        expect(usual!.high).toBeLessThanOrEqual(1);
        if (count === 0) return;
        expect(usual!.low).toBeLessThanOrEqual(successes / count);
        expect(usual!.high).toBeGreaterThanOrEqual(successes / count);
      }),
    );
  });

  test('[EXP-6] misses the true rate at any of 2,000 looks in at most 5% of 300 courses', () => {
    const random = seeded(3);
    let missed = 0;
    for (let course = 0; course < 300; course += 1) {
      let [successes, isMissed] = [0, false];
      for (let count = 1; count <= 2_000; count += 1) {
        if (random() < 0.9) successes += 1;
        if (count % 10 !== 0) continue;
        const { low, high } = rateInterval(successes, count, 0.05);
        isMissed ||= 0.9 < low || 0.9 > high;
      }
      if (isMissed) missed += 1;
    }
    expect(missed / 300).toBeLessThanOrEqual(0.05);
    // A bound that nothing ever reaches would say as little.
    expect(missed).toBeGreaterThan(0);
  });
});

describe('the difference of two means', () => {
  test('[EXP-5] holds zero exactly as long as the p-value is above alpha', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.5, max: 0.5, noNaN: true }),
        fc.double({ min: 1e-9, max: 0.01, noNaN: true }),
        (estimate, variance) => {
          const { low, high, pValue } = differenceOf(estimate, variance, 0.02, 0.05);
          fc.pre(Math.abs(pValue - 0.05) > 1e-9);
          expect(low <= 0 && high >= 0).toBe(pValue > 0.05);
        },
      ),
    );
  });

  test('[EXP-5] is wider than that of one look, and not by much', () => {
    const { low, high } = differenceOf(0, 0.0001, 0.02, 0.05);
    const oneLook = 2 * 1.96 * 0.01;
    expect((high - low) / oneLook).toBeGreaterThan(1.2);
    expect((high - low) / oneLook).toBeLessThan(1.7);
  });
});

describe('the shares of two arms', () => {
  test.each([
    [5_000, 10_000, 0.5, 1, 1],
    [5_200, 10_000, 0.5, 0.0001, 0.01],
    [5_500, 10_000, 0.5, 0, 1e-15],
    [1_000, 10_000, 0.1, 1, 1],
    [0, 0, 0.5, 1, 1],
  ])('[EXP-7] %i of %i at a share of %d', (first, both, share, ...[least, most]) => {
    const pValue = sharePValue(first, both, share);
    expect(pValue).toBeGreaterThanOrEqual(least);
    expect(pValue).toBeLessThanOrEqual(most);
  });

  test('[EXP-7] that are as they were set are called otherwise at any of 400 looks in at most 5% of 300 courses', () => {
    const random = seeded(5);
    let alarmed = 0;
    for (let course = 0; course < 300; course += 1) {
      let [first, isAlarmed] = [0, false];
      for (let both = 1; both <= 4_000; both += 1) {
        if (random() < 0.3) first += 1;
        if (both % 10 === 0) isAlarmed ||= sharePValue(first, both, 0.3) < 0.05;
      }
      if (isAlarmed) alarmed += 1;
    }
    expect(alarmed / 300).toBeLessThanOrEqual(0.05);
    expect(alarmed).toBeGreaterThan(0);
  });
});
