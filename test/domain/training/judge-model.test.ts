import { describe, expect, test } from 'vitest';
import {
  contextsOf,
  evenTruth,
  rateAt,
  served,
  simulatedCells,
  simulatedDecisions,
  type Truth,
  truth,
} from './simulated-history.ts';
import {
  type DrawnDecision,
  foretellingOf,
  meanOf,
  type PriorsHeld,
  valueOf,
} from '../../../src/domain/training/judge-model.ts';
import { fitModel } from '../../../src/domain/training/fit-model.ts';
import { foreteller } from '../../../src/domain/training/foretold-rate.ts';
import { ROUTING_SETTINGS_DEFAULT } from '../../../src/domain/configuration/configuration.ts';
import { type TrainedPrior, trainedPriors } from '../../../src/domain/training/segment-priors.ts';
import type { TrainingCell } from '../../../src/domain/training/context.ts';
import { verdictOn } from '../../../src/domain/training/verdict.ts';

const heldBy = (priors: readonly TrainedPrior[]): PriorsHeld => {
  const known = new Map(priors.map(({ processorId, segment, prior }) => [`${processorId} ${segment}`, prior]));
  return (id, segment) => known.get(`${id} ${segment}`) ?? null;
};
const nothing: PriorsHeld = () => null;

interface Later {
  readonly of: Truth;
  readonly decisions: number;
  readonly seed: number;
}

function judge(trained: readonly TrainingCell[], present: PriorsHeld, { of, decisions, seed }: Later) {
  const model = fitModel(trained)!;
  const changes = trainedPriors(model, trained, served);
  const later = simulatedCells(of, 10, seed + 1);
  const held = heldBy(changes);
  const rivals = { model: held, present, foretold: foreteller(model), routing: ROUTING_SETTINGS_DEFAULT };
  const value = valueOf(simulatedDecisions(of, decisions, seed), rivals);
  const quality = {
    model: foretellingOf(later, rivals.foretold),
    published: foretellingOf(later, meanOf(held)),
    present: foretellingOf(later, meanOf(present)),
  };
  return { value, quality, changes, held, verdict: verdictOn(model, { value, quality, changes }) };
}

const LATER = { of: truth, decisions: 4_000, seed: 11 };
const good = judge(simulatedCells(truth, 40, 1), nothing, LATER);
/** Who was good is thought bad, and the other way round. */
const turned: Truth = (context) => 1.6 - truth(context);

describe('against what holds now', () => {
  test('[TRN-6] a better model is promoted: its interval lies above, and holds the truth', () => {
    expect(good.verdict.isBetter).toBe(true);
    if (!good.value.ok) throw new Error('there is no figure');
    expect(good.value.lift.low).toBeGreaterThan(0);
    const best = contextsOf(['']).map((place) =>
      Math.max(...['alpha', 'beta'].map((id) => rateAt(truth({ ...place, processorId: id })))),
    );
    const bound = best.reduce((sum, rate) => sum + rate, 0) / best.length;
    expect(good.value.model.low).toBeLessThan(bound);
    expect(good.value.model.value).toBeGreaterThan(bound - 0.05);
  });

  test('[TRN-6] a worse one is not', () => {
    const worse = judge(simulatedCells(turned, 40, 1), good.held, LATER);
    if (!worse.value.ok) throw new Error('there is no figure');
    expect(worse.value.lift.high).toBeLessThan(0);
    expect(worse.verdict).toMatchObject({ isBetter: false, reason: expect.stringContaining('does not lie above 0') });
  });

  test('[TRN-6] the same one again is not', () => {
    const same = judge(simulatedCells(truth, 40, 1), good.held, LATER);
    if (!same.value.ok) throw new Error('there is no figure');
    expect(same.value.lift).toEqual({ value: 0, low: 0, high: 0 });
    expect(same.verdict.isBetter).toBe(false);
  });

  test('[TRN-6] one that foretells later attempts worse is not, whatever it would have earned', () => {
    const { value, quality, changes } = good;
    const worse = { ...quality, published: { ...quality.published!, logLoss: quality.present!.logLoss + 0.01 } };
    expect(verdictOn({ attempts: 2, approved: 1 }, { value, quality: worse, changes })).toMatchObject({
      isBetter: false,
      reason: expect.stringContaining('foretells later attempts worse'),
    });
  });

  test('[TRN-7] where all processors are alike hardly a model is promoted', () => {
    let promoted = 0;
    for (let seed = 1; seed <= 30; seed += 1) {
      const trained = simulatedCells(evenTruth, 4, seed);
      promoted += Number(judge(trained, nothing, { of: evenTruth, decisions: 800, seed: seed + 500 }).verdict.isBetter);
    }
    expect(promoted).toBeLessThanOrEqual(2);
  });

  test('[TRN-14] foretelling by all circumstances is better than by the segment, and that better than by nothing', () => {
    const { model, published, present } = good.quality;
    expect(model!.logLoss).toBeLessThan(published!.logLoss);
    expect(published!.logLoss).toBeLessThan(present!.logLoss);
    expect(model!.brier).toBeLessThan(published!.brier);
    expect(model!.auc).toBeGreaterThan(published!.auc!);
    expect(present!.auc).toBe(0.5);
    expect(foretellingOf([], () => 0.5)).toBeNull();
    expect(foretellingOf([{ ...contextsOf()[0]!, attempts: 3, approved: 3 }], () => 0.5)?.auc).toBeNull();
  });
});

describe('where there is no figure', () => {
  const rivals = { model: good.held, present: nothing, foretold: () => 0.5, routing: ROUTING_SETTINGS_DEFAULT };
  const [one] = simulatedDecisions(truth, 1, 3);
  const many = (over: Partial<DrawnDecision>, count = 500): DrawnDecision[] =>
    Array.from({ length: count }, () => ({ ...one!, ...over }));

  test.each<[string, DrawnDecision[], string]>([
    ['no decisions', [], 'no_propensities'],
    ['three decisions', many({}, 3), 'too_few'],
    ['one that was not among the candidates', many({ processorId: 'omega' }), 'no_propensities'],
    [
      'propensities that are none',
      [...many({ propensity: 0 }), ...many({ propensity: NaN }), ...many({ propensity: 2 })],
      'no_propensities',
    ],
    ['always the same choice', many({ processorId: 'beta', propensity: 1 }, 4_000), 'partial_overlap'],
  ])('[TRN-6] %s: no promotion, and a sentence', (_, decisions, reason) => {
    const value = valueOf(decisions, rivals);
    expect(value).toMatchObject({ ok: false, refusal: { reason } });
    const verdict = verdictOn({ attempts: 9, approved: 4 }, { ...good, value });
    expect(verdict).toEqual({ isBetter: false, reason: expect.stringMatching(/^Cannot be estimated: .+\.$/) });
  });

  test('[TRN-3] one class, and nothing to publish: no promotion', () => {
    expect(verdictOn({ attempts: 9, approved: 9 }, good).reason).toContain('ended alike');
    expect(verdictOn({ attempts: 9, approved: 0 }, good).isBetter).toBe(false);
    expect(verdictOn({ attempts: 9, approved: 4 }, { ...good, changes: [] }).reason).toContain('no prior');
  });
});
