// workerd is killed under load and started again on the same disk: what was acknowledged is there, once.
import { expect, test } from 'vitest';
import { forgottenOf } from '../harness/sent-again.ts';
import { startLocalSystem } from '../../tools/local-system.ts';
import { createApiClient } from '../../tools/api-client.ts';

interface Item {
  readonly transaction_id: string;
  readonly result: 'approved' | 'declined';
}

test('[REC-12] after SIGKILL under load and a restart every acknowledged transaction is counted once', async () => {
  const system = await startLocalSystem();
  try {
    const api = createApiClient(
      system.url,
      await createApiClient(system.url, system.bootstrapKey).createKey('tests', ['admin']),
    );
    await api.post('/api/v1/processors', { id: 'p', name: 'P', payment_methods: ['PIX'], countries: ['BR'] });
    const acknowledged = new Set<string>();
    const sent: Item[] = [];
    const bodyOf = (item: Item) => ({
      processor_id: 'p',
      payment_method: 'PIX',
      country: 'BR',
      amount: 10,
      currency: 'BRL',
      ...item,
    });
    const send = async (items: Item[]): Promise<void> => {
      const single = items.length === 1;
      const response = await api.request(
        'POST',
        '/api/v1/transactions',
        single ? bodyOf(items[0]!) : { transactions: items.map(bodyOf) },
      );
      if (!response.ok) return;
      const answer = (await response.json()) as { outcome?: string; results?: { outcome: string }[] };
      items.forEach(({ transaction_id }, index) => {
        const outcome = single ? answer.outcome : answer.results![index]!.outcome;
        if (outcome === 'recorded' || outcome === 'duplicate') acknowledged.add(transaction_id);
      });
    };
    let serial = 0;
    let running = true;
    const caller = async (batch: number): Promise<void> => {
      while (running) {
        const items = Array.from(
          { length: batch },
          (): Item => ({ transaction_id: `t${(serial += 1)}`, result: serial % 4 === 0 ? 'declined' : 'approved' }),
        );
        sent.push(...items);
        await send(items).catch(() => undefined);
      }
    };
    const callers = [1, 1, 1, 1, 1, 1, 50, 50].map(caller);
    for (let life = 0; life < 3; life += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      await system.kill();
      await system.restart();
    }
    running = false;
    await Promise.all(callers);

    expect(acknowledged.size).toBeGreaterThan(500);
    expect(await forgottenOf(api, { sent, acknowledged }, bodyOf)).toEqual([]);
    const metrics = await (await api.request('GET', '/metrics')).text();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const after = await (await api.request('GET', '/metrics')).text();
    const counted = (text: string, result: string): number =>
      Number(new RegExp(`^signalbox_attempts_total\\{processor="p",result="${result}"\\} (\\d+)`, 'm').exec(text)?.[1]);
    expect(metrics).toContain('signalbox_attempts_total');
    expect(counted(after, 'approved')).toBe(sent.filter(({ result }) => result === 'approved').length);
    expect(counted(after, 'declined')).toBe(sent.filter(({ result }) => result === 'declined').length);
  } finally {
    await system.stop();
  }
});
