// Counts of experiments on a processor's disk: exact through repeats, timeouts that are settled, evictions and kills.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { addressOf, resultOf } from '../harness/results.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import { createProcessorClient } from '../../durable-objects/processor-client.ts';
import type { ArmTally } from '../../src/domain/experiments/arm-tally.ts';
import type { CanonicalResult, JoinedDecision } from '../../src/domain/results/canonical-result.ts';
import type { Processor } from '../../durable-objects/processor.ts';

const processors = createProcessorClient(env, new Map(), () => Date.now());
const RUN = 'ab@7';

let serial = 0;
function newProcessor() {
  serial += 1;
  const id = `arms_${serial}`;
  const address = addressOf(id);
  return {
    address,
    stub: (): DurableObjectStub<Processor> => env.PROCESSOR.get(env.PROCESSOR.idFromName(id)),
    result: (transaction: string, arm: 0 | 1 | 2, given: Partial<CanonicalResult> = {}): CanonicalResult =>
      resultOf(id, {
        eventTimeMs: Date.now(),
        transactionId: asTransactionId(transaction),
        decision: arm === 0 ? null : decisionOf(transaction, arm),
        ...given,
      }),
    arms: async (run = RUN) => (await processors.arms(address, [run]))![0]!.map(words),
  };
}
const decisionOf = (transaction: string, arm: 1 | 2): JoinedDecision => ({
  nonce: [...transaction]
    .reduce((hash, letter) => (hash * 31n + BigInt(letter.charCodeAt(0))) % 2n ** 64n, 7n)
    .toString(16)
    .padStart(16, '0'),
  decidedAtMs: Date.now(),
  propensity: 0.5,
  arm,
  run: RUN,
  offRecommendation: false,
  permit: false,
});
const words = ({ count, successes, open }: ArmTally): string => `${successes} of ${count}, ${open} open`;

describe('counts of an experiment', () => {
  test('[EXP-3] are exact through repeats, an eviction and a kill of every object', async () => {
    const { address, stub, result, arms } = newProcessor();
    const batch = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => {
        const place = from + index;
        return result(`t_${place}`, place % 3 === 0 ? 1 : 2, { result: place % 5 === 0 ? 'declined' : 'approved' });
      });
    const [first, second] = [batch(0, 150), batch(150, 150)];
    await processors.record(address, first);
    await Promise.all([processors.record(address, first), processors.record(address, first.slice(0, 40))]);
    expect(await arms()).toEqual(['40 of 50, 0 open', '80 of 100, 0 open']);
    await evictDurableObject(stub());
    await processors.record(address, [...first.slice(10, 90), ...second]);
    expect(await arms()).toEqual(['80 of 100, 0 open', '160 of 200, 0 open']);
    await abortAllDurableObjects();
    await processors.record(address, second);
    expect(await arms()).toEqual(['80 of 100, 0 open', '160 of 200, 0 open']);
    expect(await arms('another@1')).toEqual(['0 of 0, 0 open', '0 of 0, 0 open']);
  });

  test('[EXP-4] take a timeout for no success, and its final for what it is, across an eviction', async () => {
    const { address, stub, result, arms } = newProcessor();
    const lost = ['a', 'b', 'c'].map((name) => result(name, 1, { result: 'timeout' }));
    await processors.record(address, lost);
    await processors.record(address, lost);
    expect(await arms()).toEqual(['0 of 3, 3 open', '0 of 0, 0 open']);
    await evictDurableObject(stub());
    // A webhook knows no decision.
    const finals = [result('a', 0), result('b', 0, { result: 'declined' })];
    await processors.record(address, finals);
    await processors.record(address, finals);
    expect(await arms()).toEqual(['1 of 3, 1 open', '0 of 0, 0 open']);
    expect(await processors.settleLate(address, [result('c', 0)], [null])).toMatchObject({ ok: true });
    expect(await processors.settleLate(address, [result('c', 0)], [null])).toMatchObject({ ok: true });
    expect(await arms()).toEqual(['2 of 3, 0 open', '0 of 0, 0 open']);
    await processors.record(address, [result('a', 1, { result: 'timeout' }), result('a', 1, { result: 'refunded' })]);
    expect(await arms()).toEqual(['2 of 3, 0 open', '0 of 0, 0 open']);
  });

  test.each([
    ['is a retry', { attempt: 2 }],
    ['comes from a source that tells successes only', { teachesApproval: false } as const],
    ['was paid elsewhere than decided', { decision: { ...decisionOf('x', 1), offRecommendation: true } }],
    ['belongs to no run', { decision: { ...decisionOf('x', 1), run: undefined as unknown as string } }],
  ])('[EXP-3] leave out what %s', async (_, given) => {
    const { address, result, arms } = newProcessor();
    expect(await processors.record(address, [result('x', 1, given)])).toMatchObject({
      outcomes: [{ outcome: 'recorded' }],
    });
    expect(await arms()).toEqual(['0 of 0, 0 open', '0 of 0, 0 open']);
  });

  test('[EXP-11] hold net values by currency, of attempts whose fee was told', async () => {
    const { address, result } = newProcessor();
    await processors.record(address, [
      result('a', 1, { feeMinor: 100, amountMinor: 1_000 }),
      result('b', 1, { feeMinor: 10, amountMinor: 1_000, result: 'declined' }),
      result('c', 1, { amountMinor: 1_000 }),
      result('d', 1, { feeMinor: 1, amountMinor: 51, currency: 'MXN' }),
    ]);
    const [[first]] = (await processors.arms(address, [RUN])) as [readonly [ArmTally, ArmTally]];
    expect(first.values).toEqual([
      { currency: 'BRL', count: 2, sum: 890, squares: 810_100 },
      { currency: 'MXN', count: 1, sum: 50, squares: 2_500 },
    ]);
  });

  test('[EXP-1] go with a processor that is removed', async () => {
    const { address, stub, result } = newProcessor();
    await processors.record(address, [result('a', 1)]);
    await stub().retire(address.epoch);
    expect(await processors.arms(address, [RUN])).toBeNull();
    const anew = { ...address, epoch: 2 };
    await processors.record(anew, [result('b', 2)]);
    expect((await processors.arms(anew, [RUN]))![0]!.map(words)).toEqual(['0 of 0, 0 open', '1 of 1, 0 open']);
  });
});
