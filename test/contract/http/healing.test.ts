// Healing over HTTP: what it did and how it does, how much it may do, and to heal one processor now.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import { healHouse } from '../../../src/flows/heal-house.ts';
import * as heal from '../../../workers/heal.ts';

const MINUTE = 60_000;
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

const get = async (path: string) => (await caller.call('GET', path)).json;
const healNow = async (id = 'processor_a', path = '/api/v1/autonomous/heal') =>
  await caller.call('POST', `${path}/${id}`);
const put = async (body: object) => await caller.call('PUT', '/api/v1/healing/settings', { body });
const sweep = async () => {
  const counts: object[] = [];
  const signal = new AbortController().signal;
  await heal.run(caller.world, {
    token: 1,
    scheduledMs: caller.set.now,
    cursor: null,
    signal,
    count: (more) => void counts.push(more),
  });
  return counts[0];
};

async function record(count: number, result: string, id = 'processor_a'): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    caller.set.now += 10;
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, processor_id: id, result } });
  }
}

/** A segment fails that nothing stops: its breaker has thresholds that nothing reaches. */
async function failUnstopped(): Promise<void> {
  const { processors } = caller.set.configuration;
  const breaker = { failureThreshold: 10_000, failureRateThreshold: 1, minimumVolume: 10_000 };
  const lenient = processors.map((one) =>
    one.id === 'processor_a' ? { ...one, breaker: { ...one.breaker, ...breaker } } : one,
  );
  caller.set.configuration = { ...caller.set.configuration, processors: lenient };
  await record(40, 'error');
  await record(5, 'approved');
  caller.set.now += MINUTE;
}

/** Fails until its breaker opens, and heals in a trial. */
async function failAndHeal(): Promise<void> {
  await record(6, 'error');
  caller.set.now += 90_000;
  await record(3, 'approved');
  const { processors } = (await get('/api/v1/health')) as {
    processors: { processor_id: string; segments: object[] }[];
  };
  expect(processors.find((one) => one.processor_id === 'processor_a')).toMatchObject({ breaker: { state: 'CLOSED' } });
}

describe('POST /api/v1/autonomous/heal/{provider}', () => {
  test('[HEA-14] holds a healed processor to a share, says so, and does nothing twice', async () => {
    await failAndHeal();
    const first = await healNow();
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({
      processor_id: 'processor_a',
      mode: 'act',
      actions: [
        {
          kind: 'ramp_back',
          why: 'Its breaker has closed after a trial',
          remedy: expect.stringMatching(/^cap at 5% on .* for 900 s$/),
          state: 'done',
          step: 0,
          outcome: null,
        },
      ],
      measured: [],
      kept: [],
    });
    expect((await get('/api/v1/overrides'))['overrides']).toMatchObject([
      { kind: 'cap', share: 0.05, who: 'self-healing' },
    ]);
    expect((await healNow()).json).toMatchObject({ actions: [], measured: [] });
    expect(caller.set.configuration.overrides).toHaveLength(1);
    const audited = caller.set.audit.map(({ action, subject }) => [action, subject]);
    expect(audited).toContainEqual(['heal_processor', 'processor_a']);
    expect(audited).toContainEqual(['put_override', caller.set.configuration.overrides[0]?.id]);
  });

  test('[HEA-14] says which breaker it keeps shut, and why', async () => {
    await record(6, 'error');
    expect((await healNow()).json).toMatchObject({
      actions: [],
      kept: [{ kind: 'probe_breaker', why: expect.stringContaining('OPEN') }],
    });
  });

  test('is there without the prefix, and knows who is registered', async () => {
    expect((await healNow('processor_a', '/autonomous/heal')).status).toBe(200);
    expect((await healNow('nobody')).json).toMatchObject({ code: 'not_found' });
  });
});

