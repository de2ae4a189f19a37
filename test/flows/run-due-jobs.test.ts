import { beforeEach, describe, expect, test } from 'vitest';
import { type JobCircumstances, jobOf, jobsOf, noJobs } from '../../tools/in-memory/in-memory-jobs.ts';
import type { JobDesk, Shift } from '../../src/ports/job-port.ts';
import { runDueJobs } from '../../src/flows/run-due-jobs.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const DUE = { cron: '* * * * *', scheduledMs: NOW };

let set: JobCircumstances;
let desk: JobDesk;
let now: number;
beforeEach(() => {
  set = noJobs();
  now = NOW;
  desk = jobsOf(set, () => now);
});

const never = async (): Promise<void> => await new Promise<void>(() => undefined);
const runsOf = (name: string) => set.records.get(name)?.runs ?? [];

describe('a cron trigger', () => {
  test('runs the jobs of its line and no other, and hands each where it stands', async () => {
    const shifts: Pick<Shift, 'token' | 'scheduledMs' | 'watermarkMs' | 'cursor'>[] = [];
    set.table = [
      jobOf('counts', ({ count, token, scheduledMs, watermarkMs, cursor }) => {
        shifts.push({ token, scheduledMs, watermarkMs, cursor });
        count({ rows: 1, skipped: 0 });
        count({ rows: 2 });
        return Promise.resolve(`row ${shifts.length}`);
      }),
      jobOf('nightly', () => Promise.reject(new Error('not due')), { crons: ['0 3 * * *'] }),
    ];
    await runDueJobs(desk, DUE);
    now += 60_000;
    await runDueJobs(desk, { ...DUE, scheduledMs: now });
    expect(shifts).toEqual([
      { token: 1, scheduledMs: NOW, watermarkMs: null, cursor: null },
      { token: 2, scheduledMs: now, watermarkMs: NOW, cursor: 'row 1' },
    ]);
    expect(runsOf('counts')).toMatchObject([{ counts: { rows: 2, skipped: 0 } }, { outcome: 'done' }]);
    expect(runsOf('nightly')).toEqual([]);
  });

  test('[JOB-1] [JOB-4] twice and in parallel runs once, and once more is done already', async () => {
    let runs = 0;
    let end: () => void = () => undefined;
    set.table = [
      jobOf('once', async () => {
        runs += 1;
        await new Promise<void>((resolve) => (end = resolve));
      }),
    ];
    const first = runDueJobs(desk, DUE);
    await runDueJobs(desk, DUE);
    end();
    await first;
    await runDueJobs(desk, DUE);
    expect(runs).toBe(1);
    expect(runsOf('once').map(({ outcome, skipReason }) => skipReason ?? outcome)).toEqual([
      'already_done',
      'done',
      'already_running',
    ]);
  });
});

describe('[JOB-13] a cron that no job has', () => {
  test('is logged, counted and thrown, and runs nothing', async () => {
    set.table = [jobOf('other', () => Promise.reject(new Error('not due')))];
    await expect(runDueJobs(desk, { ...DUE, cron: '1 2 3 4 5' })).rejects.toThrow('no job has the cron 1 2 3 4 5');
    expect(set.logged).toEqual([{ event: 'unknown_cron', error_message: 'no job has the cron 1 2 3 4 5' }]);
    expect(set.unknownCrons).toEqual({ count: 1, last: { cron: '1 2 3 4 5', atMs: NOW } });
    expect(set.records.size).toBe(0);
  });

  test('is refused though it cannot be counted', async () => {
    set.isReachable = false;
    await expect(runDueJobs(desk, { ...DUE, cron: 'x' })).rejects.toThrow('no job has the cron x');
  });
});

describe('[JOB-14] of the jobs of one cron', () => {
  test('each runs though another fails, and the trigger fails', async () => {
    set.table = [
      jobOf('bad', ({ count }) => {
        count({ swept: 2 });
        throw new Error('3 of 5\nwere away');
      }),
      jobOf('good'),
    ];
    await expect(runDueJobs(desk, DUE)).rejects.toThrow('1 of 2 jobs failed');
    expect(runsOf('bad')).toMatchObject([{ outcome: 'failed', error: '3 of 5 were away', counts: { swept: 2 } }]);
    expect(runsOf('good')).toMatchObject([{ outcome: 'done' }]);
    expect(set.logged).toMatchObject([{ event: 'job_failed', job: 'bad', code: 'failed', error_name: 'Error' }]);
    expect(set.records.get('bad')!.watermarkMs).toBeNull();
  });
});

describe('[JOB-11] a job that takes longer than its time', () => {
  test('is told to stop, and nobody waits for it', async () => {
    let isStopped = false;
    set.table = [
      jobOf(
        'slow',
        async ({ signal }) => {
          signal.addEventListener('abort', () => (isStopped = true));
          await never();
        },
        { timeLimitMs: 20 },
      ),
    ];
    await expect(runDueJobs(desk, DUE)).rejects.toThrow('1 of 1 jobs failed');
    expect(isStopped).toBe(true);
    expect(runsOf('slow')).toMatchObject([{ outcome: 'timed_out', error: 'not done after 20 ms' }]);
    expect(set.records.get('slow')!.lease).toMatchObject({ isTold: true });
  });

  test('and stops with an exception has timed out all the same', async () => {
    const stops = async ({ signal }: Shift): Promise<void> =>
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    set.table = [jobOf('slow', stops, { timeLimitMs: 20 })];
    await expect(runDueJobs(desk, DUE)).rejects.toThrow();
    expect(runsOf('slow')).toMatchObject([{ outcome: 'timed_out' }]);
  });
});

describe('[JOB-15] while the book is out of reach', () => {
  test('no job runs', async () => {
    set.table = [jobOf('some', () => Promise.reject(new Error('it ran')))];
    set.isReachable = false;
    await expect(runDueJobs(desk, DUE)).rejects.toThrow('1 of 1 jobs failed');
    expect(set.logged).toEqual([]);
  });

  test('at its end, a run is found to be cut off by the next one', async () => {
    set.table = [jobOf('some', () => Promise.resolve(void (set.isReachable = false)))];
    await expect(runDueJobs(desk, DUE)).rejects.toThrow('1 of 1 jobs failed');
    set.isReachable = true;
    set.table = [jobOf('some')];
    now += 60_000;
    await runDueJobs(desk, { ...DUE, scheduledMs: now });
    expect(runsOf('some').map(({ outcome }) => outcome)).toEqual(['done', 'timed_out']);
  });
});
