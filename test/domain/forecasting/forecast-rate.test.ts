import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY, gaussians, times } from './made-series.ts';
import {
  forecastRate,
  type RateForecastOptions,
  type RateStep,
} from '../../../src/domain/forecasting/forecast-rate.ts';
import { type Belief, logLikelihood, shareQuantiles } from '../../../src/domain/forecasting/beta-binomial.ts';
import { seeded } from '../../harness/seeded.ts';
import { shareInterval } from '../../../src/domain/forecasting/share-interval.ts';
import type { RateCount } from '../../../src/domain/forecasting/rate-model.ts';

function stepsOf(counts: readonly (RateCount | null)[], options: RateForecastOptions): readonly RateStep[] {
  const answer = forecastRate(counts, options);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.steps;
}

/** Successes drawn one by one. */
function countOf(rate: number, attempts: number, draw: () => number): RateCount {
  return { attempts, successes: times(attempts, draw).filter((chance) => chance < rate).length };
}

const odds = (logged: number): number => 1 / (1 + Math.exp(-logged));

function drifting(length: number, gauss: () => number): number[] {
  let level = 1.5;
  return times(length, () => odds((level += 0.05 * gauss())));
}

describe('rates', () => {
  const count = fc
    .integer({ min: 0, max: 40 })
    .chain((attempts) =>
      fc.record({ attempts: fc.constant(attempts), successes: fc.integer({ min: 0, max: attempts }) }),
    );

  test('[FCT-15] any counts give rates and intervals within [0, 1]', () => {
    fc.assert(
      fc.property(fc.array(fc.option(count), { maxLength: 80 }), fc.integer({ min: 1, max: 30 }), (counts, period) => {
        if (counts.every((each) => (each?.attempts ?? 0) === 0)) return;
        for (const attempts of [1, 7, 100_000])
          for (const { point, low, high, rateLow, rateHigh } of stepsOf(counts, { horizon: 9, period, attempts })) {
            expect(0 <= low && low <= point && point <= high && high <= 1).toBe(true);
            expect(0 <= rateLow && rateLow <= rateHigh && rateHigh <= 1).toBe(true);
          }
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test.each([
    [[{ successes: 3, attempts: 2 }], {}, { ok: false, reason: 'wrong_count', at: 0 }],
    [[null, { successes: -1, attempts: 2 }], {}, { ok: false, reason: 'wrong_count', at: 1 }],
    [[{ successes: 0.5, attempts: 2 }], {}, { ok: false, reason: 'wrong_count', at: 0 }],
    [[{ successes: 0, attempts: Infinity }], {}, { ok: false, reason: 'wrong_count', at: 0 }],
    [[], {}, { ok: false, reason: 'no_attempts' }],
    [[null, { successes: 0, attempts: 0 }], {}, { ok: false, reason: 'no_attempts' }],
    [[{ successes: 1, attempts: 1 }], { attempts: 0 }, { ok: false, reason: 'wrong_attempts' }],
    [[{ successes: 1, attempts: 1 }], { horizon: 0 }, { ok: false, reason: 'wrong_horizon' }],
    [[{ successes: 1, attempts: 1 }], { period: 1.5 }, { ok: false, reason: 'wrong_period' }],
  ] as const)('[FCT-17] %j with %j is refused', (counts, options, refusal) => {
    expect(forecastRate(counts, { horizon: 2, period: 24, ...options })).toEqual(refusal);
  });

  test('[FCT-18] more attempts to come narrow the interval of shares down to that of the rate', () => {
    const draw = seeded(1);
    const counts = times(200, () => countOf(0.8, 20, draw));
    const widths = [10, 100, 1_000, 10_000, 1e9].map((attempts) => {
      const [{ low, high, rateLow, rateHigh }] = stepsOf(counts, { horizon: 1, period: 1, attempts }) as [RateStep];
      return [high - low, rateHigh - rateLow] as const;
    });
    for (const [i, [width]] of widths.entries()) if (i > 0) expect(width).toBeLessThan(widths[i - 1]![0]);
    expect(widths.at(-1)![0]).toBeCloseTo(widths.at(-1)![1], 6);
    // 4,000 attempts at 0.8: 1.96 standard errors on either side.
    expect(widths[0]![1]).toBeCloseTo(2 * 1.96 * Math.sqrt((0.8 * 0.2) / 4_000), 2);
  });

  test('[FCT-18] more attempts known narrow both intervals', () => {
    const draw = seeded(2);
    const counts = times(400, () => countOf(0.7, 10, draw));
    const [short, long] = [20, 400].map(
      (length) => stepsOf(counts.slice(-length), { horizon: 1, period: 1, attempts: 50 })[0]!,
    );
    expect(long!.rateHigh - long!.rateLow).toBeLessThan((short!.rateHigh - short!.rateLow) / 2);
    expect(long!.high - long!.low).toBeLessThan(short!.high - short!.low);
  });

  test('[FCT-19] steps without attempts leave the expectation, and widen it where the rate drifts', () => {
    const [draw, gauss] = [seeded(4), gaussians(4)];
    const counts = drifting(400, gauss).map((rate) => countOf(rate, 40, draw));
    const [now] = stepsOf(counts, { horizon: 1, period: 1, attempts: 40 }) as [RateStep];
    const [later] = stepsOf([...counts, ...times(30, () => null)], { horizon: 1, period: 1, attempts: 40 }) as [
      RateStep,
    ];
    expect(later.rateHigh - later.rateLow).toBeGreaterThan(1.2 * (now.rateHigh - now.rateLow));
    expect(Math.abs(later.point - now.point)).toBeLessThan(0.1);
  });

  test('[FCT-24] a rate that sways around its mean is not believed to drift further than it ever did', () => {
    const [draw, gauss] = [seeded(7), gaussians(7)];
    const widthsOf = (rates: readonly number[]): readonly number[] => {
      const counts = rates.map((rate) => countOf(rate, 200, draw));
      const steps = stepsOf(counts, { horizon: 900, period: 1, attempts: 200 });
      return [0, 400, 899].map((step) => steps[step]!.rateHigh - steps[step]!.rateLow);
    };
    let level = 0;
    const swaying = widthsOf(times(500, () => odds(1.5 + (level = 0.9 * level + 0.2 * gauss()))));
    expect(swaying[1]!).toBeGreaterThan(1.2 * swaying[0]!);
    expect(swaying[2]!).toBe(swaying[1]);
    expect(swaying[2]!).toBeLessThan(0.5);
    const far = widthsOf(drifting(500, gauss));
    expect(far[2]!).toBeGreaterThan(1.5 * far[0]!);
  });

  test('[FCT-16] attempts that are not told are those of the time of day', () => {
    const counts = times(10 * DAY, (t) => ({ successes: 3, attempts: t % DAY < 12 ? 4 : 8 }));
    const attempts = stepsOf(counts, { horizon: 2 * DAY, period: DAY }).map((step) => step.attempts);
    expect(attempts).toEqual(times(2 * DAY, (t) => (t % DAY < 12 ? 4 : 8)));
  });
});

describe('[FCT-16] which shares an interval holds', () => {
  const masses = ({ mean, precision }: Belief, attempts: number): number[] => {
    let orders = 1;
    return times(attempts + 1, (count) => {
      const mass = orders * Math.exp(logLikelihood({ mean, precision }, count, attempts));
      orders *= (attempts - count) / (count + 1);
      return mass;
    });
  };
  const held = (belief: Belief, attempts: number, turn: number): number => {
    const [low, high] = shareInterval(belief, attempts, turn);
    return masses(belief, attempts).reduce(
      (sum, mass, count) => sum + (count / attempts >= low && count / attempts <= high ? mass : 0),
      0,
    );
  };

  test.each([
    [{ mean: 0.985, precision: 500 }, 5],
    [{ mean: 0.88, precision: 1_000 }, 5],
    [{ mean: 0.5, precision: 3 }, 7],
    [{ mean: 0.2, precision: 40 }, 50],
    [{ mean: 0.04, precision: 1e6 }, 12],
  ])(
    'of %j, %d attempts: 95% in the mean of a hundred steps, two intervals by turns, neighbours',
    (belief, attempts) => {
      const shares = times(100, (turn) => held(belief, attempts, turn));
      expect(shares.reduce((sum, each) => sum + each) / 100).toBeCloseTo(0.95, 2);
      const kinds = new Set(times(100, (turn) => shareInterval(belief, attempts, turn).join()));
      expect(kinds.size).toBe(2);
      expect(Math.min(...shares)).toBeLessThan(0.95);
      expect(Math.max(...shares)).toBeGreaterThanOrEqual(0.95);
    },
  );

  test('of one count that alone is likelier than 95%: this one, always', () => {
    for (const turn of times(50, (index) => index))
      expect(shareInterval({ mean: 0.999, precision: 1e5 }, 5, turn)).toEqual([1, 1]);
    expect(shareInterval({ mean: 0.5, precision: 1e-4 }, 1, 0)).toEqual([0, 1]);
  });

  test('of forecasts from one hour to the next the turn goes on', () => {
    const counts = times(60, () => ({ successes: 5, attempts: 5 }));
    const first = times(
      40,
      (more) => stepsOf([...counts, ...counts.slice(0, more)], { horizon: 1, period: 1, attempts: 40 })[0]!,
    );
    expect(new Set(first.map(({ low }) => low)).size).toBeGreaterThan(1);
  });
});

describe('the beta-binomial distribution', () => {
  test('[FCT-16] an even belief of two attempts makes all counts alike', () => {
    const belief = { mean: 0.5, precision: 2 };
    // 1 / (n + 1) for each count, over the number of orders.
    for (const attempts of [4, 30]) expect(logLikelihood(belief, 0, attempts)).toBeCloseTo(-Math.log(attempts + 1), 9);
    expect(shareQuantiles(belief, 99, [0.1, 0.5, 0.9])).toEqual([9 / 99, 49 / 99, 89 / 99]);
  });

  test('[FCT-16] a firm belief is the binomial distribution', () => {
    const belief = { mean: 0.25, precision: 1e9 };
    expect(logLikelihood(belief, 1, 2)).toBeCloseTo(Math.log(0.25 * 0.75), 6);
    expect(logLikelihood(belief, 100, 200)).toBeCloseTo(100 * Math.log(0.25 * 0.75), 3);
    expect(shareQuantiles(belief, 2, [0.5, 0.6, 0.99])).toEqual([0, 0.5, 1]);
  });
});