describe('the sweep', () => {
  test('[HEA-7] [HEA-8] [HEA-15] ramps back in three steps and measures the recovery from the first failure', async () => {
    await failAndHeal();
    const counts = [await sweep()];
    for (let step = 0; step < 3; step += 1) {
      await record(5, 'approved');
      caller.set.now += MINUTE;
      counts.push(await sweep());
    }
    expect(counts.map((one) => Object.values(one ?? {}))).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(await get('/api/v1/healing/actions')).toMatchObject({
      count: 1,
      actions: [
        {
          kind: 'ramp_back',
          state: 'ended',
          outcome: 'recovered',
          undone: false,
          recovery_seconds: expect.closeTo(270, -1),
        },
      ],
    });
    expect(caller.set.configuration.overrides).toEqual([]);
    const { kinds, attempts } = (await get('/api/v1/healing/stats')) as { kinds: object[]; attempts: number };
    expect(attempts).toBe(1);
    expect(kinds[3]).toMatchObject({ kind: 'ramp_back', attempts: 1, open: 0, success_rate: 1 });
    expect(caller.set.healing.told.map(({ name }) => name)).toEqual([
      'healing_event',
      'healing_event',
      'healing_event',
      'healing_event',
      'provider_recovered',
    ]);
  });

  test('[HEA-12] that is killed once the book has its act leaves nobody to do it again', async () => {
    await failAndHeal();
    caller.set.healing.diesAfterBegin = true;
    await expect(sweep()).rejects.toThrow('killed');
    caller.set.healing.diesAfterBegin = false;
    expect(await sweep()).toMatchObject({ actions_begun: 0, actions_measured: 0 });
    caller.set.now += 2 * MINUTE;
    expect(await sweep()).toMatchObject({ actions_begun: 0, actions_measured: 1 });
    expect(caller.set.configuration.overrides).toEqual([]);
    expect(await get('/api/v1/healing/actions')).toMatchObject({ count: 1, actions: [{ outcome: 'interrupted' }] });
  });

  test('[HEA-13] in two runs at once does the work once', async () => {
    await failAndHeal();
    const ask = { processorId: null, byDemand: false, actor: { keyId: 'self-healing', requestId: 'heal 1' } };
    const both = await Promise.all([healHouse(caller.world, ask), healHouse(caller.world, ask)]);
    expect(both.flatMap(({ actions }) => actions)).toHaveLength(1);
    expect(caller.set.configuration.overrides).toHaveLength(1);
  });

  test('[HEA-2] drains nobody when the configuration has changed since it looked', async () => {
    await failUnstopped();
    const change = caller.world.registry.change.bind(caller.world.registry);
    const drained: unknown[] = [];
    Object.assign(caller.world.registry, {
      change: async (...given: Parameters<typeof change>) => {
        drained.push(given[2]);
        caller.set.configuration = { ...caller.set.configuration, version: caller.set.configuration.version + 1 };
        return await change(...given);
      },
    });
    await sweep();
    expect(new Set(drained).size).toBe(4);
    expect(drained).not.toContain(null);
    const { actions } = (await get('/api/v1/healing/actions')) as { actions: object[] };
    expect(actions).toHaveLength(4);
    const refused = { kind: 'fail_over_segment', outcome: 'failed' };
    for (const action of actions)
      expect(action).toMatchObject({ ...refused, measured: 'The Registry has refused it: stale_version' });
    expect(caller.set.configuration.overrides.filter(({ kind }) => kind === 'drain')).toEqual([]);
  });

  test('[HEA-17] tells of a drain how long it took until the others showed that it helped', async () => {
    const beganAtMs = caller.set.now;
    await failUnstopped();
    expect(await sweep()).toMatchObject({ actions_begun: 1 });
    caller.set.now += 20_000;
    await record(20, 'approved', 'processor_c');
    const shownAtMs = caller.set.now;
    caller.set.now += 40_000;
    expect(await sweep()).toMatchObject({ actions_measured: 0 });
    for (let minute = 0; minute < 3; minute += 1) {
      caller.set.now += MINUTE;
      await record(50, 'approved', 'processor_c');
      await sweep();
    }
    const { actions } = (await get('/api/v1/healing/actions')) as { actions: Record<string, unknown>[] };
    const drain = actions.find(({ kind }) => kind === 'fail_over_segment');
    expect(drain).toMatchObject({
      state: 'ended',
      outcome: 'recovered',
      measured: expect.stringContaining('at the others'),
    });
    expect(drain?.['recovery_seconds']).toBeCloseTo((shownAtMs - beganAtMs) / 1_000, 0);
    expect(caller.set.healing.told.filter(({ name }) => name === 'failover_triggered')).toHaveLength(1);
  });

  test('[HEA-19] lets overdue unknowns have begun when the oldest became one', async () => {
    const sinceMs = caller.set.now;
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, result: 'timeout', payment_id: 'pay_1' } });
    caller.set.now += 24 * 60 * MINUTE;
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, result: 'timeout', payment_id: 'pay_2' } });
    caller.set.now += MINUTE;
    await sweep();
    const { actions } = (await get('/api/v1/healing/actions')) as { actions: Record<string, unknown>[] };
    expect(actions.find(({ kind }) => kind === 'reconcile_unknowns')).toMatchObject({
      evidence: { overdue: 1 },
      symptom_at: new Date(sinceMs).toISOString(),
    });
  });

  test('[HEA-11] tries dead letters again, once under the same circumstances, and measures how many are left', async () => {
    const item = { kind: 'delivery', body: '{}', pathRest: '', query: [] } as const;
    const letter = { id: 'dlt_1', sourceId: 'gone', reason: 'unreadable', field: null, item, atMs: caller.set.now };
    caller.set.webhooks.letters = [letter];
    const counts: unknown[] = [];
    const minutes = async (count: number): Promise<void> => {
      for (let minute = 0; minute < count; minute += 1) {
        counts.push(((await sweep()) as Record<string, number>)['actions_begun']);
        caller.set.now += MINUTE;
      }
    };
    await minutes(3);
    const body = { id: 'newcomer', name: 'N', countries: ['BR'], payment_methods: ['PIX'] };
    expect((await caller.call('POST', '/api/v1/processors', { body })).status).toBe(201);
    await minutes(2);
    expect(counts).toEqual([1, 0, 0, 1, 0]);
    expect(await get('/api/v1/healing/actions')).toMatchObject({
      actions: [
        {
          kind: 'replay_dead_letters',
          subject: 'gone',
          outcome: 'not_recovered',
          measured: '1 of 1 are left',
          undo: null,
        },
        { outcome: 'not_recovered' },
      ],
    });
    caller.set.webhooks.letters = [letter, { ...letter, id: 'dlt_2' }];
    await minutes(1);
    caller.set.webhooks.letters = [letter];
    await sweep();
    expect((await get('/api/v1/healing/actions'))['actions']).toMatchObject([{ outcome: 'recovered' }, {}, {}]);
  });
});

