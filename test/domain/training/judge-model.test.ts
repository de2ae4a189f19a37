import { describe, expect, test } from 'vitest';
import {
  contextsOf,
  crossingTruth,
  evenTruth,
  rateAt,
  served,
  simulatedCells,
  simulatedDecisions,
  type Truth,
  truth,
} from './simulated-history.ts';
import { begunRate, type DrawnDecision, foretellingOf, valueOf } from '../../../src/domain/training/judge-model.ts';
import type { Evidence, Learned } from '../../../src/domain/training/live-evidence.ts';
import { fitModel } from '../../../src/domain/training/fit-model.ts';
import { foreteller } from '../../../src/domain/training/foretold-rate.ts';
import { ROUTING_SETTINGS_DEFAULT } from '../../../src/domain/configuration/configuration.ts';
import { type TrainedContext, trainedContexts } from '../../../src/domain/training/trained-contexts.ts';
import { type TrainedPrior, trainedPriors } from '../../../src/domain/training/segment-priors.ts';
import type { TrainingCell } from '../../../src/domain/training/context.ts';
import { verdictOn } from '../../../src/domain/training/verdict.ts';

const heldBy = (priors: readonly TrainedPrior[], contexts: readonly TrainedContext[] = []): Learned => {
  const known = new Map(priors.map(({ processorId, segment, prior }) => [`${processorId} ${segment}`, prior]));
  const effects = new Map<string, TrainedContext['context']>(
    contexts.map(({ processorId, context }) => [processorId, context]),
  );
  return { prior: (id, segment) => known.get(`${id} ${segment}`) ?? null, context: (id) => effects.get(id) };
};
const nothing: Learned = { prior: () => null, context: () => undefined };
/** Nobody has any results yet. */
const NONE: Evidence = { before: [], since: [] };

interface Later {
  readonly of: Truth;
  readonly decisions: number;
  readonly seed: number;
  readonly evidence?: Evidence;
}

function judge(trained: readonly TrainingCell[], present: Learned, { of, decisions, seed, evidence = NONE }: Later) {
  const model = fitModel(trained)!;
  const changes = trainedPriors(model, trained, served);
  const later = simulatedCells(of, 10, seed + 1);
  const contexts = trainedContexts(model, trained, changes);
  const held = heldBy(changes, contexts);
  const rivals = { model: held, present, evidence, foretold: foreteller(model), routing: ROUTING_SETTINGS_DEFAULT };
  const value = valueOf(simulatedDecisions(of, decisions, seed), rivals);
  const quality = {
    model: foretellingOf(later, rivals.foretold),
    published: foretellingOf(later, begunRate(held)),
    present: foretellingOf(later, begunRate(present)),
  };
  return { value, quality, changes, contexts, held, verdict: verdictOn(model, { value, quality, changes, contexts }) };
}

