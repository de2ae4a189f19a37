import { describe, expect, test } from 'vitest';
import { healthScore, nextStreak, NO_STREAK } from '../../../src/domain/health/health-score.ts';

describe('health score', () => {
  test.each([
    ['perfect', { state: 'CLOSED', rate: 1, streak: { successes: 10, failures: 0 } }, 1],
    ['no more bonus after ten', { state: 'CLOSED', rate: 1, streak: { successes: 5_000, failures: 0 } }, 1],
    ['nothing known', { state: 'CLOSED', rate: null, streak: NO_STREAK }, 0.8 / 0.9],
    [
      'closed, half of it failing',
      { state: 'CLOSED', rate: 0.5, streak: { successes: 0, failures: 1 } },
      (0.5 + 0.15 - 0.02) / 0.9,
    ],
    ['half-open', { state: 'HALF_OPEN', rate: 0.5, streak: { successes: 2, failures: 0 } }, (0.25 + 0.15 + 0.02) / 0.9],
    ['open and all failing', { state: 'OPEN', rate: 0, streak: { successes: 0, failures: 5 } }, 0],
    ['no more penalty after five', { state: 'OPEN', rate: 1, streak: { successes: 0, failures: 500 } }, 0.2 / 0.9],
  ] as const)(
    '[LAT-8] %s: the score follows AegisPay, rescaled so that perfect is 1',
    (_name, { state, rate, streak }, expected) => {
      expect(healthScore(state, rate, streak)).toBeCloseTo(expected, 12);
    },
  );

  test('[LAT-8] a streak ends with the first result of the other kind', () => {
    const up = nextStreak(nextStreak(NO_STREAK, false), false);
    expect(up).toEqual({ successes: 2, failures: 0 });
    expect(nextStreak(up, true)).toEqual({ successes: 0, failures: 1 });
    expect(nextStreak(nextStreak(up, true), false)).toEqual({ successes: 1, failures: 0 });
  });
});
