// The book of predictions on its real disk, and a maintenance window through the real objects: doubled, evicted, killed, told live.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { addressOf } from '../harness/results.ts';
import { BOOTSTRAP_KEY_ID } from '../../src/domain/configuration/access.ts';
import { boardStub } from '../../durable-objects/board-client.ts';
import { jobBookStub } from '../../durable-objects/job-book-client.ts';
import { createPredictionBookClient, predictionBookStub } from '../../durable-objects/prediction-book-client.ts';
import type { MaintenanceWindow } from '../../src/domain/predictions/maintenance-window.ts';
import type { PredictionBook } from '../../durable-objects/prediction-book.ts';
import { record, register } from './registered-processors.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { turnedShelf } from '../../src/domain/predictions/prediction-shelf.ts';
import worker from './test-worker.ts';

const MINUTE_MS = 60_000;
const book = createPredictionBookClient(env);
const stub = () => predictionBookStub(env) as unknown as DurableObjectStub<PredictionBook>;
const overrides = async () => (await registryStub(env).configuration()).overrides;

let swept = 20;
const trigger = async (cron: string): Promise<void> => {
  swept -= 1;
  const scheduledTime = Date.now() - swept * MINUTE_MS;
  await worker.scheduled({ cron, scheduledTime, noRetry: () => undefined } as ScheduledController, env);
};
const lastRun = async (job: string) => new Map((await jobBookStub(env).read()).records).get(job)?.runs[0];

const registerUsed = async (id: string): Promise<void> => await record(await register(id), 1, 'approved');

const windowOf = (id: string, fromMs: number): MaintenanceWindow => ({
  id,
  processorId: addressOf('tired').id,
  window: { fromMs, toMs: fromMs + 30 * MINUTE_MS },
  drainFromMs: fromMs - MINUTE_MS,
  why: 'Certificates',
  who: 'key_tester',
  predictionId: null,
  plan: null,
  createdAtMs: fromMs,
  standing: { state: 'scheduled' },
  revision: 0,
});

describe('the book', () => {
  test('[PRD-28] of twenty who have turned it at once keeps one, over an eviction', async () => {
    const before = await book.read();
    const shelves = Array.from({ length: 20 }, () => turnedShelf(before, before.book, []));
    const kept = await Promise.all(shelves.map(async (shelf) => await book.save(shelf)));
    expect(kept.filter(Boolean)).toHaveLength(1);
    await evictDurableObject(stub());
    expect((await book.read()).revision).toBe(before.revision + 1);
    expect(await book.save(shelves[0]!)).toBe(false);
  });

  test('[PRD-42] of newer code is neither read nor written over', async () => {
    const before = await book.read();
    await runInDurableObject(stub(), async (own, { storage }) => {
      const turn = (format: number) =>
        storage.sql.exec(`UPDATE shelf SET body = json_set(body, '$.format', ?)`, format);
      turn(9);
      await expect(own.read()).rejects.toThrow('newer');
      await expect(own.save(turnedShelf(before, before.book, []))).rejects.toThrow('newer');
      turn(1);
    });
    expect(await book.read()).toEqual(before);
  });

  test('[PRD-36] of ten who schedule the same hour at once lets one, and keeps a change under its revision alone', async () => {
    const far = Date.now() + 1_000 * MINUTE_MS;
    const ids = Array.from({ length: 10 }, (_, index) => `mtn_${index}`);
    const answers = await Promise.all(ids.map(async (id) => await book.schedule(windowOf(id, far))));
    expect(answers.filter(Boolean)).toHaveLength(1);
    const [kept] = await book.windows();
    const ended = { ...kept!, standing: { state: 'ended', atMs: far, outcome: 'cancelled' } as const };
    expect(await book.update({ ...ended, revision: 2 })).toBe(false);
    expect(await book.update({ ...ended, revision: 1 })).toBe(true);
    expect(await book.update({ ...ended, revision: 1 })).toBe(false);
    await abortAllDurableObjects();
    expect(await book.windows()).toMatchObject([{ id: kept!.id, standing: { outcome: 'cancelled' } }]);
  });

  test('[PRD-36] keeps the last 200 windows that ended', async () => {
    const far = Date.now() + 10_000 * MINUTE_MS;
    await runInDurableObject(stub(), async (own) => {
      for (let index = 0; index < 203; index += 1) {
        const window = windowOf(`mtn_many_${index}`, far);
        expect(await own.schedule(window)).toBe(true);
        const standing = { state: 'ended', atMs: far, outcome: 'cancelled' } as const;
        expect(await own.update({ ...window, standing, revision: 1 })).toBe(true);
      }
    });
    const kept = await book.windows();
    expect([kept.length, kept[0]?.id]).toEqual([201, 'mtn_many_202']);
  });
});

describe('a window of the job `keep-maintenance`', () => {
  beforeAll(async () => {
    await registerUsed('tired');
    await registerUsed('fresh');
  });

  test('[PRD-33] [PRD-35] drains in the first minute, whatever was evicted, and does it once', async () => {
    expect(await book.schedule(windowOf('mtn_now', Date.now()))).toBe(true);
    await trigger('* * * * *');
    expect(await lastRun('keep-maintenance')).toMatchObject({
      outcome: 'done',
      counts: { windows_turned: 1, overrides_changed: 1 },
    });
    expect(await overrides()).toMatchObject([
      { id: 'mtn_now', kind: 'drain', processorId: 'tired', who: 'maintenance' },
    ]);
    await abortAllDurableObjects();
    await trigger('* * * * *');
    expect(await lastRun('keep-maintenance')).toMatchObject({ counts: { windows_turned: 0, overrides_changed: 0 } });
  });

  test('[PRD-34] [PRD-38] comes back by a share once it is over', async () => {
    const [window] = await book.windows();
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(
        `UPDATE maintenance SET body = json_set(body, '$.window.toMs', ?) WHERE id = 'mtn_now'`,
        Date.now() - 1,
      );
    });
    await trigger('* * * * *');
    expect((await book.windows())[0]).toMatchObject({ id: window!.id, standing: { state: 'returning', share: 0.05 } });
    expect(await overrides()).toMatchObject([{ id: 'mtn_now_back', kind: 'cap', share: 0.05 }]);
  });
});

test('[PRD-30] without a history the job `foretell-trouble` is done, and says why it did nothing', async () => {
  await trigger('*/5 * * * *');
  expect(await lastRun('foretell-trouble')).toMatchObject({
    outcome: 'done',
    counts: { is_without_history: 1, is_off: 0 },
  });
});

test('[PRD-37] the live socket hears of a window', async () => {
  const board = boardStub(env, 'main');
  const ticket = await board.issueTicket(BOOTSTRAP_KEY_ID);
  const { webSocket: socket } = await board.fetch(`https://board/?ticket=${ticket}`, {
    headers: { upgrade: 'websocket' },
  });
  const heard: unknown[] = [];
  socket!.addEventListener('message', ({ data }) => heard.push(JSON.parse(String(data))));
  socket!.accept();
  await board.announcePredictions([{ type: 'maintenance_scheduled', window: windowOf('mtn_live', Date.now()) }]);
  await expect
    .poll(() => heard)
    .toMatchObject([{ type: 'maintenance_scheduled', window: { id: 'mtn_live', state: 'scheduled' } }]);
  socket!.close();
});
