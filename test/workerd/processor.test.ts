// The processor's object on workerd: what it acknowledged it keeps, whatever happens to its memory.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { addressOf, CARD_BR, PIX_BR, resultOf } from '../harness/results.ts';
import type { HealthDetail, RecordReply } from '../../src/ports/processor-port.ts';

let serial = 0;
function newProcessor() {
  serial += 1;
  const id = `processor_${serial}`;
  return { id, stub: env.PROCESSOR.get(env.PROCESSOR.idFromName(id)) };
}

describe('recording', () => {
  test('[REC-1] what was acknowledged survives an eviction between any two calls', async () => {
    const { id, stub } = newProcessor();
    const now = Date.now();
    for (let index = 0; index < 6; index += 1) {
      const reply = await stub.record(addressOf(id), [
        resultOf(id, { eventTimeMs: now + index, result: index % 3 === 0 ? 'declined' : 'approved' }),
      ]);
      expect(reply.ok).toBe(true);
      await evictDurableObject(stub);
    }
    const detail = (await stub.health(addressOf(id))) as HealthDetail;
    expect(detail.row.window).toMatchObject({ total: 6, approved: 4, declined: 2 });
    expect(detail.row.counters).toMatchObject({ approved: 4, declined: 2, duplicate: 0 });
  });

  test('[REC-1] what was acknowledged survives an abort of every object', async () => {
    const { id, stub } = newProcessor();
    await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })]);
    await abortAllDurableObjects();
    const again = env.PROCESSOR.get(env.PROCESSOR.idFromName(id));
    const detail = (await again.health(addressOf(id))) as HealthDetail;
    expect(detail.row.counters.approved).toBe(1);
  });

  test('[REC-2] the same body again is a duplicate, another body under the same id is refused, before and after an eviction', async () => {
    const { id, stub } = newProcessor();
    const result = resultOf(id, { eventTimeMs: Date.now() });
    const outcomes = async (given: typeof result) => {
      const reply = await stub.record(addressOf(id), [given]);
      return reply.ok ? reply.outcomes : reply;
    };
    expect(await outcomes(result)).toEqual([{ outcome: 'recorded' }]);
    expect(await outcomes(result)).toEqual([{ outcome: 'duplicate' }]);
    await evictDurableObject(stub);
    expect(await outcomes(result)).toEqual([{ outcome: 'duplicate' }]);
    expect(await outcomes({ ...result, amountMinor: 1 })).toEqual([{ outcome: 'refused', reason: 'conflicting_body' }]);
    const detail = (await stub.health(addressOf(id))) as HealthDetail;
    expect(detail.row.window.total).toBe(1);
  });

  test('[REC-3] a checkpoint and the commits after it add up to the same state', async () => {
    const { id, stub } = newProcessor();
    const now = Date.now();
    for (let index = 0; index < 270; index += 1) {
      await stub.record(addressOf(id), [
        resultOf(id, { eventTimeMs: now + index, segment: index % 2 === 0 ? PIX_BR : CARD_BR }),
      ]);
    }
    const before = (await stub.health(addressOf(id))) as HealthDetail;
    await evictDurableObject(stub);
    const after = (await stub.health(addressOf(id))) as HealthDetail;
    const told = ({ row, recent, timeline }: HealthDetail) => ({
      row: { ...row, version: 0, publishedAtMs: 0, validUntilMs: 0 },
      recent,
      timeline,
    });
    expect(told(after)).toEqual(told(before));
    expect(after.row.counters.approved).toBe(270);
  });

  test('[REC-4] 100 concurrent single results share few rows', async () => {
    const { id, stub } = newProcessor();
    await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })]);
    const before = await stub.statistics();
    const startedAt = Date.now();
    await Promise.all(
      Array.from({ length: 100 }, () => stub.record(addressOf(id), [resultOf(id, { eventTimeMs: startedAt })])),
    );
    const after = await stub.statistics();
    expect(after.results - before.results).toBe(100);
    const commitsPossible = Math.ceil((Date.now() - startedAt) / 20) + 1 + Math.floor(100 / 48);
    expect(after.rowsWritten - before.rowsWritten).toBeLessThanOrEqual(commitsPossible);
  });

  test('[REC-5] a result for a removed processor is refused, and a new registration starts empty', async () => {
    const { id, stub } = newProcessor();
    await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })]);
    await stub.retire(1);
    expect(await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })])).toEqual({
      ok: false,
      reason: 'deleted',
    });
    await evictDurableObject(stub);
    expect(await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })])).toEqual({
      ok: false,
      reason: 'deleted',
    });
    const again = addressOf(id, {}, 2);
    expect(((await stub.health(again)) as HealthDetail).row.window.total).toBe(0);
    expect(await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })])).toEqual({
      ok: false,
      reason: 'deleted',
    });
  });
});

