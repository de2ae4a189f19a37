import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Caller, createCaller, type Reply } from '../../harness/http-caller.ts';
import { openChannel } from '../../../src/flows/open-channel.ts';
import type { Channel } from '../../../src/domain/notifications/channel.ts';

let caller: Caller;
afterEach(() => {
  vi.restoreAllMocks();
});
beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  caller = await createCaller();
});

const [OLD, NEW, NEWEST] = ['a', 'b', 'c'].map((letter) => `whsec_${btoa(letter.repeat(32))}`);
const SECRET_PATH = '/services/T0/B0/verysecretpath';
const SLACK = {
  name: 'Chat',
  kind: 'slack',
  severities: ['warning', 'critical'],
  url: `https://chat.test.dev${SECRET_PATH}`,
};
const WEBHOOK = {
  name: 'Ops',
  kind: 'webhook',
  severities: ['critical'],
  url: 'https://ops.test.dev/in',
  secrets: [OLD],
};
const KEY = 'R0123456789abcdefghijklmnopqrstu';
const PAGER = { name: 'Pager', kind: 'pagerduty', severities: ['critical'], routing_key: KEY };

const put = async (id: string, body: object, headers = {}): Promise<Reply> =>
  await caller.call('PUT', `/api/v1/channels/${id}`, { body, headers });
const opened = async (id: string): Promise<Channel> => {
  const stored = (await caller.world.registry.channel(id))!;
  return await openChannel(caller.world.notifications.box, stored, caller.set.now);
};

