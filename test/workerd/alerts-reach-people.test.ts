// The whole Worker, from results to receivers on loopback: a breaker trips, and people hear of it by every kind of channel.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import worker from './test-worker.ts';
import { asProcessorId, type SegmentKey } from '../../src/domain/identity.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';

const receiver = (inject as (name: string) => unknown)('alertReceiver') as string;
const ACTOR = { keyId: 'key_tester', requestId: 'req_1' };
const [OLD, NEW] = ['a', 'b'].map((letter) => `whsec_${btoa(letter.repeat(32))}`) as [string, string];
const ROUTING_KEY = 'R0123456789abcdefghijklmnopqrstu';

type Json = Readonly<Record<string, unknown>>;
interface Reply {
  readonly status: number;
  readonly text: string;
  readonly json: Json;
}
interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
interface Notification {
  readonly id: string;
  readonly channel_id: string;
  readonly action: string;
  readonly state: string;
  readonly attempts: number;
  readonly test: boolean;
  readonly last_answer: { readonly text: string } | null;
}

let key = '';
beforeAll(async () => {
  const reply = await registryStub(env as Env).createKey('the tester', ['admin'], ACTOR);
  if (!reply.ok) throw new Error(reply.reason);
  key = reply.secret;
});
afterEach(async () => {
  const { channels } = (await ask('GET', '/api/v1/channels')).json as { channels: { id: string }[] };
  for (const { id } of channels) await ask('DELETE', `/api/v1/channels/${id}`);
});

