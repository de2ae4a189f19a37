// Deliveries that somebody captured and sends again, on a clock that the test moves: nothing that is signed dates them, and still they count once.
import {
  createExecutionContext,
  evictDurableObject,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addressOf, resultOf } from '../harness/results.ts';
import { authorisation, batch, KEY, modification, refusal, signed, type Item } from '../../tools/vendors/adyen.ts';
import { createProcessorClient } from '../../durable-objects/processor-client.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import { KeptKeys } from '../../durable-objects/kept-keys.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import worker from './test-worker.ts';
import type { CanonicalResult, ResultKind } from '../../src/domain/results/canonical-result.ts';
import type { HealthDetail } from '../../src/ports/processor-port.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const EVERYTHING = { untilMs: Number.MAX_SAFE_INTEGER, after: null, limit: 100 };
const processors = createProcessorClient(env, new Map(), () => Date.now());

let start = 0;
beforeEach(() => {
  start = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: start });
});
afterEach(() => void vi.useRealTimers());
const at = (ms: number): void => void vi.setSystemTime(start + ms);

function unmarked(result: CanonicalResult): CanonicalResult {
  const { isReplayable: _mark, ...rest } = result;
  return rest;
}

let serial = 0;
function newProcessor() {
  serial += 1;
  const id = `replayed_${serial}`;
  const address = addressOf(id);
  const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName(id));
  const told = (result: ResultKind, given: Partial<CanonicalResult> = {}): CanonicalResult =>
    resultOf(id, {
      eventTimeMs: Date.now(),
      hasOwnEventTime: false,
      transactionId: asTransactionId('order-1'),
      comparedBy: 'result',
      isReplayable: true,
      result,
      ...given,
    });
  return {
    id,
    address,
    stub,
    told,
    record: async (...results: readonly CanonicalResult[]) => {
      const reply = await stub.record(address, results);
      return reply.ok ? reply.outcomes.map(({ outcome }) => outcome) : reply.reason;
    },
    counters: async () => ((await stub.health(address)) as HealthDetail).row.counters,
    keys: async () =>
      await runInDurableObject(
        stub,
        (_, { storage }) => storage.sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM replay_key').one().count,
      ),
    unknowns: async () => (await processors.unknowns(address, EVERYTHING))?.total,
  };
}

async function call(method: string, path: string, body: string, key?: string): Promise<Response> {
  const context = createExecutionContext();
  const headers = { ...(key !== undefined && { Authorization: `Bearer ${key}` }), 'Content-Type': 'application/json' };
  const request = new Request(`https://signalbox.example${path}`, { method, headers, body });
  const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], env as Env, context);
  await waitOnExecutionContext(context);
  return response;
}

test('[WHK-33] an Adyen delivery sent again after 25 hours and after 89 days counts once, after an eviction too', async () => {
  const key = await registryStub(env as Env).createKey('admin', ['admin'], { keyId: 'key_tester', requestId: 'req_1' });
  if (!key.ok) throw new Error(key.reason);
  const json = (body: object): string => JSON.stringify(body);
  const processor = { id: 'adyen_live', name: 'Adyen', countries: ['NL'], payment_methods: ['CARD'] };
  expect((await call('POST', '/api/v1/processors', json(processor), key.secret)).status).toBe(201);
  const source = { name: 'Adyen', adapter: 'adyen', processor_id: 'adyen_live', secrets: [KEY] };
  expect((await call('PUT', '/api/v1/sources/adyen', json(source), key.secret)).status).toBe(200);
  const delivery = [
    refusal(),
    authorisation({ merchantReference: 'order-2', pspReference: 'PSP2' }),
    modification('REFUND', { originalReference: 'PSP2', merchantReference: 'order-2' }),
  ];
  // The date is not signed: whoever sends it again tells whichever is good for him.
  const send = async (items: readonly Item[] = delivery): Promise<number> => {
    const eventDate = new Date().toISOString();
    const body = json(batch(items.map((item) => signed({ ...item, eventDate }, KEY))));
    return (await call('POST', '/webhooks/adyen', body)).status;
  };
  const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName('adyen_live'));
  const recorded = async () => (await stub.statistics()).results;
  expect(await send()).toBe(200);
  expect(await recorded()).toBe(3);
  for (const ms of [HOUR_MS, 25 * HOUR_MS, 50 * HOUR_MS, 89 * DAY_MS]) {
    at(ms);
    expect(await send()).toBe(200);
    expect(await recorded()).toBe(3);
    if (ms !== 25 * HOUR_MS) continue;
    await evictDurableObject(stub);
    expect(await send()).toBe(200);
    expect(await recorded()).toBe(3);
  }
  expect(await send([authorisation({ merchantReference: 'order-3', pspReference: 'PSP3' })])).toBe(200);
  expect(await recorded()).toBe(4);
});

