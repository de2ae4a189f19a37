import { describe, expect, test } from 'vitest';
import {
  beliefOf,
  correct,
  createLearner,
  decayIdle,
  learn,
  restartFromBaseline,
  widen,
  type LearnerState,
} from '../../../src/domain/learning/posterior.ts';
import { seeded } from '../../harness/seeded.ts';

function taught(approval: number, outcomes: number, seed = 1): LearnerState {
  const state = createLearner();
  teach(state, approval, outcomes, seeded(seed));
  return state;
}

function teach(state: LearnerState, approval: number, outcomes: number, random: () => number): void {
  for (let i = 0; i < outcomes; i++) learn(state, random() < approval, 1);
}

describe('learning', () => {
  test('[LRN-1] the belief of a long-known processor is its approval, to a percent or two', () => {
    const belief = beliefOf(taught(0.93, 20_000));
    expect(belief.mean).toBeGreaterThan(0.91);
    expect(belief.mean).toBeLessThan(0.95);
    expect(belief.baseline).toBeCloseTo(0.93, 2);
    expect(belief.sd).toBeLessThan(0.02);
  });

  test('[LRN-1] an unknown processor is believed to be at the prior, with the doubt of the prior', () => {
    const belief = beliefOf(createLearner({ mean: 0.7, weight: 9 }));
    expect(belief.mean).toBeCloseTo(0.7, 10);
    expect(belief.baseline).toBeCloseTo(0.7, 10);
    expect(belief.weight).toBe(0);
    expect(belief.sd ** 2).toBeCloseTo((0.7 * 0.3) / 10 + (0.7 * 0.3) / 31, 10);
  });

  test('[LRN-2] short memories speak after a change: from .93 to .10 is believed below .75 after 30 outcomes and below .4 after 400, and back above .8 after 100', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const state = taught(0.93, 10_000, seed);
      const random = seeded(seed + 100);
      teach(state, 0.1, 30, random);
      expect(beliefOf(state).mean).toBeLessThan(0.75);
      teach(state, 0.1, 370, random);
      expect(beliefOf(state).mean).toBeLessThan(0.4);
      expect(beliefOf(state).baseline).toBeGreaterThan(0.88);
      teach(state, 0.93, 100, random);
      expect(beliefOf(state).mean).toBeGreaterThan(0.8);
    }
  });

  test('[LRN-2] the trust in the experts always sums to 1', () => {
    const state = taught(0.5, 500);
    decayIdle(state, 300);
    expect(state.experts.reduce((sum, { trust }) => sum + trust, 0)).toBeCloseTo(1, 12);
  });

  test('[LRN-3] an outcome of weight one half, twice, weighs as much as one', () => {
    const whole = taught(0.9, 50);
    const halves = JSON.parse(JSON.stringify(whole)) as LearnerState;
    const position = learn(whole, true, 1);
    learn(halves, true, 0.5);
    expect(learn(halves, true, 0.5)).toBeCloseTo(position, 12);
    expect(beliefOf(halves).weight).toBeCloseTo(beliefOf(whole).weight, 1);
    expect(beliefOf(halves).mean).toBeCloseTo(beliefOf(whole).mean, 2);
  });
});

