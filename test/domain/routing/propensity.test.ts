import { describe, expect, test } from 'vitest';
import { STRATEGIES, type Configuration, type Rule } from '../../../src/domain/configuration/configuration.ts';
import {
  CARD_BR,
  decideOn,
  HALF_OPEN,
  id,
  NOW,
  OPEN,
  processor,
  REOPENING,
  row,
  rule,
  seedOf,
  segmentRates,
  sharesOf,
  SICK,
  table,
  tally,
  windowOf,
} from './made-table.ts';
import { RESIDUAL } from '../../../src/domain/segment.ts';
import type { RoutingTable } from '../../../src/domain/routing/compile-table.ts';
import type { TableData } from '../../../src/domain/routing/routing-table.ts';

const PAIR = [processor('a'), processor('b')];
const strategyOf = (strategy: (typeof STRATEGIES)[number]): Pick<Configuration, 'routing'> => ({
  routing: { strategy, probeFloor: 0.002, probeShareMax: 0.05 },
});

describe('propensity', () => {
  const rows = [
    row('a', { mean: 0.8, sd: 0.03 }),
    row('b', { mean: 0.79, sd: 0.03 }),
    row('c', { mean: 0.6, weight: 4, sd: 0.15 }),
  ];
  const three = [processor('a'), processor('b'), processor('c', { weight: 2 })];
  test.each([
    ['learned', table(three, rows), {}],
    ['split', table(three, rows, { configuration: strategyOf('split') }), {}],
    [
      'priority under caps',
      table([processor('a', { maxShare: 0.5 }), processor('b', { maxShare: 0.3 }), processor('c')], rows, {
        configuration: strategyOf('priority'),
      }),
      {},
    ],
    [
      'learned from an old table with two probes',
      table(three, [rows[0]!, row('b', { breaker: REOPENING }), row('c', { breaker: HALF_OPEN })]),
      { tableAgeMs: 90_000 },
    ],
  ])('[DEC-2] the probability told is the frequency of 20,000 seeds within 4 sigma: %s', (_, on, at) => {
    const times = 20_000;
    const counts = tally(on, times, {}, at);
    for (const { processorId, probability } of decideOn(on, {}, at).ranked) {
      const sigma = Math.sqrt(times * probability * (1 - probability));
      expect(Math.abs((counts.get(processorId) ?? 0) - times * probability)).toBeLessThanOrEqual(4 * sigma);
    }
    expect(counts.size).toBeGreaterThan(1);
  });

  test.each([
    ['an arm that was good keeps 0.2%', 0.96, 0.002],
    ['one that never was keeps 0.02%', 0.1, 0.0002],
  ])('[DEC-11] %s under learned however bad it looks', (_what, baseline, share) => {
    const shares = sharesOf(
      table(PAIR, [row('a', { mean: 0.95, sd: 0.005 }), row('b', { mean: 0.1, sd: 0.01, baseline })]),
      'learned',
    );
    expect(shares[1]).toBeCloseTo(share, 6);
  });

  describe('where nobody in play is able to bear all of the traffic', () => {
    const limited = [processor('a', { maxTps: 6 }), processor('b', { maxTps: 1 }), processor('c')];
    const probabilities = (perSecond: number, open: readonly string[]): (number | undefined)[] => {
      const rows = ['a', 'b', 'c'].map((name) => row(name, open.includes(name) ? { breaker: OPEN } : {}));
      const data = { segmentRates: segmentRates({ [CARD_BR]: perSecond }) };
      return sharesOf(table(limited, rows, { data }), 'learned');
    };

    test('[DEC-29] the rest goes to those whose breaker is open, none above its own limit', () => {
      const [a, b, c] = probabilities(10, ['b', 'c']);
      expect(a).toBeCloseTo(0.54, 9);
      expect(b).toBeCloseTo(0.09, 9);
      expect(c).toBeCloseTo(0.37, 9);
    });

    test('[DEC-29] nothing does while there is room, or nobody else', () => {
      expect(probabilities(5, ['b', 'c'])).toEqual([1, 0, 0]);
      expect(probabilities(10, ['b'])[1]).toBe(0);
      expect(probabilities(10, [])).not.toContain(0);
    });

    test('[DEC-29] such a decision says so, was drawn, and holds no permit', () => {
      const rows = [row('a'), row('b', { breaker: OPEN })];
      const on = table(limited.slice(0, 2), rows, { data: { segmentRates: segmentRates({ [CARD_BR]: 100 }) } });
      const decisions = [...Array(2_000).keys()].map((index) => decideOn(on, {}, { seed: seedOf(index) }));
      const overflown = decisions.filter(({ chosen }) => chosen === 'b');
      expect(overflown.length).toBeGreaterThan(0);
      for (const decision of overflown)
        expect(decision).toMatchObject({ reasons: ['overflow'], deterministic: false, permit: false, degraded: false });
    });
  });

  test.each(['techcart', 'balanced', 'apos', 'priority'] as const)(
    '[DEC-15] %s takes its best one and says that it drew nothing',
    (strategy) => {
      const on = table(PAIR, [row('a'), row('b', { mean: 0.4, window: windowOf({ A: 20, D: 30 }) })]);
      expect(decideOn(on, { strategy })).toMatchObject({ chosen: 'a', propensity: 1, deterministic: true });
    },
  );

  test('[DEC-15] a draw says that it was one, also among one', () => {
    expect(decideOn(table(PAIR, [row('a'), row('b')])).deterministic).toBe(false);
    expect(decideOn(table([processor('a')]))).toMatchObject({
      propensity: 1,
      deterministic: false,
      reasons: ['only_candidate'],
    });
    const capped = table([processor('a', { maxShare: 0.5 }), processor('b')], [], {
      configuration: strategyOf('priority'),
    });
    const decisions = [...Array(20).keys()].map((index) => decideOn(capped, {}, { seed: seedOf(index) }));
    expect(decisions.map(({ deterministic }) => deterministic)).not.toContain(true);
    expect(decisions.filter(({ chosen }) => chosen === 'b').map(({ reasons }) => reasons)).toContainEqual([
      'spillover',
    ]);
  });
});

