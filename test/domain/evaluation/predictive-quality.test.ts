import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createQualityTally,
  notePrediction,
  qualityOf,
  type PredictiveQuality,
} from '../../../src/domain/evaluation/predictive-quality.ts';
import { seeded } from '../../harness/seeded.ts';

type Foretold = readonly [predicted: number, happened: boolean];

function judged(predictions: readonly Foretold[]): PredictiveQuality {
  const tally = createQualityTally();
  for (const [predicted, happened] of predictions) notePrediction(tally, predicted, happened);
  return qualityOf(tally)!;
}

const drawn = (count: number, chanceOf: (predicted: number) => number): Foretold[] => {
  const draw = seeded(11);
  return Array.from({ length: count }, () => {
    const predicted = draw();
    return [predicted, draw() < chanceOf(predicted)] as const;
  });
};

describe('by hand', () => {
  const FIVE: readonly Foretold[] = [
    [0.9, true],
    [0.8, true],
    [0.7, false],
    [0.6, true],
    [0.2, false],
  ];

  test('[OPE-5] log loss, Brier score and AUC of five predictions', () => {
    const { count, rate, meanPredicted, logLoss, brier, auc } = judged(FIVE);
    expect({ count, rate }).toEqual({ count: 5, rate: 0.6 });
    expect(meanPredicted).toBeCloseTo(0.64, 12);
    expect(logLoss).toBeCloseTo(-Math.log(0.9 * 0.8 * 0.3 * 0.6 * 0.8) / 5, 12);
    expect(brier).toBeCloseTo((0.01 + 0.04 + 0.49 + 0.16 + 0.04) / 5, 12);
    // Six pairs of one that happened and one that did not; only .6 against .7 stands the wrong way round.
    expect(auc).toBeCloseTo(5 / 6, 12);
  });

  test('[OPE-5] equal predictions count half in the AUC', () => {
    expect(judged([...FIVE, [0.7, true]]).auc).toBeCloseTo(6.5 / 8, 12);
    expect(judged(FIVE.map(([, happened]) => [0.5, happened] as const)).auc).toBe(0.5);
  });

  test('[OPE-5] the AUC is that of all pairs, whatever the predictions', () => {
    const prediction = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(prediction, { minLength: 1, maxLength: 60 }), (given) => {
        const good = given.filter(([, happened]) => happened);
        const bad = given.filter(([, happened]) => !happened);
        const pairs = good.flatMap(([one]) => bad.map(([other]) => (one > other ? 1 : one === other ? 0.5 : 0)));
        const { auc } = judged(given.map(([step, happened]) => [step / 50, happened]));
        if (pairs.length === 0) expect(auc).toBeNull();
        else expect(auc).toBeCloseTo(pairs.reduce((sum: number, pair) => sum + pair, 0) / pairs.length, 9);
      }),
    );
  });

  test('[OPE-5] a certainty that fails is dear but finite, nothing is said of nothing, and a probability is within 0-1', () => {
    expect(judged([[1, false]]).logLoss).toBeCloseTo(-Math.log(1e-9), 6);
    expect(qualityOf(createQualityTally())).toBeNull();
    for (const wrong of [-0.1, 1.1, NaN])
      expect(() => notePrediction(createQualityTally(), wrong, true)).toThrow('probability');
  });
});

describe('calibration', () => {
  test('[OPE-6] ten bins of equal counts show true probabilities on the line', () => {
    const { calibration, calibrationError } = judged(drawn(50_000, (predicted) => predicted));
    expect(calibration.map(({ count }) => Math.round(count / 100))).toEqual(Array.from({ length: 10 }, () => 50));
    expect(
      calibration.filter(({ predicted, low, high }) => low <= predicted && predicted <= high).length,
    ).toBeGreaterThan(7);
    expect(calibrationError).toBeLessThan(0.01);
  });

  test('[OPE-6] predictions that are always .2 too high have a calibration error of .2', () => {
    const { calibrationError, calibration } = judged(drawn(50_000, (predicted) => Math.max(0, predicted - 0.2)));
    expect(calibrationError).toBeGreaterThan(0.17);
    expect(calibrationError).toBeLessThan(0.2);
    expect(calibration.every(({ observed, high }) => observed <= high)).toBe(true);
  });

  test('[OPE-6] every prediction is in one bin, also where they are all the same', () => {
    const same = judged(Array.from({ length: 1_000 }, (_, index) => [0.8, index % 10 < 7] as const));
    expect(same.calibration).toHaveLength(1);
    expect(same.calibration[0]).toMatchObject({ count: 1_000, observed: 0.7 });
    expect(same.calibrationError).toBeCloseTo(0.1, 9);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 80 }), (given) => {
        const { calibration } = judged(given.map((predicted, index) => [predicted, index % 2 === 0] as const));
        expect(calibration.reduce((sum, { count }) => sum + count, 0)).toBe(given.length);
        expect(calibration.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});
