// The book of jobs on its real disk, and the jobs of this deployment under it: doubled, in parallel, killed, refused.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import worker from './test-worker.ts';
import { createJobBookClient } from '../../durable-objects/job-book-client.ts';
import type { JobBook } from '../../durable-objects/job-book.ts';
import type { RunEnd } from '../../src/domain/jobs/lease.ts';
import { runDueJobs } from '../../src/flows/run-due-jobs.ts';
import { limitedWork } from '../../src/platform/limited-work.ts';
import { jobOf } from '../../tools/in-memory/in-memory-jobs.ts';

const book = createJobBookClient(env);
const stub = (): DurableObjectStub<JobBook> => env.JOB_BOOK.get(env.JOB_BOOK.idFromName('main'));
const MINUTE_MS = 60_000;
const DONE: RunEnd = { outcome: 'done', counts: { rows: 1 }, error: null, cursor: 'row 1' };
const cronAt = (scheduledMs: number) => ({ trigger: 'cron', scheduledMs, timeLimitMs: 30_000 }) as const;
const controllerOf = (scheduledTime: number, cron = '* * * * *') =>
  ({ cron, scheduledTime, noRetry: () => undefined }) as ScheduledController;

let serial = 0;
const newJob = (): string => `job-${(serial += 1)}`;
const recordOf = async (job: string) => new Map((await book.read()).records).get(job);
const endsOf = async (job: string) =>
  (await recordOf(job))?.runs.map(({ outcome, skipReason }) => skipReason ?? outcome) ?? [];
/** As if so much time had gone by since its lease was taken. */
const letExpire = async (job: string): Promise<void> =>
  await runInDurableObject(stub(), (_, { storage }) => {
    storage.sql.exec(
      `UPDATE job SET body = json_set(body, '$.lease.expiresAtMs', ?) WHERE name = ?`,
      Date.now() - 1,
      job,
    );
  });

