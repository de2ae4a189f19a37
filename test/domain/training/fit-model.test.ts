import { describe, expect, test } from 'vitest';
import { amountBandOf, hourBandOf } from '../../../src/domain/learning/context-effects.ts';
import type { Context, TrainingCell } from '../../../src/domain/training/context.ts';
import { contextsOf, rateAt, simulatedCells, truth } from './simulated-history.ts';
import { featureWeights, toldEffects } from '../../../src/domain/training/model-record.ts';
import { fitModel, SWEEPS_MAX } from '../../../src/domain/training/fit-model.ts';
import { foreteller, foretoldRate } from '../../../src/domain/training/foretold-rate.ts';

const cellOf = (over: Partial<TrainingCell> = {}): TrainingCell => ({
  ...contextsOf()[0]!,
  attempts: 10,
  approved: 8,
  ...over,
});
const everyNumber = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(everyNumber)
      : [];

describe('circumstances', () => {
  test.each([
    [Number.NaN, 0],
    [-5, 0],
    [0, 0],
    [0.5, 0],
    [1, 1],
    [9, 1],
    [10, 2],
    [99_999, 5],
    [100_000, 6],
    [99_999_999, 8],
    [100_000_000, 9],
    [Number.MAX_SAFE_INTEGER, 9],
    [Infinity, 9],
  ])('[TRN-1] an amount of %d is in the band of its digits, %d', (amount, band) => {
    expect(amountBandOf(amount)).toBe(band);
  });

  test('[TRN-1] hours are told by threes, UTC', () => {
    expect(
      ['00:00', '02:59', '03:00', '23:59'].map((time) => hourBandOf(Date.parse(`2026-11-21T${time}:00Z`))),
    ).toEqual([0, 0, 1, 7]);
  });
});

describe('against a simulated truth', () => {
  const errorOf = (perCell: number): number => {
    const model = fitModel(simulatedCells(truth, perCell, 1))!;
    const misses = contextsOf().map((context) => foretoldRate(model, context) - rateAt(truth(context)));
    return Math.sqrt(misses.reduce((sum, miss) => sum + miss * miss, 0) / misses.length);
  };

  test('[TRN-2] rates are met within 0.03, and nearer the more attempts there are', () => {
    const [few, many] = [errorOf(10), errorOf(160)];
    expect(few).toBeLessThan(0.045);
    expect(errorOf(40)).toBeLessThan(0.03);
    expect(many).toBeLessThan(0.015);
  });

  test('[TRN-2] the effects are found: whose, in which direction, how large', () => {
    const model = fitModel(simulatedCells(truth, 160, 2))!;
    const rate = (over: Partial<Context>): number => foretoldRate(model, { ...contextsOf()[0]!, ...over });
    const odds = (value: number): number => Math.log(value / (1 - value));
    const between = (one: Partial<Context>, other: Partial<Context>): number => odds(rate(one)) - odds(rate(other));
    const pix = { paymentMethod: 'PIX', country: 'BR', currency: 'BRL', hourBand: 5 };
    expect(between({ ...pix, processorId: 'alpha' }, { ...pix, processorId: 'delta' })).toBeCloseTo(1.1, 0);
    expect(between({ ...pix, amountBand: 5 }, { ...pix, amountBand: 3 })).toBeCloseTo(-0.6, 0);
    expect(between({ ...pix, hourBand: 0 }, { ...pix, hourBand: 6 })).toBeCloseTo(-0.4, 0);
    const card = { paymentMethod: 'CARD', country: 'MX', currency: 'MXN', hourBand: 5 };
    expect(between({ ...card, processorId: 'alpha' }, { ...card, processorId: 'beta' })).toBeLessThan(-0.4);
  });

  test('[TRN-2] in a segment that it was never seen in, a processor is foretold by what it does elsewhere', () => {
    const seen = simulatedCells(truth, 160, 3).filter(
      ({ processorId, paymentMethod }) => !(processorId === 'delta' && paymentMethod === 'OXXO'),
    );
    const model = fitModel(seen)!;
    const [place] = contextsOf(['delta']).filter(({ paymentMethod }) => paymentMethod === 'OXXO');
    expect(foretoldRate(model, place!)).toBeLessThan(foretoldRate(model, { ...place!, processorId: 'beta' }));
    expect(foretoldRate(model, place!)).toBeCloseTo(rateAt(truth(place!)), 0);
  });

  test('[TRN-14] importances are parts of a whole, and what tells most comes first', () => {
    const model = fitModel(simulatedCells(truth, 40, 4))!;
    const weights = featureWeights(model);
    expect(weights.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 9);
    const importance = (name: string): number => weights.find((weight) => weight.name === name)!.importance;
    expect(importance('amount_band')).toBeGreaterThan(importance('processor x hour_band'));
    expect(['amount_band', 'payment_method', 'processor']).toContain(toldEffects(model)[0]!.feature);
    expect(toldEffects(model).length).toBeLessThanOrEqual(200);
  });
});

describe('what teaches nothing', () => {
  test.each<[string, TrainingCell[]]>([
    ['all approved', contextsOf().map((context) => ({ ...context, attempts: 9_000_000, approved: 9_000_000 }))],
    ['none approved', contextsOf().map((context) => ({ ...context, attempts: 50, approved: 0 }))],
    ['three attempts', [cellOf({ attempts: 3, approved: 2 })]],
    ['one', [cellOf({ attempts: 1, approved: 0 })]],
    ['all alike', contextsOf().map((context) => ({ ...context, attempts: 50, approved: 40 }))],
    [
      'a billion in one cell',
      [cellOf({ attempts: 1e9, approved: 1 }), cellOf({ processorId: 'beta', attempts: 1, approved: 1 })],
    ],
    ['bands beyond all', [cellOf({ amountBand: -7 }), cellOf({ amountBand: 1e300, hourBand: -1 })]],
  ])('[TRN-3] %s: every number is one', (_, cells) => {
    const model = fitModel(cells)!;
    expect(model.sweeps).toBeLessThanOrEqual(SWEEPS_MAX);
    const numbers = everyNumber([featureWeights(model), toldEffects(model), cells.map(foreteller(model))]);
    expect(numbers.length).toBeGreaterThan(10);
    for (const number of numbers) expect(Number.isFinite(number)).toBe(true);
    for (const rate of cells.map(foreteller(model))) expect(rate > 0 && rate < 1).toBe(true);
  });

  test('[TRN-3] cells that are no counts are passed over', () => {
    const wild = [
      cellOf({ attempts: NaN }),
      cellOf({ attempts: Infinity }),
      cellOf({ attempts: -3 }),
      cellOf({ attempts: 0, approved: 0 }),
      cellOf({ approved: NaN }),
      cellOf({ approved: 11 }),
      cellOf({ approved: -1 }),
    ];
    expect(fitModel(wild)).toBeNull();
    expect(fitModel([...wild, cellOf()])).toMatchObject({ attempts: 10, approved: 8 });
  });
});
