// Healing through the real objects: a processor fails, its breaker opens, it heals, and comes back in steps that the book keeps.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { BOOTSTRAP_KEY_ID } from '../../src/domain/configuration/access.ts';
import { boardStub } from '../../durable-objects/board-client.ts';
import type { Configuration } from '../../src/domain/configuration/configuration.ts';
import { createHealingBookClient, healingBookStub } from '../../durable-objects/healing-book-client.ts';
import { createJobBookClient, jobBookStub } from '../../durable-objects/job-book-client.ts';
import type { HealingBook } from '../../durable-objects/healing-book.ts';
import type { HealingAction } from '../../src/domain/healing/healing-action.ts';
import { HEALING_DEFAULT } from '../../src/domain/healing/healing-settings.ts';
import { processors, record, register } from './registered-processors.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import type { RegisteredProcessor } from '../../src/domain/processor-config.ts';
import worker from './test-worker.ts';

const MINUTE_MS = 60_000;
const book = createHealingBookClient(env);
const jobs = createJobBookClient(env);
const stub = () => healingBookStub(env) as unknown as DurableObjectStub<HealingBook>;
const configuration = async (): Promise<Configuration> => await registryStub(env).configuration();
const overrides = async () => (await configuration()).overrides;

/** Only crons sweep here: what happens asks for a sweep of its own, and finds the lease taken. */
let token = 0;
const hold = async (): Promise<boolean> =>
  await vi.waitUntil(
    async () => {
      const taken = await jobs.take('heal', { trigger: 'operator', requestKey: null, timeLimitMs: 600_000 });
      if (taken.taken) token = taken.run.token;
      return taken.taken;
    },
    { timeout: 15_000, interval: 100 },
  );
const letGo = async (): Promise<unknown> =>
  await jobs.settle('heal', token, { outcome: 'failed', counts: {}, error: 'held', cursor: null });

/** Cron's trigger of so many minutes ago: each minute is swept once. */
let swept = 20;
const cron = async (): Promise<void> => {
  swept -= 1;
  const scheduledTime = Date.now() - swept * MINUTE_MS;
  await worker.scheduled({ cron: '* * * * *', scheduledTime, noRetry: () => undefined } as ScheduledController, env);
};
const sweep = async (): Promise<void> => {
  await letGo();
  await cron();
  await hold();
};
const healRuns = async () =>
  (new Map((await jobBookStub(env).read()).records).get('heal')?.runs ?? []).filter(
    ({ trigger }) => trigger === 'cron',
  );

/** As if so much time had gone by since an act was planned and done. */
const letPass = async (ms: number): Promise<void> =>
  await runInDurableObject(stub(), (_, { storage }) => {
    storage.sql.exec(
      `UPDATE action SET body = json_set(body, '$.plannedAtMs', json_extract(body, '$.plannedAtMs') - ?)`,
      ms,
    );
    storage.sql.exec(
      `UPDATE action SET body = json_set(body, '$.standing.atMs', json_extract(body, '$.standing.atMs') - ?)
       WHERE json_extract(body, '$.standing.state') = 'done'`,
      ms,
    );
  });

/** Its breaker is soon under trial. */
const registerQuick = async (id: string): Promise<RegisteredProcessor> =>
  await register(id, { openTimeout: 100, openTimeoutMax: 100 });

const breakerOf = async (processor: RegisteredProcessor): Promise<string | undefined> => {
  // On a busy machine an object takes longer than whoever asks waits: then ask again.
  const { row } = await vi.waitUntil(async () => await processors.health(processor), { timeout: 15_000 });
  return [row.breaker.state, ...row.segments.map(({ breaker }) => breaker.state)].find((one) => one !== 'CLOSED');
};

/** On the live socket of the board. */
async function listen() {
  const board = boardStub(env, 'main');
  const ticket = await board.issueTicket(BOOTSTRAP_KEY_ID);
  const address = `https://board/?ticket=${ticket}`;
  const { webSocket: socket } = await board.fetch(address, { headers: { upgrade: 'websocket' } });
  if (socket === null) throw new Error('the board let nobody in');
  const heard: { readonly type: string }[] = [];
  socket.addEventListener('message', ({ data }) => heard.push(JSON.parse(String(data)) as { type: string }));
  socket.accept();
  return { heard, socket };
}

