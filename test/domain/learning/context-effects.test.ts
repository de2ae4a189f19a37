import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ContextEffects,
  offsetAt,
  offsetsIn,
  shiftedBelief,
  shiftedRate,
} from '../../../src/domain/learning/context-effects.ts';
import {
  beliefOf,
  correct,
  createLearner,
  learn,
  type LearnerState,
  passTo,
  rememberHour,
  unlearn,
} from '../../../src/domain/learning/posterior.ts';
import { seeded } from '../../harness/seeded.ts';
import { segmentKey } from '../../../src/domain/segment.ts';

const HERE = segmentKey('CARD', 'BR');
const HOUR = 3_600_000;
const logOdds = (rate: number): number => Math.log(rate / (1 - rate));
const EFFECTS: ContextEffects = {
  amounts: [0, 0, 0, 0.8, 0.2, -0.6, 0, 0, 0, 0],
  hours: [-0.5, 0, 0, 0, 0, 0, 0, 0.1],
  centres: [{ segment: HERE, amount: 0.2, hour: -0.1 }],
};

describe('what circumstances add', () => {
  test('[LRN-22] is what the payment has beyond its segment, and nothing where nothing is told', () => {
    const offsets = offsetsIn(EFFECTS, HERE);
    expect(offsetAt(offsets, 3, 0)).toBeCloseTo(0.6 - 0.4, 12);
    expect(offsetAt(offsets, 5, 7)).toBeCloseTo(-0.8 + 0.2, 12);
    expect(offsetAt(offsets, null, 7)).toBeCloseTo(0.2, 12);
    expect(offsetAt(offsetsIn({ ...EFFECTS, hours: [] }, HERE), 4, 0)).toBe(0);
    expect(offsetAt(offsetsIn(EFFECTS, segmentKey('PIX', 'BR')), 3, 0)).toBe(0);
    expect(offsetAt(offsetsIn(undefined, HERE), 3, 0)).toBe(0);
  });

  test('[LRN-22] moves a belief in log odds, as sure as before; without an offset it is the very same', () => {
    const learner = createLearner();
    const random = seeded(3);
    for (let serial = 0; serial < 60; serial += 1) learn(learner, random() < 0.8, 1);
    const belief = beliefOf(learner);
    expect(shiftedBelief(belief, 0)).toBe(belief);
    const moved = shiftedBelief(belief, -0.7);
    expect(logOdds(moved.mean)).toBeCloseTo(logOdds(belief.mean) - 0.7, 9);
    expect(moved.weight).toBe(belief.weight);
    expect(moved.sd).toBeGreaterThan(belief.sd);
    const [own, shifted] = [belief.regimes![0]!, moved.regimes![0]!];
    expect(shifted).toMatchObject({ prior: own.prior, evidence: own.evidence });
    for (const [place, rate] of shifted.quantiles.entries())
      expect(rate).toBe(shiftedRate(own.quantiles[place]!, -0.7));
  });

  test('[LRN-22] a rate stays one, in its order, and what lies beyond 0 and 1 stays there', () => {
    const rate = fc.double({ min: -0.2, max: 1.2, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.double({ min: -4, max: 4, noNaN: true }), (one, other, offset) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(shiftedRate(low, offset)).toBeLessThanOrEqual(shiftedRate(high, offset) + 1e-12);
        if (one > 0 && one < 1) expect(shiftedRate(one, offset)).toBeGreaterThanOrEqual(0);
        if (one > 0 && one < 1) expect(shiftedRate(one, offset)).toBeLessThanOrEqual(1);
        else expect(shiftedRate(one, offset)).toBe(one);
      }),
    );
  });
});

describe('what is learned of a payment with an offset', () => {
  function lived(rateAtNone: number, offsetOf: (serial: number) => number, isTold: boolean): LearnerState {
    const learner = createLearner();
    const random = seeded(11);
    for (let serial = 0; serial < 600; serial += 1) {
      const offset = offsetOf(serial);
      learn(learner, random() < shiftedRate(rateAtNone, offset), 1, isTold ? offset : 0);
    }
    return learner;
  }

  test('[LRN-23] whoever is given the easy payments is not thought the better of, nor who is given the hard ones the worse', () => {
    for (const offset of [1, -1]) {
      expect(beliefOf(lived(0.8, () => offset, true)).mean).toBeCloseTo(0.8, 1);
      expect(Math.abs(beliefOf(lived(0.8, () => offset, false)).mean - 0.8)).toBeGreaterThan(0.08);
    }
  });

  test('[LRN-23] an unknown outcome is settled and taken out as it was learned', () => {
    const [settled, atOnce, untouched] = [0.8, 0.8, 0.8].map((rate) => lived(rate, () => 0.5, true)) as [
      LearnerState,
      LearnerState,
      LearnerState,
    ];
    const position = learn(settled, false, 0.8, -1);
    learn(atOnce, true, 0.8, -1);
    correct(settled, position, true, { weight: 0.8, offset: -1 });
    expect(beliefOf(settled).mean).toBeCloseTo(beliefOf(atOnce).mean, 2);
    const before = beliefOf(untouched).mean;
    unlearn(untouched, learn(untouched, false, 1, -1), 1, -1);
    expect(beliefOf(untouched).mean).toBeCloseTo(before, 3);
  });

  test('[LRN-23] hours that an offset explains are no jump, whoever was awake then', () => {
    const random = seeded(5);
    const meanAt = (isTold: boolean): number[] => {
      const learner = createLearner();
      for (let hour = 0; hour < 72; hour += 1) {
        const offset = hour % 24 < 3 ? -1.5 : 0;
        const told = isTold ? offset : 0;
        passTo(learner, hour * HOUR);
        for (let serial = 0; serial < 60; serial += 1) {
          const approved = random() < shiftedRate(0.85, offset);
          learn(learner, approved, 1, told);
          rememberHour(learner, approved, { weight: 1, offset: told }, hour * HOUR + serial);
        }
      }
      return [beliefOf(learner).mean, beliefOf(learner, 72 * HOUR).mean];
    };
    const [told, toldAtNight] = meanAt(true);
    expect(Math.abs(toldAtNight! - told!)).toBeLessThan(0.03);
    const [untold, untoldAtNight] = meanAt(false);
    expect(untoldAtNight!).toBeLessThan(untold! - 0.1);
  });
});