describe('[WHK-33] a repeat from before the ledger’s memory', () => {
  test('is a duplicate, reaches no window, no breaker, no learning and no journal, and writes nothing', async () => {
    const { address, stub, told, record, counters } = newProcessor();
    const outage = Array.from({ length: 30 }, (_, index) =>
      told('error', { transactionId: asTransactionId(`order-${index}`) }),
    );
    expect(new Set(await record(...outage))).toEqual(new Set(['recorded']));
    await stub.resetBreaker(address, null);
    at(25 * HOUR_MS);
    const before = (await stub.health(address)) as HealthDetail;
    const { rowsWritten } = await stub.statistics();
    const again = outage.map((result) => ({ ...result, eventTimeMs: Date.now() }));
    expect(new Set(await record(...again))).toEqual(new Set(['duplicate']));
    const after = (await stub.health(address)) as HealthDetail;
    const unversioned = (detail: HealthDetail) => ({ ...detail, row: { ...detail.row, version: 0 } });
    expect(unversioned(after)).toEqual(unversioned(before));
    expect([after.row.window.total, after.row.breaker.state]).toEqual([0, 'CLOSED']);
    expect((await stub.statistics()).rowsWritten).toBe(rowsWritten);
    expect(await counters()).toMatchObject({ error: 30 });
  });

  test('that says another final is a conflict, and a timeout after its final a duplicate', async () => {
    const { told, record, counters } = newProcessor();
    expect(await record(told('declined'))).toEqual(['recorded']);
    at(25 * HOUR_MS);
    expect(await record(told('approved'), told('timeout'), told('declined'))).toEqual([
      'refused',
      'duplicate',
      'duplicate',
    ]);
    expect(await counters()).toMatchObject({ approved: 0, declined: 1, timeout: 0 });
  });

  test('is answered at its own place among others, of one call and of several in one commit', async () => {
    const { told, record, stub, counters } = newProcessor();
    const named = (name: string, result: ResultKind = 'approved') =>
      told(result, { transactionId: asTransactionId(name) });
    await record(named('a'), named('b'));
    at(25 * HOUR_MS);
    // A commit just now, so that the next calls meet in the next one.
    await record(named('first'));
    const answers = await Promise.all([
      record(named('new-1'), named('b'), named('new-2'), named('a', 'declined')),
      record(named('a')),
      record(),
      record(named('new-1'), named('new-3', 'declined')),
    ]);
    expect(answers).toEqual([
      ['recorded', 'duplicate', 'recorded', 'refused'],
      ['duplicate'],
      [],
      ['duplicate', 'recorded'],
    ]);
    expect(await counters()).toMatchObject({ approved: 5, declined: 1 });
    const before = await counters();
    await evictDurableObject(stub);
    expect(await counters()).toEqual(before);
  });

  test('each stage of an attempt is known by itself', async () => {
    const { told, record, keys } = newProcessor();
    expect(await record(told('timeout'), told('approved'), told('refunded'), told('disputed'))).toEqual([
      'recorded',
      'recorded',
      'recorded',
      'recorded',
    ]);
    expect(await keys()).toBe(4);
    const { told: other, record: recordOther } = newProcessor();
    await recordOther(other('approved'));
    at(25 * HOUR_MS);
    expect(await recordOther(other('refunded'), other('disputed'))).toEqual(['recorded', 'recorded']);
  });

  test('of what a caller reported first is known all the same, be it that or another final', async () => {
    const { told, record, counters } = newProcessor();
    const plain = (result: ResultKind, name: string) =>
      unmarked(told(result, { transactionId: asTransactionId(name) }));
    const [same, other] = [told('approved'), told('approved', { transactionId: asTransactionId('order-2') })];
    await record(plain('approved', 'order-1'), plain('declined', 'order-2'));
    expect(await record(same, other)).toEqual(['duplicate', 'refused']);
    for (const ms of [25 * HOUR_MS, 50 * HOUR_MS, 75 * HOUR_MS]) {
      at(ms);
      expect(await record(same, other)).toEqual(['duplicate', 'refused']);
    }
    expect(await counters()).toMatchObject({ approved: 1, declined: 1 });
  });

  test('ends an attempt that is unknown, and opens none', async () => {
    const { told, record, unknowns } = newProcessor();
    await record(told('timeout'), told('approved'), told('timeout', { transactionId: asTransactionId('order-2') }));
    expect(await unknowns()).toBe(1);
    at(40 * DAY_MS);
    // The caller asks what to do with one that the ledger forgot.
    expect(await record(unmarked(told('timeout')))).toEqual(['recorded']);
    expect(await record(told('timeout', { transactionId: asTransactionId('order-2') }))).toEqual(['duplicate']);
    expect(await record(told('approved'))).toEqual(['duplicate']);
    expect(await unknowns()).toBe(1);
    expect(await record(told('approved', { transactionId: asTransactionId('order-2') }))).toEqual(['recorded']);
    expect(await unknowns()).toBe(0);
  });
});