const LATER = { of: truth, decisions: 4_000, seed: 11 };
const good = judge(simulatedCells(truth, 40, 1), nothing, LATER);
/** Circumstances tell nothing. */
const plainTruth: Truth = (context) => truth({ ...context, amountBand: 4, hourBand: 5 });
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

  test.each([
    [
      { value: 0.0000087, low: 0.00000041, high: 0.0000174 },
      '0.00087 percentage points, 95% interval 0.000041 to 0.0017.',
    ],
    [{ value: 0.0134, low: 0.00098, high: 0.1 }, '1.34 percentage points, 95% interval 0.098 to 10.00.'],
    [{ value: 0, low: -0.00004, high: 0.00004 }, '0 percentage points, 95% interval -0.0040 to 0.0040; that'],
  ])('[TRN-19] %j is told with its digits and its unit', (lift, told) => {
    if (!good.value.ok) throw new Error('there is no figure');
    const { reason } = verdictOn({ attempts: 9, approved: 4 }, { ...good, value: { ...good.value, lift } });
    expect(reason).toContain(`: ${told}`);
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
    const { value, quality, changes, contexts } = good;
    const worse = { ...quality, published: { ...quality.published!, logLoss: quality.present!.logLoss + 0.01 } };
    expect(verdictOn({ attempts: 2, approved: 1 }, { value, quality: worse, changes, contexts })).toMatchObject({
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

  test('[TRN-14] foretelling by all circumstances is as good as by what is published, that better than by the segment, and that better than by nothing', () => {
    const { model, published, present } = good.quality;
    const bySegment = foretellingOf(
      simulatedCells(truth, 10, 12),
      begunRate({ ...good.held, context: () => undefined }),
    );
    expect(Math.abs(model!.logLoss - published!.logLoss)).toBeLessThan(1e-3);
    expect(published!.logLoss).toBeLessThan(bySegment!.logLoss);
    expect(bySegment!.logLoss).toBeLessThan(present!.logLoss);
    expect(published!.brier).toBeLessThan(bySegment!.brier);
    expect(published!.auc).toBeGreaterThan(bySegment!.auc!);
    expect(present!.auc).toBe(0.5);
    expect(foretellingOf([], () => 0.5)).toBeNull();
    expect(foretellingOf([{ ...contextsOf()[0]!, attempts: 3, approved: 3 }], () => 0.5)?.auc).toBeNull();
  });
});

describe('beside live results', () => {
  const trained = simulatedCells(truth, 40, 1);
  const live = (cells: readonly TrainingCell[]): Evidence => ({ before: cells, since: [] });
  const liftOf = ({ value }: ReturnType<typeof judge>) => {
    if (!value.ok) throw new Error('there is no figure');
    return value.lift;
  };

  test('[TRN-17] a prior that live results drown earns nothing, and is not promoted', () => {
    const plain = judge(simulatedCells(plainTruth, 40, 1), nothing, {
      of: plainTruth,
      decisions: 2_000,
      seed: 5,
      evidence: live(simulatedCells(plainTruth, 40, 1)),
    });
    expect(Math.abs(liftOf(plain).value)).toBeLessThan(2e-4);
    expect(plain.verdict).toMatchObject({ isBetter: false, reason: expect.stringContaining('does not lie above 0') });
    const unlearned = judge(simulatedCells(plainTruth, 40, 1), nothing, { of: plainTruth, decisions: 2_000, seed: 5 });
    expect(unlearned.verdict.isBetter).toBe(true);
  });

  test('[TRN-17] where one has no results yet its prior earns until its results are there', () => {
    const isNew = ({ processorId }: TrainingCell): boolean => processorId === 'alpha';
    const others = trained.filter((cell) => !isNew(cell));
    const arrives = (endMs: number): Evidence => ({ before: others, since: [{ endMs, cells: trained }] });
    const at = (evidence: Evidence) => liftOf(judge(trained, nothing, { ...LATER, evidence })).value;
    const [never, late, atOnce] = [at(arrives(4_000)), at(arrives(2_000)), at(arrives(0))];
    expect(never).toBeGreaterThan(0.03);
    expect(late).toBeGreaterThan(0.2 * never);
    expect(late).toBeLessThan(0.8 * never);
    expect(Math.abs(atOnce)).toBeLessThan(0.01);
  });

  test('[TRN-16] [TRN-17] effects of amounts earn beside any results: who is best hangs on the amount', () => {
    const cells = simulatedCells(crossingTruth, 40, 1);
    const later = { of: crossingTruth, decisions: 4_000, seed: 7, evidence: live(cells) };
    const crossing = judge(cells, nothing, later);
    const lift = liftOf(crossing);
    // Of each third of the amounts the better of both, against either of both over all.
    const gain = (rateAt(1.9) * 2 + rateAt(1)) / 3 - (rateAt(1.9) + rateAt(1) + rateAt(0.1)) / 3;
    expect(lift.low).toBeGreaterThan(0);
    expect(lift.low).toBeLessThan(gain);
    expect(lift.value).toBeGreaterThan(0.7 * gain);
    expect(crossing.verdict.isBetter).toBe(true);
    expect(crossing.quality.published!.logLoss).toBeLessThan(crossing.quality.present!.logLoss);
    expect(liftOf(judge(cells, crossing.held, later)).value).toBeCloseTo(0, 9);
  });
});

describe('where there is no figure', () => {
  const rivals = {
    model: good.held,
    present: nothing,
    evidence: NONE,
    foretold: () => 0.5,
    routing: ROUTING_SETTINGS_DEFAULT,
  };
  const [one] = simulatedDecisions(truth, 1, 3);
  const many = (over: Partial<DrawnDecision>, count = 500): DrawnDecision[] =>
    Array.from({ length: count }, () => ({ ...one!, ...over }));

  test.each<[string, DrawnDecision[], string]>([
    ['no decisions', [], 'no_decisions'],
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
    expect(verdictOn({ attempts: 9, approved: 4 }, { ...good, changes: [], contexts: [] }).reason).toContain(
      'nothing to tell',
    );
  });
});