describe('a processor that fails and heals', () => {
  let sick: RegisteredProcessor;
  beforeAll(async () => {
    await hold();
    sick = await registerQuick('sick');
    await record(await registerQuick('well'), 5, 'approved');
    await record(sick, 10, 'approved');
    await record(sick, 6, 'error');
    expect(await breakerOf(sick)).toBe('OPEN');
    const end = Date.now() + 20_000;
    while ((await breakerOf(sick)) !== undefined && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await record(sick, 3, 'approved');
    }
    expect(await breakerOf(sick)).toBeUndefined();
  }, 30_000);

  test('[HEA-12] is left alone while another run of the job holds the lease', async () => {
    await cron();
    expect((await healRuns())[0]).toMatchObject({ skipReason: 'already_running' });
    expect(await book.all()).toEqual([]);
  });

  test('[HEA-7] is held to a share', async () => {
    await sweep();
    expect((await healRuns())[0]).toMatchObject({ outcome: 'done', counts: { actions_begun: 1 } });
    expect(await book.all()).toMatchObject([
      { kind: 'ramp_back', processorId: 'sick', standing: { state: 'done', step: 0 } },
    ]);
    expect(await overrides()).toMatchObject([{ kind: 'cap', share: 0.05, processorId: 'sick', who: 'self-healing' }]);
  });

  test('[HEA-12] [HEA-13] whose run was killed in the middle is not acted upon twice, and goes on later', async () => {
    const [before] = await overrides();
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(`UPDATE action SET body = json_set(body, '$.standing', json('{"state":"acting"}'))`);
    });
    await abortAllDurableObjects();
    await sweep();
    expect(await book.all()).toMatchObject([{ standing: { state: 'acting' } }]);
    expect(await overrides()).toEqual([before]);
    await record(sick, 5, 'approved');
    await letPass(2 * MINUTE_MS);
    await sweep();
    expect(await book.all()).toMatchObject([{ standing: { state: 'done', step: 1 } }]);
    expect(await overrides()).toMatchObject([{ id: before?.id, share: 0.25 }]);
  });

  test('[HEA-7] [HEA-8] [HEA-13] [HEA-15] comes back in steps, its recovery is measured from the first failure, and told live', async () => {
    const live = await listen();
    for (const share of [0.5, null]) {
      await evictDurableObject(stub());
      await record(sick, 5, 'approved');
      await letPass(MINUTE_MS);
      await sweep();
      expect((await overrides()).map((override) => override.share ?? null)).toEqual(share === null ? [] : [share]);
    }
    const [action] = await book.all();
    expect(action).toMatchObject({ standing: { state: 'ended', outcome: 'recovered', undone: false } });
    const { standing } = action!;
    const recoveryMs = standing.state === 'ended' ? standing.recoveryMs : null;
    expect(recoveryMs).toBeGreaterThan(150);
    expect(recoveryMs).toBeLessThan(MINUTE_MS);
    // Rows of processors come whenever one has changed.
    const told = live.heard.filter(({ type }) => type !== 'processor' && type !== 'configuration');
    expect(told.map(({ type }) => type)).toEqual(['healing_event', 'healing_event', 'provider_recovered']);
    expect(told.at(-1)).toMatchObject({ action: { kind: 'ramp_back', outcome: 'recovered' } });
    live.socket.close();
    await sweep();
    expect(await book.all()).toHaveLength(1);
  });
});

describe('the book', () => {
  test('[HEA-13] of twenty who begin at once lets one, and keeps a change under its revision alone', async () => {
    const [known] = await book.all();
    const action = { ...known!, id: 'heal_x', subject: 'x', revision: 0, standing: { state: 'acting' } as const };
    const moment = { now: action.plannedAtMs, byDemand: false };
    const answers = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, index) => await book.begin({ ...action, id: `heal_${index}` }, HEALING_DEFAULT, moment),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    const id = `heal_${answers.indexOf(true)}`;
    expect(await book.update({ ...action, id, revision: 2 })).toBe(false);
    expect(await book.update({ ...action, id, revision: 1 })).toBe(true);
    expect(await book.update({ ...action, id, revision: 1 })).toBe(false);
    const first = await book.page(null, 1);
    expect(first.items.map((one) => one.id)).toEqual([id]);
    expect((await book.page(first.nextCursor, 1)).items).toMatchObject([{ kind: 'ramp_back', processorId: 'sick' }]);
  });

  test('[HEA-30] keeps attempts apart from bookkeeping, however much there is of that', async () => {
    const [known] = await book.all();
    const ended = {
      state: 'ended',
      atMs: 0,
      outcome: 'recovered',
      measured: '',
      undone: false,
      recoveryMs: 0,
    } as const;
    const moment = { now: known!.plannedAtMs, byDemand: false };
    const act = { ...known!, revision: 0, standing: ended };
    const ending = { ...act, remedy: { do: 'end_override', overrideId: 'x' } } as const;
    const before = (await book.all()).length;
    await runInDurableObject(stub(), async (object) => {
      await object.begin({ ...act, id: 'heal_act', subject: 'act' }, HEALING_DEFAULT, moment);
      for (let index = 0; index < 510; index += 1)
        await object.begin({ ...ending, id: `heal_end_${index}`, subject: `${index}` }, HEALING_DEFAULT, moment);
    });
    const kept = await book.all();
    expect(kept.filter(({ remedy }) => remedy.do === 'end_override')).toHaveLength(500);
    expect(kept.map(({ id }) => id)).toContain('heal_act');
    expect(kept).toHaveLength(before + 501);
  });

  test('[HEA-28] has what is being undone among what is open, and says so over a restart', async () => {
    const action = (await book.one('heal_act'))!;
    const undoing = { ...action.standing, outcome: 'undone', undone: false } as HealingAction['standing'];
    expect(await book.update({ ...action, revision: 1, standing: undoing })).toBe(true);
    await abortAllDurableObjects();
    const open = async () => (await book.since(Number.MAX_SAFE_INTEGER)).map(({ id }) => id);
    expect(await open()).toContain('heal_act');
    expect(await book.update({ ...action, revision: 2 })).toBe(true);
    expect(await open()).not.toContain('heal_act');
  });
});