describe('/api/v1/channels', () => {
  test('[NTF-28] addresses and secrets go in and never come out: not in answers, the audit log or what is stored', async () => {
    for (const [id, body] of Object.entries({ chat: SLACK, ops: WEBHOOK, pager: PAGER }))
      expect((await put(id, body)).status).toBe(200);
    const rotated = await caller.call('POST', '/api/v1/channels/ops/rotate', { body: { secret: NEW } });
    const read = ['channels', 'channels/chat', 'channels/ops', 'channels/pager', 'audit', 'config', 'notifications'];
    const replies = await Promise.all(read.map((path) => caller.call('GET', `/api/v1/${path}`)));
    const told = [rotated, ...replies].map(({ text }) => text).join() + JSON.stringify(caller.set.notifications);
    for (const secret of [OLD!, NEW!, KEY, SECRET_PATH, 'ops.test.dev/in']) expect(told).not.toContain(secret);
    expect(replies[1]?.json).toMatchObject({ host: 'chat.test.dev', severities: ['critical', 'warning'], secrets: [] });
    expect(replies[4]?.text).toContain('rotate_channel');
    expect(await opened('chat')).toMatchObject({ kind: 'slack', url: SLACK.url });
    expect(await opened('ops')).toMatchObject({ kind: 'webhook', secrets: [NEW, OLD] });
    expect(await opened('pager')).toMatchObject({ routingKey: KEY, url: 'https://events.pagerduty.com/v2/enqueue' });
  });

  test('[NTF-28] what was sealed for one channel opens in no other, and what cannot be opened is empty', async () => {
    await put('ops', WEBHOOK);
    await put('chat', SLACK);
    const [ops, chat] = caller.set.notifications.channels;
    caller.set.notifications.channels = [
      { ...ops!, secrets: [] },
      { ...chat!, secretUrl: ops!.secretUrl },
    ];
    expect(await opened('chat')).toMatchObject({ url: '' });
  });

  test('[NTF-28] what is left out of a change stays', async () => {
    await put('ops', WEBHOOK);
    await put('pager', PAGER);
    const { url: _url, secrets: _secrets, ...rest } = WEBHOOK;
    expect((await put('ops', { ...rest, severities: ['info'] })).json).toMatchObject({ severities: ['info'] });
    expect(await opened('ops')).toMatchObject({ url: WEBHOOK.url, secrets: [OLD] });
    const { routing_key: _key, ...pager } = PAGER;
    expect((await put('pager', { ...pager, name: 'Other' })).status).toBe(200);
    expect(await opened('pager')).toMatchObject({ routingKey: KEY });
  });

  test('[NTF-28] a routing key does not follow to another address', async () => {
    await put('pager', PAGER);
    const { routing_key: _key, ...moved } = { ...PAGER, url: 'https://elsewhere.test.dev/' };
    expect(await put('pager', moved)).toMatchObject({ status: 422, json: { field: 'routing_key' } });
    expect((await put('pager', { ...moved, routing_key: KEY })).status).toBe(200);
  });

  test.each([
    ['no address', { url: undefined }, 'url'],
    ['http', { url: 'http://ops.test.dev/' }, 'url'],
    ['a private address', { url: 'https://10.0.0.1/' }, 'url'],
    ['loopback', { url: 'https://127.0.0.1/' }, 'url'],
    ['an address with a password', { url: 'https://u:p@ops.test.dev/' }, 'url'],
    ['no secret', { secrets: [] }, 'secrets'],
    ['a secret of another form', { secrets: ['hunter2'] }, 'secrets'],
    ['three secrets', { secrets: [OLD, NEW, NEWEST] }, 'secrets'],
    ['a routing key', { routing_key: KEY }, 'routing_key'],
    ['no severity', { severities: [] }, 'severities'],
    ['an unknown severity', { severities: ['fatal'] }, 'severities[0]'],
    ['an unknown kind', { kind: 'sms' }, 'kind'],
    ['no name', { name: ' ' }, 'name'],
    ['an unknown setting', { colour: 'blue' }, 'colour'],
    ['an unknown event', { events: ['processor'] }, 'events[0]'],
    ['events as Slack', { kind: 'slack', secrets: undefined, events: ['prediction'] }, 'events'],
    ['events as PagerDuty', { ...PAGER, secrets: undefined, url: undefined, events: ['scaled_up'] }, 'events'],
    ['secrets as Slack', { kind: 'slack' }, 'secrets'],
    ['no routing key as PagerDuty', { kind: 'pagerduty', secrets: undefined }, 'routing_key'],
    ['loopback by http', { url: 'http://127.0.0.1:9000/' }, 'url'],
  ])('[NTF-27] %s is refused by field', async (_, change, field) => {
    const { status, json } = await put('ops', { ...WEBHOOK, ...change });
    expect({ status, field: json['field'] }).toEqual({ status: 422, field });
    expect(caller.set.notifications.channels).toEqual([]);
  });

  test('[NTF-37] a webhook chooses events by name; left out it hears of none', async () => {
    const chosen = ['scaled_up', 'healing_event'];
    expect((await put('ops', { ...WEBHOOK, events: chosen })).json).toMatchObject({
      events: ['healing_event', 'scaled_up'],
    });
    expect(await opened('ops')).toMatchObject({ events: ['healing_event', 'scaled_up'] });
    await caller.call('POST', '/api/v1/channels/ops/rotate', { body: { secret: NEW } });
    expect((await caller.call('GET', '/api/v1/channels/ops')).json).toMatchObject({
      events: ['healing_event', 'scaled_up'],
    });
    expect((await put('ops', WEBHOOK)).json).toMatchObject({ events: [] });
  });

  test('[NTF-27] of a loopback address it is told which variable would allow it, of another private one not', async () => {
    const detailOf = async (url: string) => String((await put('ops', { ...WEBHOOK, url })).json['detail']);
    for (const url of ['http://127.0.0.1:9000/', 'https://localhost:9000/', 'https://[::1]/'])
      expect(await detailOf(url)).toContain('ALERT_LOOPBACK');
    expect(await detailOf('http://10.0.0.1/')).not.toContain('ALERT_LOOPBACK');
  });

  test('[NTF-30] a change of another revision than was seen is refused', async () => {
    const first = await put('ops', WEBHOOK, { 'If-Match': '"0"' });
    const seen = first.headers.get('etag')!;
    expect(first.status).toBe(200);
    expect((await put('ops', WEBHOOK, { 'If-Match': seen })).status).toBe(200);
    expect(await put('ops', WEBHOOK, { 'If-Match': seen })).toMatchObject({
      status: 412,
      json: { code: 'stale_version' },
    });
  });

  test('[NTF-36] a rotation and a removal of another revision than was seen are refused', async () => {
    const headers = { 'If-Match': '"1"' };
    const etag = (await put('ops', WEBHOOK)).headers.get('etag')!;
    const stale = { status: 412, json: { code: 'stale_version' } };
    const rotate = async (sent: Readonly<Record<string, string>>): Promise<Reply> =>
      await caller.call('POST', '/api/v1/channels/ops/rotate', { body: { secret: NEW }, headers: sent });
    expect(await rotate(headers)).toMatchObject(stale);
    expect(await caller.call('DELETE', '/api/v1/channels/ops', { headers })).toMatchObject(stale);
    const rotated = await rotate({ 'If-Match': etag });
    expect(rotated.status).toBe(200);
    const seen = { 'If-Match': rotated.headers.get('etag')! };
    expect((await caller.call('DELETE', '/api/v1/channels/ops', { headers: seen })).status).toBe(204);
  });

  test('[NTF-29] both secrets sign for the overlap, then the newest alone', async () => {
    await put('ops', WEBHOOK);
    const rotate = async (secret: unknown, id = 'ops'): Promise<Reply> =>
      await caller.call('POST', `/api/v1/channels/${id}/rotate`, { body: { secret, overlap_seconds: 60 } });
    expect((await rotate(NEW)).status).toBe(200);
    caller.set.now += 60_000;
    expect(await opened('ops')).toMatchObject({ secrets: [NEW] });
    expect(await rotate('hunter2')).toMatchObject({ status: 422, json: { field: 'secret' } });
    expect(await rotate(NEW, 'nobody')).toMatchObject({ status: 404 });
    await put('chat', SLACK);
    expect(await rotate(NEW, 'chat')).toMatchObject({ status: 422, json: { field: 'secret' } });
  });

  test('[NTF-16] a removed channel is gone', async () => {
    await put('ops', WEBHOOK);
    expect((await caller.call('DELETE', '/api/v1/channels/ops')).status).toBe(204);
    for (const method of ['GET', 'DELETE'])
      expect((await caller.call(method, '/api/v1/channels/ops')).status).toBe(404);
  });

  test('a fault of the Registry is told as one', async () => {
    caller.set.registryFault = Object.assign(new Error('away'), { retryable: true });
    expect((await put('ops', WEBHOOK)).status).toBe(503);
  });
});

describe('POST /api/v1/channels/{id}/test', () => {
  test('[NTF-32] sends what is marked as a test, and tells under which ids', async () => {
    await put('chat', SLACK);
    const sent = await caller.call('POST', '/api/v1/channels/chat/test', { key: caller.keys.operate });
    const ids = sent.json['notifications'] as string[];
    const listed = (await caller.call('GET', '/api/v1/notifications')).json['notifications'] as { id: string }[];
    expect(listed).toMatchObject([
      { action: 'close', test: true, channel_id: 'chat' },
      { action: 'open', test: true, channel_id: 'chat', state: 'waiting' },
    ]);
    expect(listed.map(({ id }) => id).reverse()).toEqual(ids);
    expect((await caller.call('GET', '/api/v1/audit')).text).toContain('test_channel');
  });

  test('of a channel that is not there is 404, without a courier 503', async () => {
    expect((await caller.call('POST', '/api/v1/channels/nobody/test')).status).toBe(404);
    await put('chat', SLACK);
    caller.set.notifications.courierReachable = false;
    expect((await caller.call('POST', '/api/v1/channels/chat/test')).status).toBe(503);
  });
});