async function ask(method: string, path: string, body?: unknown): Promise<Reply> {
  const context = createExecutionContext();
  const request = new Request(`https://signalbox.example${path}`, {
    method,
    headers: { 'Authorization': `Bearer ${key}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }) as Parameters<typeof worker.fetch>[0];
  const response = await worker.fetch(request, env as Env, context);
  await waitOnExecutionContext(context);
  const text = await response.text();
  return { status: response.status, text, json: text === '' ? {} : (JSON.parse(text) as Json) };
}

const received = async (box: string): Promise<readonly Received[]> =>
  (await (await fetch(`${receiver}/${box}`)).json<{ received: Received[] }>()).received;
const notifications = async (): Promise<readonly Notification[]> =>
  (await ask('GET', '/api/v1/notifications?limit=100')).json['notifications'] as Notification[];
const statesOf = async (channel: string): Promise<string[]> =>
  (await notifications())
    .filter(({ channel_id }) => channel_id === channel)
    .map(({ action, state, attempts }) => `${action} ${state} ${attempts}`)
    .reverse();

async function until(isSo: () => Promise<boolean>, limitMs = 12_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const untilState = async (channel: string, state: string): Promise<void> =>
  await until(async () => (await statesOf(channel)).includes(state));

let serial = 0;
const fresh = (word: string): string => `${word}${(serial += 1)}`;

const EVERY = ['critical', 'error', 'warning', 'info'];
async function put(id: string, kind: string, fields: object = {}): Promise<Reply> {
  const own = {
    webhook: { secrets: [OLD] },
    slack: {},
    pagerduty: { routing_key: ROUTING_KEY },
  }[kind];
  const url = `${receiver}/${id}/${kind === 'pagerduty' ? 202 : 200}`;
  const reply = await ask('PUT', `/api/v1/channels/${id}`, {
    name: id,
    kind,
    severities: EVERY,
    url,
    ...own,
    ...fields,
  });
  if (reply.status !== 200) throw new Error(reply.text);
  return reply;
}

/** Ten technical failures of a processor's own, as a merchant reports them. */
async function trip(): Promise<{ readonly id: string; readonly alert: Json }> {
  const id = fresh('processor_');
  const processor = { id, name: id, countries: ['BR'], payment_methods: ['PIX'] };
  expect((await ask('POST', '/api/v1/processors', processor)).status).toBe(201);
  const failure = {
    processor_id: id,
    result: 'error',
    payment_method: 'PIX',
    country: 'BR',
    amount: 10,
    currency: 'BRL',
  };
  const transactions = Array.from({ length: 10 }, (_, index) => ({ ...failure, transaction_id: `${id}-${index}` }));
  expect((await ask('POST', '/api/v1/transactions', { transactions })).status).toBe(200);
  let alert: Json | undefined;
  await until(async () => {
    const { alerts } = (await ask('GET', '/api/v1/alerts')).json as { alerts: Json[] };
    alert = alerts.find((each) => each['processor_id'] === id);
    return alert !== undefined;
  });
  return { id, alert: alert! };
}

/** A minute and 50 good results later, in a moment. */
async function recover({ id, alert }: Awaited<ReturnType<typeof trip>>): Promise<void> {
  const registry = registryStub(env as Env);
  const { processors } = await registry.configuration();
  const { epoch } = processors.find((processor) => processor.id === id)!;
  const scopes = [alert['segment'] as SegmentKey, 'PIX|BR' as SegmentKey, '*' as SegmentKey];
  await registry.signal(
    [...new Set(scopes)].flatMap((scope) =>
      (['breaker', 'technical', 'silent'] as const).map((kind) => ({
        processorId: asProcessorId(id),
        epoch,
        scope,
        kind,
        state: 'off' as const,
        atMs: Date.now() + 1,
        fromStatus: 'DOWN' as const,
        toStatus: 'HEALTHY' as const,
        reason: 'it recovered',
        evidence: {},
        moneyAtRisk: null,
      })),
    ),
  );
}

describe('alerts reach people', () => {
  test('[NTF-6] Slack, PagerDuty and a webhook hear of a tripped breaker and of its end, PagerDuty under one dedup key', async () => {
    const [hook, chat, pager, quiet] = [fresh('hook'), fresh('chat'), fresh('pager'), fresh('quiet')];
    await put(hook, 'webhook');
    await put(chat, 'slack');
    await put(pager, 'pagerduty');
    await put(quiet, 'webhook', { severities: ['info'] });
    const tripped = await trip();
    const acknowledged = await ask('POST', `/api/v1/alerts/${String(tripped.alert['id'])}/acknowledge`, {});
    expect(acknowledged.json).toMatchObject({ acknowledged_by: 'the tester' });
    await recover(tripped);
    for (const channel of [hook, chat, pager]) await untilState(channel, 'close delivered 1');

    const hooks = (await received(hook)).map(({ body, headers }) => new Webhook(OLD).verify(body, { ...headers }));
    expect(hooks).toMatchObject([
      { type: 'alert.opened', data: { id: tripped.alert['id'], processor_id: tripped.id, closed_at: null } },
      { type: 'alert.acknowledged', data: { acknowledged_by: 'the tester' } },
      { type: 'alert.closed', data: { id: tripped.alert['id'] } },
    ]);
    const events = (await received(pager)).map(({ body }) => JSON.parse(body) as Json);
    expect(events.map((event) => [event['event_action'], event['dedup_key'], event['routing_key']])).toEqual(
      ['trigger', 'acknowledge', 'resolve'].map((action) => [action, tripped.alert['id'], ROUTING_KEY]),
    );
    const texts = (await received(chat)).map(({ body }) => (JSON.parse(body) as { text: string }).text);
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text).toContain(tripped.id);
    expect(texts[2]).toContain('Over:');
    expect(await received(quiet)).toEqual([]);

    const told = await Promise.all(['channels', 'notifications', 'audit'].map((path) => ask('GET', `/api/v1/${path}`)));
    for (const { text } of told)
      for (const secret of [OLD, ROUTING_KEY, `/${hook}/`, `/${chat}/`, `/${pager}/`])
        expect(text).not.toContain(secret);
  });

  test('[NTF-21] receivers that fail in every documented way are told of, and hold up nobody', async () => {
    const conducts = {
      gone: '410',
      busy: '429-after-60',
      moved: 'redirect',
      broken: '500',
      silent: 'hang',
      quoting: 'echo',
    };
    const ids = Object.fromEntries(Object.keys(conducts).map((word) => [word, fresh(word)]));
    for (const [word, conduct] of Object.entries(conducts)) {
      const url = `${receiver}/${ids[word]!}/${conduct}`;
      await put(ids[word]!, word === 'quoting' ? 'pagerduty' : 'webhook', { url });
    }
    const good = fresh('zgood');
    await put(good, 'webhook', { severities: ['critical', 'error'] });
    await trip();
    await untilState(good, 'open delivered 1');
    const firstOf = async (word: string): Promise<Notification> =>
      (await notifications()).findLast(({ channel_id }) => channel_id === ids[word])!;
    await until(async () => {
      const words = ['gone', 'busy', 'moved', 'broken', 'quoting'];
      return (await Promise.all(words.map(firstOf))).every(({ last_answer: answer }) => answer !== null);
    });
    expect(await firstOf('gone')).toMatchObject({ state: 'failed', failure: 'endpoint_gone' });
    expect(await firstOf('busy')).toMatchObject({ state: 'waiting', last_answer: { text: '429' } });
    expect(await firstOf('moved')).toMatchObject({ state: 'waiting', last_answer: { text: '302' } });
    expect(await firstOf('broken')).toMatchObject({ state: 'waiting', last_answer: { text: '500' } });
    expect(await firstOf('silent')).toMatchObject({ state: 'sending', attempts: 1 });
    expect(await received(`${ids['moved']!}-redirected`)).toEqual([]);
    const { channels } = (await ask('GET', '/api/v1/notifications')).json as { channels: Json[] };
    const healthOf = (word: string): Json | undefined => channels.find(({ id }) => id === ids[word]);
    expect(healthOf('gone')).toMatchObject({ disabled_at: expect.any(String), failing: true });
    expect(healthOf('busy')).toMatchObject({ held_until: expect.any(String), disabled_at: null });
  });

  test.each(['pagerduty', 'slack', 'webhook'])(
    '[NTF-34] what a receiver quotes of the address or the key of a %s channel is not kept, however it spells it',
    async (kind) => {
      const id = fresh('quoting');
      const [segment, token, encoded] = [`T0/B0/${'s'.repeat(24)}`, 'q'.repeat(24), 'half%2Fand%2Dhalf'];
      await put(id, kind, { url: `${receiver}/${id}/echo/${segment}/${encoded}?token=${token}&more=1` });
      await ask('POST', `/api/v1/channels/${id}/test`);
      await untilState(id, 'open waiting 1');
      const { text } = await ask('GET', '/api/v1/notifications');
      const own = JSON.parse(text) as { notifications: Notification[] };
      expect(own.notifications.findLast(({ channel_id }) => channel_id === id)?.last_answer?.text).toBe('500');
      for (const secret of [ROUTING_KEY, token, 's'.repeat(24), encoded, 'half/and-half'])
        expect(text).not.toContain(secret);
    },
  );

  test('[NTF-15] a replay reaches a receiver that was gone, under the same id', async () => {
    const gone = fresh('gone');
    await put(gone, 'webhook', { url: `${receiver}/${gone}/410,200` });
    await trip();
    await untilState(gone, 'open failed 1');
    const { id } = (await notifications()).find(({ channel_id }) => channel_id === gone)!;
    expect((await ask('POST', `/api/v1/notifications/${id}/replay`)).status).toBe(204);
    await untilState(gone, 'open delivered 1');
    expect((await received(gone)).map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
  });

  test('[NTF-30] a changed channel is sent what it was held for, and what waits for a removed one fails, both at once', async () => {
    const [changed, removed] = [fresh('changed'), fresh('removed')];
    for (const id of [changed, removed]) await put(id, 'webhook', { url: `${receiver}/${id}/429-after-3600,200` });
    await trip();
    for (const id of [changed, removed]) await untilState(id, 'open waiting 1');
    await ask('DELETE', `/api/v1/channels/${removed}`);
    await untilState(removed, 'open failed 1');
    const { notifications: listed } = (await ask('GET', '/api/v1/notifications')).json as { notifications: Json[] };
    expect(listed.find((each) => each['channel_id'] === removed)).toMatchObject({ failure: 'channel_removed' });
    await put(changed, 'webhook', { url: `${receiver}/${changed}/200` });
    await untilState(changed, 'open delivered 2');
  });

  test('[NTF-32] a test message arrives marked as one, with its end, signed by both secrets of a rotation', async () => {
    const hook = fresh('hook');
    await put(hook, 'webhook', { severities: ['critical'] });
    expect((await ask('POST', `/api/v1/channels/${hook}/rotate`, { secret: NEW })).status).toBe(200);
    expect((await ask('POST', `/api/v1/channels/${hook}/test`)).status).toBe(200);
    await untilState(hook, 'close delivered 1');
    const messages = await received(hook);
    for (const secret of [OLD, NEW])
      expect(messages.map(({ body, headers }) => new Webhook(secret).verify(body, { ...headers }))).toMatchObject([
        { type: 'alert.opened', data: { kind: 'test', severity: 'info' } },
        { type: 'alert.closed', data: { kind: 'test' } },
      ]);
  });
});
