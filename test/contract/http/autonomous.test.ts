// The night shift at a glance over HTTP: each room that answers is told, whatever has become of the others.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { jobOf } from '../../../tools/in-memory/in-memory-jobs.ts';

let caller: Caller;
let isWell: boolean;
beforeEach(async () => {
  caller = await createCaller();
  isWell = true;
  caller.set.jobs.table = [
    jobOf('mend', () => (isWell ? Promise.resolve() : Promise.reject(new Error('the disk is full')))),
  ];
});
const get = async (path: string) => await caller.call('GET', path);
const away = () => Promise.reject(new Error('out of reach'));
const run = async (job: string) => await caller.call('POST', `/api/v1/jobs/${job}/run`);

describe.each(['/api/v1/autonomous', '/autonomous'])('%s/status', (prefix) => {
  test('tells how each room stands', async () => {
    const { status, json } = await get(`${prefix}/status`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'working',
      healing: { mode: 'act', open_actions: 0 },
      scaling: { enabled: true, instances: null, evaluated_at: null },
      anomalies: { enabled: true, open: 0, learned_through: null },
      predictions: { enabled: true, open: 0, maintenance_windows: 0 },
      optimizations: { mode: 'act', trials: 0, kept: 0 },
      training: { model_version: null },
      unreachable: [],
      timestamp: new Date(caller.set.now).toISOString(),
    });
  });

  test('a job that failed impairs it, until it is done', async () => {
    isWell = false;
    await run('mend');
    isWell = true;
    const job = { name: 'mend', running: false, last_outcome: 'failed', error: 'the disk is full' };
    expect((await get(`${prefix}/status`)).json).toMatchObject({
      status: 'impaired',
      jobs: [job],
      unreachable: [],
    });
    caller.set.now += 60_000;
    await run('mend');
    expect((await get(`${prefix}/status`)).json).toMatchObject({ status: 'working' });
  });

  test('a room out of reach is null and named, and hides no other', async () => {
    vi.spyOn(caller.world.tuning.book, 'read').mockImplementation(away);
    vi.spyOn(caller.world.jobs.book, 'read').mockImplementation(away);
    expect((await get(`${prefix}/status`)).json).toMatchObject({
      status: 'impaired',
      optimizations: null,
      jobs: null,
      healing: { mode: 'act' },
      unreachable: ['optimizations', 'jobs'],
    });
  });
});

describe.each(['/api/v1/autonomous', '/autonomous'])('%s/stats', (prefix) => {
  test('tells the figures of each room', async () => {
    await run('mend');
    const { status, json } = await get(`${prefix}/stats`);
    expect(status).toBe(200);
    const [healing, anomalies, scaling] = await Promise.all(
      ['healing/stats', 'anomalies/stats', 'resources/stats'].map(async (path) => (await get(`/api/v1/${path}`)).json),
    );
    expect(json).toMatchObject({
      healing: healing as object,
      anomalies: anomalies as object,
      scaling: (scaling as { scaling: object }).scaling,
      optimizations: { advised: 0, trying: 0, kept: 0, reverted: 0 },
      jobs: [{ name: 'mend', done: 1, failed: 0, timed_out: 0, skipped: 0 }],
      unreachable: [],
    });
    expect((json as { predictions: object[] }).predictions.length).toBeGreaterThan(0);
  });

  test('a room out of reach is null and named', async () => {
    vi.spyOn(caller.world.anomalies.book, 'figures').mockImplementation(away);
    const { status, json } = await get(`${prefix}/stats`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ anomalies: null, unreachable: ['anomalies'] });
  });
});