describe('the book', () => {
  test('[JOB-1] of twenty who come at once one is let in', async () => {
    const job = newJob();
    const now = Date.now();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => await book.take(job, cronAt(now))));
    expect(answers.filter(({ taken }) => taken)).toHaveLength(1);
    expect(answers.filter((answer) => !answer.taken && answer.reason === 'already_running')).toHaveLength(19);
  });

  test('[JOB-3] [JOB-2] a lease outlives the object, is taken over when it is over, and its holder settles nothing then', async () => {
    const job = newJob();
    const now = Date.now();
    const first = await book.take(job, cronAt(now));
    await abortAllDurableObjects();
    expect(await book.take(job, cronAt(now))).toEqual({ taken: false, reason: 'already_running' });
    await letExpire(job);
    const second = await book.take(job, cronAt(now));
    expect([first, second]).toMatchObject([
      { taken: true, run: { token: 1 } },
      { taken: true, run: { token: 2, scheduledMs: now } },
    ]);
    expect(await book.settle(job, 1, DONE)).toBeNull();
    expect(await book.settle(job, 2, DONE)).toMatchObject({ outcome: 'done', counts: { rows: 1 } });
    expect(await endsOf(job)).toEqual(['done', 'timed_out', 'already_running']);
  });

  test('[JOB-4] [JOB-5] [JOB-17] what is done stays done, with watermark and cursor, when the object is evicted', async () => {
    const job = newJob();
    const now = Date.now();
    await book.take(job, cronAt(now));
    await book.settle(job, 1, DONE);
    await evictDurableObject(stub());
    expect(await book.take(job, cronAt(now))).toEqual({ taken: false, reason: 'already_done' });
    expect(await book.take(job, cronAt(now + 1))).toMatchObject({ taken: true, watermarkMs: now, cursor: 'row 1' });
  });

  test('[JOB-9] an Idempotency-Key is known to the next life', async () => {
    const job = newJob();
    const ask = { trigger: 'operator', requestKey: 'key_1 k', timeLimitMs: 30_000 } as const;
    await book.take(job, ask);
    await evictDurableObject(stub());
    expect(await book.take(job, ask)).toMatchObject({ taken: false, reason: 'repeated', run: { token: 1 } });
  });

  const byKey = (key: string) => ({ trigger: 'operator', requestKey: key, timeLimitMs: 30_000 }) as const;
  const runUnderKey = async (job: string, key: string): Promise<void> => {
    const answer = await book.take(job, byKey(key));
    if (!answer.taken) throw new Error(answer.reason);
    await book.settle(job, answer.run.token, DONE);
  };

  test('[JOB-9] [JOB-10] more keys than runs are shown hold, each by itself, until 1,000 have come after them', async () => {
    const [job, other] = [newJob(), newJob()];
    for (const name of [job, other]) for (let run = 0; run < 25; run += 1) await runUnderKey(name, `k${run}`);
    expect((await recordOf(job))?.runs).toHaveLength(20);
    expect(await book.take(job, byKey('k0'))).toMatchObject({ reason: 'repeated', run: { token: 1, outcome: 'done' } });
    await runInDurableObject(stub(), (_, { storage }) => {
      // As if 975 more had followed.
      storage.sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 25 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
         INSERT INTO keyed_run (job, request_key, ended_at_ms, body)
         SELECT job, 'k' || i, ended_at_ms, body FROM keyed_run, n WHERE job = ? AND request_key = 'k24'`,
        job,
      );
    });
    expect(await book.take(job, byKey('k0'))).toMatchObject({ reason: 'repeated' });
    await runUnderKey(job, 'k1000');
    expect(await book.take(job, byKey('k1'))).toMatchObject({ reason: 'repeated' });
    expect(await book.take(other, byKey('k0'))).toMatchObject({ reason: 'repeated' });
    expect(await book.take(job, byKey('k0'))).toMatchObject({ taken: true });
  });

  test('[JOB-10] keys older than a day are let go of', async () => {
    const job = newJob();
    await runUnderKey(job, 'old');
    const rows = async () =>
      await runInDurableObject(stub(), (_, { storage }) =>
        storage.sql.exec(`SELECT request_key AS name FROM keyed_run WHERE job = ?`, job).toArray(),
      );
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(`UPDATE keyed_run SET ended_at_ms = ended_at_ms - 86400000 WHERE job = ?`, job);
    });
    expect(await rows()).toEqual([{ name: 'old' }]);
    await runUnderKey(job, 'new');
    expect(await rows()).toEqual([{ name: 'new' }]);
  });

  test('[JOB-10] keys that a record held before they had a table of their own hold on', async () => {
    const job = newJob();
    await runUnderKey(job, 'early');
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec('DROP TABLE keyed_run');
      storage.sql.exec('UPDATE _schema SET version = 1');
    });
    await evictDurableObject(stub());
    for (let run = 0; run < 21; run += 1) await runUnderKey(job, `k${run}`);
    expect((await recordOf(job))?.runs.map(({ requestKey }) => requestKey)).not.toContain('early');
    expect(await book.take(job, byKey('early'))).toMatchObject({ reason: 'repeated', run: { token: 1 } });
  });

  test('jobs stand in nobody’s way', async () => {
    const now = Date.now();
    expect(await book.take(newJob(), cronAt(now))).toMatchObject({ taken: true });
    expect(await book.take(newJob(), cronAt(now))).toMatchObject({ taken: true });
  });
});

describe('a job under the real book', () => {
  const deskOf = (...table: ReturnType<typeof jobOf>[]) => ({
    table,
    book,
    limited: limitedWork,
    log: () => undefined,
  });

  test('[JOB-1] [JOB-4] fired three times in parallel and once more runs once', async () => {
    let runs = 0;
    const name = newJob();
    const desk = deskOf(
      jobOf(name, async () => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }),
    );
    const due = { cron: '* * * * *', scheduledMs: Date.now() };
    await Promise.all([runDueJobs(desk, due), runDueJobs(desk, due), runDueJobs(desk, due)]);
    await runDueJobs(desk, due);
    expect(runs).toBe(1);
    expect((await endsOf(name)).toSorted()).toEqual(['already_done', 'already_running', 'already_running', 'done']);
  });

  test('[JOB-11] that hangs is stopped, and keeps its lease', async () => {
    const name = newJob();
    const hangs = async (): Promise<void> => await new Promise<void>(() => undefined);
    const desk = deskOf(jobOf(name, hangs, { timeLimitMs: 50 }));
    await expect(runDueJobs(desk, { cron: '* * * * *', scheduledMs: Date.now() })).rejects.toThrow(
      '1 of 1 jobs failed',
    );
    await runDueJobs(desk, { cron: '* * * * *', scheduledMs: Date.now() + 1 });
    expect(await endsOf(name)).toEqual(['already_running', 'timed_out']);
  });
});

describe('this deployment', () => {
  test('runs its jobs by their crons, and a second delivery is done already', async () => {
    const minute = Date.now() - 10 * MINUTE_MS;
    await worker.scheduled(controllerOf(minute), env);
    await worker.scheduled(controllerOf(minute), env);
    await worker.scheduled(controllerOf(minute, '*/5 * * * *'), env);
    expect(await recordOf('sweep-boards')).toMatchObject({
      watermarkMs: minute,
      runs: [
        { outcome: 'skipped', skipReason: 'already_done' },
        { outcome: 'done', counts: { boards_swept: 1, boards_away: 0 } },
      ],
    });
    expect(await endsOf('wake-streams')).toEqual(['already_done', 'done']);
    expect(await recordOf('sweep-unknowns')).toMatchObject({
      runs: [{ outcome: 'done', counts: { processors_swept: 0, processors_away: 0 } }],
    });
  });

  test('[JOB-13] refuses a cron that no job has, in the log and in the count', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { unknownCrons: before } = await book.read();
    await expect(worker.scheduled(controllerOf(Date.now(), '1 2 3 4 5'), env)).rejects.toThrow(
      'no job has the cron 1 2 3 4 5',
    );
    expect(said.mock.calls.flat().map((line) => JSON.parse(String(line)) as unknown)).toContainEqual({
      event: 'unknown_cron',
      error_message: 'no job has the cron 1 2 3 4 5',
    });
    said.mockRestore();
    const { unknownCrons: after } = await book.read();
    expect(after).toMatchObject({ count: before.count + 1, last: { cron: '1 2 3 4 5' } });
  });
});
