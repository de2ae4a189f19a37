import { describe, expect, test } from 'vitest';
import { decideOn, id, NOW, processor, row, sharesOf, table, windowOf, type Known } from './made-table.ts';
import type { LatencySummary, WindowSummary } from '../../../src/domain/health/window-summary.ts';
import type { StrategyName } from '../../../src/domain/configuration/configuration.ts';

const latency = (meanMs: number): LatencySummary => ({ p50Ms: meanMs, p95Ms: meanMs, p99Ms: meanMs, meanMs });

function scoreOf(strategy: StrategyName, known: Known | null, config: Parameters<typeof processor>[1] = {}): number {
  const on = table([processor('a', config)], known === null ? [] : [row('a', known)]);
  return decideOn(on, { strategy, amountMinor: 10_000 }).ranked[0]?.score ?? Number.NaN;
}

interface Case {
  readonly strategy: StrategyName;
  readonly name: string;
  readonly window?: WindowSummary;
  readonly meanMs?: number | null;
  readonly config?: Parameters<typeof processor>[1];
  readonly score: number;
}

const CASES: readonly Case[] = [
  { strategy: 'techcart', name: 'rate x 100 up to 30 results', window: windowOf({ A: 24, D: 6 }), score: 80 },
  { strategy: 'techcart', name: '5 more over 30', window: windowOf({ A: 40, D: 10 }), score: 85 },
  { strategy: 'techcart', name: 'half when DEGRADED', window: windowOf({ A: 30, D: 20 }), score: 35 },
  { strategy: 'techcart', name: 'nothing when DOWN', window: windowOf({ A: 10, E: 40 }), score: 0 },
  { strategy: 'techcart', name: 'the belief below 10 results', window: windowOf({ A: 9 }), score: 72 },
  {
    strategy: 'balanced',
    name: '.5 success .3 latency .2 cost',
    window: windowOf({ A: 40, D: 10 }),
    meanMs: 1_000,
    config: { feeFixedMinor: 25 },
    score: 0.4 + 0.24 + 0.15,
  },
  {
    strategy: 'balanced',
    name: 'errors are no success',
    window: windowOf({ A: 20, E: 10 }),
    meanMs: 0,
    config: { feeFixedMinor: 0, feeBps: 50 },
    score: 0.5 * (20 / 30) + 0.3 + 0.1,
  },
  {
    strategy: 'balanced',
    name: 'nothing over 5000 ms and 1.00',
    window: windowOf({ A: 50 }),
    meanMs: 9_000,
    config: { feeFixedMinor: 300 },
    score: 0.5,
  },
  {
    strategy: 'apos',
    name: '.7 success .3 latency over 1000 ms',
    window: windowOf({ A: 40, D: 10 }),
    meanMs: 250,
    score: 0.56 + 0.225,
  },
  {
    strategy: 'apos',
    name: 'an unknown latency is in the middle',
    window: windowOf({ A: 50 }),
    meanMs: null,
    score: 0.7 + 0.15,
  },
  { strategy: 'learned', name: 'the mean of the belief', score: 0.72 },
  { strategy: 'priority', name: 'lower first', config: { priority: 3 }, score: -3 },
  { strategy: 'split', name: 'the weight', config: { weight: 7 }, score: 7 },
];

describe('scores', () => {
  test.each(CASES)('[DEC-9] $strategy: $name', ({ strategy, window, meanMs, config, score }) => {
    const known: Known = {
      mean: 0.72,
      ...(window === undefined ? {} : { window }),
      ...(meanMs === undefined ? {} : { segment: { latency: meanMs === null ? null : latency(meanMs) } }),
    };
    expect(scoreOf(strategy, known, config)).toBeCloseTo(score, 9);
  });

  test('[DEC-9] the observed fee stands in where no tariff is configured', () => {
    const withFee = scoreOf('balanced', {
      segment: { meanFeeMinor: 50, latency: latency(5_000) },
      window: windowOf({ A: 50 }),
    });
    expect(withFee).toBeCloseTo(0.5 + 0.1, 9);
  });

  test.each(['techcart', 'learned', 'balanced', 'apos'] as const)(
    '[DEC-10] under %s an untested processor does not outrank a proven 0.94',
    (strategy) => {
      const on = table(
        [processor('new'), processor('proven')],
        [row('proven', { mean: 0.94, window: windowOf({ A: 47, D: 3 }) })],
      );
      const decision = decideOn(on, { strategy });
      const score = (name: string): number =>
        decision.ranked.find(({ processorId }) => processorId === name)?.score ?? Number.NaN;
      expect(score('new')).toBeLessThanOrEqual(score('proven'));
      expect(sharesOf(on, strategy)[0]).toBeLessThanOrEqual(0.05 + 1e-9);
    },
  );

  test('[DEC-10] under techcart one approval of one is no 100', () => {
    const on = table(
      [processor('lucky'), processor('proven')],
      [
        row('lucky', { mean: 0.82, weight: 1, window: windowOf({ A: 1 }) }),
        row('proven', { mean: 0.94, window: windowOf({ A: 47, D: 3 }) }),
      ],
    );
    expect(decideOn(on, { strategy: 'techcart' }).chosen).toBe('proven');
  });

  test('[DEC-10] under learned an untested processor is not starved', () => {
    const on = table([processor('new'), processor('proven')], [row('proven', { mean: 0.94 })]);
    expect(sharesOf(on, 'learned')[0]).toBeGreaterThanOrEqual(0.002);
    expect(decideOn(on).ranked.find(({ processorId }) => processorId === 'new')?.approval.mean).toBeCloseTo(0.94, 9);
  });

  test('[DEC-9] split shares by weight, and equally where all weights are 0', () => {
    expect(sharesOf(table([processor('a', { weight: 3 }), processor('b')]), 'split')).toEqual([0.75, 0.25]);
    expect(sharesOf(table([processor('a', { weight: 0 }), processor('b', { weight: 0 })]), 'split')).toEqual([
      0.5, 0.5,
    ]);
  });

  test('[DEC-9] priority takes the lowest number, of equals the better believed', () => {
    const on = table(
      [processor('a', { priority: 2 }), processor('b', { priority: 1 }), processor('c', { priority: 1 })],
      [row('b', { mean: 0.5 }), row('c', { mean: 0.6 })],
    );
    expect(decideOn(on, { strategy: 'priority' }).ranked.map(({ processorId }) => processorId)).toEqual([
      'c',
      'b',
      'a',
    ]);
  });

  test('[DEC-16] scores of a window end with it within one table', () => {
    const on = table([processor('a')], [row('a', { mean: 0.6, window: windowOf({ A: 50 }), validUntilMs: NOW + 10 })]);
    expect(decideOn(on, { strategy: 'apos' }).ranked[0]?.score).toBeCloseTo(0.7 + 0.225, 9);
    expect(decideOn(on, { strategy: 'apos' }, { now: NOW + 11 }).ranked[0]?.score).toBeCloseTo(0.42 + 0.225, 9);
    expect(decideOn(on, { strategy: 'apos', eligibleProcessors: [id('a')] }).ranked[0]?.score).toBeCloseTo(
      0.7 + 0.225,
      9,
    );
  });
});
