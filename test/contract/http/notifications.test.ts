import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { acceptEvents } from '../../../src/domain/notifications/event-deliveries.ts';
import { alertOf, eventOf, route } from '../../domain/notifications/sample-incident.ts';
import { begin, settle } from '../../../src/domain/notifications/delivery-round.ts';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { routeOf } from '../../../src/domain/configuration/notification-channel.ts';
import { tellCourier } from '../../harness/in-memory-notifications.ts';

const SLACK = { name: 'Chat', kind: 'slack', severities: ['error'], url: 'https://chat.test.dev/services/T0' };

let caller: Caller;
afterEach(() => {
  vi.restoreAllMocks();
});
beforeEach(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  caller = await createCaller();
  await caller.call('PUT', '/api/v1/channels/chat', { body: SLACK });
  caller.set.alerts = [alertOf()];
  tellCourier(caller.set, alertOf());
});

/** One attempt, answered so; `null`: it is still under way. */
function attempt(status: number | null): void {
  const { set } = caller;
  const routes = set.notifications.channels.map(routeOf);
  const { book, started } = begin(set.notifications.book, routes, set.now, { max: 6, leaseMs: 1, isRestart: false });
  const [first] = started;
  set.notifications.book = book;
  if (status === null || first === undefined) return;
  const answer = { kind: 'status', status, retryAfterMs: null } as const;
  set.notifications.book = settle(book, { id: first.id, attempts: 1, answer }, routes, set.now);
}

const listed = async (query = ''): Promise<Readonly<Record<string, unknown>>> =>
  (await caller.call('GET', `/api/v1/notifications${query}`)).json;

describe('/api/v1/notifications', () => {
  test('[NTF-13] tells what was sent, what came of it, and how its channel answers', async () => {
    attempt(410);
    expect(await listed()).toMatchObject({
      count: 1,
      notifications: [
        {
          id: 'ntf_1_alt_1',
          channel_id: 'chat',
          channel_kind: 'slack',
          action: 'open',
          test: false,
          alert: { id: 'alt_1', kind: 'breaker', severity: 'error', subject: 'processor_a (PIX in BR)' },
          state: 'failed',
          attempts: 1,
          due_at: null,
          failure: 'endpoint_gone',
          last_answer: { text: '410' },
        },
      ],
      channels: [{ id: 'chat', held_until: null, disabled_at: '2026-11-20T12:00:00.000Z', failing: true }],
    });
  });

  test('[NTF-13] pages with the newest first', async () => {
    tellCourier(caller.set, alertOf({ id: 'alt_2' }));
    const first = await listed('?limit=1');
    expect(first).toMatchObject({ notifications: [{ id: 'ntf_2_alt_2' }], next_cursor: '2' });
    expect(await listed('?limit=1&cursor=2')).toMatchObject({
      notifications: [{ id: 'ntf_1_alt_1' }],
      next_cursor: null,
    });
  });

  test('[NTF-15] one is sent again by hand, unless it is being sent or is not there', async () => {
    const replay = async (id: string) => await caller.call('POST', `/api/v1/notifications/${id}/replay`);
    attempt(410);
    expect((await replay('ntf_1_alt_1')).status).toBe(204);
    expect(await listed()).toMatchObject({
      notifications: [{ state: 'waiting', attempts: 0 }],
      channels: [{ disabled_at: null }],
    });
    expect((await caller.call('GET', '/api/v1/audit')).text).toContain('replay_notification');
    attempt(null);
    expect(await replay('ntf_1_alt_1')).toMatchObject({ status: 409, json: { code: 'being_sent' } });
    expect(await replay('ntf_9_alt_1')).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(await replay('elsewhere')).toMatchObject({ status: 422, json: { field: 'id' } });
  });

  test('[NTF-40] lists what was told of events beside alerts, and replays it', async () => {
    const { set } = caller;
    const ops = route('ops', { events: ['scaled_up'] });
    set.notifications.book = acceptEvents(set.notifications.book, [eventOf()], [ops], set.now);
    expect(await listed('?limit=1')).toMatchObject({
      notifications: [
        {
          id: 'evt_ops_scaled_up_1_3',
          action: 'tell',
          test: false,
          alert: null,
          event: { id: 'scaled_up_1_3', name: 'scaled_up' },
          state: 'waiting',
        },
      ],
    });
    expect(await caller.call('POST', '/api/v1/notifications/evt_ops_scaled_up_1_3/replay')).toMatchObject({
      status: 204,
    });
  });

  test('without a courier is 503 with Retry-After', async () => {
    caller.set.notifications.courierReachable = false;
    const { status, headers } = await caller.call('GET', '/api/v1/notifications');
    expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '1' });
  });
});

describe('POST /api/v1/alerts/{id}/acknowledge', () => {
  const acknowledge = async (id: string, body?: object) =>
    await caller.call('POST', `/api/v1/alerts/${id}/acknowledge`, {
      key: caller.keys.operate,
      ...(body && { body }),
    });

  test('[NTF-33] says who works on it, in the list and to those who were told', async () => {
    expect((await caller.call('GET', '/api/v1/alerts')).json).toMatchObject({ alerts: [{ acknowledged_by: null }] });
    expect(await acknowledge('alt_1', { by: 'Ada' })).toMatchObject({
      status: 200,
      json: { id: 'alt_1', acknowledged_by: 'Ada', acknowledged_at: '2026-11-20T12:00:00.000Z' },
    });
    expect((await caller.call('GET', '/api/v1/alerts')).json).toMatchObject({ alerts: [{ acknowledged_by: 'Ada' }] });
    expect(await listed()).toMatchObject({ notifications: [{ action: 'acknowledge' }, { action: 'open' }] });
    expect(await acknowledge('alt_1')).toMatchObject({ status: 409, json: { code: 'already_acknowledged' } });
  });

  test("[NTF-33] without a name it is the API key's", async () => {
    expect((await acknowledge('alt_1')).json).toMatchObject({ acknowledged_by: 'operate' });
  });

  test('[NTF-33] of one that is over or is not there is refused, and so is a name without an end', async () => {
    expect(await acknowledge('alt_1', { by: 'x'.repeat(121) })).toMatchObject({ status: 422, json: { field: 'by' } });
    caller.set.alerts = [alertOf({ closedAtMs: caller.set.now })];
    expect(await acknowledge('alt_1')).toMatchObject({ status: 409, json: { code: 'alert_closed' } });
    expect(await acknowledge('alt_2')).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });
});
