import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountOfStep, amountStep, stakeOf, toldTariff, valuationOf } from '../../../src/domain/routing/net-value.ts';
import { choiceProbabilities } from '../../../src/domain/learning/choice-probabilities.ts';
import { CARD_BR, decideOn, id, OPEN, processor, row, sharesOf, table } from './made-table.ts';
import type { RegisteredProcessor } from '../../../src/domain/processor-config.ts';
import type { Tariff } from '../../../src/domain/routing/net-value.ts';

const FREE: Tariff = { feeFixedMinor: 0, feeBps: 0, feeOn: 'attempt', declineFeeMinor: 0 };
const tariff = (changes: Partial<Tariff>): Tariff => ({ ...FREE, ...changes });

/** a approves .90, b .88: less apart than fees can be. */
const pair = (
  a: Partial<RegisteredProcessor>,
  b: Partial<RegisteredProcessor>,
  fees: { readonly a?: number; readonly b?: number } = {},
) =>
  table(
    [processor('a', a), processor('b', b)],
    [
      row('a', { mean: 0.9, sd: 0.002, segment: { meanFeeMinor: fees.a ?? null } }),
      row('b', { mean: 0.88, sd: 0.002, segment: { meanFeeMinor: fees.b ?? null } }),
    ],
  );
const first = (on: ReturnType<typeof pair>, request: Parameters<typeof sharesOf>[2] = {}) => {
  const [a = 0, b = 0] = sharesOf(on, 'learned', request);
  return a > 0.9 ? 'a' : b > 0.9 ? 'b' : 'neither';
};

const anyTariff = fc.record({
  feeFixedMinor: fc.integer({ min: 0, max: 100 }),
  feeBps: fc.integer({ min: 0, max: 500 }),
  feeOn: fc.constantFrom('attempt' as const, 'approval' as const),
  declineFeeMinor: fc.integer({ min: 0, max: 20 }),
});
const anyBelief = fc.record({
  mean: fc.double({ min: 0.05, max: 0.98, noNaN: true }),
  sd: fc.double({ min: 0.001, max: 0.1, noNaN: true }),
  weight: fc.integer({ min: 0, max: 500 }),
  baseline: fc.double({ min: 0.05, max: 0.98, noNaN: true }),
});
const anyAmount = fc.integer({ min: 50, max: 1_000_000 });
const BOUNDS = { floor: 0.002, explorationMax: 0.05 };

describe('what is ranked by', () => {
  test('[DEC-22] the one that earns most is first, not the one that approves most', () => {
    const on = pair({ feeBps: 290 }, { feeBps: 50 });
    expect(first(on)).toBe('b');
    expect(decideOn(on).ranked.map(({ score }) => score)).toEqual([
      expect.closeTo(0.88 - 0.005, 9),
      expect.closeTo(0.9 - 0.029, 9),
    ]);
  });

  test.each([
    ['without an amount', { feeBps: 290 }, { feeBps: 50 }, { amountMinor: null }],
    ['without a told fee', {}, {}, {}],
    ['where all fees are alike', { feeBps: 290, declineFeeMinor: 3 }, { feeBps: 290, declineFeeMinor: 3 }, {}],
  ])('[DEC-22] %s nothing changes', (_, a, b, request) => {
    const plain = decideOn(pair({}, {}, {}), request);
    const { ranked, reasons, marginMinor } = decideOn(pair(a, b, { a: 700, b: 1 }), request);
    expect([reasons, marginMinor]).toEqual([plain.reasons, null]);
    expect(ranked.map(({ score, probability, netValueMinor }) => [score, probability, netValueMinor])).toEqual(
      plain.ranked.map(({ score, probability }) => [score, probability, null]),
    );
  });

  test('[DEC-22] shares are the chance of being worth most', () => {
    const beliefs = [
      { mean: 0.9, sd: 0.02, weight: 100, baseline: 0.9 },
      { mean: 0.8, sd: 0.03, weight: 100, baseline: 0.8 },
    ];
    const even = choiceProbabilities(beliefs, BOUNDS, [
      { gain: 0.3, cost: 0.03 },
      { gain: 0.3, cost: 0 },
    ]);
    expect(even[0]).toBeCloseTo(0.5, 3);
  });

  test('[DEC-22] other strategies do not weigh fees in', () => {
    expect(sharesOf(pair({ feeBps: 290 }, { feeBps: 50 }), 'techcart')).toEqual(sharesOf(pair({}, {}), 'techcart'));
  });

  test('[DEC-22] one that is kept out by its breaker is worth nothing to the others', () => {
    const on = table(
      [processor('a', { feeBps: 290 }), processor('b', { feeBps: 50 }), processor('c')],
      [
        row('a', { mean: 0.9, sd: 0.002 }),
        row('b', { mean: 0.88, sd: 0.002 }),
        row('c', { mean: 0.99, sd: 0.002, breaker: OPEN }),
      ],
    );
    expect(decideOn(on).ranked[0]?.processorId).toBe('b');
  });
});

