// Many isolates over the same objects: few rows, nothing lost, and a trip and a revocation that all of them hear of.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApiClient, type ApiClient } from '../../tools/api-client.ts';
import { addressOf, resultOf } from '../harness/results.ts';
import { startManyIsolates, type ManyIsolates } from '../harness/many-isolates.ts';

const ISOLATES = 4;
const CALLERS = 50;

describe('many isolates', () => {
  let isolates: ManyIsolates;
  let clients: ApiClient[];

  beforeAll(async () => {
    isolates = await startManyIsolates(ISOLATES, CALLERS);
    const key = await createApiClient(isolates.urls[0]!, isolates.bootstrapKey).createKey('tests', ['admin']);
    clients = isolates.urls.map((url) => createApiClient(url, key));
    for (const id of ['a', 'b']) {
      await clients[0]!.post('/api/v1/processors', { id, name: id, payment_methods: ['PIX'], countries: ['BR'] });
    }
    // Every isolate is warm before anything is counted.
    await Promise.all(clients.map((client) => client.get('/api/v1/routing/recommend?payment_method=PIX&country=BR')));
  }, 60_000);
  afterAll(async () => await isolates.stop());

  test(
    '[REC-13] 1,000 single results a second from 50 isolates write at most 60 rows a second',
    { timeout: 60_000 },
    async () => {
      const address = addressOf('counted');
      await isolates.record({
        address,
        result: resultOf('counted', { eventTimeMs: 0 }),
        perCaller: 1,
        perSecondAndCaller: 1,
      });
      const before = await isolates.statistics('counted');
      const startedAt = Date.now();
      const load = {
        address,
        result: resultOf('counted', { eventTimeMs: 0, amountMinor: 1 }),
        perCaller: 100,
        perSecondAndCaller: 20,
      };
      const recorded = await isolates.record(load);
      const elapsedSeconds = (Date.now() - startedAt) / 1_000;
      const after = await isolates.statistics('counted');
      // The first result of every caller is known by its id already, with another body.
      expect(recorded).toBe(CALLERS * 99);
      expect(after.results - before.results).toBe(recorded);
      expect((after.rowsWritten - before.rowsWritten) / elapsedSeconds).toBeLessThanOrEqual(60);
      // The load was really there: at least half of the rate even on a busy machine.
      expect(recorded / elapsedSeconds).toBeGreaterThan(500);
    },
  );

  test('[TAB-28] after a trip every isolate recommends another processor within 2 s', { timeout: 60_000 }, async () => {
    const errors = Array.from({ length: 10 }, (_, index) => ({
      processor_id: 'b',
      result: 'error',
      payment_method: 'PIX',
      country: 'BR',
      amount: 10,
      currency: 'BRL',
      transaction_id: `e${index}`,
    }));
    await clients[3]!.post('/api/v1/transactions', { transactions: errors });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const chosen = await Promise.all(
      clients.map(
        async (client) =>
          (await client.get<{ processor_id: string }>('/api/v1/routing/recommend?payment_method=PIX&country=BR'))
            .processor_id,
      ),
    );
    expect(chosen.filter((id) => id === 'b')).toEqual([]);
  });

  test('[TAB-29] a revoked key opens nothing in any isolate after 5 s', { timeout: 60_000 }, async () => {
    const key = await clients[0]!.createKey('short', ['read']);
    const { keys } = await clients[0]!.get<{ keys: { id: string; name: string }[] }>('/api/v1/keys');
    const { id } = keys.find(({ name }) => name === 'short')!;
    const statuses = async (): Promise<number[]> =>
      await Promise.all(
        isolates.urls.map(async (url) => (await createApiClient(url, key).request('GET', '/api/v1/processors')).status),
      );
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(new Set(await statuses())).toEqual(new Set([200]));
    expect((await clients[3]!.request('DELETE', `/api/v1/keys/${id}`)).ok).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(new Set(await statuses())).toEqual(new Set([401]));
  });
});
