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
