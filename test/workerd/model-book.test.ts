// The book of models on its real disk: versions, decisions, evictions, and what it hands on to history.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { jobBookStub } from '../../durable-objects/job-book-client.ts';
import { createModelBookClient, modelBookStub } from '../../durable-objects/model-book-client.ts';
import { InMemoryHistory } from '../harness/in-memory-history.ts';
import { ModelBook, MODELS_MAX } from '../../durable-objects/model-book.ts';
import type { ModelDraft } from '../../src/domain/training/model-record.ts';
import type { HistoryPort } from '../../src/ports/history-port.ts';
import worker from './test-worker.ts';

const book = createModelBookClient(env);
const stub = () => modelBookStub(env) as unknown as DurableObjectStub<ModelBook>;

const draftOf = (scheduledMs: number, over: Partial<ModelDraft> = {}): ModelDraft => ({
  scheduledMs,
  plan: { fromMs: 0, splitMs: 3_600_000, toMs: 7_200_000 },
  trainedAttempts: 3_000,
  judgedAttempts: 1_000,
  cells: 40,
  leftOut: 0,
  features: [],
  effects: [],
  quality: { model: null, published: null, present: null },
  value: { ok: false, refusal: { reason: 'no_propensities' } },
  changes: [],
  contexts: [],
  bytes: 0,
  trainedAtMs: scheduledMs,
  state: 'refused',
  reason: 'Not better.',
  decidedAtMs: scheduledMs,
  replaced: [],
  replacedContexts: [],
  ...over,
});

test('[TRN-13] the nightly trigger has nothing to do where there is no history', async () => {
  const scheduledTime = Date.now();
  await worker.scheduled({ cron: '47 2 * * *', scheduledTime, noRetry: () => undefined } as ScheduledController, env);
  const { records } = await jobBookStub(env).read();
  expect(new Map(records).get('train-priors')?.runs[0]).toMatchObject({
    outcome: 'done',
    counts: { is_without_history: 1 },
  });
});

describe('the book', () => {
  test('[TRN-8] [TRN-15] of twenty who add for one scheduled time there is one model, over an eviction', async () => {
    const added = await Promise.all(
      Array.from({ length: 20 }, async () => await book.add(draftOf(1, { state: 'candidate' }))),
    );
    expect(new Set(added.map(({ version }) => version))).toEqual(new Set([1]));
    await evictDurableObject(stub());
    expect(await book.ofRun(1)).toEqual(added[0]);
    expect(await book.add(draftOf(2))).toMatchObject({ version: 2 });
    expect(await book.standing()).toMatchObject({ inForce: null, candidate: { version: 1 }, revertedAtMs: null });
  });

  test('[TRN-9] of twenty who decide on one model one does', async () => {
    const to = { state: 'promoted', reason: 'Better.', decidedAtMs: 5, replaced: [], replacedContexts: [] } as const;
    const decided = await Promise.all(Array.from({ length: 20 }, async () => await book.decide(1, 'candidate', to)));
    expect(decided.filter((model) => model !== null)).toHaveLength(1);
    expect(await book.standing()).toMatchObject({ inForce: { version: 1, decidedAtMs: 5 }, candidate: null });
    expect(await book.decide(9, 'candidate', to)).toBeNull();
  });

  test('[TRN-15] keeps the last 40 and those that were promoted, by pages without what is long', async () => {
    for (let night = 3; night < MODELS_MAX + 10; night += 1) await book.add(draftOf(night));
    const first = await book.page(null, 30);
    expect(first.items).toHaveLength(30);
    expect(first.items[0]).not.toHaveProperty('effects');
    const rest = await book.page(first.nextCursor, 30);
    expect(rest.nextCursor).toBeNull();
    const versions = [...first.items, ...rest.items].map(({ version }) => version);
    expect(versions).toHaveLength(MODELS_MAX + 1);
    expect(versions.at(-1)).toBe(1);
    expect(await book.one(2)).toBeNull();
  });

  test('[TRN-15] reads a model of before effects were told, and refuses one of newer code', async () => {
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(
        `UPDATE model SET body = json_remove(json_set(body, '$.format', 1), '$.contexts', '$.replacedContexts') WHERE version = 1`,
      );
    });
    expect(await book.one(1)).toMatchObject({ version: 1, contexts: [], replacedContexts: [] });
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(`UPDATE model SET body = json_set(body, '$.format', 3) WHERE version = 1`);
    });
    await expect(runInDurableObject(stub(), async (object) => await object.one(1))).rejects.toThrow(
      'newer than this code',
    );
  });

  test('[TRN-15] history hears the last word of each', async () => {
    const history = new InMemoryHistory();
    class RememberingBook extends ModelBook {
      protected override history(): HistoryPort {
        return history;
      }
    }
    const other = env.MODEL_BOOK.get(env.MODEL_BOOK.idFromName('remembering'));
    await runInDurableObject(other, async (_, state) => {
      const remembering = new RememberingBook(state, env);
      await remembering.add(draftOf(1, { state: 'candidate', decidedAtMs: null }));
      await remembering.decide(1, 'candidate', {
        state: 'promoted',
        reason: 'Better.',
        decidedAtMs: 5,
        replaced: [],
        replacedContexts: [],
      });
      await remembering.alarm();
      expect(await remembering.historyStanding()).toMatchObject({ waiting: 0, refused: 0 });
    });
    expect(history.rowsOf('modelVersions')).toMatchObject([
      { version: 1, state: 'promoted', trainedAttempts: 3_000, valueEstimate: null },
    ]);
  });
});
