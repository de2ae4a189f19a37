// The live socket over real HTTP: a ticket for one connection, alerts as they open, and an end with the key.
import { describe, expect, test } from 'vitest';
import { useLocalSystem } from '../harness/local-system.ts';

interface Heard {
  readonly type: string;
  readonly alert?: { readonly processor_id: string; readonly to_status: string };
  readonly processor?: {
    readonly processor_id: string;
    readonly segments: { readonly breaker: { readonly state: string } }[];
  };
}

const useSystem = useLocalSystem();

function listen(url: string, ticket: string): { heard: Heard[]; opened: Promise<boolean>; socket: WebSocket } {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live?ticket=${ticket}`);
  const heard: Heard[] = [];
  socket.addEventListener('message', ({ data }) => heard.push(JSON.parse(String(data)) as Heard));
  const opened = new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true));
    socket.addEventListener('error', () => resolve(false));
  });
  return { heard, opened, socket };
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('the live socket', () => {
  test('[LIV-1] a ticket opens one connection, on which an outage is told as it happens', async () => {
    const { system, api } = useSystem();
    await api.post('/api/v1/processors', { id: 'p', name: 'P', payment_methods: ['PIX'], countries: ['BR'] });
    const { ticket } = await api.post<{ ticket: string }>('/api/v1/live/tickets', {});
    const live = listen(system.url, ticket);
    expect(await live.opened).toBe(true);
    const errors = Array.from({ length: 12 }, (_, index) => ({
      ...{ processor_id: 'p', result: 'error', payment_method: 'PIX', country: 'BR' },
      ...{ amount: 10, currency: 'BRL', transaction_id: `e${index}` },
    }));
    await api.post('/api/v1/transactions', { transactions: errors });
    await until(() => live.heard.some(({ type }) => type === 'alert'));
    expect(live.heard.find(({ type }) => type === 'alert')?.alert).toMatchObject({
      processor_id: 'p',
      to_status: 'DOWN',
    });
    expect(live.heard.find(({ type }) => type === 'processor')?.processor?.segments[0]?.breaker.state).toBe('OPEN');
    live.socket.close();
    expect(await listen(system.url, ticket).opened).toBe(false);
  });

  test('[LIV-2] an invented ticket opens nothing', async () => {
    expect(await listen(useSystem().system.url, 'tkt_invented').opened).toBe(false);
  });

  test('[LIV-2] a ticket opens nothing once its key is revoked', async () => {
    const { system, api } = useSystem();
    const key = await api.createKey('short', ['read']);
    const headers = { authorization: `Bearer ${key}` };
    const issued = await fetch(`${system.url}/api/v1/live/tickets`, { method: 'POST', headers });
    const { ticket } = (await issued.json()) as { ticket: string };
    const { keys } = await api.get<{ keys: { id: string; name: string }[] }>('/api/v1/keys');
    await api.request('DELETE', `/api/v1/keys/${keys.find(({ name }) => name === 'short')!.id}`);
    expect(await listen(system.url, ticket).opened).toBe(false);
  });

  test('[LIV-3] a socket closes when the key that opened it is revoked', async () => {
    const { system, api } = useSystem();
    const key = await api.createKey('dashboard', ['read']);
    const issued = await fetch(`${system.url}/api/v1/live/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    });
    const live = listen(system.url, ((await issued.json()) as { ticket: string }).ticket);
    expect(await live.opened).toBe(true);
    const { keys } = await api.get<{ keys: { id: string; name: string }[] }>('/api/v1/keys');
    await api.request('DELETE', `/api/v1/keys/${keys.find(({ name }) => name === 'dashboard')!.id}`);
    // The close frame is there at once; the connection itself may linger for seconds.
    await until(() => live.socket.readyState >= WebSocket.CLOSING);
    expect(live.socket.readyState).toBeGreaterThanOrEqual(WebSocket.CLOSING);
  });
});