describe('settlement', () => {
  const evidence = (state: LearnerState): number[] =>
    [...state.experts, state.baseline].flatMap(({ approved, weight }) => [approved, weight]);

  test('[LRN-4] an unknown that settles as approved leaves the evidence as if it had been approved at once', () => {
    const settled = taught(0.9, 200);
    const atOnce = taught(0.9, 200);
    const position = learn(settled, false, 0.8);
    learn(atOnce, true, 0.8);
    teach(settled, 0.9, 300, seeded(2));
    teach(atOnce, 0.9, 300, seeded(2));
    correct(settled, position, true, 0.8);
    for (const [index, value] of evidence(atOnce).entries()) expect(evidence(settled)[index]).toBeCloseTo(value, 8);
  });

  test('[LRN-4] an unknown that settles as declined changes nothing', () => {
    const state = taught(0.9, 200);
    const position = learn(state, false, 1);
    const before = JSON.stringify(state);
    correct(state, position, false);
    expect(JSON.stringify(state)).toBe(before);
  });

  test('[LRN-4] a settlement from before a restart, or of an idle processor, never yields more approvals than outcomes', () => {
    const state = taught(0.9, 200);
    const position = learn(state, false, 1);
    restartFromBaseline(state);
    correct(state, position, true);
    expect(state.experts.every(({ approved }) => approved === 0)).toBe(true);
    const later = learn(state, false, 1);
    decayIdle(state, 100_000);
    correct(state, later, true);
    expect(state.experts.every(({ approved, weight }) => approved <= weight)).toBe(true);
  });
});

describe('forgetting', () => {
  test('[LRN-5] a restart believes the baseline again, and no expert more than another', () => {
    const state = taught(0.93, 10_000);
    teach(state, 0.05, 100, seeded(3));
    restartFromBaseline(state);
    const { mean, baseline, sd } = beliefOf(state);
    expect(mean).toBeCloseTo(baseline, 12);
    expect(mean).toBeGreaterThan(0.9);
    expect(sd).toBeCloseTo(Math.sqrt((baseline * (1 - baseline)) / 31), 3);
    expect(state.experts.map(({ trust }) => trust)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test('[LRN-6] the evidence of an idle processor counts half after 2,000 outcomes elsewhere, in one step or in many', () => {
    const state = taught(0.93, 10_000);
    teach(state, 0.1, 50, seeded(4));
    const stepwise = JSON.parse(JSON.stringify(state)) as LearnerState;
    const weights = state.experts.map(({ weight }) => weight);
    decayIdle(state, 2_000);
    for (const [index, { weight }] of state.experts.entries()) expect(weight).toBeCloseTo(weights[index]! / 2, 8);
    for (let i = 0; i < 200; i++) decayIdle(stepwise, 10);
    expect(beliefOf(stepwise).mean).toBeCloseTo(beliefOf(state).mean, 8);
    decayIdle(state, 40_000);
    expect(beliefOf(state).mean).toBeCloseTo(beliefOf(state).baseline, 4);
  });

  test('[LRN-7] a table of up to 2 s is believed as it is; the sd grows to the prior of the baseline at 10 min, the mean goes there from 60 s on', () => {
    const belief = { mean: 0.5, sd: 0.01, weight: 100, baseline: 0.9 };
    const priorSd = Math.sqrt((0.9 * 0.1) / 31);
    expect(widen(belief, 0)).toEqual(belief);
    expect(widen(belief, 2_000)).toEqual(belief);
    expect(widen(belief, 60_000).mean).toBe(0.5);
    expect(widen(belief, 330_000).mean).toBeCloseTo(0.7, 12);
    expect(widen(belief, 600_000).mean).toBeCloseTo(0.9, 12);
    expect(widen(belief, 600_000).sd).toBeCloseTo(priorSd, 12);
    expect(widen(belief, 86_400_000)).toEqual(widen(belief, 600_000));
    let sd = belief.sd;
    for (let ageMs = 3_000; ageMs <= 600_000; ageMs += 3_000) {
      expect(widen(belief, ageMs).sd).toBeGreaterThan(sd);
      sd = widen(belief, ageMs).sd;
    }
    expect(widen({ ...belief, sd: 0.2 }, 600_000).sd).toBeCloseTo(0.2, 12);
  });
});

test('[LRN-8] a learner that went through JSON goes on as if it had not', () => {
  const kept = taught(0.8, 100);
  const stored = JSON.parse(JSON.stringify(kept)) as LearnerState;
  teach(kept, 0.3, 100, seeded(5));
  teach(stored, 0.3, 100, seeded(5));
  expect(stored).toEqual(kept);
});