describe('fees', () => {
  test.each([
    ['for each attempt', tariff({ feeFixedMinor: 30, feeBps: 200 }), 0.9 * 300 - 50],
    ['for an approval', tariff({ feeFixedMinor: 30, feeBps: 200, feeOn: 'approval' }), 0.9 * 250],
    ['for a decline', tariff({ declineFeeMinor: 20 }), 0.9 * 300 - 2],
  ])('[DEC-23] %s: approval x margin - fees', (_, fees, netValueMinor) => {
    const { gain, cost } = stakeOf(fees, 1_000, 3_000);
    expect(1_000 * (gain * 0.9 - cost)).toBeCloseTo(netValueMinor, 9);
    const on = table([processor('a', fees), processor('b', { feeBps: 1 })], [row('a', { mean: 0.9 })]);
    const told = decideOn(on, { amountMinor: 1_000, marginBps: 3_000 }).ranked;
    expect(told.find(({ processorId }) => processorId === 'a')?.netValueMinor).toBe(Math.round(netValueMinor));
    expect(told.find(({ processorId }) => processorId === 'a')?.expectedFeeMinor).toBe(Math.round(270 - netValueMinor));
  });

  test('[DEC-23] a segment has fees of its own, those of its country first', () => {
    const config = processor('a', {
      feeBps: 290,
      segmentFees: [
        { paymentMethod: 'CARD', country: null, feeFixedMinor: 5, feeBps: 0 },
        { paymentMethod: 'CARD', country: 'BR', feeFixedMinor: 7, feeBps: 10, feeOn: 'approval' },
        { paymentMethod: 'PIX', country: null, feeFixedMinor: 0, feeBps: 0 },
      ],
    });
    const of = (segment: string) => toldTariff(config, segment as typeof CARD_BR);
    expect(of('CARD|BR')).toEqual(tariff({ feeFixedMinor: 7, feeBps: 10, feeOn: 'approval' }));
    expect(of('CARD|MX')).toEqual(tariff({ feeFixedMinor: 5 }));
    expect(of('PIX|BR')).toEqual(FREE);
    expect(of('OXXO|MX')).toEqual(tariff({ feeBps: 290 }));
    expect(toldTariff(processor('b'), CARD_BR)).toBeNull();
  });

  test('[DEC-24] an untold fee is the mean of its results, else the mean of the others', () => {
    const priced = (told: Tariff | null, meanFeeMinor: number | null) => ({ tariff: told, meanFeeMinor });
    const told = [priced(tariff({ feeBps: 100 }), null), priced(tariff({ feeFixedMinor: 30, feeBps: 300 }), 9)];
    expect(valuationOf([...told, priced(null, 44), priced(null, null)])?.tariffs).toEqual([
      tariff({ feeBps: 100 }),
      tariff({ feeFixedMinor: 30, feeBps: 300 }),
      tariff({ feeFixedMinor: 44 }),
      { ...FREE, feeFixedMinor: 74 / 3, feeBps: 400 / 3 },
    ]);
    expect(valuationOf([priced(null, 44), priced(null, 1)])).toBeNull();
    expect(valuationOf([priced(tariff({ feeBps: 100 }), null), priced(null, null)])).toBeNull();
  });

  test('[DEC-25] the margin is the request’s, else the settings’, else the whole amount', () => {
    // At 2 points of approval and 40 bps of fees between them, a margin of 20% is where a and b are worth the same.
    const of = (marginBps?: number) =>
      table([processor('a', { feeBps: 90 }), processor('b', { feeBps: 50 })], [...pair({}, {}).data.rows.values()], {
        configuration: {
          routing: {
            strategy: 'learned',
            probeFloor: 0.002,
            probeShareMax: 0.05,
            ...(marginBps !== undefined && { marginBps }),
          },
        },
      });
    expect([first(of()), first(of(1_000)), first(of(4_000))]).toEqual(['a', 'b', 'a']);
    expect([first(of(), { marginBps: 1_000 }), first(of(1_000), { marginBps: 4_000 })]).toEqual(['b', 'a']);
  });

  test('[DEC-25] where an approval costs more than it earns nobody is chosen for approving less', () => {
    const on = pair({ feeBps: 500, feeOn: 'approval' }, { feeBps: 501, feeOn: 'approval' });
    expect(first(on, { marginBps: 100 })).toBe('a');
  });
});

