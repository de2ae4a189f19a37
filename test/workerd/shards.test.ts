// A processor on shards, on real objects: nothing is counted twice and nothing lost while slots move, whoever is killed when.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { addressOf, CARD_BR, resultOf } from '../harness/results.ts';
import { createProcessorClient } from '../../durable-objects/processor-client.ts';
import { recordCallOf, replyIn } from '../../durable-objects/record-wire.ts';
import { shardName } from '../../durable-objects/shard-client.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import { slotFinder } from '../../src/domain/results/slots.ts';
import type { CanonicalResult, ResultKind } from '../../src/domain/results/canonical-result.ts';
import type { HealthDetail, ProcessorAddress } from '../../src/ports/processor-port.ts';
import type { SlotMap } from '../../src/domain/shards/slot-map.ts';

const HOLD_MS = 3_600_000;
const client = createProcessorClient(env, new Map(), () => Date.now());
const own = (id: string) => env.PROCESSOR.get(env.PROCESSOR.idFromName(id));
const shard = (id: string, number: number) =>
  env.PROCESSOR_SHARD.get(env.PROCESSOR_SHARD.idFromName(shardName(addressOf(id).id, number)));

const told = (id: string, serial: number, given: Partial<CanonicalResult> = {}): CanonicalResult =>
  resultOf(id, { transactionId: asTransactionId(`txn_${serial}`), eventTimeMs: Date.now(), ...given });
const serials = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

async function record(
  address: ProcessorAddress,
  numbers: readonly number[],
  given: Partial<CanonicalResult> = {},
): Promise<readonly string[]> {
  const reply = await client.record(
    address,
    numbers.map((serial) => told(address.id, serial, given)),
  );
  return reply.ok ? reply.outcomes.map(({ outcome }) => outcome) : [reply.reason];
}

const turned = async (id: string): Promise<void> => {
  await vi.waitUntil(async () => !(await own(id).statistics()).shards.isTurning, { timeout: 15_000 });
};

async function divide(address: ProcessorAddress, count: number): Promise<void> {
  expect(await own(address.id).divideInto(address, count, HOLD_MS)).toBe(true);
  await turned(address.id);
}

const ownersOf = async (id: string) => (await own(id).statistics()).shards.owners;
const countersOf = async (address: ProcessorAddress) =>
  ((await own(address.id).health(address)) as HealthDetail).row.counters;
/** Deltas are at most a quarter of a second on their way. */
async function counted(
  address: ProcessorAddress,
  expected: Partial<Record<ResultKind | 'duplicate' | 'refused', number>>,
): Promise<void> {
  await vi.waitFor(async () => expect(await countersOf(address)).toMatchObject(expected), { timeout: 10_000 });
}
const all = (count: number, outcome: string) => Array.from({ length: count }, () => outcome);

