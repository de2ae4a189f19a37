// The book of tuning on its real disk, through the real job: twice at once, evicted, told live, and heard by an isolate.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { BOOTSTRAP_KEY_ID } from '../../src/domain/configuration/access.ts';
import { boardStub } from '../../durable-objects/board-client.ts';
import { jobBookStub } from '../../durable-objects/job-book-client.ts';
import {
  createTuningBookClient,
  createTuningTelling,
  tuningBookStub,
} from '../../durable-objects/tuning-book-client.ts';
import { EMPTY_TALLY, type Optimization } from '../../src/domain/tuning/optimization.ts';
import { nextRevision, withBegun } from '../../src/domain/tuning/tuning-shelf.ts';
import type { TuningBook } from '../../durable-objects/tuning-book.ts';
import worker from './test-worker.ts';

const book = createTuningBookClient(env);
const stub = () => tuningBookStub(env) as unknown as DurableObjectStub<TuningBook>;
const optimization: Optimization = {
  id: 'opt_1',
  setting: 'timeout_ms',
  from: 30_000,
  to: 22_500,
  proof: 'not_worse',
  reason: 'measured',
  evidence: { measured: 2_000 },
  processorId: 'processor_a',
  epoch: 1,
  salt: 3,
  startedAtMs: 1,
  standing: { state: 'trying', countedToMs: 0, trial: EMPTY_TALLY, heldOut: EMPTY_TALLY },
};

describe('the book', () => {
  test('[TUN-12] of twenty who change it at once keeps one, and has it after an eviction', async () => {
    expect(await book.published()).toEqual([]);
    const shelf = nextRevision(withBegun(await book.read(), optimization));
    const kept = await Promise.all(Array.from({ length: 20 }, async () => await book.save(shelf)));
    expect(kept.filter(Boolean)).toHaveLength(1);
    await evictDurableObject(stub());
    expect(await book.read()).toEqual(shelf);
    expect(await book.published()).toEqual([
      {
        processorId: 'processor_a',
        epoch: 1,
        values: {},
        trial: { id: 'opt_1', setting: 'timeout_ms', value: 22_500, salt: 3 },
      },
    ]);
  });

  test('is not read nor written over by older code', async () => {
    await runInDurableObject(stub(), async (object: TuningBook, state) => {
      const [row] = state.storage.sql.exec<{ body: string }>('SELECT body FROM shelf').toArray();
      state.storage.sql.exec(`UPDATE shelf SET body = '{"format":2}'`);
      await expect(object.save({ revision: 2, kept: [], optimizations: [], looks: [] })).rejects.toThrow(
        'newer than this code',
      );
      state.storage.sql.exec('UPDATE shelf SET body = ?', row!.body);
    });
    expect((await book.read()).revision).toBe(1);
  });
});

test('[TUN-11] the job runs by its cron, twice as once, and without history ends what is on trial', async () => {
  const scheduledTime = Date.now();
  const controller = { cron: '* * * * *', scheduledTime, noRetry: () => undefined } as ScheduledController;
  await Promise.all([worker.scheduled(controller, env), worker.scheduled(controller, env)]);
  const runs = new Map((await jobBookStub(env).read()).records).get('tune-settings')?.runs ?? [];
  expect(runs.filter(({ outcome }) => outcome === 'done')).toMatchObject([{ counts: { reverted: 1, trials_open: 0 } }]);
  expect((await book.read()).optimizations).toMatchObject([{ standing: { state: 'reverted', by: 'tuning' } }]);
});

test('[TUN-17] the live socket hears of what is applied', async () => {
  const board = boardStub(env, 'main');
  const ticket = await board.issueTicket(BOOTSTRAP_KEY_ID);
  const { webSocket: socket } = await board.fetch(`https://board/?ticket=${ticket}`, {
    headers: { upgrade: 'websocket' },
  });
  const heard: unknown[] = [];
  socket!.addEventListener('message', ({ data }) => void heard.push(JSON.parse(String(data))));
  socket!.accept();
  await createTuningTelling(env)([{ type: 'optimization_applied', optimization }]);
  await expect
    .poll(() => heard)
    .toMatchObject([{ type: 'optimization_applied', optimization: { id: 'opt_1', state: 'trying' } }]);
  socket!.close();
});