describe('what is kept away', () => {
  const silent = (until: number, ...names: string[]): { data: Partial<TableData> } => ({
    data: {
      silences: names.map((name) => ({ ...SILENT, processorId: id(name), untilMs: until })),
      segmentRates: segmentRates({ [CARD_BR]: 20 }),
    },
  });
  const SILENT = { segment: CARD_BR, sinceMs: NOW - 1, trialEveryMs: 5_000 };

  test('[DEC-6] a silent processor gets a trial payment every so often while others remain', () => {
    const on = table(PAIR, [], silent(NOW + 1, 'a'));
    expect(sharesOf(on, 'learned')[0]).toBeCloseTo(0.01, 12);
    expect(sharesOf(on, 'priority')[0]).toBeCloseTo(0.01, 12);
    const trials = [...Array(2_000).keys()]
      .map((index) => decideOn(on, {}, { seed: seedOf(index) }))
      .filter(({ chosen }) => chosen === 'a');
    expect(trials.length).toBeGreaterThan(5);
    expect(trials.length).toBeLessThan(40);
    expect(trials[0]).toMatchObject({ reasons: ['silence_probe'], deterministic: false, permit: false });
    expect(trials[0]?.propensity).toBeCloseTo(0.01, 12);
    expect(decideOn(on).exclusions).toMatchObject([{ processorId: 'a', reason: 'silent' }]);
  });

  test('[DEC-6] however little traffic there is trials are at most 5% of it, and none of what a cap forbids', () => {
    const idle = table(PAIR, [], { data: { silences: [{ ...SILENT, processorId: id('a'), untilMs: NOW + 1 }] } });
    expect(sharesOf(idle, 'learned')[0]).toBeCloseTo(0.05, 12);
    const full = table([processor('a', { maxTps: 0 }), processor('b')], [], silent(NOW + 1, 'a'));
    expect(sharesOf(full, 'learned')[0]).toBe(0);
  });

  test('[DEC-6] many silent ones together are tried by at most 10%', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const data = { silences: names.map((name) => ({ ...SILENT, processorId: id(name), untilMs: NOW + 1 })) };
    const on = table(
      [...names, 'f'].map((name) => processor(name)),
      [],
      { data },
    );
    expect(
      sharesOf(on, 'learned')
        .slice(0, 5)
        .reduce((sum, share) => sum + share, 0),
    ).toBeCloseTo(0.1, 12);
  });

  test('[DEC-6] silence ends at its time, holds for the whole processor, and binds nobody where all are silent', () => {
    expect(sharesOf(table(PAIR, [], silent(NOW, 'a')), 'learned')[0]).toBeCloseTo(0.5, 2);
    expect(sharesOf(table(PAIR, [], silent(NOW + 1, 'a', 'b')), 'learned')[0]).toBeCloseTo(0.5, 2);
    const whole = table(PAIR, [], {
      data: {
        silences: [{ ...SILENT, segment: RESIDUAL, processorId: id('a'), untilMs: NOW + 1 }],
        segmentRates: segmentRates({ [CARD_BR]: 20 }),
      },
    });
    expect(sharesOf(whole, 'learned')[0]).toBeCloseTo(0.01, 12);
  });

  test('[DEC-6] a sticky key gives way to a trial now and then, lest nobody learn that the silent one answers again', () => {
    const action: Rule['action'] = {
      kind: 'split',
      stickyBy: 'customer_ref',
      weights: [
        { processor: id('a'), weight: 1 },
        { processor: id('b'), weight: 1 },
      ],
    };
    const on = table(PAIR, [], { configuration: { rules: [rule('r', { action })] }, ...silent(NOW + 1, 'a') });
    const tried = tally(on, 2_000, { customerRef: 'ana' }).get('a') ?? 0;
    expect(tried).toBeGreaterThan(5);
    expect(tried).toBeLessThan(40);
  });

  test('[DEC-6] a silent processor is not probed either while others remain', () => {
    const on = (...names: string[]): RoutingTable =>
      table(PAIR, [row('a', { breaker: HALF_OPEN }), row('b')], silent(NOW + 1, ...names));
    expect(decideOn(on()).permitWanted).toMatchObject({ processorId: 'a' });
    expect(decideOn(on('a')).permitWanted).toBeNull();
    expect(decideOn(on('a', 'b')).permitWanted).toMatchObject({ processorId: 'a' });
  });

  test('[DEC-7] a sticky split gives a capped processor its bounded share of the keys', () => {
    const action: Rule['action'] = {
      kind: 'split',
      stickyBy: 'customer_ref',
      weights: [{ processor: id('a'), weight: 1 }],
    };
    const on = table([processor('a', { maxShare: 0.3 }), processor('b')], [], {
      configuration: { rules: [rule('r', { action })] },
    });
    const times = 4_000;
    let capped = 0;
    for (let index = 0; index < times; index += 1) {
      if (decideOn(on, { customerRef: `customer ${index}` }).chosen === 'a') capped += 1;
    }
    // 4 sigma of 1,200 of 4,000.
    expect(Math.abs(capped - 1_200)).toBeLessThan(116);
  });

  test.each([{ maxTps: 0 }, { maxShare: 0 }])(
    '[DEC-7] with $maxTps$maxShare a processor gets nothing while others remain',
    (limits) => {
      const on = table([processor('a', limits), processor('b')]);
      expect(decideOn(on)).toMatchObject({ chosen: 'b', exclusions: [{ processorId: 'a', reason: 'max_tps' }] });
      expect(decideOn(table([processor('a', limits)])).chosen).toBe('a');
    },
  );

  const collapsed = (extra: readonly Rule[] = []): RoutingTable =>
    table(
      PAIR,
      [row('a', { mean: 0.9, sd: 0.001, segment: { signals: [SICK] } }), row('b', { mean: 0.5, sd: 0.001 })],
      { configuration: { rules: extra } },
    );

  test.each(STRATEGIES)('[DEC-8] a collapsed approval keeps at most 5%% under %s', (strategy) => {
    expect(sharesOf(collapsed(), strategy)[0]).toBeLessThanOrEqual(0.05 + 1e-12);
    expect(decideOn(collapsed(), { strategy }).reasons).toContain('approval_collapse');
  });

  test('[DEC-8] prefer and split keep to it, a pin does not', () => {
    const shareWith = (action: Rule['action']): number | undefined =>
      sharesOf(collapsed([rule('r', { action })]), 'techcart')[0];
    expect(shareWith({ kind: 'prefer', processors: [id('a')] })).toBeCloseTo(0.05);
    expect(shareWith({ kind: 'split', stickyBy: null, weights: [{ processor: id('a'), weight: 1 }] })).toBeCloseTo(
      0.05,
    );
    expect(shareWith({ kind: 'pin', processors: [id('a'), id('b')] })).toBeGreaterThan(0.9);
    expect(shareWith({ kind: 'pin', processors: [id('a')] })).toBe(1);
  });
});
