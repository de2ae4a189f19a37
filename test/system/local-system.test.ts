import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { registerMockProcessors } from '../../tools/demo/mock-processors.ts';
import { startLocalSystem } from '../../tools/local-system.ts';
import { connect } from 'node:net';
import { createApiClient } from '../../tools/api-client.ts';
import { unstable_readConfig } from 'wrangler';
import { useLocalSystem } from '../harness/local-system.ts';

interface Health {
  readonly total_transactions: number;
}

const transaction = (id: string): object => ({
  processor_id: 'processor_a',
  result: 'approved',
  payment_method: 'PIX',
  country: 'BR',
  amount_minor: 15_000,
  currency: 'BRL',
  transaction_id: id,
});

interface Job {
  readonly name: string;
  readonly watermark: string | null;
  readonly runs: readonly { readonly outcome: string; readonly scheduled_at: string }[];
}

/** Of what is answered to these letters, after which the caller has no more to say. */
async function statusOf(url: string, letters: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return await new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => resolve(Number(text.slice(9, 12))));
    socket.on('error', reject);
    socket.end(letters);
  });
}

describe('a local Signalbox', () => {
  const local = useLocalSystem();

  test('an acknowledged transaction survives SIGKILL and is counted once', async () => {
    const { system, api } = local();
    expect(await registerMockProcessors(api)).toBe(5);
    for (const id of ['one', 'two', 'three']) await api.post('/api/v1/transactions', transaction(id));

    await system.kill();
    await expect(fetch(`${system.url}/healthz`)).rejects.toThrow();
    await system.restart();

    const again = await api.post<Health & { outcome: string }>('/api/v1/transactions', transaction('three'));
    expect(again).toMatchObject({ outcome: 'duplicate', total_transactions: 3 });
  });

  test('registering the mock processors again changes nothing', async () => {
    expect(await registerMockProcessors(local().api)).toBe(0);
  });

  const question = JSON.stringify({ payment_method: 'PIX', country: 'BR', amount: 150, currency: 'BRL' });
  const asLong = (body: string): string => `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const POST = 'POST /api/v1/routing/recommend';
  const GET = 'GET /api/v1/routing/recommend?payment_method=PIX&country=BR';
  test.each<[string, string, string, number]>([
    ['a GET with a document', GET, asLong('{"x":1}'), 200],
    ['a GET with a document in parts', GET, 'transfer-encoding: chunked\r\n\r\n7\r\n{"x":1}\r\n0\r\n\r\n', 200],
    ['a GET with a card number', GET, asLong('{"x":"4111111111111111"}'), 422],
    ['a GET with what is no document', GET, asLong('{"x":'), 400],
    ['a GET with too much', GET, `content-length: 9999999\r\n\r\n{}`, 413],
    ['a HEAD with a document', 'HEAD /healthz', asLong('{"x":1}'), 200],
    ['a question', POST, asLong(question), 200],
    ['one behind a mark of byte order', POST, asLong(`\ufeff${question}`), 200],
    ['one behind two of them', POST, asLong(`\ufeff\ufeff${question}`), 400],
    ['one that breaks off', POST, `content-length: 500\r\n\r\n${question}`, 400],
    ['one in parts that breaks off', POST, `transfer-encoding: chunked\r\n\r\n50\r\n${question}`, 400],
    ['one in parts of no length', POST, `transfer-encoding: chunked\r\n\r\nzz\r\n${question}`, 400],
  ])('what no library sends: %s', async (_, line, rest, status) => {
    const { system, api } = local();
    const key = await api.createKey('raw', ['route', 'read']);
    for (const type of ['application/json', 'application/json;charset=UTF-8']) {
      const head = `${line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: ${type}\r\n`;
      expect(await statusOf(system.url, `${head}connection: close\r\n${rest}`)).toBe(status);
    }
  });

  test('every cron of wrangler.toml can be fired', async () => {
    const { system, api } = local();
    const { triggers } = unstable_readConfig({ config: 'wrangler.toml' });
    for (const cron of triggers.crons ?? []) await system.runCron(cron);
    const { jobs } = await api.get<{ jobs: Job[] }>('/api/v1/jobs');
    expect(jobs.map(({ runs }) => runs[0]?.outcome)).toEqual(jobs.map(() => 'done'));
  });

  test('[JOB-5] [JOB-13] a job goes on from its watermark after SIGKILL, and a cron without a job is refused', async () => {
    const { system, api } = local();
    const ran = await api.post<{ run: Job['runs'][number] }>('/api/v1/jobs/sweep-boards/run', {});
    expect(ran.run).toMatchObject({ outcome: 'done', counts: { boards_swept: 1, boards_away: 0 } });
    await expect(system.runCron('1 2 3 4 5')).rejects.toThrow('1 2 3 4 5');
    await system.kill();
    await system.restart();
    const { jobs, unknown_crons: unknown } = await api.get<{ jobs: Job[]; unknown_crons: object }>('/api/v1/jobs');
    expect(jobs.find(({ name }) => name === 'sweep-boards')).toMatchObject({
      watermark: ran.run.scheduled_at,
      runs: [ran.run, { trigger: 'cron', outcome: 'done' }],
    });
    expect(unknown).toMatchObject({ count: 1, last_cron: '1 2 3 4 5' });
  });
});

test('a stopped system answers no more, and stopping it twice is harmless', async () => {
  const system = await startLocalSystem();
  const anyone = createApiClient(system.url, 'none');
  expect((await anyone.request('GET', '/healthz')).status).toBe(200);
  expect((await anyone.request('GET', '/api/v1/processors')).status).toBe(401);
  expect(existsSync(system.stateDirectory)).toBe(true);
  await system.stop();
  await system.stop();
  await expect(anyone.request('GET', '/healthz')).rejects.toThrow();
  expect(existsSync(system.stateDirectory)).toBe(false);
});
