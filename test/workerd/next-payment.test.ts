// The whole way of retry advice on workerd: the Worker, the credential's object under its shard, and each processor's own budget.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { addressOf, resultOf } from '../harness/results.ts';
import { attemptOf, reserveRequestOf } from '../domain/retries/sample-question.ts';
import { createCredentialLedgerClient, shardOf } from '../../durable-objects/credential-ledger-client.ts';
import { FRESH_BUDGET } from '../../src/domain/retries/retry-budget.ts';

const credentials = createCredentialLedgerClient(env);

describe('the way to the ledgers', () => {
  test('[NXT-13] a credential is kept in the same one of 256 objects by the first byte of its SHA-256, whatever keys there are', async () => {
    // SHA-256 of `abc` begins with ba (FIPS 180-4, example).
    expect(await shardOf('abc')).toBe('credentials_ba');
    const shards = await Promise.all(Array.from({ length: 5_000 }, (_, index) => shardOf(`fp_${index}`)));
    expect(new Set(shards).size).toBe(256);
    await credentials.note([{ fingerprint: 'abc', attempts: [attemptOf({ atMs: Date.now() })] }]);
    const stub = env.CREDENTIAL_LEDGER.get(env.CREDENTIAL_LEDGER.idFromName('credentials_ba'));
    const kept = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec<{ fingerprint: string }>('SELECT fingerprint FROM ledger').toArray(),
    );
    expect(kept).toEqual([{ fingerprint: 'abc' }]);
  });

  test('[NXT-2] callers at once in several isolates are given what the ceiling leaves, across an eviction', async () => {
    const at = Date.now();
    const requests = Array.from({ length: 8 }, (_, index) => reserveRequestOf(index, at));
    const attempts = requests.map(({ question }) => question.attempt);
    expect(await credentials.note([{ fingerprint: 'card_1', attempts }])).toBe(true);
    const replies = await Promise.all(
      requests.map((request) => createCredentialLedgerClient(env).reserve('card_1', request)),
    );
    expect(replies.filter((reply) => reply !== null && reply.reservation !== null)).toHaveLength(5);
    const stub = env.CREDENTIAL_LEDGER.get(env.CREDENTIAL_LEDGER.idFromName(await shardOf('card_1')));
    await evictDurableObject(stub);
    const ninth = await credentials.reserve('card_1', reserveRequestOf(8, at));
    expect(ninth).toMatchObject({ advice: { action: 'stop', ruleId: 'visa_reattempts_30d' }, reservation: null });
  });

  test('[NXT-6] an object that fails or hangs is out of reach after a second, and nothing is thrown', async () => {
    const hanging = { reserve: () => new Promise(() => undefined), note: () => Promise.reject(new Error('moved')) };
    const away = createCredentialLedgerClient({
      CREDENTIAL_LEDGER: { idFromName: () => '', get: () => hanging } as unknown as Env['CREDENTIAL_LEDGER'],
    });
    const startedAt = Date.now();
    expect(await away.reserve('card_2', reserveRequestOf(0, startedAt))).toBeNull();
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(await away.note([{ fingerprint: 'card_2', attempts: [] }])).toBe(false);
  });
});

let serial = 0;
function newProcessor() {
  serial += 1;
  const id = `retried_${serial}`;
  return { id, stub: env.PROCESSOR.get(env.PROCESSOR.idFromName(id)) };
}

describe('the budget of a processor', () => {
  test('[NXT-8] in a full outage 20,000 payments draw at most 2% retries, whoever asks, and an eviction gives none back', async () => {
    const { id, stub } = newProcessor();
    const address = addressOf(id);
    let drawn = 0;
    for (let batch = 0; batch < 20; batch += 1) {
      const at = Date.now();
      const failed = Array.from({ length: 1_000 }, () => resultOf(id, { eventTimeMs: at, result: 'error' }));
      await stub.record(address, failed);
      if (batch === 3) await evictDurableObject(stub);
      // Each draw comes with a stub of its own, as from as many isolates.
      const asked = Array.from({ length: 100 }, () =>
        env.PROCESSOR.get(env.PROCESSOR.idFromName(id)).drawRetry(address),
      );
      drawn += (await Promise.all(asked)).filter(Boolean).length;
    }
    expect(drawn).toBeGreaterThan(50);
    expect(drawn).toBeLessThanOrEqual(400);
  });

  test('[NXT-8] at a partial failure at most 20% of the requests are drawn, and answers refill what retries cost', async () => {
    const { id, stub } = newProcessor();
    const address = addressOf(id);
    let drawn = 0;
    for (let batch = 0; batch < 20; batch += 1) {
      const at = Date.now();
      const results = Array.from({ length: 1_000 }, (_, index) =>
        resultOf(id, { eventTimeMs: at, result: index % 5 < 2 ? 'error' : 'approved' }),
      );
      await stub.record(address, results);
      drawn += (await Promise.all(Array.from({ length: 250 }, () => stub.drawRetry(address)))).filter(Boolean).length;
    }
    expect(drawn).toBeGreaterThan(1_000);
    expect(drawn).toBeLessThanOrEqual(4_000);
  });

  test('[NXT-7] a result that is told twice counts once, an unknown one when it is settled, a retry as none', async () => {
    const { id, stub } = newProcessor();
    const address = addressOf(id);
    const at = Date.now();
    const first = resultOf(id, { eventTimeMs: at });
    const unknown = resultOf(id, { eventTimeMs: at, result: 'timeout' });
    await stub.record(address, [first, first, unknown]);
    expect((await stub.retryBudget(address))?.requests).toBeCloseTo(FRESH_BUDGET.requests + 1, 0);
    await stub.record(address, [{ ...unknown, result: 'approved', fault: 'none' }]);
    await stub.record(address, [resultOf(id, { eventTimeMs: at, attempt: 2 })]);
    expect((await stub.retryBudget(address))?.requests).toBeCloseTo(FRESH_BUDGET.requests + 2, 0);
  });

  test('[NXT-8] a processor that is registered anew begins with a budget of its own', async () => {
    const { id, stub } = newProcessor();
    let drawn = 0;
    while (await stub.drawRetry(addressOf(id))) drawn += 1;
    // 19% of the 50 requests that a fresh budget begins with.
    expect(drawn).toBe(9);
    await stub.retire(1);
    expect(await stub.drawRetry(addressOf(id))).toBe(false);
    expect(await stub.retryBudget(addressOf(id, {}, 2))).toEqual(FRESH_BUDGET);
  });
});
