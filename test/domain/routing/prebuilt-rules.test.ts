import { describe, expect, test } from 'vitest';
import {
  createCostOptimizationRule,
  createHighValueRule,
  createLowLatencyRule,
} from '../../../src/domain/routing/prebuilt-rules.ts';
import { checkCondition } from '../../../src/domain/routing/rule-condition.ts';
import { decideOn, id, processor, row, table, windowOf } from './made-table.ts';

describe('ready-made rules', () => {
  const scope = { id: 'ready', priority: 10, paymentMethods: ['CARD'], countries: [], currencies: ['BRL'] };

  test('[RUL-14] high value goes to the best authorization rate without exploration, from its amount on', () => {
    const made = createHighValueRule(scope, 1_000);
    expect(checkCondition(made.condition ?? '')).toEqual({ ok: true });
    const on = table([processor('a'), processor('b')], [row('a', { window: windowOf({ A: 30, D: 20 }) }), row('b')], {
      configuration: { rules: [made] },
    });
    expect(decideOn(on, { amountMinor: 100_000 })).toMatchObject({
      chosen: 'b',
      strategy: 'techcart',
      deterministic: true,
    });
    expect(decideOn(on, { amountMinor: 99_999 }).strategy).toBe('learned');
  });

  test('[RUL-14] low latency leaves out the slow while others remain', () => {
    const slow = row('a', {
      mean: 0.99,
      segment: { latency: { p50Ms: 900, p95Ms: 3_000, p99Ms: 4_000, meanMs: 1_000 } },
    });
    const rules = [createLowLatencyRule(scope, [id('a'), id('b')], 2_000)];
    expect(
      decideOn(table([processor('a'), processor('b')], [slow, row('b')], { configuration: { rules } })).chosen,
    ).toBe('b');
    expect(decideOn(table([processor('a')], [slow], { configuration: { rules } })).chosen).toBe('a');
  });

  test('[RUL-14] cost leaves out the dear by the fee of this amount', () => {
    const rules = [createCostOptimizationRule(scope, [id('a'), id('b')], 300)];
    const on = table(
      [processor('a', { feeBps: 200 }), processor('b', { feeFixedMinor: 250 })],
      [row('a', { mean: 0.99, sd: 0.001 }), row('b', { mean: 0.5, sd: 0.001 })],
      { configuration: { rules } },
    );
    expect(decideOn(on, { amountMinor: 15_000 }, { seed: 5n }).ranked[0]?.processorId).toBe('a');
    expect(decideOn(on, { amountMinor: 15_100 }).exclusions).toMatchObject([
      { processorId: 'a', reason: 'rule', by: 'ready' },
    ]);
  });
});
