import { describe, expect, test } from 'vitest';
import { klIndex, klucb } from '../../../lab/policies/klucb.ts';
import { dUcb995 } from '../../../lab/policies/d-ucb.ts';
import { createSlidingKlUcb, swKlucb } from '../../../lab/policies/sw-klucb.ts';
import { SegmentWindow } from '../../../lab/policies/segment-window.ts';
import { swUcb200, swUcb2000 } from '../../../lab/policies/sw-ucb.ts';
import { dTs99, dTs998, dTs9995, thompson } from '../../../lab/policies/thompson.ts';
import { stream } from '../../../lab/simulator/random.ts';
import { madeWorld, outcomes, sharesOf, Trial } from './made-world.ts';

const DRAW = stream(5);
const INDICES = [klucb, swKlucb, swUcb200, swUcb2000, dUcb995];

describe.each(INDICES)('$id', (entry) => {
  test('arms without an outcome come first and share evenly', () => {
    const trial = new Trial(entry, 3);
    trial.tell(1, outcomes('A'));
    const shares = sharesOf(3, trial.chosen(4_000));
    expect(shares[1]).toBe(0);
    expect(shares[0]).toBeCloseTo(0.5, 1);
    expect(trial.choose().propensity).toBe(0.5);
  });

  test('segments learn apart', () => {
    const trial = new Trial(entry);
    trial.tell(0, outcomes('5A'));
    trial.tell(1, outcomes('5D'));
    expect(trial.choose()).toEqual({ arm: 0, propensity: 1, probe: false });
    trial.segment = 1;
    expect(trial.choose().propensity).toBe(0.5);
  });
});

describe('klucb', () => {
  test.each([
    { trials: 0, approved: 0, exploration: 5, index: Infinity },
    { trials: 10, approved: 10, exploration: 5, index: 1 },
    { trials: 10, approved: 0, exploration: 5, index: 1 - Math.exp(-0.5) },
    { trials: 10, approved: 5, exploration: 0, index: 0.5 },
  ])('$approved of $trials at f = $exploration has the index $index', ({ trials, approved, exploration, index }) => {
    expect(klIndex({ trials, approved }, exploration)).toBeCloseTo(index, 9);
  });

  test('what was measured less is looked at again as outcomes go by', () => {
    const trial = new Trial(klucb);
    trial.tell(1, outcomes('8A2D'));
    trial.tell(0, outcomes('85A15D'));
    expect(trial.choose().arm).toBe(1);
    trial.tell(1, outcomes('72A18D'));
    expect(trial.choose().arm).toBe(0);
  });
});

describe('a window over the segment', () => {
  test('the oldest outcome leaves, whoever it belongs to', () => {
    const window = new SegmentWindow(2, 3);
    window.add(0, true);
    window.add(1, true);
    window.add(1, false);
    window.add(1, true);
    expect(window.tallies).toEqual([
      { trials: 0, approved: 0 },
      { trials: 3, approved: 2 },
    ]);
    expect(window.length).toBe(3);
  });

  test.each([
    { entry: swUcb200, size: 200 },
    { entry: swUcb2000, size: 2_000 },
  ])('$entry.id forgets an arm after $size outcomes of others', ({ entry, size }) => {
    const trial = new Trial(entry);
    trial.tell(0, outcomes('D'));
    trial.tell(1, outcomes(`${size - 1}A`));
    expect(trial.choose().arm).toBe(1);
    trial.tell(1, outcomes('A'));
    expect(trial.choose().arm).toBe(0);
  });

  test("SW-UCB's bonus is sqrt(.05 ln 200 / n)", () => {
    const bonus = (n: number): number => Math.sqrt((0.05 * Math.log(200)) / n);
    const trial = new Trial(swUcb200);
    trial.tell(1, outcomes('20D20A'));
    trial.tell(0, outcomes('48D112A'));
    expect(0.5 + bonus(40)).toBeLessThan(0.7 + bonus(160));
    expect(trial.choose().arm).toBe(0);
    const other = new Trial(swUcb200);
    other.tell(1, outcomes('6D10A'));
    other.tell(0, outcomes('55D129A'));
    expect(10 / 16 + bonus(16)).toBeGreaterThan(129 / 184 + bonus(184));
    expect(other.choose().arm).toBe(1);
  });

  test('SW-klUCB looks back 2 sqrt(T ln T / changes) outcomes: 206 at T = 5,000 and four changes', () => {
    const world = { ...madeWorld(2, 5_000), segments: madeWorld(2).segments.slice(0, 1) };
    const trial = new Trial({ create: () => createSlidingKlUcb(world, 4) });
    trial.tell(0, outcomes('D'));
    trial.tell(1, outcomes('205A'));
    expect(trial.choose().arm).toBe(1);
    trial.tell(1, outcomes('A'));
    expect(trial.choose().arm).toBe(0);
  });
});

describe('d-ucb-995', () => {
  test('old outcomes weigh .995 to the power of their age: an arm that failed and one that was long ago good change places', () => {
    const trial = new Trial(dUcb995);
    trial.tell(0, outcomes('300A'));
    trial.tell(1, outcomes('300D'));
    expect(trial.choose().arm).toBe(0);
    trial.tell(0, outcomes('2000D'));
    expect(trial.choose().arm).toBe(1);
  });

  test('the padding is 2 sqrt(.6 ln n / n_arm)', () => {
    // 100 outcomes each, all alike but in age: the arm measured longer ago weighs less and is padded more.
    const trial = new Trial(dUcb995);
    trial.tell(0, outcomes('100A'));
    trial.tell(1, outcomes('100A'));
    expect(trial.choose().arm).toBe(0);
    trial.tell(0, outcomes('100A'));
    expect(trial.choose().arm).toBe(1);
  });
});

describe('thompson', () => {
  test.each([
    { approved: '9A1D', refused: '1A9D', share: 0.998 },
    { approved: '2A1D', refused: '1A2D', share: 0.758 },
    { approved: '1A', refused: '1D', share: 5 / 6 },
  ])('an arm with $approved is drawn over one with $refused with the chance that it is better', (given) => {
    const trial = new Trial(thompson);
    trial.tell(0, outcomes(given.approved));
    trial.tell(1, outcomes(given.refused));
    const share = sharesOf(2, trial.chosen(20_000))[0]!;
    expect(Math.abs(share - given.share)).toBeLessThan(0.012);
  });

  test.each([
    { entry: thompson, discount: 1 },
    { entry: dTs99, discount: 0.99 },
    { entry: dTs998, discount: 0.998 },
    { entry: dTs9995, discount: 0.9995 },
  ])('$entry.id weighs what is 100 outcomes old by $discount to the 100th', ({ entry, discount }) => {
    // Arm 0 keeps 40 x kept approvals, arm 1 learns nothing: P(Beta(1 + a, 1) > Beta(1, 1)) = (1 + a) / (2 + a).
    const trial = new Trial(entry, 3);
    trial.tell(0, outcomes('10A'));
    trial.tell(2, outcomes('100D'));
    const kept = 10 * discount ** 100;
    const chosen = Array.from({ length: 40_000 }, () => {
      const { arm } = trial.policy.choose(trial.payment(), [0, 1], DRAW);
      return arm;
    });
    const newest =
      Array.from({ length: 10 }, (_, age) => discount ** age).reduce((sum, weight) => sum + weight, 0) / 10;
    expect(Math.abs(sharesOf(2, chosen)[0]! - (1 + kept * newest) / (2 + kept * newest))).toBeLessThan(0.01);
  });
});