describe('a divided processor', () => {
  test('[SHD-6] knows what it recorded before, and so does every later division of it, down to one object again', async () => {
    const address = addressOf('moved');
    expect(await record(address, serials(0, 200))).toEqual(all(200, 'recorded'));
    await divide(address, 3);
    expect(await ownersOf('moved')).toEqual([
      { shard: 1, slots: 86 },
      { shard: 2, slots: 85 },
      { shard: 3, slots: 85 },
    ]);
    expect(await record(address, serials(0, 200))).toEqual(all(200, 'duplicate'));
    expect(await record(address, serials(200, 200))).toEqual(all(200, 'recorded'));
    await counted(address, { approved: 400, duplicate: 200 });
    await divide(address, 2);
    expect(await record(address, serials(0, 400), { amountMinor: 1 })).toEqual(all(400, 'refused'));
    await counted(address, { approved: 400, refused: 400 });
    await divide(address, 1);
    expect(await ownersOf('moved')).toEqual([{ shard: 0, slots: 256 }]);
    expect(await record(address, serials(0, 401))).toEqual([...all(400, 'duplicate'), 'recorded']);
    expect(await countersOf(address)).toMatchObject({ approved: 401, duplicate: 600, refused: 400 });
  });

  test('[SHD-3] an object refuses a call with any transaction that is not its own, records none of it, and says who owns what', async () => {
    const address = addressOf('refusing');
    await record(address, [0]);
    await divide(address, 2);
    const map = (await own('refusing').slots(address)) as SlotMap;
    const slotOf = slotFinder(map.salt);
    const ofOwner = (owner: number) =>
      serials(1, 200).filter((serial) => map.owners[slotOf(`txn_${serial}`)] === owner);
    const [first, second] = [ofOwner(1), ofOwner(2)];
    const asked = async (
      stub: { recordText(...call: ReturnType<typeof recordCallOf>): Promise<string> },
      numbers: readonly number[],
    ) =>
      replyIn(
        await stub.recordText(
          ...recordCallOf(
            address,
            numbers.map((serial) => told('refusing', serial)),
            [],
          ),
        ),
      );
    const mixed = [...first, second[0]!];
    const refusal = await asked(shard('refusing', 1), mixed);
    expect(refusal).toMatchObject({ ok: false, reason: 'moved', map: { life: 1, salt: map.salt } });
    expect(await asked(own('refusing'), first)).toEqual({ ok: false, reason: 'moved', map });
    expect((await shard('refusing', 1).statistics()).results).toBe(0);
    expect(await asked(shard('refusing', 9), first)).toEqual({ ok: false, reason: 'moved', map: null });
    expect(await asked(shard('refusing', 1), first)).toMatchObject({ ok: true });
    // Who knows of no shards is served all the same.
    expect(
      await own('refusing').record(
        address,
        mixed.map((serial) => told('refusing', serial)),
      ),
    ).toMatchObject({
      ok: true,
      outcomes: [...all(first.length, 'duplicate'), 'recorded'].map((outcome) => ({ outcome })),
    });
  });

  test('[SHD-4] one result is answered with the row of its processor, and an outage opens the breaker at the own object', async () => {
    const address = addressOf('failing', { openTimeout: 600_000, openTimeoutMax: 600_000 });
    await record(address, serials(0, 30));
    await divide(address, 4);
    const reply = await client.record(address, [told('failing', 100)]);
    expect(reply).toMatchObject({
      ok: true,
      outcomes: [{ outcome: 'recorded' }],
      row: { processorId: 'failing', shards: 4 },
    });
    await Promise.all(serials(200, 40).map(async (serial) => await record(address, [serial], { result: 'error' })));
    await vi.waitFor(
      async () =>
        expect(((await own('failing').health(address)) as HealthDetail).row.segments[0]!.breaker.state).toBe('OPEN'),
      { timeout: 10_000 },
    );
    await counted(address, { approved: 31, error: 40 });
  });

  test('[SHD-6] an attempt of unknown outcome is known as such at once, settled through whichever shard, and counted once', async () => {
    const address = addressOf('unsure');
    await record(address, serials(0, 6), { result: 'timeout' });
    await divide(address, 2);
    await record(address, serials(6, 6), { result: 'timeout', segment: CARD_BR });
    const query = { untilMs: Date.now() + 60_000, after: null, limit: 50 };
    await vi.waitFor(async () => expect((await client.unknowns(address, query))?.total).toBe(12), { timeout: 10_000 });
    await divide(address, 3);
    // Finals that another asks for come by way of the own object.
    expect(
      await client.settle(
        address,
        serials(0, 3).map((serial) => told('unsure', serial)),
        [null, null, null],
      ),
    ).toBe(true);
    await record(address, serials(3, 9), { result: 'declined' });
    await counted(address, { approved: 3, declined: 9, timeout: 0 });
    await vi.waitFor(async () => expect((await client.unknowns(address, query))?.total).toBe(0), { timeout: 10_000 });
    const word = {
      transactionId: 'txn_0',
      as: 'declined',
      atMs: Date.now(),
      telling: null,
      segment: CARD_BR,
      amountMinor: 1,
      currency: 'BRL',
    } as const;
    expect(await client.watch(address, word, null)).toMatchObject({});
    const late = await client.settleLate(address, [told('unsure', 3, { result: 'approved' })], [null]);
    expect(late).toEqual({ ok: true, outcomes: [{ outcome: 'refused', reason: 'conflicting_body' }] });
  });

  test('[SHD-13] undated results of long ago are known by the keys, which stay with the own object', async () => {
    const address = addressOf('undated');
    await record(address, serials(0, 20), { isReplayable: true });
    await divide(address, 2);
    await record(address, serials(20, 20), { isReplayable: true });
    await counted(address, { approved: 40 });
    await runInDurableObject(own('undated'), (_instance, { storage }) => {
      expect(storage.sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM replay_key').one().count).toBe(40);
      storage.sql.exec('UPDATE replay_key SET at_ms = at_ms - 172800000');
    });
    // As if the ledgers had forgotten: other bodies, which they would refuse, are repeats by their keys.
    expect(await record(address, serials(0, 40), { isReplayable: true, amountMinor: 5 })).toEqual(all(40, 'duplicate'));
    expect(await countersOf(address)).toMatchObject({ approved: 40, refused: 0 });
  });

  test('[SHD-15] a shard that cannot tell what it records refuses more of it', async () => {
    const address = addressOf('alone');
    await record(address, [0]);
    await divide(address, 2);
    const map = (await own('alone').slots(address)) as SlotMap;
    const slotOf = slotFinder(map.salt);
    const its = serials(1, 4_000).filter((serial) => map.owners[slotOf(`txn_${serial}`)] === 1);
    const stub = shard('alone', 1);
    await runInDurableObject(stub, (instance) => {
      // Nobody is there.
      Object.assign(instance as object, { env: {} });
    });
    // Repeats are told as well.
    const call = recordCallOf(
      address,
      its.slice(0, 1_900).map((serial) => told('alone', serial)),
      [],
    );
    let reply = replyIn(await stub.recordText(...call));
    expect(reply).toMatchObject({ ok: true });
    for (let calls = 0; reply.ok && calls < 60; calls += 1) reply = replyIn(await stub.recordText(...call));
    expect(reply).toEqual({ ok: false, reason: 'overloaded' });
    expect((await stub.statistics()).waiting).toBeGreaterThan(50_000);
  });

  test('[SHD-14] a processor that is deleted takes its shards with it, and a new one of its name begins undivided', async () => {
    const address = addressOf('deleted');
    await record(address, serials(0, 20));
    await divide(address, 2);
    await own('deleted').retire(1);
    expect(await record(address, serials(20, 20))).toEqual(['deleted']);
    const map = { ok: false, reason: 'deleted' };
    expect(replyIn(await shard('deleted', 1).recordText(...recordCallOf(address, [told('deleted', 3)], [])))).toEqual(
      map,
    );
    const again = addressOf('deleted', {}, 2);
    expect(await record(again, serials(0, 20))).toEqual(all(20, 'recorded'));
    expect(await ownersOf('deleted')).toEqual([{ shard: 0, slots: 256 }]);
    await divide(again, 2);
    expect(await record(again, serials(0, 30))).toEqual([...all(20, 'duplicate'), ...all(10, 'recorded')]);
    await counted(again, { approved: 30 });
  });
});

describe('how many', () => {
  test('[SHD-8] a busy processor divides itself, and is one object again when the load is gone', async () => {
    const address = addressOf('busy');
    await record(address, [0]);
    const started = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: started });
    try {
      const size = async (): Promise<number> => {
        await runInDurableObject(own('busy'), async (instance) => {
          // 60 requests a minute are all that one object is taken to be good for.
          Object.assign((instance as unknown as { env: object }).env, { SHARD_REQUESTS_PER_SECOND: '1' });
          await instance.size(address);
        });
        await turned('busy');
        return (await own('busy').statistics()).shards.count;
      };
      expect(await size()).toBe(1);
      for (let serial = 1; serial <= 100; serial += 1) await record(address, [serial]);
      vi.setSystemTime(started + 30_000);
      expect(await size()).toBe(5);
      // Their load begins anew, and says nothing for five minutes.
      vi.setSystemTime(started + 120_000);
      expect(await size()).toBe(5);
      expect(await record(address, serials(0, 101))).toEqual(all(101, 'duplicate'));
      for (const minute of [4, 6, 8, 10]) {
        vi.setSystemTime(started + minute * 60_000);
        await size();
      }
      expect(await ownersOf('busy')).toEqual([{ shard: 0, slots: 256 }]);
      expect(await record(address, serials(0, 102))).toEqual([...all(101, 'duplicate'), 'recorded']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('[SHD-12] where a setting is wrong nothing is divided, by load or by hand', async () => {
    const address = addressOf('misread');
    await record(address, [0]);
    await runInDurableObject(own('misread'), async (instance) => {
      const settings = (instance as unknown as { env: Record<string, string> }).env;
      const before = settings['SHARDS_MAX']!;
      Object.assign(settings, { SHARDS_MAX: 'many' });
      expect(await instance.divideInto(address, 2, HOLD_MS)).toBe(false);
      await instance.size(address);
      Object.assign(settings, { SHARDS_MAX: before });
      expect(await instance.divideInto(address, 65, HOLD_MS)).toBe(false);
    });
    expect(await ownersOf('misread')).toEqual([{ shard: 0, slots: 256 }]);
  });

  test('[SHD-16] an object that was never divided stores nothing of slots', async () => {
    const address = addressOf('whole');
    for (let serial = 0; serial < 5; serial += 1) await record(address, [serial]);
    await own('whole').size(address);
    await runInDurableObject(own('whole'), async (_instance, { storage }) => {
      expect([...storage.kv.list()].map(([key]) => key).filter((key) => /slot|shard/.test(key))).toEqual([]);
      const stored = storage.sql.exec<{ body: string }>('SELECT body FROM snapshot').toArray();
      expect(stored.map(({ body }) => body).join('')).not.toMatch(/heardOf|shard/);
      expect(await storage.getAlarm()).toBeNull();
    });
  });
});

describe('killed in the middle', () => {
  test('[SHD-5] a shard that is killed before it told its commits tells them when it is woken, once', async () => {
    const address = addressOf('untold');
    await record(address, [0]);
    await divide(address, 2);
    expect(await record(address, serials(1, 100))).toEqual(all(100, 'recorded'));
    await abortAllDurableObjects();
    for (const number of [1, 2]) await runDurableObjectAlarm(shard('untold', number));
    await counted(address, { approved: 101, duplicate: 0 });
    expect((await shard('untold', 1).statistics()).waiting).toBe(0);
    // Before a checkpoint it does not know that it was acknowledged: it is told so again.
    for (const number of [1, 2]) await evictDurableObject(shard('untold', number));
    for (const number of [1, 2]) await runDurableObjectAlarm(shard('untold', number));
    await vi.waitFor(async () => expect((await shard('untold', 1).statistics()).waiting).toBe(0), { timeout: 10_000 });
    expect(await countersOf(address)).toMatchObject({ approved: 101, duplicate: 0 });
  });

  test('[SHD-9] a move goes on where it was, whichever object is killed after whichever step', async () => {
    const address = addressOf('restless');
    let next = 0;
    const bring = async (): Promise<void> => {
      const from = next;
      next += 20;
      const outcomes = await record(address, serials(from, 20));
      expect(outcomes).toEqual(all(20, 'recorded'));
    };
    await bring();
    for (const [count, killed] of [
      [2, 'own'],
      [3, 'shards'],
      [2, 'all'],
      [1, 'own'],
    ] as const) {
      await own('restless').divideInto(address, count, HOLD_MS);
      for (let kills = 0; kills < 3; kills += 1) {
        const stubs = [
          ...(killed === 'shards' ? [] : [own('restless')]),
          ...(killed === 'own' ? [] : [1, 2, 3].map((number) => shard('restless', number))),
        ];
        await Promise.all([
          bring(),
          ...stubs.map(async (stub) => await evictDurableObject(stub).catch(() => undefined)),
        ]);
        await runDurableObjectAlarm(own('restless'));
      }
      await turned('restless');
      expect((await ownersOf('restless')).map(({ shard: owner }) => owner)).toEqual(
        count === 1 ? [0] : serials(1, count),
      );
      expect(await record(address, serials(0, next))).toEqual(all(next, 'duplicate'));
    }
    for (const number of [1, 2, 3]) await runDurableObjectAlarm(shard('restless', number));
    await counted(address, { approved: next });
  });
});
