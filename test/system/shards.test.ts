// A processor divides itself under load and becomes one again, and workerd is killed in the middle of both: what was acknowledged is there, once.
import { expect, test } from 'vitest';
import { forgottenOf } from '../harness/sent-again.ts';
import { createApiClient, type ApiClient } from '../../tools/api-client.ts';
import { drawSecrets } from '../../tools/secrets.ts';
import { type LocalSystem, startLocalSystem } from '../../tools/local-system.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory } from '../../tools/temporary-directories.ts';

/** So that a small machine's load is more than one object may have. */
const DIVIDING = { SHARDS_MAX: '4', SHARD_REQUESTS_PER_SECOND: '2', SHARD_UP_COOLDOWN_MS: '0' };
const UNDIVIDING = { ...DIVIDING, SHARDS_MAX: '1' };
const WAIT_MS = 30_000;

interface Item {
  readonly transaction_id: string;
  readonly result: 'approved' | 'declined';
}

const bodyOf = (item: Item) => ({
  processor_id: 'p',
  payment_method: 'PIX',
  country: 'BR',
  amount: 10,
  currency: 'BRL',
  ...item,
});

/** Callers that report new results for as long as they are let, and know which were acknowledged. */
class Callers {
  readonly sent: Item[] = [];
  readonly acknowledged = new Set<string>();
  #isRunning = true;
  #running: readonly Promise<void>[] = [];

  start(api: () => ApiClient, batches: readonly number[]): void {
    this.#isRunning = true;
    this.#running = batches.map(async (batch) => {
      while (this.#isRunning) {
        const items = Array.from({ length: batch }, (_, index): Item => {
          const serial = this.sent.length + index;
          return { transaction_id: `t${serial}`, result: serial % 4 === 0 ? 'declined' : 'approved' };
        });
        this.sent.push(...items);
        await this.#send(api(), items).catch(async () => await new Promise((resolve) => setTimeout(resolve, 50)));
      }
    });
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#running);
  }

  async #send(api: ApiClient, items: readonly Item[]): Promise<void> {
    const single = items.length === 1;
    const body = single ? bodyOf(items[0]!) : { transactions: items.map(bodyOf) };
    const response = await api.request('POST', '/api/v1/transactions', body);
    if (!response.ok) return;
    const answer = (await response.json()) as { outcome?: string; results?: { outcome: string }[] };
    items.forEach(({ transaction_id: id }, index) => {
      const outcome = single ? answer.outcome : answer.results![index]!.outcome;
      if (outcome === 'recorded' || outcome === 'duplicate') this.acknowledged.add(id);
    });
  }
}

interface ObjectLoad {
  readonly shard: number;
  readonly slots: number;
}

/** Who owns how many slots, as operators see it. */
async function ownersOf(api: ApiClient): Promise<readonly ObjectLoad[]> {
  const { objects } = await api.get<{ objects: readonly ObjectLoad[] }>('/api/v1/resources/stats');
  return objects.map(({ shard, slots }) => ({ shard, slots }));
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > deadlineMs) throw new Error(`${what} has not come about`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const countedIn = (metrics: string, name: string): number =>
  Number(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (\\d+)`, 'm').exec(metrics)?.[1] ?? NaN);

test('[SHD-9] [SHD-8] a processor that divides itself under load and is put together again counts each acknowledged transaction once, through SIGKILLs in the middle of both', async () => {
  const [stateDirectory, secrets] = [makeTemporaryDirectory('shards'), drawSecrets()];
  const start = async (bindings: Readonly<Record<string, string>>): Promise<LocalSystem> =>
    await startLocalSystem({ stateDirectory, secrets, bindings });
  let system = await start(DIVIDING);
  try {
    const key = await createApiClient(system.url, system.bootstrapKey).createKey('tests', ['admin']);
    const api = (): ApiClient => createApiClient(system.url, key);
    await api().post('/api/v1/processors', { id: 'p', name: 'P', payment_methods: ['PIX'], countries: ['BR'] });
    const callers = new Callers();
    callers.start(api, [1, 1, 1, 1, 20, 20]);
    // Moves take tenths of a second: killed as soon as the first one is seen, and again while what is left of them goes on.
    await until('a move', async () => (await ownersOf(api())).some(({ shard, slots }) => shard > 0 && slots > 0));
    await system.kill();
    await system.restart();
    await until('an answer', async () => (await ownersOf(api())).length > 0);
    await system.kill();
    await system.restart();
    await until('a division into four', async () => {
      const owners = (await ownersOf(api())).filter(({ slots }) => slots > 0);
      return owners.length === 4 && owners.every(({ slots }) => slots === 64);
    });
    await callers.stop();
    const divided = callers.sent.length;
    expect(await forgottenOf(api(), callers, bodyOf)).toEqual([]);
    await system.stop();

    system = await start(UNDIVIDING);
    callers.start(api, [1, 1, 1, 20]);
    await until('a move back', async () =>
      (await ownersOf(api())).some(({ shard, slots }) => shard === 0 && slots > 0),
    );
    await system.kill();
    await system.restart();
    await until('one object', async () =>
      (await ownersOf(api())).every(({ shard, slots }) => shard === 0 && slots === 256),
    );
    await callers.stop();
    expect(callers.sent.length).toBeGreaterThan(divided);
    expect(callers.acknowledged.size).toBeGreaterThan(200);

    expect(await forgottenOf(api(), callers, bodyOf)).toEqual([]);
    const expected = (result: string): number => callers.sent.filter((item) => item.result === result).length;
    const attempts = (result: string): string => `signalbox_attempts_total{processor="p",result="${result}"}`;
    let metrics = '';
    await until('that all are counted', async () => {
      metrics = await (await api().request('GET', '/metrics')).text();
      return countedIn(metrics, attempts('approved')) >= expected('approved');
    });
    // A table that is a second older would still be on its way.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    metrics = await (await api().request('GET', '/metrics')).text();
    expect(countedIn(metrics, attempts('approved'))).toBe(expected('approved'));
    expect(countedIn(metrics, attempts('declined'))).toBe(expected('declined'));
    expect(countedIn(metrics, 'signalbox_processor_shards{processor="p"}')).toBe(0);
  } finally {
    await system.stop();
    removeTemporaryDirectory(stateDirectory);
  }
}, 120_000);
