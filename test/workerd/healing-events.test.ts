// Healing through the real objects, without a cron: what happens is looked at within a moment, and objects whose alarm was lost are woken.
import { env } from 'cloudflare:workers';
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  alarmedObjectOf,
  LEDGER_PARTS,
  ledgerPartOf,
  OBJECTS,
  processorObjectOf,
} from '../../durable-objects/alarmed-objects.ts';
import { alarmRoundsOf } from '../../durable-objects/alarm-rounds.ts';
import { createHealingBookClient, healingBookStub } from '../../durable-objects/healing-book-client.ts';
import { createJobBookClient, jobBookStub } from '../../durable-objects/job-book-client.ts';
import { HealingBell } from '../../durable-objects/healing-bell.ts';
import type { HealingBook } from '../../durable-objects/healing-book.ts';
import { ACTOR } from './registry-harness.ts';
import { record, register } from './registered-processors.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import type { RegisteredProcessor } from '../../src/domain/processor-config.ts';
import { shardOf } from '../../durable-objects/credential-ledger-client.ts';

const book = createHealingBookClient(env);
const jobs = createJobBookClient(env);
const stub = () => healingBookStub(env) as unknown as DurableObjectStub<HealingBook>;
// Past the client, whose time limit is short: whoever reads it elsewhere has others to ask.
const runs = async () => new Map((await jobBookStub(env).read()).records).get('heal')?.runs ?? [];
const WAIT = { timeout: 15_000, interval: 100 };

/** Its breaker is soon under trial. */
const registerQuick = async (id: string): Promise<RegisteredProcessor> =>
  await register(id, { openTimeout: 100, openTimeoutMax: 100 });

describe('[HEA-24] what happens', () => {
  let sick: RegisteredProcessor;
  beforeAll(async () => {
    sick = await registerQuick('sick');
    await record(await registerQuick('well'), 5, 'approved');
  });

  test('a breaker that opens and heals is seen without any cron: a sweep of its own, and what came back is held to a share', async () => {
    expect(await runs()).toEqual([]);
    await record(sick, 10, 'approved');
    await record(sick, 6, 'error');
    await vi.waitUntil(async () => (await runs()).length > 0, WAIT);
    expect((await runs()).at(-1)).toMatchObject({ trigger: 'event', outcome: 'done' });
    await vi.waitUntil(async () => {
      await record(sick, 1, 'approved');
      return (await book.all()).length > 0;
    }, WAIT);
    expect(await book.all()).toMatchObject([{ kind: 'ramp_back', processorId: 'sick', askedBy: 'self-healing' }]);
    expect((await registryStub(env).configuration()).overrides).toMatchObject([{ kind: 'cap', who: 'self-healing' }]);
  }, 40_000);

  test('a storm of it costs one sweep now, and one five seconds later at the earliest', async () => {
    await vi.waitUntil(
      async () => await runInDurableObject(stub(), async (_, { storage }) => storage.kv.get('stirred') === undefined),
      WAIT,
    );
    const before = (await runs()).length;
    const [last] = await runs();
    await Promise.all(Array.from({ length: 50 }, async () => await healingBookStub(env).stir()));
    await vi.waitUntil(async () => (await runs()).length > before, WAIT);
    const [first] = await runs();
    expect((await runs()).length - before).toBe(1);
    expect(first!.startedAtMs - last!.endedAtMs).toBeGreaterThanOrEqual(4_900);
    await healingBookStub(env).stir();
    await runDurableObjectAlarm(stub());
    expect((await runs()).length - before).toBe(1);
  }, 40_000);

  test('while another run holds the lease is looked at after it', async () => {
    await vi.waitUntil(
      async () => await runInDurableObject(stub(), async (_, { storage }) => storage.kv.get('stirred') === undefined),
      WAIT,
    );
    const take = async () => await jobs.take('heal', { trigger: 'operator', requestKey: null, timeLimitMs: 30_000 });
    let taken = await take();
    // A sweep may be at it.
    await vi.waitUntil(async () => taken.taken || (taken = await take()).taken, WAIT);
    if (!taken.taken) throw new Error(taken.reason);
    const ring = async () =>
      await runInDurableObject(stub(), async (object, { storage }) => {
        storage.kv.put('stirred', 0);
        await object.alarm();
        return storage.kv.get('stirred');
      });
    expect(await ring()).toEqual(expect.any(Number));
    expect((await runs())[0]).toMatchObject({ trigger: 'event', skipReason: 'already_running' });
    await jobs.settle('heal', taken.run.token, { outcome: 'failed', counts: {}, error: 'killed', cursor: null });
    expect(await ring()).toBeUndefined();
    expect((await runs())[0]).toMatchObject({ trigger: 'event', outcome: 'done' });
  }, 40_000);

  test.each(['dead_letters', 'silent', 'unknown_overdue', 'stream_stalled'] as const)(
    'an alert of %s is one of them',
    async (kind) => {
      await runInDurableObject(stub(), (_, { storage }) => storage.kv.delete('stirred'));
      const { epoch } = sick;
      const scope = '*' as const;
      // A ring of half a second ago stands for this one.
      await vi.waitUntil(async () => {
        const said = { reason: 'x', evidence: {}, moneyAtRisk: null, atMs: Date.now() };
        const words = { fromStatus: 'HEALTHY', toStatus: 'DOWN' } as const;
        const subject = `${kind}_${said.atMs}`;
        const of = { processorId: sick.id, epoch, scope, kind, subject, state: 'on' } as unknown as {
          kind: typeof kind;
        };
        await registryStub(env).signal([{ ...of, ...said, ...words } as never]);
        return await runInDurableObject(stub(), (_, { storage }) => storage.kv.get('stirred') !== undefined);
      }, WAIT);
    },
    40_000,
  );

  test('an override that a person lifts is one of them, and the healer’s own are not', async () => {
    const stirred = async () =>
      await runInDurableObject(stub(), (_, { storage }) => storage.kv.get('stirred') !== undefined);
    const override = {
      id: 'ovr_1',
      processorId: sick.id,
      segment: null,
      kind: 'drain',
      who: 'key_tester',
      why: 'trial',
      createdAtMs: Date.now(),
      expiresAtMs: Date.now() + 60_000,
    } as const;
    await vi.waitUntil(
      async () => {
        await runInDurableObject(stub(), (_, { storage }) => storage.kv.delete('stirred'));
        await registryStub(env).change({ op: 'put_override', override }, ACTOR, null);
        return await stirred();
      },
      { ...WAIT, interval: 600 },
    );
    await new Promise((resolve) => setTimeout(resolve, 600));
    await runInDurableObject(stub(), (_, { storage }) => storage.kv.delete('stirred'));
    await registryStub(env).change({ op: 'put_override', override }, { ...ACTOR, keyId: 'self-healing' }, null);
    expect(await stirred()).toBe(false);
  }, 40_000);

  test('costs nobody anything where the book of healing is away', async () => {
    const behind: Promise<unknown>[] = [];
    const away = {
      HEALING_BOOK: {
        idFromName: () => 'main',
        get: () => ({ stir: async () => await Promise.reject(new Error('away')) }),
      },
    } as unknown as Pick<Env, 'HEALING_BOOK'>;
    const bell = new HealingBell(away, (work) => void behind.push(work));
    bell.ring();
    bell.ring();
    expect(behind).toHaveLength(1);
    expect(await Promise.all(behind)).toEqual([null]);
  });
});

