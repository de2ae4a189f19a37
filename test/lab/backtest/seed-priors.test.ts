import { attempt, logOf, simulated, START } from './made-log.ts';
import { backtest } from '../../../lab/backtest/backtest.ts';
import { describe, expect, test } from 'vitest';
import { priorNames, priorsBody } from '../../../lab/backtest/seed-priors.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import type { AttemptLog } from '../../../lab/backtest/attempt-log.ts';

const bodyOf = (log: AttemptLog) => priorsBody(backtest(log, []).levels, priorNames(log.processors, log.segments));
const CARD = segmentKey('CARD', 'US');
const NAMES = priorNames(['a', 'b'], [CARD]);

describe('priors from a log', () => {
  test('are the approval at rest: an outage of the best leaves it the best', () => {
    const market = {
      payments: 6_000,
      everyMs: 500,
      approval: { a: (part: number) => (part > 0.5 && part < 0.65 ? 0.05 : 0.93), b: () => 0.85 },
      failure: 'error' as const,
    };
    const rates = new Map(
      bodyOf(logOf(simulated(7, market))).priors.map((each) => [each.processor_id, each.prior.mean]),
    );
    expect(rates.get('a')).toBeGreaterThan(0.91);
    expect(rates.get('a')).toBeLessThan(0.95);
    expect(rates.get('b')).toBeGreaterThan(0.82);
    expect(rates.get('b')).toBeLessThan(0.88);
  });

  test('are worth as many outcomes as there were first attempts, 100 at most', () => {
    const few = bodyOf(
      logOf(simulated(1, { payments: 150, everyMs: 2_000, approval: { a: () => 0.9, b: () => 0.7 } })),
    );
    expect(few.priors.map(({ processor_id: id, segment }) => `${id} ${segment}`).sort()).toEqual([
      'a CARD|US',
      'b CARD|US',
    ]);
    expect(few.priors.reduce((sum, { prior }) => sum + prior.weight, 0)).toBe(150);
    const many = priorsBody([{ processor: 'a', segment: CARD, level: 1, count: 4_000 }], NAMES);
    expect(many.priors[0]!.prior).toEqual({ mean: 0.999, weight: 100 });
  });

  test('say nothing of a segment in which nothing was learned', () => {
    const erring = Array.from({ length: 5 }, (_, index) =>
      attempt({
        transactionId: `u${index}`,
        processor: 'b',
        result: 'declined',
        fault: 'user',
        occurredAtMs: START + index,
      }),
    );
    expect(bodyOf(logOf([attempt(), ...erring])).priors.map(({ processor_id: id }) => id)).toEqual(['a']);
  });
});

describe('names in the priors', () => {
  test.each<[string, string]>([
    ['processor_a', 'processor_a'],
    ['Adyen EU', 'adyen_eu'],
    ['Itaú-2', 'itau-2'],
    ['d-local.v3', 'd-local_v3'],
  ])('processor %s is %s', (name, id) => {
    const { processors, changed, leftOut } = priorNames([name], [CARD]);
    expect(processors.get(name)).toBe(id);
    expect(changed).toHaveLength(name === id ? 0 : 1);
    expect(leftOut).toEqual([]);
  });

  test('a name of which no other can be made is left out, and so are two that would become one', () => {
    const segments = [CARD, segmentKey('credit card', 'BR'), segmentKey('PIX', 'BRAZIL'), segmentKey('ANY', 'BR')];
    const { processors, segments: keys, leftOut } = priorNames(['支付', 'Bank A', 'bank_a', 'c'], segments);
    expect([...processors]).toEqual([['c', 'c']]);
    expect([...keys.values()]).toEqual(['CARD|US', 'CREDIT_CARD|BR']);
    expect(leftOut).toEqual([
      'processor "支付" has no letter a-z or digit of which an id could be made',
      'processors "Bank A" and "bank_a" would have the same id',
      'country "BRAZIL" is no code of two letters, such as BR',
      'attempts of which the log does not tell both payment_method and country belong to no segment that the API knows',
    ]);
    const level = { segment: CARD, level: 0.9, count: 10 };
    const levels = ['支付', 'Bank A', 'c'].map((processor) => ({ ...level, processor }));
    expect(priorsBody(levels, { ...priorNames(['支付', 'Bank A', 'bank_a', 'c'], segments) }).priors).toEqual([
      { processor_id: 'c', segment: 'CARD|US', prior: { mean: 0.9, weight: 10 } },
    ]);
  });
});
