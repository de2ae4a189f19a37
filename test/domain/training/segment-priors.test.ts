import { describe, expect, test } from 'vitest';
import {
  areHeld,
  bytesOf,
  changesBack,
  changesFor,
  heldInPlaceOf,
  TRAINED_BYTES_MAX,
  TRAINED_PRIORS_MAX,
  type TrainedPrior,
  trainedPriors,
} from '../../../src/domain/training/segment-priors.ts';
import { PROCESSORS, rateAt, served, simulatedCells, truth } from './simulated-history.ts';
import { asProcessorId, type SegmentKey } from '../../../src/domain/identity.ts';
import { checkPriors } from '../../../src/domain/configuration/prior-change.ts';
import { fitModel } from '../../../src/domain/training/fit-model.ts';
import type { TrainingCell } from '../../../src/domain/training/context.ts';

const published = (cells: readonly TrainingCell[], processors = served) =>
  trainedPriors(fitModel(cells)!, cells, processors);
const priorOf = (priors: readonly TrainedPrior[], id: string, segment: string) =>
  priors.find((one) => one.processorId === id && one.segment === segment)?.prior;
const cells = simulatedCells(truth, 40, 1);

describe('what is published', () => {
  test('[TRN-5] each processor in each segment that it serves and that has attempts of anybody', () => {
    const priors = published(cells);
    expect(priors).toHaveLength(16);
    expect(priorOf(priors, 'alpha', 'OXXO|BR')).toBeUndefined();
    const alpha = priorOf(priors, 'alpha', 'PIX|BR')!;
    const expected = rateAt(1 + 0.6 + 0.5 - 0.1);
    expect(alpha.mean).toBeCloseTo(expected, 1);
    expect(alpha.weight).toBe(100);
    expect(published(cells, [{ ...served[0]!, id: asProcessorId('omega') }])).toEqual([]);
  });

  test('[TRN-5] who was given the hard payments is not thought the worse of', () => {
    const isHard = (amountBand: number): boolean => amountBand === 5;
    const unfair = simulatedCells(({ amountBand }) => (isHard(amountBand) ? -1 : 1.5), 60, 5, ['alpha', 'beta']).map(
      (cell) => {
        const few = (cell.processorId === 'alpha') !== isHard(cell.amountBand);
        return few ? { ...cell, attempts: cell.attempts / 10, approved: Math.round(cell.approved / 10) } : cell;
      },
    );
    const raw = (id: string): number => {
      const own = unfair.filter(({ processorId }) => processorId === id);
      return (
        own.reduce((sum, { approved }) => sum + approved, 0) / own.reduce((sum, { attempts }) => sum + attempts, 0)
      );
    };
    expect(raw('beta') - raw('alpha')).toBeGreaterThan(0.2);
    const priors = published(unfair);
    const gap = priorOf(priors, 'beta', 'CARD|BR')!.mean - priorOf(priors, 'alpha', 'CARD|BR')!.mean;
    expect(Math.abs(gap)).toBeLessThan(0.06);
  });

  test('[TRN-5] where a processor was never seen its prior is light', () => {
    const unseen = cells.filter(
      ({ processorId, paymentMethod }) => !(processorId === 'delta' && paymentMethod === 'OXXO'),
    );
    const priors = published(unseen);
    expect(priorOf(priors, 'delta', 'OXXO|MX')!.weight).toBeLessThanOrEqual(20);
    expect(priorOf(priors, 'gamma', 'OXXO|MX')!.weight).toBe(100);
  });

  test('[TRN-5] the Registry takes every one of them, whatever was learned', () => {
    const wild = [simulatedCells(() => 40, 1e3, 1), simulatedCells(() => -40, 1e3, 2), simulatedCells(truth, 1, 3)];
    for (const some of wild) {
      const changes = published(some);
      const registered = served.map((one) => ({ ...one, priors: [] }));
      expect(changes.length).toBeGreaterThan(0);
      expect(checkPriors(changes, registered as never)).toEqual([]);
    }
  });

  test('[TRN-5] never more than 2,000, never more than 131,072 bytes, those of most attempts', () => {
    const ids = Array.from({ length: 50 }, (_, place) => `p${place}`.padEnd(64, 'x'));
    const countries = Array.from(
      { length: 50 },
      (_, place) => `${String.fromCharCode(65 + (place % 26))}${place < 26 ? 'A' : 'B'}`,
    );
    const wide = ids.flatMap((processorId, rank) =>
      countries.map((country) => ({
        processorId,
        paymentMethod: 'CARD',
        country,
        currency: 'USD',
        amountBand: 4,
        hourBand: 1,
        attempts: 100 - rank,
        approved: 50,
      })),
    );
    const processors = ids.map((id) => ({ id: asProcessorId(id), paymentMethods: ['CARD'], countries }));
    const long = published(wide, processors);
    expect(bytesOf(long)).toBeLessThanOrEqual(TRAINED_BYTES_MAX);
    expect(bytesOf(long)).toBeGreaterThan(TRAINED_BYTES_MAX - 200);
    const short = (id: string): string => id.slice(0, 3).replaceAll('x', '');
    const many = published(
      wide.map((cell) => ({ ...cell, processorId: short(cell.processorId) })),
      processors.map((one) => ({ ...one, id: asProcessorId(short(one.id)) })),
    );
    expect(bytesOf(many)).toBeLessThanOrEqual(TRAINED_BYTES_MAX);
    expect(many.length).toBeLessThanOrEqual(TRAINED_PRIORS_MAX);
    expect(many.length).toBeGreaterThan(1_500);
    expect(many.some(({ processorId }) => processorId === 'p49')).toBe(false);
  });
});