describe('[HEA-22] a lost alarm', () => {
  const rounds = alarmRoundsOf(env);
  const NOW = Date.now();
  const standingOf = async (object: string) =>
    (await rounds.alarms([], [object], NOW)).find((one) => one.object === object);
  const stubOf = (object: string) => alarmedObjectOf(env, object) as unknown as DurableObjectStub;

  type Put = (storage: DurableObjectStorage, instance: object) => void;
  const toHistory: Put = (_, instance) => void Object.defineProperty(instance, 'isWaiting', { value: () => true });

  /** Something that waits, as each kind of object keeps it. */
  const waiting: Readonly<Record<string, Put>> = {
    'registry': ({ sql }) => void sql.exec(`INSERT INTO outbox (body) VALUES ('null')`),
    'alert_courier': ({ sql }) =>
      void sql.exec(`INSERT OR REPLACE INTO event (id, body) VALUES ('evt_1', '{"id":"evt_1"}')`),
    'webhook_intake': ({ sql }) =>
      void sql.exec(`INSERT OR REPLACE INTO growth (source, state) VALUES ('s', '{"arrivals":[],"isOn":true}')`),
    'processor:sick': ({ sql }) =>
      void sql.exec(`INSERT INTO ledger_note (tries, body) VALUES (0, '{"ledgerKeys":[],"attempt":{}}')`),
    'credentials_00': ({ sql }) =>
      void sql.exec(
        `INSERT OR REPLACE INTO ledger (fingerprint, due_at, body) VALUES ('k', ${Date.now() + 9_000_000}, '{}')`,
      ),
    'healing_book': ({ kv }) => kv.put('stirred', Date.now()),
    'history_desk': toHistory,
    'anomaly_book': toHistory,
    'tuning_book': toHistory,
    'model_book': toHistory,
  };

  test.each(Object.keys(waiting))('of %s is seen, and it is woken', async (object) => {
    // Another object may wake it between the loss and the question, and what waits is done: then it is put and lost again.
    await vi.waitUntil(async () => {
      await runInDurableObject(stubOf(object), async (instance, { storage }) => {
        waiting[object]!(storage, instance);
        await storage.deleteAlarm();
      });
      return typeof (await standingOf(object))?.lostSinceMs === 'number';
    }, WAIT);
    await rounds.rearm(object);
    if (waiting[object] === toHistory) {
      const alarmAtMs = await runInDurableObject(stubOf(object), async (_, { storage }) => await storage.getAlarm());
      // Set for this moment, or gone off.
      expect(alarmAtMs ?? 0).toBeLessThanOrEqual(Date.now());
      return;
    }
    await vi.waitUntil(async () => (await standingOf(object))?.lostSinceMs === null, WAIT);
  });

  test('by a whole sweep is found and mended', async () => {
    await runInDurableObject(stubOf('processor:sick'), async (_, { storage }) => {
      waiting['processor:sick']!(storage, {});
      await storage.deleteAlarm();
    });
    await healingBookStub(env).stir();
    const mended = async () => (await book.all()).find(({ subject }) => subject === 'processor:sick');
    await vi.waitUntil(async () => (await mended()) !== undefined, WAIT);
    expect(await mended()).toMatchObject({ kind: 'rearm_alarms', processorId: 'sick' });
    await vi.waitUntil(async () => (await standingOf('processor:sick'))?.lostSinceMs === null, WAIT);
  }, 40_000);

  test('is none where there is nothing to do', async () => {
    const object = 'healing_book';
    await runInDurableObject(stubOf(object), async (_, { storage }) => {
      storage.kv.delete('stirred');
      await storage.deleteAlarm();
    });
    expect((await standingOf(object))?.lostSinceMs).toBeNull();
  });

  test('is looked for in every processor, in each object there is one of, and in all parts of the ledgers within half an hour', async () => {
    const known = await registryStub(env).configuration();
    const seen = new Set<string>();
    for (let minute = 0; minute < 2; minute += 1)
      for (const { object } of await rounds.alarms(known.processors, [], NOW + minute * 60_000)) seen.add(object);
    for (const object of [...OBJECTS, ...known.processors.map(({ id }) => processorObjectOf(id))])
      expect(seen).toContain(object);
    expect([...seen].filter((object) => object.startsWith('credentials_'))).toHaveLength(16);
    expect(LEDGER_PARTS / 8).toBeLessThanOrEqual(32);
    const parts = new Set(Array.from({ length: LEDGER_PARTS }, (_, part) => ledgerPartOf(part)));
    for (const fingerprint of ['a', 'b', 'c', 'd']) expect(parts).toContain(await shardOf(fingerprint));
    expect(() => alarmedObjectOf(env, 'nobody')).toThrow('nobody');
  });
});

