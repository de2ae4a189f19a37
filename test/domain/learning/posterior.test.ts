import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  beliefOf,
  correct,
  createLearner,
  learn,
  passBy,
  passTo,
  rememberHour,
  restartFromBaseline,
  restoreLearner,
  snapshotLearner,
  unlearn,
  widen,
  type LearnerState,
} from '../../../src/domain/learning/posterior.ts';
import { seeded } from '../../harness/seeded.ts';

const HOUR_MS = 3_600_000;

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
    expect(belief.mean).toBeCloseTo(0.7, 2);
    expect(belief.baseline).toBeCloseTo(0.7, 2);
    expect(belief.weight).toBe(0);
    expect(belief.sd).toBeCloseTo(Math.sqrt((0.7 * 0.3) / 10), 2);
    expect(beliefOf(createLearner()).mean).toBeCloseTo(2 / 3, 2);
  });

  test('[LRN-2] a change is believed at once: from .93 to .10 below .4 after 12 outcomes, and back above .8 after 40', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const state = taught(0.93, 10_000, seed);
      const random = seeded(seed + 100);
      teach(state, 0.1, 12, random);
      expect(beliefOf(state).mean).toBeLessThan(0.4);
      teach(state, 0.1, 400, random);
      expect(beliefOf(state).baseline).toBeGreaterThan(0.85);
      teach(state, 0.93, 40, random);
      expect(beliefOf(state).mean).toBeGreaterThan(0.8);
    }
  });

  test('[LRN-2] after an outage of 400 outcomes two approvals in a row make the old level likelier than anything else', () => {
    const state = taught(0.93, 10_000);
    teach(state, 0.1, 400, seeded(8));
    passBy(state, 500);
    const highest = (): number => beliefOf(state).regimes![0]!.quantiles.filter((rate) => rate > 0.85).length;
    expect(highest()).toBeLessThan(4);
    learn(state, true, 1);
    learn(state, true, 1);
    expect(highest()).toBeGreaterThan(7);
  });

  test('[LRN-16] outcomes say of which kind a rate is: calm, jumpy or drifting', () => {
    const random = seeded(6);
    const [calm, jumpy, drifting] = [createLearner(), createLearner(), createLearner()];
    for (let i = 0; i < 20_000; i++) {
      learn(calm, random() < 0.9, 1);
      learn(jumpy, random() < (Math.floor(i / 700) % 2 === 0 ? 0.93 : 0.5), 1);
      learn(drifting, random() < 0.88 + 0.05 * Math.sin(i / 2_000), 1);
    }
    const evidenceOf = (state: LearnerState): number[] => beliefOf(state).regimes!.map(({ evidence }) => evidence);
    for (const evidence of evidenceOf(createLearner())) expect(evidence).toBeCloseTo(0, 4);
    for (const [kind, state] of [calm, jumpy, drifting].entries()) {
      const evidence = evidenceOf(state);
      expect(evidence.indexOf(Math.max(...evidence))).toBe(kind);
      expect(evidence[kind]).toBeGreaterThan(0.2);
    }
  });

  test('[LRN-2] a rate that falls by five points in 6,000 payments is followed within two', () => {
    const random = seeded(4);
    const state = taught(0.93, 8_000);
    for (let i = 0; i < 6_000; i++) learn(state, random() < 0.93 - (0.05 * i) / 6_000, 1);
    expect(Math.abs(beliefOf(state).mean - 0.88)).toBeLessThan(0.02);
  });

  test('[LRN-3] an outcome of weight one half, twice, weighs as much as one', () => {
    const whole = taught(0.9, 50);
    const halves = taught(0.9, 50);
    const position = learn(whole, true, 1);
    learn(halves, true, 0.5);
    expect(learn(halves, true, 0.5)).toBeCloseTo(position, 12);
    expect(beliefOf(halves).mean).toBeCloseTo(beliefOf(whole).mean, 3);
    expect(beliefOf(halves).weight).toBeCloseTo(beliefOf(whole).weight, 0);
  });
});

describe('settlement', () => {
  test('[LRN-4] an unknown that settles as approved is believed as if it had been approved at once', () => {
    const settled = taught(0.9, 200);
    const atOnce = taught(0.9, 200);
    const position = learn(settled, false, 0.8);
    learn(atOnce, true, 0.8);
    teach(settled, 0.9, 30, seeded(2));
    teach(atOnce, 0.9, 30, seeded(2));
    const before = beliefOf(settled).mean;
    correct(settled, position, true, { weight: 0.8 });
    expect(Math.abs(beliefOf(settled).mean - beliefOf(atOnce).mean)).toBeLessThan(1e-3);
    expect(beliefOf(settled).mean - before).toBeGreaterThan(2e-3);
  });

  test('[LRN-4] an unknown that belongs elsewhere leaves the belief as if it had never been', () => {
    const state = taught(0.9, 200);
    const without = taught(0.9, 200);
    const position = learn(state, false, 1);
    teach(state, 0.9, 20, seeded(2));
    teach(without, 0.9, 20, seeded(2));
    unlearn(state, position, 1);
    expect(Math.abs(beliefOf(state).mean - beliefOf(without).mean)).toBeLessThan(1e-3);
  });

  test('[LRN-4] an unknown that settles as declined changes nothing', () => {
    const state = taught(0.9, 200);
    const position = learn(state, false, 1);
    const before = structuredClone(state);
    correct(state, position, false);
    expect(state).toEqual(before);
  });

  test('[LRN-4] a settlement from before a restart, or of a learner that was dropped since, changes nothing', () => {
    const state = taught(0.9, 200);
    const position = learn(state, false, 1);
    restartFromBaseline(state);
    const before = structuredClone(state);
    correct(state, position, true);
    unlearn(state, position, 1);
    correct(state, position + 1_000, true);
    expect(state).toEqual(before);
  });
});

