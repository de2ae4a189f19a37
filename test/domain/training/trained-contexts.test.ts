import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  CONTEXT_BYTES_MAX,
  contextsBack,
  contextsFor,
  contextsInPlaceOf,
  contextsStand,
  trainedContexts,
} from '../../../src/domain/training/trained-contexts.ts';
import { CENTRES_MAX, checkContexts } from '../../../src/domain/configuration/context-change.ts';
import { crossingTruth, served, simulatedCells, truth } from './simulated-history.ts';
import { offsetAt, offsetsIn, shiftedRate } from '../../../src/domain/learning/context-effects.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { fitModel } from '../../../src/domain/training/fit-model.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import type { TrainingCell } from '../../../src/domain/training/context.ts';
import { trainedPriors } from '../../../src/domain/training/segment-priors.ts';

function published(cells: readonly TrainingCell[], processors = served) {
  const model = fitModel(cells)!;
  const priors = trainedPriors(model, cells, processors);
  return { priors, contexts: trainedContexts(model, cells, priors) };
}
const CARD_BR = segmentKey('CARD', 'BR');
const crossing = published(simulatedCells(crossingTruth, 40, 1));

describe('what is published of amounts and hours', () => {
  test('[TRN-16] by how much the odds of a processor differ there from its segment’s, within the noise', () => {
    for (const [id, slope] of [
      ['alpha', -0.9],
      ['beta', 0.9],
    ] as const) {
      const { context } = crossing.contexts.find(({ processorId }) => processorId === id)!;
      const offsets = offsetsIn(context, CARD_BR);
      const [low, high] = [3, 5].map((band) => offsetAt(offsets, band, 4));
      expect(Math.abs(high! - low! - 2 * slope)).toBeLessThan(0.25);
    }
  });

  test('[TRN-16] the segment’s belief keeps its meaning: over its own payments the approvals are the same', () => {
    const cells = simulatedCells(truth, 40, 1);
    const { priors, contexts } = published(cells);
    let held = 0;
    for (const { processorId, context } of contexts)
      for (const { segment } of context.centres) {
        const { prior } = priors.find((one) => one.processorId === processorId && one.segment === segment)!;
        const own = cells.filter((cell) => segmentKey(cell.paymentMethod, cell.country) === segment);
        const offsets = offsetsIn(context, segment);
        const rates = own.map((cell) => shiftedRate(prior.mean, offsetAt(offsets, cell.amountBand, cell.hourBand)));
        const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
        expect(Math.abs(mean - prior.mean)).toBeLessThan(0.002);
        expect(Math.max(...rates) - Math.min(...rates)).toBeGreaterThan(0.1);
        held += 1;
      }
    expect(held).toBe(16);
  });

  test('[TRN-16] nothing where the odds are the same for all payments, and of a side that matters nowhere', () => {
    const flat = published(simulatedCells(() => 1.2, 4_000, 3));
    expect(flat.priors).toHaveLength(16);
    expect(flat.contexts).toEqual([]);
    const { contexts } = published(simulatedCells(crossingTruth, 4_000, 3));
    expect(contexts.map(({ processorId }) => processorId).sort()).toContain('alpha');
    for (const { context } of contexts.filter(({ processorId }) => ['alpha', 'beta'].includes(processorId))) {
      expect(context.hours).toEqual([]);
      expect(context.centres.every(({ hour }) => Object.is(hour, 0))).toBe(true);
    }
  });

  test('[TRN-16] the Registry takes every one, whatever was learned', () => {
    const wild: readonly TrainingCell[][] = [
      simulatedCells(({ amountBand }) => (amountBand === 4 ? 40 : -40), 1e3, 1),
      simulatedCells(({ hourBand }) => 9 * hourBand - 30, 50, 2),
      simulatedCells(truth, 1, 3),
    ];
    for (const cells of wild) {
      const { contexts } = published(cells);
      expect(checkContexts(contexts, served as never)).toEqual([]);
      expect(JSON.stringify(contexts)).not.toContain('null');
    }
    expect(published(wild[0]!).contexts.length).toBeGreaterThan(0);
  });

  test('[TRN-16] in at most 2,000 segments and 65,536 bytes, those of most attempts', () => {
    const ids = Array.from({ length: 50 }, (_, place) => `p${place}`);
    const countries = Array.from(
      { length: 50 },
      (_, place) => `${String.fromCharCode(65 + (place % 26))}${place < 26 ? 'A' : 'B'}`,
    );
    const wide = ids.flatMap((processorId, rank) =>
      countries.flatMap((country) =>
        [3, 5].map((amountBand) => ({
          processorId,
          paymentMethod: 'CARD',
          country,
          currency: 'USD',
          amountBand,
          hourBand: 1,
          attempts: 100 - rank,
          approved: amountBand === 3 ? 90 - rank : 50 - Math.floor(rank / 2),
        })),
      ),
    );
    const processors = ids.map((id) => ({ id: asProcessorId(id), paymentMethods: ['CARD'], countries }));
    const { contexts } = published(wide, processors);
    expect(bytesOf(contexts)).toBeLessThanOrEqual(CONTEXT_BYTES_MAX);
    expect(bytesOf(contexts)).toBeGreaterThan(0.9 * CONTEXT_BYTES_MAX);
    const places = contexts.reduce((sum, { context }) => sum + context.centres.length, 0);
    expect(places).toBeLessThanOrEqual(CENTRES_MAX);
    expect(contexts[0]!.processorId).toBe('p0');
    expect(contexts.some(({ processorId }) => processorId === 'p49')).toBe(false);
  });
});

describe('what they take the place of', () => {
  const [one, other] = crossing.contexts;
  const bearing = (...held: readonly (typeof one | null)[]) =>
    served.map((processor) => {
      const own = held.find((each) => each?.processorId === processor.id);
      return { ...processor, ...(own && { context: own.context }) };
    });

  test('[TRN-12] what a model before has said stands no longer where the new one says nothing, unless somebody changed it', () => {
    expect(contextsFor([one!], [other!], bearing(other!))).toEqual([
      one,
      { processorId: other!.processorId, context: null },
    ]);
    const changed = { ...other!, context: { ...other!.context, hours: [] } };
    expect(contextsFor([one!], [other!], bearing({ ...changed, context: one!.context }))).toEqual([one]);
    expect(contextsFor([], [{ ...other!, context: null }], bearing())).toEqual([]);
  });

  test('[TRN-10] what was replaced is put back, but for what was changed since and whoever is gone', () => {
    const replaced = contextsInPlaceOf([one!, other!], bearing(other!));
    expect(replaced).toEqual([{ processorId: one!.processorId, context: null }, other]);
    expect(contextsBack([one!, other!], replaced, bearing(one!, other!))).toEqual(replaced);
    expect(contextsBack([one!, other!], replaced, bearing(other!))).toEqual([other]);
    const left = bearing(one!, other!).filter(({ id }) => id !== one!.processorId);
    expect(contextsBack([one!, other!], replaced, left)).toEqual([other]);
    expect(contextsStand([one!, other!], bearing(one!, other!))).toBe(true);
    expect(contextsStand([one!, other!], bearing(one!))).toBe(false);
  });
});
