import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STRATEGIES, type Override, type Rule } from '../../../src/domain/configuration/configuration.ts';
import {
  CARD_BR,
  CLOSED,
  decideOn,
  HALF_OPEN,
  id,
  NOW,
  OPEN,
  override,
  processor,
  REOPENING,
  row,
  rule,
  seedOf,
  SICK,
  segmentRates,
  table,
  windowOf,
} from './made-table.ts';
import type { BreakerView } from '../../../src/domain/health/status-row.ts';
import type { RoutingTable } from '../../../src/domain/routing/compile-table.ts';

const PAIR = [processor('a'), processor('b')];

const VIEWS: readonly BreakerView[] = [CLOSED, OPEN, REOPENING, HALF_OPEN];

/** Tables of one to six processors in any state, with rules, overrides and silences. */
const anyTable: fc.Arbitrary<RoutingTable> = fc
  .array(
    fc.record({
      mean: fc.double({ min: 0.05, max: 0.98, noNaN: true }),
      weight: fc.integer({ min: 0, max: 500 }),
      breaker: fc.constantFrom(...VIEWS),
      whole: fc.constantFrom(CLOSED, CLOSED, ...VIEWS),
      untold: fc.boolean(),
      currencies: fc.constantFrom(null, null, ['BRL'], ['USD']),
      maxShare: fc.constantFrom(null, 0, 0.3),
      minShare: fc.constantFrom(null, 0.1),
      maxTps: fc.constantFrom(null, 0, 5),
      silent: fc.boolean(),
      override: fc.constantFrom(null, null, 'force_open', 'force_close', 'drain', 'pin', 'metrics_only'),
      collapsed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .chain((arms) => {
    const names = arms.map((_, index) => id(`p${index}`));
    const some = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 });
    const action: fc.Arbitrary<Rule['action']> = fc.oneof(
      some.map((processors) => ({ kind: 'pin' as const, processors })),
      some.map((processors) => ({ kind: 'prefer' as const, processors })),
      some.map((processors) => ({ kind: 'exclude' as const, processors })),
      some.map((list) => ({
        kind: 'split' as const,
        stickyBy: null,
        weights: list.map((name) => ({ processor: name, weight: 1 })),
      })),
      fc.constantFrom(...STRATEGIES).map((strategy) => ({ kind: 'strategy' as const, strategy })),
    );
    return fc.array(action, { maxLength: 3 }).map((actions) =>
      table(
        arms.map((arm, index) =>
          processor(`p${index}`, {
            currencies: arm.currencies,
            maxShare: arm.maxShare,
            minShare: arm.minShare,
            maxTps: arm.maxTps,
          }),
        ),
        arms.flatMap((arm, index) =>
          arm.untold ? [] : [row(`p${index}`, { ...arm, segment: arm.collapsed ? { signals: [SICK] } : {} })],
        ),
        {
          configuration: {
            rules: actions.map((each, index) => rule(`r${index}`, { action: each })),
            overrides: arms.flatMap((arm, index) =>
              arm.override === null ? [] : [override(arm.override as Override['kind'], id(`p${index}`))],
            ),
          },
          data: {
            segmentRates: segmentRates({ [CARD_BR]: 20 }),
            silences: arms.flatMap((arm, index) =>
              arm.silent
                ? [
                    {
                      processorId: id(`p${index}`),
                      segment: CARD_BR,
                      sinceMs: NOW,
                      untilMs: NOW + 1_000,
                      trialEveryMs: 30_000,
                    },
                  ]
                : [],
            ),
          },
        },
      ),
    );
  });
const anyMoment = fc.record({
  seed: fc.bigInt(0n, 2n ** 64n - 1n),
  tableAgeMs: fc.constantFrom(0, 1_500, 30_000, 61_000, 700_000),
});
const UNFIT = new Set([
  'disabled',
  'payment_method',
  'country',
  'currency',
  'amount',
  'credential_kind',
  'not_offered',
]);

describe('what always holds', () => {
  test('[DEC-1] the same table, request and seed give the same decision', () => {
    fc.assert(
      fc.property(anyTable, anyMoment, (on, at) => {
        const again = table(on.data.configuration.processors, [...on.data.rows.values()], {
          configuration: on.data.configuration,
          data: on.data,
        });
        expect(decideOn(again, {}, at)).toEqual(decideOn(on, {}, at));
      }),
    );
  });

  test('[DEC-2] probabilities sum to 1 over the ranked, and the chosen one is the first of them', () => {
    fc.assert(
      fc.property(anyTable, anyMoment, (on, at) => {
        const decision = decideOn(on, {}, at);
        if (decision.chosen === null) {
          expect(decision.ranked).toEqual([]);
          return;
        }
        expect(decision.ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
        expect(decision.ranked[0]).toMatchObject({
          processorId: decision.chosen,
          rank: 1,
          recommended: true,
          probability: decision.propensity,
        });
        expect(decision.propensity).toBeGreaterThan(0);
        expect(decision.ranked.slice(1).some(({ recommended }) => recommended)).toBe(false);
        expect(decision.ranked.map(({ rank }) => rank)).toEqual(decision.ranked.map((_, index) => index + 1));
      }),
    );
  });

  test('[DEC-3] the chosen one is eligible, and somebody is chosen whenever somebody is', () => {
    fc.assert(
      fc.property(anyTable, anyMoment, (on, at) => {
        const { chosen, exclusions, degraded, reasons } = decideOn(on, {}, at);
        const unfit = exclusions.filter(({ reason }) => UNFIT.has(reason)).map(({ processorId }) => processorId);
        expect(unfit).not.toContain(chosen);
        expect(chosen === null).toBe(unfit.length === on.data.configuration.processors.length);
        if (chosen !== null && !degraded && exclusions.some(({ processorId }) => processorId === chosen)) {
          // Only a local probe, and what the others are not able to bear, is let past a breaker.
          if (!reasons.includes('overflow')) expect(at.tableAgeMs).toBeGreaterThan(60_000);
          expect(exclusions.find(({ processorId }) => processorId === chosen)?.reason).toBe('breaker_open');
        }
      }),
    );
  });

  test('[RUL-10] no rule makes a decision choose one that is excluded while another is admitted', () => {
    fc.assert(
      fc.property(anyTable, fc.bigInt(0n, 2n ** 64n - 1n), (on, seed) => {
        const { chosen, exclusions, degraded, ranked, reasons } = decideOn(on, {}, { seed });
        const excluded = exclusions.map(({ processorId }) => processorId);
        if (ranked.some(({ processorId }) => !excluded.includes(processorId))) {
          if (!reasons.includes('overflow')) expect(excluded).not.toContain(chosen);
          expect(degraded).toBe(false);
        }
      }),
    );
  });
});

describe('all down', () => {
  test.each([
    ['the best recent one', [row('a', { mean: 0.4, breaker: OPEN }), row('b', { mean: 0.7, breaker: OPEN })], [], 'b'],
    [
      'one that is probing before one that is shut',
      [row('a', { mean: 0.4, breaker: HALF_OPEN }), row('b', { mean: 0.7, breaker: OPEN })],
      [],
      'a',
    ],
    [
      'one that may be probed before one that may not',
      [row('a', { mean: 0.4, breaker: REOPENING }), row('b', { mean: 0.7, breaker: OPEN })],
      [],
      'a',
    ],
    [
      'not the drained one if any other is left',
      [row('a', { mean: 0.4, breaker: OPEN }), row('b')],
      [override('drain', id('b'))],
      'a',
    ],
    [
      'not the forced one if any other is left',
      [row('a', { mean: 0.4, breaker: OPEN }), row('b')],
      [override('force_open', id('b'))],
      'a',
    ],
    [
      'a drained one if there is no other',
      [row('a', { mean: 0.4 }), row('b')],
      [override('drain', id('a')), override('drain', id('b'))],
      'b',
    ],
  ])('[DEC-3] when nobody is admitted it takes %s, and says so', (_, rows, overrides, chosen) => {
    const decision = decideOn(table(PAIR, rows, { configuration: { overrides } }));
    expect(decision).toMatchObject({
      chosen,
      degraded: true,
      deterministic: true,
      propensity: 1,
      reasons: ['all_down'],
    });
    expect(decision.ranked[0]).toMatchObject({
      recommended: true,
      reason: 'All processors are DOWN - best recent one',
    });
  });

  test('[DEC-3] nobody eligible is nobody chosen', () => {
    const decision = decideOn(table(PAIR), { country: 'XX' });
    expect(decision).toMatchObject({ chosen: null, propensity: 0, ranked: [], confidence: 'none', degraded: false });
  });
});

describe('shadow', () => {
  const on = table(PAIR, [row('a', { mean: 0.9, sd: 0.001 }), row('b', { mean: 0.5, sd: 0.001 })]);

  test('[DEC-13] what the merchant does is the arm, with our probability of it, and our own stays first', () => {
    const decision = decideOn(on, { actualProcessor: id('b') });
    expect(decision).toMatchObject({ chosen: 'b', deterministic: true });
    expect(decision.propensity).toBeCloseTo(0.0002, 6);
    expect(decision.reasons[0]).toBe('shadow');
    expect(decision.ranked[0]).toMatchObject({ processorId: 'a', recommended: true });
  });

  test('[DEC-13] it asks for no permit, has probability 0 where we would never go, and an unregistered one is no shadow', () => {
    const probing = table(PAIR, [row('a'), row('b', { breaker: HALF_OPEN })]);
    expect(decideOn(probing, { actualProcessor: id('b') })).toMatchObject({
      chosen: 'b',
      propensity: 0,
      permitWanted: null,
    });
    expect(decideOn(on, { actualProcessor: id('zzz') })).toMatchObject({ chosen: 'a', reasons: ['best_approval'] });
  });
});

describe('what people read', () => {
  test('[DEC-14] the chosen one is first, then by score, then those kept out, with the sentences of the seed', () => {
    const down = windowOf({ A: 2, D: 2, E: 46 });
    const on = table(
      [processor('a'), processor('b'), processor('c'), processor('d', { currencies: ['USD'] })],
      [
        row('a', { mean: 0.9, window: down, breaker: OPEN }),
        row('b', { mean: 0.6, sd: 0.001 }),
        row('c', { mean: 0.82, sd: 0.001, window: windowOf({ A: 41, D: 9 }) }),
      ],
    );
    const { ranked, confidence, reasons } = decideOn(on);
    expect(
      ranked.map((each) => [
        each.processorId,
        each.rank,
        each.status,
        each.authorizationRate,
        each.recommended,
        each.reason,
      ]),
    ).toEqual([
      ['c', 1, 'HEALTHY', 0.82, true, 'Best option - highest authorization rate'],
      ['b', 2, 'HEALTHY', 0.8, false, 'Alternative - lower authorization rate'],
      ['a', 3, 'DOWN', 0.5, false, 'Processor is DOWN - not recommended'],
    ]);
    expect(ranked[2]).toMatchObject({ breaker: 'OPEN', effectiveStatus: 'DOWN', probability: 0 });
    expect({ confidence, reasons }).toEqual({ confidence: 'high', reasons: ['best_approval'] });
  });

  test('[DEC-14] a processor that was cut off while its window still looks well is told as DOWN', () => {
    const { ranked } = decideOn(table(PAIR, [row('a', { breaker: OPEN }), row('b')]));
    expect(ranked[1]).toMatchObject({
      status: 'HEALTHY',
      effectiveStatus: 'DOWN',
      reason: 'Processor is DOWN - not recommended',
    });
  });

  test('[DEC-14] exploration is told as such', () => {
    const on = table(PAIR, [row('a', { mean: 0.9, sd: 0.001 }), row('b', { mean: 0.3, sd: 0.001 })]);
    const seeds = [...Array(3_000).keys()].map(seedOf);
    const explored = seeds.map((seed) => decideOn(on, {}, { seed })).find(({ chosen }) => chosen === 'b');
    expect(explored).toMatchObject({ reasons: ['exploration'], deterministic: false });
    expect(explored?.ranked[0]?.reason).toMatch(/^Exploration/);
  });

  test.each([
    [windowOf({ A: 9 }), 'low'],
    [windowOf({ A: 10 }), 'medium'],
    [windowOf({ A: 31 }), 'high'],
    [windowOf({}), 'none'],
  ])('[DEC-14] confidence follows the number of results', (window, confidence) => {
    expect(decideOn(table([processor('a')], [row('a', { window })])).confidence).toBe(confidence);
  });

  test('[DEC-16] a window past its time says nothing any more, its breaker still does', () => {
    const down = windowOf({ D: 50 });
    const expired = row('a', { window: down, validUntilMs: NOW - 1, breaker: OPEN, segment: { signals: [SICK] } });
    const { ranked, confidence } = decideOn(table([processor('a')], [expired]));
    expect(ranked[0]).toMatchObject({ status: 'HEALTHY', authorizationRate: null, breaker: 'OPEN' });
    expect(confidence).toBe('none');
    const later = { now: NOW + 700_000 };
    const on = table(PAIR, [
      row('a', { window: down, mean: 0.9 }),
      row('b', { window: windowOf({ A: 30, D: 20 }), mean: 0.5, validUntilMs: NOW + 1e6 }),
    ]);
    expect(decideOn(on, { strategy: 'techcart' }).chosen).toBe('b');
    expect(decideOn(on, { strategy: 'techcart' }, later).chosen).toBe('a');
  });
});
