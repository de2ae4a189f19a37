// The courier on workerd, against a receiver on loopback that fails in every documented way: nothing is lost, and nobody waits for another.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { Webhook } from 'standardwebhooks';
import { describe, expect, inject, test } from 'vitest';
import { alertOf as sampleAlert } from '../domain/notifications/sample-incident.ts';
import { RESIDUAL } from '../../src/domain/segment.ts';
import { SEVERITIES } from '../../src/domain/notifications/incident.ts';
import type { Alert } from '../../src/domain/health/alert-book.ts';
import type { AlertCourier } from '../../durable-objects/alert-courier.ts';
import type { Channel } from '../../src/domain/notifications/channel.ts';
import type { KeptAlert } from '../../src/domain/notifications/word.ts';
import { type Delivery, isOfAlert } from '../../src/domain/notifications/delivery.ts';

const receiver = (inject as (name: string) => unknown)('alertReceiver') as string;
const couriers = (env as unknown as { TEST_COURIER: DurableObjectNamespace<AlertCourier> }).TEST_COURIER;
const SECRET = `whsec_${btoa('0123456789abcdef0123456789abcdef')}`;
const T0 = Date.now();

let serial = 0;
/** A name of its own for a courier, an alert or a box. */
const fresh = (word: string): string => {
  serial += 1;
  return `${word}${serial}`;
};

const alertOf = (fields: Partial<Alert> = {}): Alert =>
  sampleAlert({ id: `alt_${fresh('a')}`, segment: RESIDUAL, openedAtMs: T0, updatedAtMs: T0, ...fields });
const closed = (alert: Alert): Alert => ({ ...alert, updatedAtMs: T0 + 1, closedAtMs: T0 + 1 });

const webhook = (box: string, conduct: string, fields: Partial<Channel> = {}): Channel =>
  ({
    id: box,
    revision: 1,
    kind: 'webhook',
    severities: SEVERITIES,
    url: `${receiver}/${box}/${conduct}`,
    secrets: [SECRET],
    ...fields,
  }) as Channel;

type Stub = DurableObjectStub<AlertCourier>;
const stubOf = (name: string): Stub => couriers.get(couriers.idFromName(name));

async function use(stub: Stub, channels: readonly Channel[]): Promise<void> {
  await runInDurableObject(stub, (_, { storage }) => storage.kv.put('test_channels', channels));
}

/** As the Registry tells its courier, each word once. */
async function tell(stub: Stub, alerts: readonly KeptAlert[], channels: readonly Channel[]): Promise<void> {
  const words = alerts.map((alert) => ({ sequence: Number(fresh('')), alert }));
  await stub.hear(words, channels);
}

interface Box {
  readonly received: readonly { headers: Record<string, string>; body: string; atMs: number }[];
  readonly bytesSent: number;
}
const boxOf = async (name: string): Promise<Box> => await (await fetch(`${receiver}/${name}`)).json();

const deliveries = async (stub: Stub): Promise<readonly Delivery[]> =>
  ((await stub.list(null, 1_000)) as unknown as { items: readonly Delivery[] }).items;
const states = async (stub: Stub): Promise<string[]> =>
  (await deliveries(stub)).map(({ channelId, action, progress }) =>
    [channelId, action, progress.state, progress.attempts].join(' '),
  );

