import { describe, expect, test } from 'vitest';
import {
  binomialTail,
  consecutiveThreshold,
  failureRate,
  FALSE_TRIPS_PER_ATTEMPT,
  rateTrips,
} from '../../../src/domain/health/breaker-thresholds.ts';
import { BREAKER_DEFAULTS } from '../../../src/domain/processor-config.ts';

const RATES = [0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.35];

function failuresNeeded(total: number, rate: number, attempts = 200): number | null {
  for (let technical = 1; technical <= total; technical += 1) {
    if (rateTrips({ total, technical }, { rate, attempts }, BREAKER_DEFAULTS)) return technical;
  }
  return null;
}

/** The same tail by Pascal's rule, attempt by attempt: another way to the same number. */
function tailByPascal(n: number, k: number, p: number): number {
  let counts = [1];
  for (let attempt = 0; attempt < n; attempt += 1) {
    const next = [...counts.map(() => 0), 0];
    counts.forEach((chance, failures) => {
      next[failures]! += chance * (1 - p);
      next[failures + 1]! += chance * p;
    });
    counts = next;
  }
  return counts.slice(k).reduce((sum, chance) => sum + chance, 0);
}

describe('breaker thresholds', () => {
  test('[BRK-2] until 200 baseline attempts the configured thresholds hold, however bad the beginning', () => {
    expect(consecutiveThreshold({ rate: 0.9, attempts: 199 }, BREAKER_DEFAULTS)).toBe(5);
    expect(failuresNeeded(10, 0.9, 199)).toBe(5);
    expect(consecutiveThreshold({ rate: 0.9, attempts: 200 }, BREAKER_DEFAULTS)).toBeGreaterThan(5);
  });

  test.each(RATES)(
    '[BRK-3] at a baseline of %f a run trips falsely at most once in ten million attempts, and no later than that needs',
    (rate) => {
      const threshold = consecutiveThreshold({ rate, attempts: 200 }, BREAKER_DEFAULTS);
      expect((1 - rate) * rate ** threshold).toBeLessThanOrEqual(FALSE_TRIPS_PER_ATTEMPT);
      if (threshold > BREAKER_DEFAULTS.failureThreshold) {
        expect((1 - rate) * rate ** (threshold - 1)).toBeGreaterThan(FALSE_TRIPS_PER_ATTEMPT);
      }
    },
  );

  test.each(RATES)(
    '[BRK-3] at a baseline of %f no window size trips by its rate more than once in ten million',
    (rate) => {
      for (let total = 10; total <= 50; total += 1) {
        const needed = failuresNeeded(total, rate);
        if (needed === null) {
          expect(tailByPascal(total, total, rate)).toBeGreaterThan(FALSE_TRIPS_PER_ATTEMPT);
          continue;
        }
        expect(needed).toBeGreaterThanOrEqual(total / 2);
        expect(tailByPascal(total, needed, rate)).toBeLessThanOrEqual(FALSE_TRIPS_PER_ATTEMPT * (1 + 1e-9));
      }
    },
  );

  test('[BRK-3] a baseline worse than 35% counts as 35%: fifteen in a row, or 37 of 50, always suffice', () => {
    expect(consecutiveThreshold({ rate: 0.99, attempts: 1e6 }, BREAKER_DEFAULTS)).toBe(15);
    expect(failuresNeeded(50, 0.99)).toBe(37);
  });

  test('[BRK-3] a configured threshold above the needed one stands', () => {
    const options = { ...BREAKER_DEFAULTS, failureThreshold: 12, failureRateThreshold: 0.9 };
    expect(consecutiveThreshold({ rate: 0.01, attempts: 500 }, options)).toBe(12);
    expect(rateTrips({ total: 50, technical: 44 }, { rate: 0.01, attempts: 500 }, options)).toBe(false);
    expect(rateTrips({ total: 50, technical: 45 }, { rate: 0.01, attempts: 500 }, options)).toBe(true);
  });

  test('[BRK-5] below the minimum volume there is no rate', () => {
    expect(failureRate({ total: 9, technical: 9 }, BREAKER_DEFAULTS)).toBeNull();
    expect(failureRate({ total: 10, technical: 9 }, BREAKER_DEFAULTS)).toBe(0.9);
    expect(rateTrips({ total: 9, technical: 9 }, { rate: 0, attempts: 0 }, BREAKER_DEFAULTS)).toBe(false);
    expect(failureRate({ total: 0, technical: 0 }, { ...BREAKER_DEFAULTS, minimumVolume: 0 })).toBeNull();
  });

  test('[BRK-3] the binomial tail is exact', () => {
    for (const [n, k, p] of [
      [50, 25, 0.2],
      [10, 5, 0.02],
      [64, 1, 0.35],
      [10, 10, 0.5],
      [1, 1, 0.3],
    ] as const) {
      expect(binomialTail(n, k, p) / tailByPascal(n, k, p)).toBeCloseTo(1, 9);
    }
    expect([binomialTail(5, 0, 0.1), binomialTail(5, 6, 0.1), binomialTail(5, 1, 0), binomialTail(5, 5, 1)]).toEqual([
      1, 0, 0, 1,
    ]);
  });
});
