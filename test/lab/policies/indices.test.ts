import { describe, expect, test } from 'vitest';
import { klIndex, klucb } from '../../../lab/policies/klucb.ts';
import { dTs99 } from '../../../lab/policies/d-ts-99.ts';
import { dTs998 } from '../../../lab/policies/d-ts-998.ts';
import { dTs9995 } from '../../../lab/policies/d-ts-9995.ts';
import { dUcb6 } from '../../../lab/policies/d-ucb-6.ts';
import { dUcb995 } from '../../../lab/policies/d-ucb-995.ts';
import { createSlidingKlUcb, swKlucb } from '../../../lab/policies/sw-klucb.ts';
import { SegmentWindow } from '../../../lab/policies/segment-window.ts';
import { swUcb200 } from '../../../lab/policies/sw-ucb-200.ts';
import { swUcb200Wide } from '../../../lab/policies/sw-ucb-200-6.ts';
import { swUcb2000 } from '../../../lab/policies/sw-ucb-2000.ts';
import { thompson } from '../../../lab/policies/thompson.ts';
import { stream } from '../../../lab/simulator/random.ts';
import { madeWorld, outcomes, sharesOf, Trial } from './made-world.ts';

const DRAW = stream(5);
const INDICES = [klucb, swKlucb, swUcb200, swUcb200Wide, swUcb2000, dUcb6, dUcb995];

describe.each(INDICES)('$id', (entry) => {
  test('arms without an outcome come first and share evenly', () => {
    const trial = new Trial(entry, 3);
    trial.tell(1, outcomes('A'));
    const shares = sharesOf(3, trial.chosen(4_000));
    expect(shares[1]).toBe(0);
    expect(shares[0]).toBeCloseTo(0.5, 1);
    expect(trial.choose().propensity).toBe(0.5);
  });

  test('three without an outcome get a third each', () => {
    for (const share of sharesOf(3, new Trial(entry, 3).chosen(6_000)))
      expect(Math.abs(share - 1 / 3)).toBeLessThan(0.03);
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

test('the window of .6 looks at an arm of .7 again where that of .05 does not: 20 outcomes against 180 of .9', () => {
  // .7 + sqrt(.6 ln 200 / 20) = 1.10 against .9 + .13; with .05: .82 against .94.
  for (const { entry, arm } of [
    { entry: swUcb200Wide, arm: 1 },
    { entry: swUcb200, arm: 0 },
  ]) {
    const trial = new Trial(entry);
    trial.tell(1, outcomes('14A6D'));
    trial.tell(0, outcomes('162A18D'));
    expect(trial.choose().arm).toBe(arm);
  }
});

test('d-ucb-6 is back at any arm within five outcomes, however bad it was', () => {
  // Two approvals ever: the bound of an arm of weight w is 2 sqrt(.6 ln 2.5 / w) = 1.48 / sqrt(w), above the leader's 1.94 from w = .58 down.
  const trial = new Trial(dUcb6);
  trial.tell(1, outcomes('50D'));
  let waited = 0;
  while (trial.choose().arm !== 1 && waited < 50) {
    trial.tell(0, outcomes('A'));
    waited += 1;
  }
  expect(waited).toBeGreaterThan(0);
  expect(waited).toBeLessThanOrEqual(5);
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
});

interface Seen {
  readonly arm: number;
  readonly approved: boolean;
}

/** Sum and count of an arm's outcomes, each weighed by its age. */
function weighed(seen: readonly Seen[], arm: number, discount: number): { n: number; mean: number } {
  let n = 0;
  let sum = 0;
  for (const [place, one] of seen.entries()) {
    const weight = one.arm === arm ? discount ** (seen.length - 1 - place) : 0;
    n += weight;
    sum += one.approved ? weight : 0;
  }
  return { n, mean: sum / n };
}

/** SW-UCB's index of an arm, at length. */
const windowed =
  (size: number, confidence: number) =>
  (seen: readonly Seen[], arm: number): number => {
    const { n, mean } = weighed(seen.slice(-size), arm, 1);
    return n === 0 ? Infinity : mean + Math.sqrt((confidence * Math.log(Math.min(size, seen.length))) / n);
  };

/** D-UCB's. */
const discounted =
  (discount: number) =>
  (seen: readonly Seen[], arm: number): number => {
    const total = [0, 1, 2].reduce((sum, other) => sum + weighed(seen, other, discount).n, 0);
    const { n, mean } = weighed(seen, arm, discount);
    return mean + 2 * Math.sqrt((0.6 * Math.log(total)) / n);
  };

test.each([
  { entry: swUcb200, formula: 'mean + sqrt(.05 ln 200 / n) over the last 200', index: windowed(200, 0.05) },
  { entry: swUcb200Wide, formula: 'mean + sqrt(.6 ln 200 / n) over the last 200', index: windowed(200, 0.6) },
  { entry: swUcb2000, formula: 'mean + sqrt(.05 ln 2,000 / n) over the last 2,000', index: windowed(2_000, 0.05) },
  {
    entry: dUcb995,
    formula: 'mean + 2 sqrt(.6 ln n / n_arm), outcomes weighed by .995 to their age',
    index: discounted(0.995),
  },
  {
    entry: dUcb6,
    formula: 'mean + 2 sqrt(.6 ln n / n_arm), outcomes weighed by .6 to their age',
    index: discounted(0.6),
  },
])('$entry.id chooses by $formula, at every step of 500', ({ entry, index }) => {
  const trial = new Trial(entry, 3);
  const chance = stream(21);
  const seen: Seen[] = [];
  const places = new Set<number>();
  for (let step = 0; step < 500; step++) {
    const arm = Math.floor(chance() * 3);
    const approved = chance() < 0.5 + 0.03 * arm;
    seen.push({ arm, approved });
    trial.tell(arm, outcomes(approved ? 'A' : 'D'));
    if (step < 20) continue;
    const indices = [0, 1, 2].map((one) => index(seen, one));
    const best = indices.indexOf(Math.max(...indices));
    expect(trial.choose().arm).toBe(best);
    places.add(best);
  }
  expect(places.size).toBeGreaterThan(1);
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
  ])('$entry.id weighs an approval by $discount to the power of its age', ({ entry, discount }) => {
    // Arm 1 stays at its prior: P(Beta(1 + a, 1) > Beta(1, 1)) = (1 + a) / (2 + a).
    const age = discount < 1 ? Math.round(2 / (1 - discount)) : 1_000;
    const trial = new Trial(entry, 3);
    trial.tell(0, outcomes('10A'));
    trial.tell(2, outcomes(`${age}D`));
    const kept = Array.from({ length: 10 }, (_, place) => discount ** (age + place)).reduce((sum, one) => sum + one, 0);
    const chosen = Array.from({ length: 40_000 }, () => trial.policy.choose(trial.payment(), [0, 1], DRAW).arm);
    expect(Math.abs(sharesOf(2, chosen)[0]! - (1 + kept) / (2 + kept))).toBeLessThan(0.01);
  });

  test('plain, it forgets nothing in 80,000 outcomes', () => {
    // Standard deviations of .0025 each and .0035 of the difference; at .9999 they would be twice that.
    const trial = new Trial(thompson);
    for (let round = 0; round < 200; round += 1)
      for (const text of ['100A100D', '102A98D']) trial.tell(text === '100A100D' ? 0 : 1, outcomes(text));
    expect(sharesOf(2, trial.chosen(4_000))[1]).toBeGreaterThan(0.99);
  });
});
