import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTable } from '../../../src/domain/routing/compile-table.ts';
import {
  decideOn,
  id,
  NOW,
  OPEN,
  override,
  processor,
  row,
  rule,
  seedOf,
  segmentRates,
  tableData,
} from './made-table.ts';
import type { Configuration } from '../../../src/domain/configuration/configuration.ts';
import type { RouteRequest } from '../../../src/domain/routing/route-request.ts';
import type { TableData } from '../../../src/domain/routing/routing-table.ts';

const CAP = override('cap', id('a'), { share: 0.1, expiresAtMs: NOW + 500 });
const SILENCE = {
  ...{ processorId: id('a'), segment: 'CARD|BR' as never, sinceMs: NOW },
  ...{ untilMs: NOW + 60_000, trialEveryMs: 30_000 },
};
const rows = (version: number, mean = 0.8) =>
  new Map(['a', 'b', 'c'].map((name, index) => [id(name), row(name, { version, mean: mean - index / 50, sd: 0.05 })]));
const configurationOf = (changes: Partial<Configuration> = {}): Configuration =>
  tableData(
    ['a', 'b', 'c'].map((name) => processor(name)),
    [],
    { configuration: changes },
  ).configuration;
const base = (configuration = configurationOf()): TableData => ({
  ...{ configuration, rows: rows(1), silences: [], segmentRates: segmentRates({ 'CARD|BR': 10 }), asOfMs: NOW },
});

const CHANGES: readonly [string, (data: TableData) => TableData][] = [
  ['a newer row', (data) => ({ ...data, rows: new Map(data.rows).set(id('a'), row('a', { version: 2, mean: 0.3 })) })],
  ['a row more', (data) => ({ ...data, rows: new Map(data.rows).set(id('d'), row('d')) })],
  ['an opened breaker', (data) => ({ ...data, rows: new Map(data.rows).set(id('b'), row('b', { whole: OPEN })) })],
  ['a silence', (data) => ({ ...data, silences: [SILENCE] })],
  ['another configuration', (data) => ({ ...data, configuration: configurationOf({ version: 2 }) })],
];

describe('plans over refills', () => {
  test('[TAB-43] a refill that changes nothing but rates and its moment keeps the plans', () => {
    const before = compileTable(base());
    const plan = before.plan('CARD', 'BR');
    const next = compileTable({ ...before.data, asOfMs: NOW + 1_000, segmentRates: segmentRates({}) }, before);
    expect(next.plan('CARD', 'BR')).toBe(plan);
    expect(compileTable({ ...next.data, rows: new Map(next.data.rows) }, next).plan('CARD', 'BR')).toBe(plan);
  });

  test.each(CHANGES)('[TAB-43] %s makes them anew', (_, change) => {
    const before = compileTable(base());
    const plan = before.plan('CARD', 'BR');
    expect(compileTable(change(before.data), before).plan('CARD', 'BR')).not.toBe(plan);
  });

  test('[TAB-43] a cap that ended in between, a silence that ended and a limit make them anew', () => {
    const capped = compileTable(base(configurationOf({ overrides: [CAP] })));
    const plan = capped.plan('CARD', 'BR');
    expect(compileTable({ ...capped.data, asOfMs: NOW + 400 }, capped).plan('CARD', 'BR')).toBe(plan);
    expect(compileTable({ ...capped.data, asOfMs: NOW + 600 }, capped).plan('CARD', 'BR')).not.toBe(plan);
    const silent = compileTable({ ...base(), silences: [SILENCE] });
    expect(compileTable({ ...silent.data, silences: [] }, silent).plan('CARD', 'BR')).not.toBe(
      silent.plan('CARD', 'BR'),
    );
    const limited = compileTable(
      base(configurationOf({ processors: [processor('a', { maxTps: 1 }), processor('b')] })),
    );
    const next = compileTable({ ...limited.data, segmentRates: segmentRates({ 'CARD|BR': 99 }) }, limited);
    expect(next.plan('CARD', 'BR')).not.toBe(limited.plan('CARD', 'BR'));
  });

  test('[TAB-43] whatever changed, decisions are those of a table of its own', () => {
    const steps = fc.array(
      fc.constantFrom(...CHANGES.map(([, change]) => change), (data: TableData) => data),
      {
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(steps, fc.nat(1_000), (changes, seed) => {
        let [data, following] = [base(), compileTable(base())];
        for (const [step, change] of changes.entries()) {
          decideOn(following, {}, { seed: seedOf(seed + step) });
          data = { ...change(data), asOfMs: data.asOfMs + 1_000 };
          following = compileTable(data, following);
          const at = { seed: seedOf(seed), now: data.asOfMs + 10, explainAll: true };
          expect(decideOn(following, {}, at)).toEqual(decideOn(compileTable(data), {}, at));
        }
      }),
      { numRuns: 100 },
    );
  });
});

const RULES = [
  rule('r1', { priority: 3, condition: 'amount > 100.0', action: { kind: 'prefer', processors: [id('b'), id('c')] } }),
  rule('r2', {
    priority: 2,
    condition: 'amount > 50.0',
    action: {
      kind: 'split',
      weights: [
        { processor: id('a'), weight: 1 },
        { processor: id('c'), weight: 3 },
      ],
      stickyBy: null,
    },
  }),
  rule('r3', { priority: 1, currencies: ['USD'], action: { kind: 'pin', processors: [id('a'), id('b')] } }),
];
const requests: fc.Arbitrary<Partial<RouteRequest>> = fc.record({
  amountMinor: fc.constantFrom(1_000, 7_000, 20_000, null),
  currency: fc.constantFrom('BRL', 'USD', null),
  eligibleProcessors: fc.constantFrom(null, [id('a'), id('c')], [id('b'), id('c')], [id('c')]),
  strategy: fc.constantFrom(null, 'learned' as const, 'balanced' as const, 'priority' as const),
});

test('[DEC-35] a table that has decided before decides as a new one does', () => {
  const data = { ...base(configurationOf({ rules: RULES })), rows: rows(1) };
  const used = compileTable(data);
  fc.assert(
    fc.property(requests, fc.nat(100_000), (request, seed) => {
      const at = { seed: seedOf(seed), explainAll: true };
      expect(decideOn(used, request, at)).toEqual(decideOn(compileTable(data), request, at));
    }),
    { numRuns: 500 },
  );
});

test('[DEC-36] how many rows are told changes nothing else, and those told are the first', () => {
  const data = {
    ...base(configurationOf({ rules: RULES })),
    rows: new Map(rows(1)).set(id('b'), row('b', { whole: OPEN })),
  };
  const on = compileTable(data);
  fc.assert(
    fc.property(requests, fc.nat(100_000), fc.nat(4), (request, seed, rowsMax) => {
      const whole = decideOn(on, request, { seed: seedOf(seed) });
      const told = decideOn(on, request, { seed: seedOf(seed), rowsMax });
      expect(told).toEqual({ ...whole, ranked: whole.ranked.slice(0, rowsMax) });
    }),
    { numRuns: 500 },
  );
});
