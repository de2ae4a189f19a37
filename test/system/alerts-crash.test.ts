// workerd is killed between an alert and its delivery: people hear of it all the same, and can tell a repetition by its id.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AlertReceiver, startAlertReceiver } from '../harness/alert-receiver.ts';
import { useLocalSystem } from '../harness/local-system.ts';

const SECRET = `whsec_${btoa('a'.repeat(32))}`;
const FAILURE = { result: 'error', payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL' };

interface Listed {
  readonly channel_id: string;
  readonly state: string;
}

describe('a local Signalbox', () => {
  const local = useLocalSystem({ bindings: { ALERT_LOOPBACK: 'on' } });
  let receiver: AlertReceiver;
  beforeAll(async () => {
    receiver = await startAlertReceiver();
  });
  afterAll(async () => await receiver.close());

  async function open(id: string, conduct: string): Promise<void> {
    const url = `${receiver.url}/${id}/${conduct}`;
    const channel = { name: id, kind: 'webhook', severities: ['critical', 'error'], url, secrets: [SECRET] };
    expect((await local().api.request('PUT', `/api/v1/channels/${id}`, channel)).status).toBe(200);
  }
  async function trip(id: string): Promise<void> {
    const { api } = local();
    await api.post('/api/v1/processors', { id, name: id, payment_methods: ['PIX'], countries: ['BR'] });
    const transactions = Array.from({ length: 10 }, (_, index) => ({
      ...FAILURE,
      processor_id: id,
      transaction_id: `${id}-${index}`,
    }));
    await api.post('/api/v1/transactions', { transactions });
  }
  const idsOf = (box: string): (string | undefined)[] =>
    receiver.received(box).map(({ headers }) => headers['webhook-id']);
  const listed = async (): Promise<readonly Listed[]> =>
    (await local().api.get<{ notifications: Listed[] }>('/api/v1/notifications?limit=100')).notifications;

  test('[NTF-23] after SIGKILL in the middle of a delivery the alert arrives once more, under its id', async () => {
    const { system } = local();
    const boxes = ['first', 'second', 'third'];
    await open('first', 'hang,200');
    await open('second', '500,200');
    await open('third', '200');
    await trip('p');
    await expect.poll(() => receiver.received('first').length, { timeout: 20_000 }).toBe(1);
    await system.kill();
    await system.restart();
    await expect
      .poll(async () => (await listed()).map(({ state }) => state), { timeout: 40_000 })
      .toEqual(['delivered', 'delivered', 'delivered']);
    for (const box of boxes) expect(new Set(idsOf(box)).size).toBe(1);
    expect([idsOf('first').length, idsOf('second').length]).toEqual([2, 2]);
    expect(new Set(boxes.flatMap(idsOf)).size).toBe(3);
  });

  test('[NTF-31] what was acknowledged just before a SIGKILL is told, each alert as one message', async () => {
    const { system } = local();
    await open('third', '200');
    const lives = ['q', 'r', 's'];
    for (const id of lives) {
      await trip(id);
      await system.kill();
      await system.restart();
    }
    const told = (): (readonly [type: string, processor: string, messageId: string | undefined])[] =>
      receiver.received('third').map(({ body, headers }) => {
        const { type, data } = JSON.parse(body) as { type: string; data: { processor_id: string } };
        return [type, data.processor_id, headers['webhook-id']];
      });
    for (const id of lives) {
      const openings = (): string[] => [
        ...new Set(
          told()
            .filter(([type, processor]) => type === 'alert.opened' && processor === id)
            .map(([, , messageId]) => messageId ?? ''),
        ),
      ];
      await expect.poll(() => openings().length, { timeout: 20_000 }).toBe(1);
    }
  });

  test('[NTF-42] after SIGKILL in the middle of its delivery an event arrives once more, under its id', async () => {
    const { system, api } = local();
    const url = `${receiver.url}/events/hang,200`;
    const channel = { name: 'e', kind: 'webhook', severities: ['info'], events: ['scaled_up'], url, secrets: [SECRET] };
    expect((await api.request('PUT', '/api/v1/channels/events', channel)).status).toBe(200);
    for (const instances of [3, 9]) await api.post('/api/v1/autonomous/scale', { instances });
    await expect.poll(() => idsOf('events').length, { timeout: 20_000 }).toBe(1);
    await system.kill();
    await system.restart();
    await expect.poll(() => idsOf('events').length, { timeout: 40_000 }).toBe(2);
    expect([...new Set(idsOf('events'))]).toEqual([expect.stringMatching(/^evt_events_scaled_up_\d+_9$/)]);
  });
});
