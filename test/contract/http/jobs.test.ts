// Cron jobs over HTTP: listed, shown in the status, and run by an operator beside their crons.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { jobOf } from '../../../tools/in-memory/in-memory-jobs.ts';
import { runDueJobs } from '../../../src/flows/run-due-jobs.ts';
import { START } from '../../harness/in-memory-world.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
  caller.set.jobs.table = [
    jobOf('count-rows', ({ count }) => Promise.resolve(count({ rows: 3 }))),
    jobOf('sleep', async () => await new Promise<void>(() => undefined), { crons: ['0 3 * * *'] }),
    jobOf('break', () => Promise.reject(new Error('the disk is\nfull'))),
  ];
});

const run = async (name: string, headers: Record<string, string> = {}) =>
  await caller.call('POST', `/api/v1/jobs/${name}/run`, { headers });
const list = async () => (await caller.call('GET', '/api/v1/jobs')).json;
const jobIn = (listed: Record<string, unknown>, name: string) =>
  (listed['jobs'] as { name: string }[]).find((job) => job.name === name);
const firedAt = async (scheduledMs: number, cron = '* * * * *'): Promise<void> =>
  await runDueJobs(caller.world.jobs, { cron, scheduledMs }).catch(() => undefined);

describe('POST /api/v1/jobs/{name}/run', () => {
  test('runs it now and answers what it did', async () => {
    const { status, json } = await run('count-rows');
    expect(status).toBe(200);
    expect(json).toEqual({
      job: 'count-rows',
      run: {
        token: 1,
        trigger: 'operator',
        scheduled_at: '2026-11-20T12:00:00.000Z',
        started_at: '2026-11-20T12:00:00.000Z',
        ended_at: '2026-11-20T12:00:00.000Z',
        duration_ms: 0,
        outcome: 'done',
        skip_reason: null,
        counts: { rows: 3 },
        error: null,
      },
    });
  });

  test('answers a run that failed as one that failed', async () => {
    const { status, json } = await run('break');
    expect({ status, run: json['run'] }).toMatchObject({
      status: 200,
      run: { outcome: 'failed', error: 'the disk is full' },
    });
  });

  test('[JOB-16] answers 202 when it takes longer, and 409 to whoever comes then', async () => {
    caller.set.jobs.answerWithinMs = 10;
    const { status, json } = await run('sleep');
    expect({ status, json }).toMatchObject({
      status: 202,
      json: { job: 'sleep', run: { outcome: 'running', ended_at: null, duration_ms: null } },
    });
    const second = await run('sleep');
    expect({ status: second.status, code: second.json['code'] }).toEqual({ status: 409, code: 'already_running' });
    await firedAt(START, '0 3 * * *');
    expect(jobIn(await list(), 'sleep')).toMatchObject({
      running: { token: 1, outcome: 'running' },
      runs: [
        { outcome: 'skipped', skip_reason: 'already_running', trigger: 'cron', token: null },
        { outcome: 'skipped', skip_reason: 'already_running', trigger: 'operator' },
      ],
    });
  });

  test('[JOB-16] is audited before it begins, and does not begin where it cannot be', async () => {
    let auditedFirst = false;
    caller.set.jobs.table = [
      jobOf('look', () => Promise.resolve(void (auditedFirst = caller.set.audit[0]?.action === 'run_job'))),
    ];
    await run('look');
    expect(auditedFirst).toBe(true);
    expect(caller.set.audit[0]).toMatchObject({ action: 'run_job', subject: 'look' });
    auditedFirst = false;
    caller.set.registryFault = Object.assign(new Error('the Registry is out of reach'), { retryable: true });
    expect((await run('look')).json['run']).toMatchObject({ outcome: 'failed', error: 'the Registry is out of reach' });
    expect(auditedFirst).toBe(false);
  });

  test('[JOB-9] the first of thirty keys holds to the end of its day', async () => {
    const tokenUnder = async (key: string) =>
      ((await run('count-rows', { 'Idempotency-Key': key })).json['run'] as { token: number }).token;
    for (let key = 0; key < 30; key += 1) {
      expect(await tokenUnder(`k${key}`)).toBe(key + 1);
      caller.set.now += 60_000;
    }
    expect(await tokenUnder('k0')).toBe(1);
    caller.set.now = START + 86_399_999;
    expect(await tokenUnder('k0')).toBe(1);
    expect((jobIn(await list(), 'count-rows') as unknown as { runs: unknown[] }).runs).toHaveLength(20);
    caller.set.now += 1;
    expect(await tokenUnder('k0')).toBe(31);
  });

  test('an unknown name is told which there are', async () => {
    const { status, json } = await run('count-row');
    expect(status).toBe(404);
    expect(json).toMatchObject({
      code: 'not_found',
      detail: 'There is no job of this name. There are: count-rows, sleep, break.',
      known: ['count-rows', 'sleep', 'break'],
    });
    expect(caller.set.audit.some(({ action }) => action === 'run_job')).toBe(false);
  });

  test('[JOB-15] runs nothing while the book is out of reach', async () => {
    caller.set.jobs.isReachable = false;
    expect((await run('count-rows')).status).toBe(503);
    expect((await caller.call('GET', '/api/v1/jobs')).status).toBe(503);
  });
});