// Last, since it keeps the lease.
test('[HEA-21] the Registry keeps an override past its time until it is ended by itself, and audits that', async () => {
  const registry = registryStub(env);
  const [first] = (await registry.configuration()).processors;
  const override = {
    id: 'ovr_short',
    processorId: first!.id,
    segment: null,
    kind: 'drain',
    who: 'key_tester',
    why: 'trial',
    createdAtMs: Date.now(),
    expiresAtMs: Date.now() + 2_000,
  } as const;
  // A sweep would end it before it is looked at.
  const taken = async () =>
    (await jobs.take('heal', { trigger: 'operator', requestKey: null, timeLimitMs: 60_000 })).taken;
  await vi.waitUntil(taken, WAIT);
  expect(await registry.change({ op: 'put_override', override }, ACTOR, null)).toMatchObject({ ok: true });
  expect(await registry.endedOverrides()).toEqual([]);
  await vi.waitUntil(async () => (await registry.endedOverrides()).length === 1, WAIT);
  expect((await registry.configuration()).overrides.map(({ id }) => id)).not.toContain('ovr_short');
  const healer = { keyId: 'self-healing', requestId: 'heal 1' };
  expect(await registry.change({ op: 'end_override', id: 'ovr_short' }, healer, null)).toMatchObject({ ok: true });
  expect(await registry.endedOverrides()).toEqual([]);
  expect((await registry.audit(null, 1)).items).toMatchObject([
    {
      action: 'end_override',
      subject: 'ovr_short',
      keyId: 'self-healing',
      before: expect.stringContaining('drain'),
    },
  ]);
}, 40_000);
