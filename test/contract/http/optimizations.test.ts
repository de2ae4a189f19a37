// Tuning over HTTP: what was tried and what holds, pages, a person's revert, and the settings that come with a recommendation.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { evidenceOf } from '../../domain/tuning/measured-processor.ts';
import { EMPTY_TALLY } from '../../../src/domain/tuning/optimization.ts';
import { InMemoryTunedPast, TUNING_SAMPLE } from '../../../tools/in-memory/in-memory-tuning.ts';
import { liveJson } from '../../../src/http/schemas/live.ts';
import { readTuningSettings } from '../../../src/domain/tuning/tuning-settings.ts';
import * as tuneSettings from '../../../workers/tune-settings.ts';

const PATH = '/api/v1/autonomous/optimizations';
const HOUR = 3_600_000;
let caller: Caller;
let past: InMemoryTunedPast;
beforeEach(async () => {
  caller = await createCaller();
  past = new InMemoryTunedPast();
  past.evidenceOf.set('processor_a', evidenceOf());
  past.evidenceOf.set('processor_c', evidenceOf({ attempts: 400 }));
  caller.set.tuning.past = past;
});

async function round(): Promise<void> {
  const shift = { cursor: null, signal: new AbortController().signal, count: () => undefined };
  await tuneSettings.run(caller.world, caller.set.tuning.settings, shift);
}
async function kept(): Promise<void> {
  await round();
  const arm = {
    ...EMPTY_TALLY,
    units: 40_000,
    score: 39_000,
    scoreSquares: 39_000,
    costs: 40_000,
    cost: 2e7,
    costSquares: 2e10,
  };
  past.tallyOf = () => ({ trial: arm, heldOut: arm });
  past.evidenceOf.clear();
  caller.set.now += 2 * HOUR;
  await round();
}
const list = async (query = '') => (await caller.call('GET', `${PATH}${query}`)).json;
const ids = async (query = '') => ((await list(query))['optimizations'] as { id: string }[]).map(({ id }) => id);
const recommend = async () =>
  (
    await caller.call('POST', '/api/v1/routing/recommend', {
      body: { payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL', eligible_processors: ['processor_a'] },
    })
  ).json;

describe('the list', () => {
  test.each([PATH, '/autonomous/optimizations'])('at %s says what is tried, why, and what is missing', async (path) => {
    await round();
    const { status, json } = await caller.call('GET', path, { key: caller.keys.read });
    expect([status, json]).toMatchObject([
      200,
      {
        count: 1,
        next_cursor: null,
        mode: 'act',
        interval_seconds: 120,
        optimizations: [
          {
            processor_id: 'processor_a',
            setting: 'timeout_ms',
            value_before: 30_000,
            value_after: 22_500,
            state: 'trying',
            kept_if: 'not_worse',
            evidence: { latency_p995_ms: 3_000, measured: 19_900 },
            measured: { trial_units: 0, trial_score: null, difference: null },
            undo: expect.stringContaining('timeout_ms is 30000 again') as string,
            outcome: null,
          },
        ],
      },
    ]);
    expect(json['processors']).toMatchObject([
      { processor_id: 'processor_a', settings: { timeout_ms: 30_000, requests_per_second: null } },
      { processor_id: 'processor_b', attempts: 0, attempts_missing: 1_000 },
      { processor_id: 'processor_c', attempts: 400, attempts_missing: 600, trial: null },
      {},
      {},
    ]);
  });

  test('[TUN-13] says the mode, and what is advised has nothing to undo', async () => {
    for (const [variables, mode] of [
      [{ CONSERVATIVE_MODE: 'true' }, 'conservative'],
      [{ AUTO_OPTIMIZATION_ENABLED: 'false' }, 'off'],
    ] as const) {
      caller.set.tuning.settings = readTuningSettings({ ...TUNING_SAMPLE, ...variables });
      await round();
      expect(await list()).toMatchObject({ mode, optimizations: [{ state: 'advised', undo: null, measured: null }] });
    }
  });

  test('goes by pages that new ones do not shift', async () => {
    await round();
    const [known] = caller.set.tuning.shelf.optimizations;
    const optimizations = Array.from({ length: 5 }, (_, i) => ({ ...known!, id: `opt_${i}` }));
    caller.set.tuning.shelf = { ...caller.set.tuning.shelf, optimizations };
    const first = await list('?limit=2');
    expect((first['optimizations'] as { id: string }[]).map(({ id }) => id)).toEqual(['opt_0', 'opt_1']);
    caller.set.tuning.shelf = {
      ...caller.set.tuning.shelf,
      optimizations: [{ ...known!, id: 'opt_new' }, ...optimizations],
    };
    const cursor = first['next_cursor'] as string;
    expect(await ids(`?limit=2&cursor=${cursor}`)).toEqual(['opt_2', 'opt_3']);
    expect(await ids(`?limit=50&cursor=${cursor}`)).toEqual(['opt_2', 'opt_3', 'opt_4']);
  });

  test('is refused without a key', async () => {
    for (const path of [PATH, '/autonomous/optimizations'])
      expect((await caller.call('GET', path, { key: null })).status).toBe(401);
  });
});

describe('[TUN-15] a revert', () => {
  test.each([PATH, '/autonomous/optimizations'])(
    'at %s ends a trial, is audited and told, and does nothing twice',
    async (path) => {
      await round();
      const [id] = await ids();
      const revert = async () => await caller.call('POST', `${path}/${id}/revert`, { key: caller.keys.operate });
      expect([(await revert()).json, (await revert()).json]).toMatchObject([
        {
          reverted: true,
          why_not: null,
          optimization: { state: 'reverted', ended_by: expect.any(String) as string, undo: null },
        },
        { reverted: false, why_not: expect.stringContaining('not in force') as string },
      ]);
      expect(
        caller.set.audit.filter(({ action, subject }) => action === 'revert_optimization' && subject === id),
      ).toHaveLength(1);
      expect(caller.set.tuning.told.map((event) => liveJson(event))).toMatchObject([
        { type: 'optimization_applied', optimization: { id, state: 'trying' } },
        { type: 'optimization_applied', optimization: { id, state: 'reverted', outcome: 'A person took it back' } },
      ]);
    },
  );

  test('of what was kept puts back what was before', async () => {
    await kept();
    const [id] = await ids();
    expect(await recommend()).toMatchObject({ settings: { timeout_ms: 22_500, optimization: null } });
    expect((await caller.call('POST', `${PATH}/${id}/revert`)).json).toMatchObject({
      reverted: true,
      optimization: { measured: { trial_units: 40_000 * 2, trial_cost: 500 } },
    });
    expect(await recommend()).toMatchObject({ settings: { timeout_ms: 30_000 } });
  });

  test('takes nothing back that a later change stands upon', async () => {
    await kept();
    past.evidenceOf.set('processor_a', evidenceOf());
    await round();
    const [trying, older] = await ids();
    expect((await caller.call('POST', `${PATH}/${older}/revert`)).json).toMatchObject({
      reverted: false,
      why_not: expect.stringContaining('later change') as string,
      optimization: { state: 'kept' },
    });
    await caller.call('POST', `${PATH}/${trying}/revert`);
    expect((await caller.call('POST', `${PATH}/${older}/revert`)).json).toMatchObject({ reverted: true });
  });

  test('of what is not there is refused, and with a key that may only read', async () => {
    await round();
    const [id] = await ids();
    expect((await caller.call('POST', `${PATH}/opt_none/revert`)).json).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect((await caller.call('POST', `${PATH}/${id}/revert`, { key: caller.keys.read })).status).toBe(403);
  });
});

describe('[TUN-14] a recommendation', () => {
  test('tells the settings of the processor it chose, tried on half of the payments', async () => {
    expect((await recommend())['settings']).toEqual({
      timeout_ms: 30_000,
      attempts_max: 3,
      requests_per_second: null,
      table_max_age_ms: 2_000,
      optimization: null,
    });
    await round();
    const [id] = await ids();
    const told = await Promise.all(Array.from({ length: 60 }, recommend));
    const settings = told.map(
      (answer) => answer['settings'] as { timeout_ms: number; optimization: { id: string; on_trial: boolean } },
    );
    expect(settings.every(({ optimization }) => optimization.id === id)).toBe(true);
    expect(
      settings.every(({ timeout_ms, optimization }) => timeout_ms === (optimization.on_trial ? 22_500 : 30_000)),
    ).toBe(true);
    expect(new Set(settings.map(({ timeout_ms }) => timeout_ms)).size).toBe(2);
  });

  test('tells none before they were heard, nor where nothing was chosen', async () => {
    caller.set.tuning.isUnheard = true;
    expect(await recommend()).toMatchObject({ processor_id: 'processor_a', settings: null });
    caller.set.tuning.isUnheard = false;
    const { json } = await caller.call('POST', '/api/v1/routing/recommend', {
      body: { payment_method: 'PIX', country: 'MX' },
    });
    expect(json).toMatchObject({ processor_id: null, settings: null });
  });
});