describe('properties', () => {
  const anyArms = fc.array(fc.record({ belief: anyBelief, fees: anyTariff }), { minLength: 1, maxLength: 6 });
  const shares = (
    arms: readonly { belief: { mean: number; sd: number; weight: number; baseline: number }; fees: Tariff }[],
    amount: number,
  ) =>
    choiceProbabilities(
      arms.map(({ belief }) => belief),
      BOUNDS,
      arms.map(({ fees }) => stakeOf(fees, amount, 3_000)),
    );

  test('[DEC-26] the same fee for each attempt laid on all changes no share', () => {
    const anyExtra = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(anyArms, anyAmount, anyExtra, (arms, amount, extra) => {
        const onAttempts = arms.map(({ belief, fees }) => ({ belief, fees: { ...fees, feeOn: 'attempt' as const } }));
        const dearer = onAttempts.map(({ belief, fees }) => ({
          belief,
          fees: { ...fees, feeFixedMinor: fees.feeFixedMinor + extra },
        }));
        const before = shares(onAttempts, amount);
        for (const [arm, share] of shares(dearer, amount).entries()) expect(share).toBeCloseTo(before[arm] ?? -1, 6);
      }),
    );
  });

  test('[DEC-26] a higher fee of one never raises its own share', () => {
    fc.assert(
      fc.property(anyArms, anyAmount, fc.nat(5), fc.integer({ min: 1, max: 300 }), (arms, amount, which, more) => {
        const at = which % arms.length;
        const onAttempts = arms.map(({ belief, fees }) => ({ belief, fees: { ...fees, feeOn: 'attempt' as const } }));
        const dearer = onAttempts.map(({ belief, fees }, arm) => ({
          belief,
          fees: arm === at ? { ...fees, feeBps: fees.feeBps + more } : fees,
        }));
        expect(shares(dearer, amount)[at]).toBeLessThanOrEqual((shares(onAttempts, amount)[at] ?? 0) + 2e-3);
      }),
    );
  });

  test('[DEC-26] with equal fees, whatever they are, the shares are those of approval alone', () => {
    fc.assert(
      fc.property(
        fc.array(anyBelief, { minLength: 1, maxLength: 6 }),
        anyTariff,
        fc.integer({ min: 1_000, max: 1_000_000 }),
        (beliefs, fees, amount) => {
          const plain = choiceProbabilities(beliefs, BOUNDS);
          const valued = shares(
            beliefs.map((belief) => ({ belief, fees })),
            amount,
          );
          for (const [arm, share] of valued.entries()) expect(share).toBeCloseTo(plain[arm] ?? -1, 3);
        },
      ),
    );
  });
});

describe('amounts', () => {
  test('[DEC-27] an amount is valued as one at most 5% away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), (amount) => {
        expect(Math.abs(amountOfStep(amountStep(amount)) / amount - 1)).toBeLessThan(0.05);
      }),
    );
  });

  test('[DEC-27] which is best depends on the amount where fixed fees differ', () => {
    const on = pair({ feeFixedMinor: 30 }, { feeFixedMinor: 5 });
    expect([500, 50_000].map((amountMinor) => first(on, { amountMinor }))).toEqual(['b', 'a']);
  });

  test('[DEC-27] shares are computed once a step, and once for all amounts where fees are parts of them', () => {
    const planAt = (on: ReturnType<typeof pair>, amountMinor: number) =>
      on.plan('CARD', 'BR').sharePlan({
        strategy: 'learned',
        inPlay: [true, true],
        pinned: false,
        now: 0,
        tableAgeMs: 0,
        amountMinor,
        marginBps: null,
      });
    const fixed = pair({ feeFixedMinor: 30 }, { feeFixedMinor: 5 });
    expect(planAt(fixed, 10_000)).toBe(planAt(fixed, 10_100));
    expect(planAt(fixed, 10_000)).not.toBe(planAt(fixed, 20_000));
    const parts = pair({ feeBps: 30 }, { feeBps: 5, feeOn: 'approval' });
    expect(planAt(parts, 10_000)).toBe(planAt(parts, 99_000_000));
  });
});

describe('what is told', () => {
  test('[DEC-28] the reason, the margin, and the fee and net value of each at the payment’s own amount', () => {
    const decision = decideOn(pair({ feeBps: 290 }, { feeFixedMinor: 10, feeBps: 50 }), { amountMinor: 12_345 });
    expect(decision).toMatchObject({
      chosen: id('b'),
      reasons: ['net_value'],
      marginMinor: 12_345,
      strategy: 'learned',
    });
    expect(
      decision.ranked.map(({ processorId, reason, expectedFeeMinor, netValueMinor }) => ({
        processorId,
        reason,
        expectedFeeMinor,
        netValueMinor,
      })),
    ).toEqual([
      {
        processorId: 'b',
        reason: 'Best option - highest expected net value',
        expectedFeeMinor: 72,
        netValueMinor: Math.round(0.88 * 12_345 - 10 - 61.725),
      },
      {
        processorId: 'a',
        reason: 'Alternative - same authorization rate',
        expectedFeeMinor: 358,
        netValueMinor: Math.round(0.9 * 12_345 - 358.005),
      },
    ]);
  });
});