describe('[JOB-9] the same Idempotency-Key', () => {
  test('answers the first run, ended or going on', async () => {
    const first = await run('count-rows', { 'Idempotency-Key': '"k-1"' });
    expect((await run('count-rows', { 'Idempotency-Key': 'k-1' })).json).toEqual(first.json);
    expect((await run('count-rows', { 'Idempotency-Key': 'k-2' })).json['run']).toMatchObject({ token: 2 });
    caller.set.jobs.answerWithinMs = 10;
    await run('sleep', { 'Idempotency-Key': 'k-1' });
    const again = await run('sleep', { 'Idempotency-Key': 'k-1' });
    expect({ status: again.status, run: again.json['run'] }).toMatchObject({ status: 202, run: { token: 1 } });
  });

  test('of another API key is another', async () => {
    await run('count-rows', { 'Idempotency-Key': 'k-1' });
    const { json } = await caller.call('POST', '/api/v1/jobs/count-rows/run', {
      key: caller.keys.operate,
      headers: { 'Idempotency-Key': 'k-1' },
    });
    expect(json['run']).toMatchObject({ token: 2 });
  });

  test('that is none is refused', async () => {
    const { status, json } = await run('count-rows', { 'Idempotency-Key': 'k 1' });
    expect({ status, field: json['field'] }).toEqual({ status: 422, field: 'Idempotency-Key' });
  });
});

describe('GET /api/v1/jobs', () => {
  test('tells each job with its watermark and its runs, crons and operators alike', async () => {
    await firedAt(START - 30_000);
    caller.set.now += 1_000;
    await run('count-rows');
    const listed = await list();
    expect(listed).toMatchObject({ count: 3, unknown_crons: { count: 0, last_cron: null, last_at: null } });
    expect(jobIn(listed, 'count-rows')).toMatchObject({
      summary: 'Does count-rows.',
      crons: ['* * * * *'],
      time_limit_seconds: 30,
      running: null,
      watermark: '2026-11-20T12:00:01.000Z',
      runs: [
        { token: 2, trigger: 'operator' },
        { token: 1, trigger: 'cron', scheduled_at: '2026-11-20T11:59:30.000Z', counts: { rows: 3 } },
      ],
    });
    expect(jobIn(listed, 'sleep')).toMatchObject({ watermark: null, runs: [] });
  });

  test('[JOB-3] tells a run that was killed as timed out before anybody took its place', async () => {
    caller.set.jobs.answerWithinMs = 10;
    await run('sleep');
    caller.set.now += 60_000;
    expect(jobIn(await list(), 'sleep')).toMatchObject({ running: null, runs: [{ token: 1, outcome: 'timed_out' }] });
  });

  test('[JOB-13] counts crons that nobody knows', async () => {
    await firedAt(START, '1 2 3 4 5');
    expect((await list())['unknown_crons']).toEqual({
      count: 1,
      last_cron: '1 2 3 4 5',
      last_at: '2026-11-20T12:00:00.000Z',
    });
    expect((await caller.call('GET', '/metrics')).text).toContain('signalbox_unknown_crons_total 1\n');
  });

  test.each([Number.NaN, Infinity, -Infinity, 1e300, 0.5])('shows a scheduled time of %d', async (scheduledMs) => {
    await firedAt(scheduledMs);
    expect(jobIn(await list(), 'count-rows')).toMatchObject({ runs: [{ outcome: 'skipped' }] });
  });
});

describe('elsewhere', () => {
  test('the status has the newest 3 runs of each job', async () => {
    for (let time = 0; time < 5; time += 1) {
      caller.set.now += 1_000;
      await run('break');
    }
    const status = (await caller.call('GET', '/api/v1/status')).json;
    const { runs } = jobIn(status, 'break') as unknown as { runs: unknown[] };
    expect(runs).toHaveLength(3);
    expect(runs[0]).toMatchObject({ outcome: 'failed', duration_ms: 0, error: 'the disk is full' });
  });

  test('the status is there without the book', async () => {
    caller.set.jobs.isReachable = false;
    const { status, json } = await caller.call('GET', '/api/v1/status');
    expect({ status, jobs: json['jobs'] }).toEqual({ status: 200, jobs: null });
  });

  test('the metrics count runs by outcome, and go on without the book', async () => {
    await firedAt(START);
    const { text } = await caller.call('GET', '/metrics');
    expect(text).toContain('signalbox_job_runs_total{job="count-rows",outcome="done"} 1\n');
    expect(text).toContain('signalbox_job_runs_total{job="break",outcome="failed"} 1\n');
    expect(text).toContain(`signalbox_job_watermark_timestamp_seconds{job="count-rows"} ${START / 1_000}\n`);
    caller.set.jobs.isReachable = false;
    const without = await caller.call('GET', '/metrics');
    expect(without.status).toBe(200);
    expect(without.text).not.toContain('signalbox_job');
  });
});