test('[REC-5] results of a life that ends before they are committed are not counted in the next one', async () => {
  let recorded: RecordReply | null = null;
  // On a busy machine the next commit may be due at once: then the results were of the life that was.
  for (let lives = 0; recorded?.ok !== false && lives < 50; lives += 1) {
    const { id, stub } = newProcessor();
    // A commit just now, so that the next results wait for the next one.
    await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })]);
    [recorded] = await Promise.all([
      stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now(), result: 'error' })]),
      stub.retire(1),
      stub.row(addressOf(id, {}, 2)),
    ]);
    const detail = (await stub.health(addressOf(id, {}, 2))) as HealthDetail;
    expect(detail.row.counters.error).toBe(0);
  }
  expect(recorded).toEqual({ ok: false, reason: 'deleted' });
});

test('[REC-18] what meets in one commit is split so that no row passes 2 MB', async () => {
  const { id, stub } = newProcessor();
  const now = Date.now();
  const call = (of: number) =>
    Array.from({ length: 1_000 }, (_, index) =>
      resultOf(id, {
        eventTimeMs: now,
        transactionId: `${of}-${index}-${'€'.repeat(110)}` as never,
        declineCode: '€'.repeat(64),
      }),
    );
  await Promise.all([1, 2, 3].map((of) => stub.record(addressOf(id), call(of))));
  await runInDurableObject(stub, (_instance, { storage }) => {
    const sizes = storage.sql
      .exec<{ bytes: number }>('SELECT length(CAST(body AS BLOB)) AS bytes FROM journal')
      .toArray();
    expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeLessThan(2_000_000);
  });
  await evictDurableObject(stub);
  expect(((await stub.health(addressOf(id))) as HealthDetail).row.counters.approved).toBe(3_000);
});

describe('the breaker on disk', () => {
  test('[REC-6] an open breaker and its permits survive an eviction', async () => {
    const { id, stub } = newProcessor();
    const address = addressOf(id, { openTimeout: 100 });
    const now = Date.now();
    await stub.record(
      address,
      Array.from({ length: 5 }, (_, index) => resultOf(id, { eventTimeMs: now + index, result: 'error' })),
    );
    await evictDurableObject(stub);
    const detail = (await stub.health(address)) as HealthDetail;
    expect(detail.row.segments.map(({ segment, breaker }) => [segment, breaker.state])).toEqual([[PIX_BR, 'OPEN']]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const asked: boolean[] = [];
    for (let index = 0; index < 8; index += 1) {
      asked.push(await stub.requestPermit(address, PIX_BR, `000000000000000${index}`));
      await evictDurableObject(stub);
    }
    expect(asked.filter(Boolean)).toHaveLength(5);
  });

  test('[BRK-16] 64 concurrent callers on a half-open breaker get exactly five permits', async () => {
    const { id, stub } = newProcessor();
    const address = addressOf(id, { openTimeout: 100 });
    const now = Date.now();
    await stub.record(
      address,
      Array.from({ length: 5 }, (_, index) => resultOf(id, { eventTimeMs: now + index, result: 'error' })),
    );
    await new Promise((resolve) => setTimeout(resolve, 150));
    const granted = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        stub.requestPermit(address, PIX_BR, index.toString(16).padStart(16, '0')),
      ),
    );
    expect(granted.filter(Boolean)).toHaveLength(5);
  });
});

test('[REC-15] an alert that the Registry could not take is kept through an eviction and told later', async () => {
  const { id, stub } = newProcessor();
  await runInDurableObject(stub, (instance) => {
    const away = {
      get: () => ({ signal: async () => await Promise.reject(new Error('away')) }),
      idFromName: () => 'main',
    };
    Object.assign(instance, { env: { ...env, REGISTRY: away } });
  });
  const now = Date.now();
  const errors = Array.from({ length: 12 }, (_, index) => resultOf(id, { eventTimeMs: now + index, result: 'error' }));
  await stub.record(addressOf(id), errors);
  const registry = env.REGISTRY.get(env.REGISTRY.idFromName('main'));
  const told = async (): Promise<number> =>
    (await registry.alerts(null, null, 100)).items.filter(({ processorId }) => processorId === id).length;
  expect(await told()).toBe(0);
  await evictDurableObject(stub);
  await runDurableObjectAlarm(stub);
  expect(await told()).toBe(1);
});

test('[REC-7] state of format 1 in an object that wakes up under new code is read, and counts on', async () => {
  const { id, stub } = newProcessor();
  await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })]);
  await runInDurableObject(stub, (_instance, { storage }) => {
    const [row] = storage.sql.exec<{ body: string }>('SELECT body FROM snapshot WHERE part = 0').toArray();
    const checkpoint = JSON.parse(row!.body) as { sequence: number; state: string };
    const { mix: _mix, ...older } = { ...JSON.parse(checkpoint.state), format: 1 };
    const sketch = { sumMs: 0, bins: [] };
    for (const [, segment] of older.segments)
      segment.delay = { format: 1, generation: 5, current: sketch, previous: sketch };
    storage.sql.exec(
      'UPDATE snapshot SET body = ? WHERE part = 0',
      JSON.stringify({ ...checkpoint, state: JSON.stringify(older) }),
    );
  });
  await evictDurableObject(stub);
  await stub.record(addressOf(id), [resultOf(id, { eventTimeMs: Date.now() })]);
  const detail = (await stub.health(addressOf(id))) as HealthDetail;
  expect(detail.row.counters.approved).toBe(2);
});
