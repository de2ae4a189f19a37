import { describe, expect, test } from 'vitest';
import { decideOn, id, OPEN, processor, row, rule, table, tally } from './made-table.ts';
import type { Rule } from '../../../src/domain/configuration/configuration.ts';
import type { RoutingTable } from '../../../src/domain/routing/compile-table.ts';

const tableWith = (rules: readonly Rule[], breaker?: typeof OPEN): RoutingTable =>
  table(
    ['a', 'b', 'c'].map((name) => processor(name)),
    [row('a', breaker === undefined ? {} : { breaker })],
    { configuration: { rules } },
  );

describe('splits', () => {
  const split = (stickyBy: string | null): Rule =>
    rule('r', {
      action: {
        kind: 'split',
        stickyBy,
        weights: [
          { processor: id('a'), weight: 1 },
          { processor: id('b'), weight: 3 },
        ],
      },
    });

  test('[RUL-8] a split without a key is drawn by its weights', () => {
    const counts = tally(tableWith([split(null)]), 4_000);
    // 4 sigma of 3,000 of 4,000.
    expect(Math.abs((counts.get('b') ?? 0) - 3_000)).toBeLessThan(110);
    expect(counts.get('c')).toBeUndefined();
  });

  test('[RUL-8] a key stays with its processor whatever the seed, and keys fall by the weights', () => {
    const on = tableWith([split('customer_ref')]);
    expect(tally(on, 50, { customerRef: 'customer 7' }).size).toBe(1);
    const chosen = Array.from({ length: 4_000 }, (_, index) => decideOn(on, { customerRef: `customer ${index}` }));
    expect(Math.abs(chosen.filter((decision) => decision.chosen === 'b').length - 3_000)).toBeLessThan(110);
    expect(chosen.every(({ deterministic, propensity }) => deterministic && propensity === 1)).toBe(true);
  });

  test('[RUL-8] when a processor leaves only its own keys move', () => {
    const whole = tableWith([split('metadata.cart')]);
    const without = tableWith([split('metadata.cart')], OPEN);
    for (let index = 0; index < 300; index += 1) {
      const request = { metadata: { cart: `cart ${index}` } };
      expect(decideOn(without, request).chosen).toBe('b');
      if (decideOn(whole, request).chosen === 'b') continue;
      expect(decideOn(whole, request).chosen).toBe('a');
    }
  });

  test('[RUL-8] a request without the key is drawn', () => {
    expect(tally(tableWith([split('customer_ref')]), 200).size).toBe(2);
  });
});

describe('experiments', () => {
  const experiment = {
    id: 'exp_1',
    name: 'priority against split',
    enabled: true,
    stickyBy: 'customer_ref',
    paymentMethods: ['CARD'],
    countries: [],
    shareA: 0.3,
    arms: [
      { name: 'control', strategy: 'priority' },
      { name: 'variant', strategy: 'balanced' },
    ],
  } as const;
  const on = (enabled = true, rules: readonly Rule[] = []): RoutingTable =>
    table([processor('a')], [row('a')], { configuration: { experiments: [{ ...experiment, enabled }], rules } });

  test('[RUL-13] a key stays in its arm, arms get their shares and their strategies', () => {
    let first = 0;
    for (let index = 0; index < 3_000; index += 1) {
      const decision = decideOn(on(), { customerRef: `customer ${index}` });
      expect(decision.strategy).toBe(decision.experiment?.arm === 0 ? 'priority' : 'balanced');
      if (decision.experiment?.arm === 0) first += 1;
    }
    // 4 sigma of 900 of 3,000.
    expect(Math.abs(first - 900)).toBeLessThan(101);
    const arms = [1n, 2n, 3n, 99n].map((seed) => decideOn(on(), { customerRef: 'x' }, { seed }).experiment?.arm);
    expect(new Set(arms).size).toBe(1);
  });

  test.each([
    ['without its key', on(), {}],
    ['when it is off', on(false), { customerRef: 'x' }],
    ['whose strategy a request names', on(), { customerRef: 'x', strategy: 'apos' as const }],
    [
      'whose strategy a rule names',
      on(true, [rule('r', { action: { kind: 'strategy', strategy: 'split' } })]),
      { customerRef: 'x' },
    ],
    ['of another segment', on(), { customerRef: 'x', paymentMethod: 'PIX' }],
  ])('[RUL-13] a payment %s is in no experiment', (_, given, request) => {
    expect(decideOn(given, request).experiment).toBeNull();
  });

  test('[RUL-9] a rule names the strategy before the request, and the request before the settings', () => {
    const byRule = on(false, [rule('r', { action: { kind: 'strategy', strategy: 'split' } })]);
    expect(decideOn(byRule, { strategy: 'apos' }).strategy).toBe('split');
    expect(decideOn(on(false), { strategy: 'apos' }).strategy).toBe('apos');
    expect(decideOn(on(false)).strategy).toBe('learned');
  });
});
