// Named events from the jobs and routes that make them to a signed webhook on loopback: once each, whoever is killed or away.
import {
  createExecutionContext,
  evictDurableObject,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import worker from './test-worker.ts';
import { createHealingBookClient } from '../../durable-objects/healing-book-client.ts';
import { createTuningBookClient } from '../../durable-objects/tuning-book-client.ts';
import { EMPTY_TALLY, type Optimization } from '../../src/domain/tuning/optimization.ts';
import { EVENT_NAMES, type NamedEvent } from '../../src/domain/notifications/named-event.ts';
import { HEALING_DEFAULT } from '../../src/domain/healing/healing-settings.ts';
import { nextRevision, withBegun } from '../../src/domain/tuning/tuning-shelf.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { tellingOf } from '../../workers/composition/telling.ts';
import type { AlertCourier } from '../../durable-objects/alert-courier.ts';
import type { Channel } from '../../src/domain/notifications/channel.ts';
import type { HealingAction } from '../../src/domain/healing/healing-action.ts';

const receiver = (inject as (name: string) => unknown)('alertReceiver') as string;
const SECRET = `whsec_${btoa('a'.repeat(32))}`;
const MINUTE_MS = 60_000;

interface Told {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let key = '';
beforeAll(async () => {
  const reply = await registryStub(env as Env).createKey('t', ['admin'], { keyId: 'key_t', requestId: 'req_1' });
  if (!reply.ok) throw new Error(reply.reason);
  key = reply.secret;
});

async function ask(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
  const context = createExecutionContext();
  const request = new Request(`https://signalbox.example/api/v1${path}`, {
    method,
    headers: { 'Authorization': `Bearer ${key}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }) as Parameters<typeof worker.fetch>[0];
  const response = await worker.fetch(request, env as Env, context);
  await waitOnExecutionContext(context);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
}

/** What arrived in a box, each with a good signature. */
async function toldTo(box: string): Promise<readonly Told[]> {
  const { received } = await (await fetch(`${receiver}/${box}`)).json<{ received: Received[] }>();
  return received.map(({ headers, body }) => {
    const { type, data } = new Webhook(SECRET).verify(body, { ...headers }) as Told;
    return { id: headers['webhook-id'], type, data };
  });
}

const optimization: Optimization = {
  id: 'opt_told',
  setting: 'timeout_ms',
  from: 30_000,
  to: 22_500,
  proof: 'not_worse',
  reason: 'measured',
  evidence: {},
  processorId: 'first',
  epoch: 1,
  salt: 3,
  startedAtMs: 1,
  standing: { state: 'trying', countedToMs: 0, trial: EMPTY_TALLY, heldOut: EMPTY_TALLY },
};
/** Its run was killed before it said that it acted. */
const cutOff: HealingAction = {
  id: 'heal_told',
  kind: 'refresh_boards',
  processorId: null,
  subject: 'boards',
  why: 'a board is stale',
  evidence: {},
  symptomAtMs: Date.now() - 10 * MINUTE_MS,
  occasion: null,
  remedy: { do: 'sweep_boards' },
  undo: null,
  plannedAtMs: Date.now() - 10 * MINUTE_MS,
  askedBy: 'self-healing',
  revision: 0,
  standing: { state: 'acting' },
};

describe('the whole Worker', () => {
  const scheduledTime = Date.now();
  const runCron = async (): Promise<void> =>
    await worker.scheduled({ cron: '* * * * *', scheduledTime, noRetry: () => undefined } as ScheduledController, env);

  test('[NTF-37] [NTF-38] scaling, maintenance, healing and tuning are told to the webhook that chose them, once', async () => {
    const hook = { name: 'o', kind: 'webhook', severities: ['info'], secrets: [SECRET] };
    await ask('PUT', '/channels/every', { ...hook, url: `${receiver}/every/200`, events: EVENT_NAMES });
    await ask('PUT', '/channels/none', { ...hook, url: `${receiver}/none/200` });
    for (const id of ['first', 'second'])
      await ask('POST', '/processors', { id, name: id, countries: ['BR'], payment_methods: ['PIX'] });
    await ask('POST', '/autonomous/scale', { instances: 3, why: 'a sale' });
    await ask('POST', '/autonomous/scale', { instances: 9, why: 'a bigger sale' });
    const starts_at = new Date(Date.now() + 60 * MINUTE_MS).toISOString();
    const window = { processor_id: 'first', duration_minutes: 10, starts_at, why: 'Certificates' };
    await ask('POST', '/maintenance-windows', window);
    await createHealingBookClient(env).begin(cutOff, HEALING_DEFAULT, { now: Date.now(), byDemand: false });
    const tuning = createTuningBookClient(env);
    await tuning.save(nextRevision(withBegun(await tuning.read(), optimization)));
    await Promise.all([runCron(), runCron()]);
    const expected = ['healing_event', 'maintenance_scheduled', 'optimization_applied', 'scaled_up'];
    await expect
      .poll(async () => (await toldTo('every')).map(({ type }) => type).sort(), { timeout: 10_000 })
      .toEqual(expect.arrayContaining(expected));
    await runCron();
    const told = await toldTo('every');
    const idsOf = (type: string): unknown[] => told.filter((one) => one.type === type).map(({ id }) => id);
    expect(idsOf('healing_event')).toEqual(['evt_every_healing_event_heal_told_1']);
    expect(idsOf('optimization_applied')).toEqual(['evt_every_optimization_applied_opt_told_reverted']);
    expect(idsOf('scaled_up').at(-1)).toMatch(/^evt_every_scaled_up_\d+_9$/);
    expect(told.find(({ type }) => type === 'healing_event')?.data).toMatchObject({
      action: { id: 'heal_told', outcome: 'recovered' },
    });
    expect(await toldTo('none')).toEqual([]);
  });

  test('[NTF-40] is listed and replayed under its id', async () => {
    const id = 'evt_every_healing_event_heal_told_1';
    const { notifications } = await ask('GET', '/notifications');
    expect(notifications).toContainEqual(expect.objectContaining({ id, state: 'delivered', action: 'tell' }));
    await ask('POST', `/notifications/${id}/replay`);
    await expect
      .poll(async () => (await toldTo('every')).filter((one) => one.id === id).length, { timeout: 5_000 })
      .toBe(2);
  });

  test('[NTF-42] whoever tells an event neither waits for a courier that is away nor fails with it', async () => {
    const behind: Promise<unknown>[] = [];
    const away = {
      idFromName: () => 'main',
      get: () => ({ hearEvents: async () => await Promise.reject(new Error('away')) }),
    };
    const change = { atMs: 1, from: 1, to: 2, cause: 'load', perMinute: null, why: null } as const;
    tellingOf(
      { ALERT_COURIER: away } as unknown as Env,
      (work) => void behind.push(work),
    )([{ type: 'scaled_up', change }]);
    expect(behind).toHaveLength(1);
    await expect(Promise.all(behind)).resolves.toEqual([undefined]);
  });
});

describe('the courier', () => {
  const couriers = (env as unknown as { TEST_COURIER: DurableObjectNamespace<AlertCourier> }).TEST_COURIER;
  const stub = couriers.get(couriers.idFromName('events'));
  const event = (id: string): NamedEvent => ({ id, name: 'scaled_down', atMs: 1, data: '{"change":{}}' });
  const channel: Channel = {
    id: 'late',
    revision: 1,
    kind: 'webhook',
    severities: [],
    events: ['scaled_down'],
    url: `${receiver}/late/200`,
    secrets: [SECRET],
  };

  test('[NTF-39] [NTF-42] keeps events over an eviction while the channels are away, and tells each once', async () => {
    await stub.hearEvents([event('one'), event('two')]);
    await evictDurableObject(stub);
    await stub.hearEvents([event('one')]);
    await runInDurableObject(stub, (_, { storage }) => storage.kv.put('test_channels', [channel]));
    await stub.hearEvents([event('three')]);
    await expect.poll(async () => (await toldTo('late')).map(({ id }) => id), { timeout: 12_000 }).toHaveLength(3);
    await stub.hearEvents([event('one'), event('two'), event('three')]);
    const ids = (await toldTo('late')).map(({ id }) => id);
    expect([...new Set(ids)].sort()).toEqual(['evt_late_one', 'evt_late_three', 'evt_late_two']);
    expect(ids).toHaveLength(3);
  });

  test('[NTF-42] of what waits the newest thousand are kept', async () => {
    const other = couriers.get(couriers.idFromName('flood'));
    await other.hearEvents(Array.from({ length: 1_010 }, (_, index) => event(`flood_${index}`)));
    const [first, count] = await runInDurableObject(other, (_, { storage }) => {
      const rows = storage.sql.exec(`SELECT id FROM event WHERE body IS NOT NULL ORDER BY number`).toArray();
      return [rows[0]?.['id'], rows.length];
    });
    expect([first, count]).toEqual(['flood_10', 1_000]);
  });
});