describe('[HEA-4] the switch', () => {
  test('[HEA-18] off: what was begun goes on to its end, and nothing more is begun', async () => {
    await failAndHeal();
    expect(await sweep()).toMatchObject({ actions_begun: 1 });
    await put({ mode: 'off' });
    caller.set.webhooks.letters = [
      {
        id: 'dlt_1',
        sourceId: 'gone',
        reason: 'unreadable',
        field: null,
        item: { kind: 'delivery', body: '{}', pathRest: '', query: [] },
        atMs: caller.set.now,
      },
    ];
    for (const share of [0.25, 0.5, undefined]) {
      await record(5, 'approved');
      caller.set.now += MINUTE;
      expect(await sweep()).toMatchObject({ actions_begun: 0, actions_measured: 1 });
      expect(caller.set.configuration.overrides[0]?.share).toBe(share);
    }
    expect(caller.set.configuration.overrides).toEqual([]);
    expect(await get('/api/v1/healing/actions')).toMatchObject({ count: 1, actions: [{ outcome: 'recovered' }] });
  });

  test('off: begins nothing and keeps nothing', async () => {
    await failAndHeal();
    expect((await put({ mode: 'off' })).json).toMatchObject({ mode: 'off', kinds: { ramp_back: 'off' } });
    expect((await healNow()).json).toMatchObject({ mode: 'off', actions: [], measured: [], kept: [] });
    expect(await get('/api/v1/healing/actions')).toMatchObject({ count: 0 });
  });

  test('advise: keeps what it would do, and does none of it', async () => {
    await failAndHeal();
    await put({ mode: 'advise' });
    expect(await sweep()).toMatchObject({ actions_begun: 1 });
    expect(await get('/api/v1/healing/actions')).toMatchObject({ actions: [{ kind: 'ramp_back', state: 'advised' }] });
    expect(caller.set.configuration.overrides).toEqual([]);
    caller.set.now += MINUTE;
    expect(await sweep()).toMatchObject({ actions_begun: 0, actions_measured: 0 });
  });
});

describe('[HEA-16] settings', () => {
  test('hold by default, and are told as they hold', async () => {
    expect(await get('/api/v1/healing/settings')).toMatchObject({
      mode: 'act',
      kinds: { ramp_back: 'act', expire_override: 'advise' },
      max_healing_attempts: 5,
      window_seconds: 3_600,
      backoff_seconds: 60,
    });
  });

  test('are refused field by field, need an admin, and stay when a configuration is imported', async () => {
    const refused = await put({ max_healing_attempts: 0, window_seconds: 1 });
    expect(refused.status).toBe(422);
    expect((refused.json['errors'] as { field: string }[]).map(({ field }) => field)).toEqual([
      'max_healing_attempts',
      'window_seconds',
    ]);
    const operator = { body: {}, key: caller.keys.operate };
    expect((await caller.call('PUT', '/api/v1/healing/settings', operator)).status).toBe(403);
    await put({ mode: 'advise', kinds: { drain: 'off' } });
    const document = await get('/api/v1/config');
    expect(document).not.toHaveProperty('healing');
    expect((await caller.call('PUT', '/api/v1/config', { body: document })).status).toBe(200);
    expect(await get('/api/v1/healing/settings')).toMatchObject({ mode: 'advise', kinds: { drain: 'off' } });
  });
});

describe('GET /api/v1/healing/actions', () => {
  test('comes in pages, newest first', async () => {
    await failAndHeal();
    await put({ mode: 'advise' });
    await sweep();
    const [action] = caller.set.healing.actions;
    caller.set.healing.actions = ['1', '2', '3'].map((id) => ({ ...action!, id }));
    const first = await get('/api/v1/healing/actions?limit=2');
    expect(first).toMatchObject({ count: 2, actions: [{ id: '3' }, { id: '2' }], next_cursor: '2' });
    expect(await get('/api/v1/healing/actions?limit=2&cursor=2')).toMatchObject({
      count: 1,
      actions: [{ id: '1' }],
      next_cursor: null,
    });
  });
});