describe('[WHK-34] what is kept of a result that can be replayed', () => {
  test('is one row, and nothing of any other', async () => {
    const { told, record, stub, keys } = newProcessor();
    await record();
    const { rowsWritten: none } = await stub.statistics();
    const named = (from: number) =>
      Array.from({ length: 100 }, (_, index) =>
        told('approved', { transactionId: asTransactionId(`order-${from + index}`) }),
      );
    await record(...named(0).map(unmarked));
    const { rowsWritten: plain } = await stub.statistics();
    expect([plain - none, await keys()]).toEqual([1, 0]);
    await record(...named(100));
    const { rowsWritten: marked } = await stub.statistics();
    expect([marked - plain, await keys()]).toEqual([101, 100]);
    await record(...named(100));
    // The journal's own row alone.
    expect([(await stub.statistics()).rowsWritten - marked, await keys()]).toEqual([1, 100]);
  });

  test('is let go by a sweep after 90 to 120 days, and goes with its processor', async () => {
    const { told, record, stub, address, keys } = newProcessor();
    await record(told('approved'));
    for (const [days, left] of [
      [90, 1],
      [120, 0],
    ] as const) {
      at(days * DAY_MS);
      await stub.sweepUnknowns(address);
      expect(await keys()).toBe(left);
    }
    await record(told('approved'));
    expect(await keys()).toBe(1);
    await stub.retire(1);
    expect(await keys()).toBe(0);
  });

  test('goes earlier, oldest month first, where the disk fills, but for that of this month', async () => {
    const { id, told, stub, record } = newProcessor();
    await record();
    const left = await runInDurableObject(stub, (_, { storage }) => {
      const state = ProcessorState.create(addressOf(id), '0123456789abcdef');
      const [roomy, full] = [new KeptKeys(storage), new KeptKeys(storage, 1)];
      for (const days of [0, 31, 62]) {
        const one = [told('approved', { transactionId: asTransactionId(`order-${days}`) })];
        roomy.keep(one, roomy.repeatsAmong(one, state, start), state, start + days * DAY_MS);
      }
      const count = () => storage.sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM replay_key').one().count;
      roomy.forgetOld(start + 62 * DAY_MS);
      const before = count();
      full.forgetOld(start + 62 * DAY_MS);
      return [before, count()];
    });
    expect(left).toEqual([3, 1]);
  });

  test('is asked even of young ones where the ledger is full, and forgets by number', async () => {
    const { id, told, stub, record } = newProcessor();
    await record();
    await runInDurableObject(stub, (_, { storage }) => {
      const state = ProcessorState.create(addressOf(id), '0123456789abcdef');
      const kept = new KeptKeys(storage);
      const one = [told('approved')];
      kept.keep(one, kept.repeatsAmong(one, state, start), state, start);
      expect(kept.repeatsAmong(one, state, start + 1).known.size).toBe(0);
      const ledger = { sizes: () => ({ keys: 999_999, unsettled: 0, bytes: 0 }) };
      const full = { ledger, salt: state.salt } as unknown as ProcessorState;
      expect(kept.repeatsAmong(one, full, start + 1).known.size).toBe(1);
    });
  });
});
