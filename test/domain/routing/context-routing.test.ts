import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CARD_BR, decideOn, NOW, processor, row, sharesOf, table, tally } from './made-table.ts';
import { beliefOf, createLearner, learn } from '../../../src/domain/learning/posterior.ts';
import { type ContextEffects, shiftedRate } from '../../../src/domain/learning/context-effects.ts';
import { STRATEGIES } from '../../../src/domain/configuration/configuration.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import { seeded } from '../../harness/seeded.ts';

const HOUR = 3_600_000;
const CENTRES = [{ segment: CARD_BR, amount: 0, hour: 0 }];
const NOTHING: ContextEffects = { amounts: Array(10).fill(0), hours: Array(8).fill(0), centres: CENTRES };
const bySize = (small: number, large: number): ContextEffects => ({
  amounts: [0, small, small, small, 0, large, large, large, large, large],
  hours: [],
  centres: CENTRES,
});
const beliefAfter = (approval: number, outcomes: number, seed: number) => {
  const learner = createLearner();
  const random = seeded(seed);
  for (let serial = 0; serial < outcomes; serial += 1) learn(learner, random() < approval, 1);
  return beliefOf(learner);
};
const ROWS = ['a', 'b'].map((name) => row(name, { segment: { belief: beliefAfter(0.8, 300, 4) } }));
const [SMALL, MIDDLE, LARGE] = [500, 5_000, 50_000];

/** a is for small amounts, b for large ones. */
const on = () => {
  const effects = { a: bySize(0.8, -0.8), b: bySize(-0.8, 0.8) };
  return table([processor('a', { context: effects.a }), processor('b', { context: effects.b })], ROWS);
};
const shareOf = (id: string, amountMinor: number | null, at = on()): number =>
  decideOn(at, { amountMinor }).ranked.find(({ processorId }) => processorId === id)!.probability;

describe('effects of amounts and hours', () => {
  test('[DEC-33] who is best hangs on the amount', () => {
    expect([shareOf('a', SMALL), shareOf('b', LARGE)].every((share) => share > 0.95)).toBe(true);
    expect(shareOf('a', MIDDLE)).toBeCloseTo(0.5, 9);
    expect(shareOf('a', null)).toBeCloseTo(0.5, 9);
    const told = decideOn(on(), { amountMinor: SMALL }).ranked.find(({ processorId }) => processorId === 'a')!;
    expect(told.approval.mean).toBeCloseTo(shiftedRate(ROWS[0]!.segments[0]!.belief.mean, 0.8), 9);
  });

  test('[DEC-33] and on the hour', () => {
    const hours = [0, 0, 0, 0, 0, 0, 0, 0].map((_, band) => (band === 1 ? -1 : 0));
    const at = table([processor('a', { context: { amounts: [], hours, centres: CENTRES } }), processor('b')], ROWS);
    const shareAt = (hour: number): number => {
      const now = Math.floor(NOW / (24 * HOUR)) * 24 * HOUR + hour * HOUR;
      return decideOn(at, {}, { now }).ranked.find(({ processorId }) => processorId === 'a')!.probability;
    };
    expect(shareAt(4.5)).toBeLessThan(0.05);
    expect(shareAt(2.9)).toBeCloseTo(0.5, 9);
    expect(shareAt(6)).toBeCloseTo(0.5, 9);
  });

  test('[DEC-33] the propensity is that of the payment’s own draw, in whatever order payments come', () => {
    const times = 4_000;
    const at = on();
    for (const amountMinor of [SMALL, MIDDLE, LARGE, SMALL]) {
      const share = shareOf('a', amountMinor, at);
      expect(share).toBe(shareOf('a', amountMinor));
      const drawn = tally(at, times, { amountMinor }).get('a') ?? 0;
      expect(Math.abs(drawn - times * share)).toBeLessThanOrEqual(4 * Math.sqrt(times * share * (1 - share)));
    }
  });

  test('[DEC-33] they come before fees: worth is that of such a payment', () => {
    const priced = table(
      [processor('a', { context: bySize(0, -1), feeBps: 10 }), processor('b', { feeBps: 200 })],
      ROWS,
    );
    const [small, large] = [SMALL, LARGE].map((amountMinor) => decideOn(priced, { amountMinor }));
    const rankOf = (decision: typeof small, id: string) =>
      decision!.ranked.find(({ processorId }) => processorId === id)!;
    expect(rankOf(small, 'a').netValueMinor).toBeGreaterThan(rankOf(small, 'b').netValueMinor!);
    expect(rankOf(large, 'a').netValueMinor).toBeLessThan(rankOf(large, 'b').netValueMinor!);
    expect(rankOf(large, 'b').probability).toBeGreaterThan(0.9);
  });

  test.each(STRATEGIES.filter((strategy) => strategy !== 'learned'))('[DEC-33] %s does not read them', (strategy) => {
    const bare = table([processor('a'), processor('b')], ROWS);
    for (const amountMinor of [SMALL, LARGE])
      expect(decideOn(on(), { amountMinor, strategy })).toEqual(decideOn(bare, { amountMinor, strategy }));
    expect(sharesOf(on(), strategy)).toEqual(sharesOf(bare, strategy));
  });

  test('[DEC-34] without effects here, bit for bit as if there were none', () => {
    const arm = fc.record({
      approval: fc.double({ min: 0.3, max: 0.97, noNaN: true }),
      outcomes: fc.integer({ min: 0, max: 60 }),
      feeFixedMinor: fc.constantFrom(0, 0, 30),
    });
    const elsewhere = bySize(2, -2);
    const none = [
      undefined,
      NOTHING,
      { ...elsewhere, centres: [{ segment: segmentKey('PIX', 'BR'), amount: 0, hour: 0 }] },
    ];
    const asked = fc.record({
      amountMinor: fc.option(fc.integer({ min: 1, max: 10_000_000 })),
      strategy: fc.constantFrom(...STRATEGIES),
      hour: fc.integer({ min: 0, max: 23 }),
      tableAgeMs: fc.constantFrom(0, 30_000, 700_000),
      seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    });
    fc.assert(
      fc.property(
        fc.array(arm, { minLength: 1, maxLength: 5 }),
        asked,
        (arms, { hour, tableAgeMs, seed, ...request }) => {
          const rows = arms.map(({ approval, outcomes }, at) =>
            row(`p${at}`, { segment: { belief: beliefAfter(approval, outcomes, at) } }),
          );
          const [bare, zero, away] = none.map((context) => {
            const processors = arms.map(({ feeFixedMinor }, at) =>
              processor(`p${at}`, { feeFixedMinor, ...(context !== undefined && { context }) }),
            );
            return decideOn(table(processors, rows), request, { tableAgeMs, seed, now: NOW + hour * HOUR });
          });
          expect(zero).toEqual(bare);
          expect(away).toEqual(bare);
        },
      ),
      { numRuns: 60 },
    );
  });
});
