// A whole Signalbox with a real PostgreSQL behind it, either of which is stopped in the middle: every attempt gets there, once, and nobody waits for it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiClient, createApiClient } from '../../tools/api-client.ts';
import { type LocalSystem, startLocalSystem } from '../../tools/local-system.ts';
import { HAND_ON_EVERY_MS } from '../../src/platform/decision-memory.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';

const database = useHistoryDatabase();
let system: LocalSystem;
let api: ApiClient;
let serial = 0;
/** Whatever was sent, and of that what was acknowledged. */
const sent = new Set<string>();
const acknowledged = new Set<string>();

beforeAll(async () => {
  system = await startLocalSystem({
    postgres: database(),
    bindings: { DECISION_SAMPLE_RATE: '1' },
    onLog: () => undefined,
  });
  api = createApiClient(
    system.url,
    await createApiClient(system.url, system.bootstrapKey).createKey('tests', ['admin']),
  );
  for (const id of ['p', 'q'])
    await api.post('/api/v1/processors', { id, name: id, payment_methods: ['PIX'], countries: ['BR'] });
});
afterAll(async () => {
  await system.stop();
});

async function send(count: number): Promise<void> {
  const items = Array.from({ length: count }, () => ({
    transaction_id: `t${(serial += 1)}`,
    processor_id: serial % 3 === 0 ? 'q' : 'p',
    result: serial % 4 === 0 ? 'declined' : 'approved',
    payment_method: 'PIX',
    country: 'BR',
    amount: 10,
    currency: 'BRL',
  }));
  for (const { transaction_id } of items) sent.add(transaction_id);
  const response = await api.request('POST', '/api/v1/transactions', { transactions: items });
  if (!response.ok) return;
  const { results } = (await response.json()) as { results: { outcome: string }[] };
  items.forEach(({ transaction_id }, index) => {
    if (results[index]!.outcome === 'recorded') acknowledged.add(transaction_id);
  });
}

/** Sends for so long, as several callers; those that find nobody try again. */
async function sendFor(ms: number): Promise<void> {
  const endsAt = performance.now() + ms;
  const caller = async (size: number): Promise<void> => {
    while (performance.now() < endsAt) {
      await send(size).catch(() => pause(20));
      await pause(10);
    }
  };
  await Promise.all([1, 1, 5, 40].map(caller));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const written = async (): Promise<string[]> =>
  (await rowsOf(database().readUrl, `SELECT transaction_id FROM attempts`)).map((row) => String(row['transaction_id']));

/** Each acknowledged one is there, and none twice; what was never acknowledged may be there as well. */
async function expectAllOnce(withinMs: number): Promise<void> {
  const endsAt = performance.now() + withinMs;
  let missing: string[] = [];
  do {
    const there = new Set(await written());
    missing = [...acknowledged].filter((id) => !there.has(id));
    if (missing.length > 0) await pause(200);
  } while (missing.length > 0 && performance.now() < endsAt);
  expect(missing).toEqual([]);
  const rows = await written();
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows.filter((id) => !sent.has(id))).toEqual([]);
}

/**
 * While PostgreSQL hangs, with a question to it open: the work is done from beginning to end in a time in which none of its questions ended, so
 * nothing of it can have waited for one. A time in which one was given up proves nothing, and another is tried.
 */
async function expectNoWaiting(work: () => Promise<void>): Promise<void> {
  const { proxy } = database();
  for (let round = 0; round < 20; round += 1) {
    await expect.poll(() => proxy.hanging.open, { timeout: 20_000, interval: 50 }).toBeGreaterThan(0);
    const before = proxy.hanging.givenUp;
    await work();
    if (proxy.hanging.givenUp === before && proxy.hanging.open > 0) return;
  }
  throw new Error('no time without the end of a question was found');
}