describe('forgetting', () => {
  test('[LRN-5] a restart believes the levels of before again, with doubt', () => {
    const state = taught(0.93, 10_000);
    teach(state, 0.05, 100, seeded(3));
    restartFromBaseline(state);
    const { mean, sd, regimes } = beliefOf(state);
    expect(mean).toBeGreaterThan(0.8);
    expect(sd).toBeGreaterThan(0.1);
    expect(regimes![0]!.quantiles.filter((rate) => rate > 0.88).length).toBeGreaterThan(9);
  });

  test('[LRN-6] what goes elsewhere makes old news doubtful: after an outage, and after a good time', () => {
    const failed = taught(0.93, 10_000);
    teach(failed, 0.1, 50, seeded(4));
    const good = taught(0.93, 10_000);
    const before = beliefOf(failed).mean;
    for (const state of [failed, good]) passBy(state, 2_000);
    expect(beliefOf(failed).mean).toBeGreaterThan(before + 0.2);
    expect(beliefOf(good).mean).toBeGreaterThan(0.85);
    passBy(failed, 100_000);
    passBy(good, 100_000);
    expect(Math.abs(beliefOf(failed).mean - beliefOf(good).mean)).toBeLessThan(0.02);
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

test('[LRN-8] a learner that went through JSON goes on bit for bit, and takes less than 1,800 characters', () => {
  const kept = taught(0.8, 100);
  const text = JSON.stringify(snapshotLearner(kept));
  expect(text.length).toBeLessThan(1_800);
  const stored = restoreLearner(JSON.parse(text));
  teach(kept, 0.3, 100, seeded(5));
  teach(stored, 0.3, 100, seeded(5));
  expect(stored).toEqual(kept);
});

/** Of forty hours, those before six in the morning bad. */
function taughtByHours(): LearnerState {
  const state = taught(0.8, 20);
  const random = seeded(7);
  for (let hour = 0; hour < 40; hour += 1) {
    passTo(state, hour * HOUR_MS);
    for (let outcomes = 0; outcomes < 30; outcomes += 1) {
      const approved = random() < (hour % 24 < 6 ? 0.2 : 0.9);
      learn(state, approved, 1);
      rememberHour(state, approved, { weight: 1, offset: 0 }, hour * HOUR_MS);
    }
  }
  return state;
}

test('[LRN-24] what is told after each step is what one would tell who learned the same and was never asked', () => {
  const known = snapshotLearner(taughtByHours());
  const outcome = fc.tuple(fc.boolean(), fc.double({ min: 0.01, max: 1, noNaN: true }));
  const step = fc.oneof(
    outcome.map(
      ([approved, weight]) =>
        (state: LearnerState) =>
          void learn(state, approved, weight),
    ),
    outcome.map(
      ([approved, weight]) =>
        (state: LearnerState) =>
          correct(state, state.clock, approved, { weight }),
    ),
    outcome.map(
      ([, weight]) =>
        (state: LearnerState) =>
          unlearn(state, state.clock, weight),
    ),
    fc.integer({ min: 0, max: 5_000 }).map((count) => (state: LearnerState) => passBy(state, count)),
    fc.constant(restartFromBaseline),
    fc.integer({ min: 0, max: 80 }).map((hour) => (state: LearnerState) => passTo(state, hour * HOUR_MS)),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const asked = restoreLearner(known);
      for (const take of steps) {
        beliefOf(asked);
        take(asked);
        for (const now of [null, 30 * 24 * HOUR_MS])
          expect(beliefOf(asked, now)).toEqual(beliefOf(restoreLearner(snapshotLearner(asked)), now));
      }
    }),
    { numRuns: 20 },
  );
});

test('[LRN-8] a learner that has learned nothing is kept as its prior', () => {
  const empty = createLearner({ mean: 0.9, weight: 40 });
  const snapshot = snapshotLearner(empty);
  expect(snapshot.filter).toBeNull();
  expect(restoreLearner(JSON.parse(JSON.stringify(snapshot)))).toEqual(empty);
});
