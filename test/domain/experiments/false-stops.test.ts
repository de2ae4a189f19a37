// The promise that is tested: whoever looks at every 40th payment stops one of two equal arms no more often than alpha says.
import { expect, test } from 'vitest';
import { frequenciesOf } from '../../../lab/experiments/simulated-experiment.ts';
import { JUDGING_DEFAULT } from '../../../src/domain/experiments/judgement.ts';
import { seeded } from '../../harness/seeded.ts';

const SETUP = { shareA: 0.5, toldShareA: 0.5, paymentsMost: 6_000, lookEvery: 40, judging: JUDGING_DEFAULT };

test.each([0.3, 0.85, 0.95])(
  '[EXP-5] two arms that both succeed at %d are told apart at any of 150 looks in at most 5% of 200 experiments',
  (rate) => {
    const { stops, misses, mismatches } = frequenciesOf({ ...SETUP, rateA: rate, rateB: rate }, 200, seeded(17));
    expect(stops).toBeLessThanOrEqual(0.05);
    expect(misses).toBeLessThanOrEqual(0.05);
    expect(mismatches).toBeLessThanOrEqual(0.01);
  },
  20_000,
);

test('[EXP-9] an arm that loses five points is stopped, and it is that one', () => {
  const { stops, rightStops, medianStop } = frequenciesOf(
    { ...SETUP, rateA: 0.85, rateB: 0.8, paymentsMost: 10_000 },
    50,
    seeded(19),
  );
  expect(stops).toBe(1);
  expect(rightStops).toBe(1);
  expect(medianStop).toBeLessThan(4_000);
}, 20_000);

test('[EXP-7] payments that fall four points off their share are noticed, and nothing is stopped after that', () => {
  const setup = { ...SETUP, shareA: 0.54, rateA: 0.85, rateB: 0.85, paymentsMost: 10_000 };
  const { mismatches } = frequenciesOf(setup, 30, seeded(23));
  expect(mismatches).toBeGreaterThan(0.9);
}, 20_000);