describe('history', () => {
  test('[HIS-1] what is recorded is in PostgreSQL some seconds later, a duplicate once', async () => {
    await send(50);
    const item = {
      transaction_id: 'twice',
      processor_id: 'p',
      result: 'approved',
      payment_method: 'PIX',
      country: 'BR',
    };
    sent.add('twice');
    for (let times = 0; times < 2; times += 1)
      await api.post('/api/v1/transactions', { ...item, amount: 10, currency: 'BRL' });
    acknowledged.add('twice');
    await expectAllOnce(10_000);
    expect(acknowledged.size).toBe(51);
  });

  test('[HIS-4] while PostgreSQL is stopped in the middle everything is recorded, and all of it arrives once it is back', async () => {
    const before = acknowledged.size;
    const traffic = sendFor(6_000);
    await pause(1_500);
    await database().server.kill();
    await pause(3_000);
    const during = acknowledged.size;
    expect(during).toBeGreaterThan(before + 100);
    await database().server.start();
    await traffic;
    expect(acknowledged.size).toBe(sent.size);
    await expectAllOnce(20_000);
  });

  test('[HIS-5] workerd killed in the middle of sending, again and again, loses nothing and writes nothing twice', async () => {
    for (let life = 0; life < 3; life += 1) {
      const traffic = sendFor(2_600);
      await pause(2_300);
      await system.kill();
      await system.restart();
      await traffic;
    }
    await expectAllOnce(20_000);
  });

  test('[HIS-5] answers that are cut off are asked for again, and both at once being away is no different', async () => {
    database().proxy.misbehave('cut', 4);
    await sendFor(1_500);
    await expectAllOnce(30_000);
    await database().server.kill();
    await sendFor(1_000);
    await system.kill();
    await system.restart();
    await database().server.start();
    await expectAllOnce(30_000);
  });

  test('[HIS-3] nobody waits for a PostgreSQL that hangs', async () => {
    database().proxy.misbehave('hang');
    try {
      await send(5);
      await expectNoWaiting(async () => {
        for (let call = 0; call < 20; call += 1) await send(1);
        expect(acknowledged.has(`t${serial}`)).toBe(true);
      });
    } finally {
      database().proxy.misbehave(null);
    }
    await expectAllOnce(30_000);
  });

  test('[HIS-22] decisions, alerts, statuses and audit from while PostgreSQL was stopped arrive once, through a crash of workerd', async () => {
    const decided = new Set<string>();
    const decide = async (count: number): Promise<void> => {
      for (let call = 0; call < count; call += 1) {
        const answer = await api.get<{ decision_id: string }>(
          '/api/v1/routing/recommend?payment_method=PIX&country=BR',
        );
        decided.add(answer.decision_id);
      }
    };
    database().proxy.misbehave('hang');
    await send(1);
    await expectNoWaiting(async () => await decide(20));
    database().proxy.misbehave(null);
    await database().server.kill();
    await decide(20);
    const failures = Array.from({ length: 40 }, (_, index) => ({
      ...{ transaction_id: `down_${index}`, processor_id: 'p', result: 'error', payment_method: 'PIX', country: 'BR' },
      ...{ amount: 10, currency: 'BRL' },
    }));
    for (let from = 0; from < 40; from += 10)
      await api.post('/api/v1/transactions', { transactions: failures.slice(from, from + 10) });
    await api.createKey('while it was away', ['read']);
    // What has been handed on by then outlives everybody.
    await pause(HAND_ON_EVERY_MS + 1_500);
    await system.kill();
    await system.restart();
    await decide(20);
    await database().server.start();
    const read = async (text: string) => await rowsOf(database().readUrl, text);
    await expect
      .poll(async () => (await read('SELECT DISTINCT nonce FROM decisions')).length, { timeout: 30_000, interval: 300 })
      .toBe(decided.size);
    await expect
      .poll(async () => (await read(`SELECT id FROM alerts WHERE processor_id = 'p'`)).length, { timeout: 30_000 })
      .toBeGreaterThan(0);
    await expect
      .poll(async () => (await read(`SELECT 1 FROM status_changes WHERE scope = '*' AND to_status = 'DOWN'`)).length, {
        timeout: 30_000,
      })
      .toBeGreaterThan(0);
    await expect
      .poll(async () => (await read(`SELECT 1 FROM audit WHERE action = 'create_key'`)).length, { timeout: 30_000 })
      .toBe(2);
    expect(await read('SELECT count(*) AS rows, count(DISTINCT nonce) AS nonces FROM decisions')).toEqual([
      { rows: String(decided.size), nonces: String(decided.size) },
    ]);
    const [alert] = (await api.get<{ alerts: { id: string }[] }>('/api/v1/alerts')).alerts;
    expect((await read('SELECT id FROM alerts')).map(({ id }) => id)).toContain(alert!.id);
    for (const { transaction_id: id } of failures) sent.add(id);
  });

  test('[HIS-25] the jobs of history say what they did, and Prometheus is told how everybody stands', async () => {
    const retired = await api.post<{ run: object }>('/api/v1/jobs/retire-history/run', {});
    const counts = { partitions_dropped: 0, partitions_archived: 0 };
    expect(retired.run).toMatchObject({ outcome: 'done', counts });
    await api.post('/api/v1/jobs/measure-history/run', {});
    const metrics = await (await api.request('GET', '/metrics')).text();
    for (const object of ['p', 'q', 'registry', 'healing', 'decisions'])
      expect(metrics).toContain(`signalbox_history_dropped_total{object="${object}"} 0`);
  });

  test('[HIS-8] what a processor had not sent when it was removed arrives', async () => {
    database().proxy.misbehave('server_error', 1);
    await send(60);
    expect((await api.request('DELETE', '/api/v1/processors/q')).status).toBeLessThan(300);
    await expectAllOnce(20_000);
  });
});