async function until(isSo: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const untilState = async (stub: Stub, state: string): Promise<void> =>
  await until(async () => (await states(stub)).includes(state));

describe.concurrent('a message on its way', () => {
  test('[NTF-20] an alert and its end arrive signed, in order, each with an id of its own', async () => {
    const box = fresh('ops');
    const stub = stubOf(box);
    const channels = [webhook(box, '200')];
    await use(stub, channels);
    const alert = alertOf();
    await tell(stub, [alert], channels);
    await tell(stub, [closed(alert)], channels);
    await untilState(stub, `${box} close delivered 1`);
    const { received } = await boxOf(box);
    const bodies = received.map(({ body, headers }) => new Webhook(SECRET).verify(body, headers));
    expect(bodies).toMatchObject([
      { type: 'alert.opened', data: { id: alert.id, severity: 'critical', closed_at: null } },
      { type: 'alert.closed', data: { id: alert.id } },
    ]);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  test('[NTF-20] a second attempt 5 s after a refusal bears the same id and a signature of its own time', async () => {
    const box = fresh('ops');
    const stub = stubOf(box);
    const channels = [webhook(box, '500,200')];
    await use(stub, channels);
    await tell(stub, [alertOf()], channels);
    await untilState(stub, `${box} open delivered 2`);
    const { received } = await boxOf(box);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([
      received[0]?.headers['webhook-id'],
      received[0]?.headers['webhook-id'],
    ]);
    expect(received[1]!.atMs - received[0]!.atMs).toBeGreaterThanOrEqual(5_000);
    for (const { body, headers } of received) expect(() => new Webhook(SECRET).verify(body, headers)).not.toThrow();
  });

  test('[NTF-21] a receiver that hangs, drips or never ends holds up no other channel', async () => {
    const conducts = ['hang', 'drip-head', 'huge', 'drip', 'close', '500', 'hang', 'hang', '200'];
    const channels = conducts.map((conduct) => webhook(fresh('box'), conduct));
    const last = channels.at(-1)!;
    const stub = stubOf(fresh('courier'));
    await use(stub, channels);
    await tell(stub, [alertOf()], channels);
    await untilState(stub, `${last.id} open delivered 1`);
    await tell(stub, [alertOf()], channels);
    await until(async () => (await boxOf(last.id)).received.length === 2);
    const hanging = channels.filter(({ url }) => url.endsWith('/hang')).map(({ id }) => `${id} open sending 1`);
    expect(await states(stub)).toEqual(expect.arrayContaining(hanging));
  });

  test('[NTF-22] each way to fail is told for what it is', async () => {
    const cases: readonly (readonly [conduct: string, state: string, text: string])[] = [
      ['500', 'waiting', '500'],
      ['404', 'waiting', '404'],
      ['410', 'failed', '410'],
      ['429-after-60', 'waiting', '429'],
      ['redirect', 'waiting', '302'],
      ['hang', 'waiting', 'no answer: timeout'],
      ['drip-head', 'waiting', 'no answer: timeout'],
      ['close', 'waiting', 'no answer: connection'],
      ['huge', 'waiting', '500'],
      ['drip', 'delivered', '200'],
    ];
    const channels = [
      ...cases.map(([conduct]) => webhook(fresh(`way`), conduct)),
      webhook(fresh('nobody'), '', { url: 'http://127.0.0.1:1/' } as Partial<Channel>),
      webhook(fresh('private'), '', { url: 'https://10.0.0.1/' } as Partial<Channel>),
    ];
    const stub = stubOf(fresh('courier'));
    await use(stub, channels);
    const alert = alertOf();
    await tell(stub, [alert], channels);
    const own = async () =>
      (await deliveries(stub))
        .filter(isOfAlert)
        .filter(({ incident }) => incident.id === alert.id)
        .reverse();
    await until(async () => (await own()).every(({ lastAnswer }) => lastAnswer !== null));
    expect((await own()).map(({ progress, lastAnswer }) => [progress.state, lastAnswer?.text])).toEqual([
      ...cases.map(([, state, text]) => [state, text]),
      ['waiting', 'no answer: connection'],
      ['failed', 'not sent: private_address'],
    ]);
    const redirected = channels[4]!.id;
    expect((await boxOf(`${redirected}-redirected`)).received).toEqual([]);
    const huge = channels[8]!.id;
    const sentBytes = (await boxOf(huge)).bytesSent;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await boxOf(huge)).bytesSent).toBe(sentBytes);
  });

  test('[NTF-8] Retry-After is waited for by the whole channel', async () => {
    const box = fresh('busy');
    const stub = stubOf(box);
    const channels = [webhook(box, '429-after-7,200')];
    await use(stub, channels);
    await tell(stub, [alertOf()], channels);
    await until(async () => (await boxOf(box)).received.length === 1);
    await untilState(stub, `${box} open waiting 1`);
    await tell(stub, [alertOf()], channels);
    await until(async () => (await states(stub)).every((state) => state.includes('delivered')), 15_000);
    const times = (await boxOf(box)).received.map(({ atMs }) => atMs);
    expect(times).toHaveLength(3);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(6_900);
  });
});

describe('what is on disk', () => {
  test('[NTF-23] a kill in the middle of deliveries loses nothing, and each is sent again under its id', async () => {
    const boxes = [fresh('kill'), fresh('kill'), fresh('kill')];
    const name = fresh('courier');
    const channels = [webhook(boxes[0]!, 'hang,200'), webhook(boxes[1]!, 'hang,200'), webhook(boxes[2]!, '200')];
    await use(stubOf(name), channels);
    const alert = alertOf();
    await tell(stubOf(name), [alert], channels);
    await tell(stubOf(name), [closed(alert)], channels);
    await until(async () => (await Promise.all(boxes.map(boxOf))).every(({ received }) => received.length > 0));
    await abortAllDurableObjects();
    const stub = stubOf(name);
    await until(
      async () => (await states(stub)).filter((state) => state.includes('delivered')).length === 2 * boxes.length,
      15_000,
    );
    for (const box of boxes.slice(0, 2)) {
      const ids = (await boxOf(box)).received.map(({ headers }) => headers['webhook-id']);
      expect(ids).toHaveLength(3);
      expect(ids[1]).toBe(ids[0]);
      expect(ids[2]).not.toBe(ids[0]);
    }
    const types = (await boxOf(boxes[0]!)).received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types).toEqual(['alert.opened', 'alert.opened', 'alert.closed']);
  });

  test('[NTF-23] what was accepted while the channels could not be had waits for them, through evictions, at no attempt', async () => {
    const box = fresh('later');
    const stub = stubOf(box);
    const channels = [webhook(box, '200')];
    await tell(stub, [alertOf()], channels);
    await runDurableObjectAlarm(stub);
    await evictDurableObject(stub);
    expect(await states(stub)).toEqual([`${box} open waiting 0`]);
    await use(stub, channels);
    await evictDurableObject(stub);
    await untilState(stub, `${box} open delivered 1`);
  });

  test('[NTF-24] no secret stands in the list, in the tables or in what is held against a channel', async () => {
    const box = fresh('secret');
    const stub = stubOf(box);
    const channels: Channel[] = [
      webhook(box, '500'),
      {
        id: fresh('pager'),
        revision: 1,
        kind: 'pagerduty',
        severities: SEVERITIES,
        url: `${receiver}/${box}pd/400`,
        routingKey: 'k'.repeat(32),
      },
      { id: fresh('slack'), revision: 1, kind: 'slack', severities: SEVERITIES, url: `${receiver}/${box}sl/410` },
    ];
    await use(stub, channels);
    await tell(stub, [alertOf()], channels);
    await until(async () => (await deliveries(stub)).slice(-3).every(({ lastAnswer }) => lastAnswer !== null));
    const tables = await runInDurableObject(stub, (_, { storage }) =>
      JSON.stringify(['head', 'delivery'].map((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray())),
    );
    const told = [tables, JSON.stringify(await stub.list(null, 100)), JSON.stringify(await stub.health())].join();
    expect(told).toContain(box);
    for (const secret of [SECRET, 'k'.repeat(32), receiver]) expect(told).not.toContain(secret);
  });
});

describe('by hand', () => {
  test('[NTF-15] a replay sends the message again under its id, and lifts a 410', async () => {
    const box = fresh('gone');
    const stub = stubOf(box);
    const channels = [webhook(box, '410,200')];
    await use(stub, channels);
    await tell(stub, [alertOf()], channels);
    await untilState(stub, `${box} open failed 1`);
    await tell(stub, [alertOf()], channels);
    expect(await states(stub)).toEqual([`${box} open failed 0`, `${box} open failed 1`]);
    const [, first] = await deliveries(stub);
    expect(await stub.replay('ntf_999_nothing')).toEqual({ ok: false, reason: 'not_found' });
    expect(await stub.replay(first!.id)).toEqual({ ok: true });
    await untilState(stub, `${box} open delivered 1`);
    expect((await boxOf(box)).received.map(({ headers }) => headers['webhook-id'])).toEqual([first!.id, first!.id]);
  });

  test('[NTF-6] PagerDuty hears trigger, acknowledge and resolve under one dedup key', async () => {
    const box = fresh('pager');
    const stub = stubOf(box);
    const url = `${receiver}/${box}/202`;
    const routingKey = 'r'.repeat(32);
    const channels: Channel[] = [
      { id: box, revision: 1, kind: 'pagerduty', severities: ['critical'], url, routingKey },
    ];
    await use(stub, channels);
    const alert = alertOf();
    await tell(stub, [alert, alertOf({ kind: 'approval', toStatus: 'DEGRADED' })], channels);
    await tell(stub, [{ ...alert, acknowledgement: { by: 'Ada', atMs: T0 } }], channels);
    await tell(stub, [closed(alert)], channels);
    await untilState(stub, `${box} close delivered 1`);
    const events = (await boxOf(box)).received.map(
      ({ body }) => JSON.parse(body) as { event_action: string; dedup_key: string },
    );
    expect(events.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ['trigger', alert.id],
      ['acknowledge', alert.id],
      ['resolve', alert.id],
    ]);
  });
});