describe('what it takes the place of', () => {
  const segment = 'PIX|BR' as SegmentKey;
  const [alpha, beta, gamma] = PROCESSORS.map((id) => asProcessorId(id));
  const prior = (mean: number) => ({ mean, weight: 10 });
  const registered = (means: Readonly<Record<string, number>>) =>
    served.map((one) => {
      const mean = means[one.id as string];
      return { ...one, priors: mean === undefined ? [] : [{ segment, ...prior(mean) }] };
    });
  const former = [
    { processorId: beta!, segment, prior: prior(0.5) },
    { processorId: gamma!, segment, prior: prior(0.6) },
  ];
  const trained = [{ processorId: alpha!, segment, prior: prior(0.9) }];

  test('[TRN-12] what the model before said and this one does not is taken back, unless somebody has changed it', () => {
    expect(changesFor(trained, former, registered({ beta: 0.5, gamma: 0.61 }))).toEqual([
      ...trained,
      { processorId: beta, segment, prior: null },
    ]);
  });

  test('[TRN-10] what stood in its place is put back, but for what somebody has changed since, and for who is gone', () => {
    const changes = changesFor(trained, former, registered({ beta: 0.5, gamma: 0.6 }));
    const replaced = heldInPlaceOf(changes, registered({ alpha: 0.3, beta: 0.5, gamma: 0.6 }));
    expect(replaced).toEqual([
      { processorId: alpha, segment, prior: prior(0.3) },
      { processorId: beta, segment, prior: prior(0.5) },
      { processorId: gamma, segment, prior: prior(0.6) },
    ]);
    const after = registered({ alpha: 0.9 });
    expect(areHeld(changes, after)).toBe(true);
    expect(changesBack(changes, replaced, after)).toEqual(replaced);
    const touched = registered({ alpha: 0.91 });
    expect(areHeld(changes, touched)).toBe(false);
    expect(changesBack(changes, replaced, touched)).toEqual(replaced.slice(1));
    const without = after
      .filter(({ id }) => id !== beta)
      .map((one) => (one.id === gamma ? { ...one, paymentMethods: ['CARD'] } : one));
    expect(changesBack(changes, replaced, without)).toEqual(replaced.slice(0, 1));
  });
});
