import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decideOn,
  HALF_OPEN,
  id,
  type Known,
  OPEN,
  override,
  processor,
  row,
  rule,
  seedOf,
  table,
  tally,
} from './made-table.ts';
import type { Configuration, StrategyName } from '../../../src/domain/configuration/configuration.ts';
import type { RegisteredProcessor } from '../../../src/domain/processor-config.ts';
import type { RoutingTable } from '../../../src/domain/routing/compile-table.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const MEANS: Readonly<Record<string, number>> = { a: 0.9, b: 0.85, c: 0.7, d: 0.6 };
/** Five failures have lowered what is believed of it, and opened its breaker. */
const A_OUT = { a: { breaker: OPEN, mean: 0.4, baseline: 0.9 } };

interface Made {
  readonly strategy?: StrategyName;
  readonly changes?: Readonly<Record<string, Partial<RegisteredProcessor>>>;
  readonly known?: Readonly<Record<string, Known>>;
  readonly configuration?: Partial<Configuration>;
}

function tableOf({ strategy = 'learned', changes = {}, known = {}, configuration = {} }: Made): RoutingTable {
  return table(
    NAMES.map((name) => processor(name, changes[name])),
    NAMES.map((name) => row(name, { mean: MEANS[name] ?? 0, sd: 0.001, ...known[name] })),
    { configuration: { routing: { strategy, probeFloor: 0.002, probeShareMax: 0.05 }, ...configuration } },
  );
}
const BACKED = { a: { backups: [id('d'), id('c')] } };

describe('backups', () => {
  test.each(['learned', 'techcart', 'balanced', 'apos', 'priority'] as const)(
    '[DEC-30] take the place of a first one that is out, in their order, under %s',
    (strategy) => {
      const priorities = { ...BACKED, a: { ...BACKED.a, priority: -1 } };
      const out = tableOf({ strategy, changes: priorities, known: A_OUT });
      expect(tally(out, 50)).toEqual(new Map([['d', 50]]));
      const bothOut = tableOf({ strategy, changes: priorities, known: { ...A_OUT, d: { breaker: OPEN } } });
      expect(tally(bothOut, 50)).toEqual(new Map([['c', 50]]));
      const allOut = { ...A_OUT, c: { breaker: OPEN }, d: { breaker: OPEN } };
      expect(tally(tableOf({ strategy, changes: priorities, known: allOut }), 50)).toEqual(new Map([['b', 50]]));
    },
  );

  test('[DEC-30] say whose place they take, are ranked in their order, and are no draw', () => {
    const decision = decideOn(tableOf({ changes: BACKED, known: A_OUT }));
    expect(decision.ranked.map(({ processorId }) => processorId)).toEqual(['d', 'c', 'b', 'a']);
    expect(decision.ranked[0]?.reason).toBe('Backup of a, which is out');
    expect(decision).toMatchObject({ reasons: ['backup'], propensity: 1, deterministic: true });
  });

  test.each([
    ['a drain', { configuration: { overrides: [override('drain', id('a'))] } }],
    ['a breaker that is forced open', { configuration: { overrides: [override('force_open', id('a'))] } }],
    ['a breaker under trial', { known: { a: { breaker: HALF_OPEN } } }],
  ])('[DEC-30] take its place through %s', (_, made: Made) => {
    const { chosen } = decideOn(tableOf({ changes: BACKED, ...made }), {}, { seed: 3n, permits: refused });
    expect(chosen).toBe('d');
  });
  const refused = new Map([['a CARD|BR', 'refused' as const]]);

  test('[DEC-30] stay where they are while it is in play, where another led, and where a rule took it out', () => {
    expect(decideOn(tableOf({ changes: BACKED })).chosen).toBe('a');
    const second = { b: { backups: [id('d')] } };
    const bOut = { b: { breaker: OPEN } };
    expect(decideOn(tableOf({ changes: second, known: bOut })).chosen).toBe('a');
    const rules = [rule('r', { action: { kind: 'exclude', processors: [id('a')] } })];
    expect(decideOn(tableOf({ changes: BACKED, configuration: { rules } })).chosen).toBe('b');
  });

  test('[DEC-30] give way to a rule that prefers, and to a pin', () => {
    const prefer = [rule('r', { action: { kind: 'prefer', processors: [id('b')] } })];
    expect(decideOn(tableOf({ changes: BACKED, known: A_OUT, configuration: { rules: prefer } })).chosen).toBe('b');
    const pin = [rule('r', { action: { kind: 'pin', processors: [id('b'), id('c')] } })];
    expect(decideOn(tableOf({ changes: BACKED, known: A_OUT, configuration: { rules: pin } })).chosen).toBe('b');
  });

  test('[DEC-30] take no more than they may; the next takes the rest', () => {
    const changes = { ...BACKED, d: { maxShare: 0.25 } };
    const counts = tally(tableOf({ changes, known: A_OUT }), 2_000);
    expect([...counts.keys()].sort()).toEqual(['c', 'd']);
    expect(Math.abs((counts.get('d') ?? 0) - 500)).toBeLessThan(100);
  });

  test('[DEC-31] of a split one gets the weight of whom it stands in for, and the others keep theirs', () => {
    const weights = { a: { ...BACKED.a, weight: 5 }, b: { weight: 3 }, c: { weight: 1 }, d: { weight: 1 } };
    const { ranked } = decideOn(tableOf({ strategy: 'split', changes: weights, known: A_OUT }));
    const shares = Object.fromEntries(ranked.map(({ processorId, probability }) => [processorId, probability]));
    expect(shares).toMatchObject({ b: 0.3, c: 0.1, d: 0.6 });
  });

  test('[DEC-32] that nobody needs change no decision by a bit', () => {
    const state = fc.record({
      breaker: fc.constantFrom({ state: 'CLOSED' } as const, OPEN, HALF_OPEN),
      mean: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    });
    const strategies = fc.constantFrom<StrategyName>('learned', 'techcart', 'balanced', 'apos', 'priority', 'split');
    const states = fc.tuple(state, state, state, state);
    const check = fc.property(states, strategies, fc.nat(1_000), (four, strategy, index) => {
      const known = Object.fromEntries(NAMES.map((name, place) => [name, four[place]!]));
      const at = { seed: seedOf(index) };
      // Its only backup is not of this segment.
      const changes = Object.fromEntries(NAMES.map((name) => [name, { backups: [id('elsewhere')] }]));
      expect(decideOn(tableOf({ strategy, known, changes }), {}, at)).toEqual(
        decideOn(tableOf({ strategy, known }), {}, at),
      );
    });
    fc.assert(check, { seed: 5, numRuns: 150 });
  });
});
