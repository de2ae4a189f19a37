import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { registerMockProcessors } from '../../tools/demo/mock-processors.ts';
import { startLocalSystem } from '../../tools/local-system.ts';
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
