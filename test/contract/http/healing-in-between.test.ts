// Healing over HTTP where something comes in between: the configuration changes, an undo is cut off, a processor is registered anew, overrides end by themselves.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import * as heal from '../../../workers/heal.ts';
import * as keepMaintenance from '../../../workers/keep-maintenance.ts';

const MINUTE = 60_000;
const SEGMENTS = ['PIX', 'CARD', 'UPI'];
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
  for (const id of ['sick', 'well']) await register(id);
});

type Action = Record<string, unknown>;
const register = async (id: string) =>
  await caller.call('POST', '/api/v1/processors', {
    body: {
      id,
      name: id,
      countries: ['IN'],
      payment_methods: SEGMENTS,
      breaker: { failureThreshold: 10_000, failureRateThreshold: 1, minimumVolume: 10_000 },
    },
  });
const actions = async (): Promise<Action[]> =>
  (await caller.call('GET', '/api/v1/healing/actions')).json['actions'] as Action[];
const statsOf = async (kind: string): Promise<Action | undefined> => {
  const { kinds } = (await caller.call('GET', '/api/v1/healing/stats')).json as { kinds: Action[] };
  return kinds.find((one) => one['kind'] === kind);
};
const sweep = async (): Promise<void> => {
  const shift = { token: 1, signal: new AbortController().signal, count: () => undefined };
  await heal.sweep(caller.world, shift);
};
const overridden = (): unknown[] => caller.set.configuration.overrides.map(({ kind, segment }) => [kind, segment]);

async function record(id: string, result: string, segments: readonly string[], count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    for (const payment_method of segments) {
      caller.set.now += 10;
      const own = { processor_id: id, result, payment_method, country: 'IN', currency: 'INR' };
      await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, ...own } });
    }
}

/** Segments fail that nothing stops. */
async function fail(...segments: readonly string[]): Promise<void> {
  await record('well', 'approved', segments, 25);
  await record('sick', 'error', segments, 25);
}

/** Somebody else changes the configuration in between the look at it and the change of it, as often as told, or until told to stop. */
function interfere(times: number): () => void {
  const { registry } = caller.world;
  const change = registry.change.bind(registry);
  let left = times;
  Object.assign(registry, {
    change: async (...given: Parameters<typeof change>) => {
      if (left > 0) {
        left -= 1;
        const { configuration } = caller.set;
        caller.set.configuration = { ...configuration, version: configuration.version + 1 };
      }
      return await change(...given);
    },
  });
  return () => void (left = 0);
}

describe('[HEA-27] a configuration that somebody else changes meanwhile', () => {
  beforeEach(async () => {
    await register('sick_too');
    await fail('PIX');
    await record('sick_too', 'error', ['PIX'], 25);
  });

  test('voids one act, and the sweep decides anew for that and for all later ones', async () => {
    interfere(1);
    await sweep();
    expect(overridden()).toEqual([
      ['drain', 'PIX|IN'],
      ['drain', 'PIX|IN'],
    ]);
    expect((await actions()).map((one) => [one['processor_id'], one['state']])).toEqual([
      ['sick_too', 'done'],
      ['sick', 'done'],
      ['sick', 'ended'],
    ]);
    expect((await actions()).at(-1)).toMatchObject({
      outcome: 'failed',
      measured: 'The Registry has refused it: stale_version',
      evidence: { void_at_version: expect.any(Number) },
    });
    expect(await statsOf('fail_over_segment')).toMatchObject({ attempts: 2, void: 1, outcomes: { failed: 0 } });
  });

  test('all the time takes up no attempts and no time: once it is quiet, the next sweep drains', async () => {
    const stop = interfere(Infinity);
    for (let minute = 0; minute < 6; minute += 1) await sweep();
    expect(overridden()).toEqual([]);
    expect(await statsOf('fail_over_segment')).toMatchObject({ attempts: 0, void: 24, success_rate: null });
    stop();
    await sweep();
    expect(overridden()).toHaveLength(2);
  });
});

describe('[HEA-28] an undo that is cut off', () => {
  const killed = new Error('the isolate was killed');
  let id = '';
  beforeEach(async () => {
    await fail('PIX');
    await sweep();
    id = String((await actions()).find(({ kind }) => kind === 'fail_over_segment')?.['id']);
    expect(overridden()).toEqual([['drain', 'PIX|IN']]);
  });

  const headers = { 'Idempotency-Key': 'once' };
  const undo = async (sent: object = { headers }) =>
    await caller.call('POST', `/api/v1/healing/actions/${id}/undo`, sent);
  const standing = async (): Promise<unknown[]> => {
    const action = (await actions()).find((one) => one['id'] === id);
    return [action?.['state'], action?.['outcome'], action?.['undone'], overridden().length];
  };
  /** The first time that it is called after so many calls nothing else is done by this request. */
  function dies(port: object, method: string, after: number): void {
    const real = (port as Record<string, (...given: unknown[]) => Promise<unknown>>)[method]!;
    let calls = 0;
    Object.assign(port, {
      [method]: async (...given: unknown[]) => {
        calls += 1;
        if (calls === after + 1) throw killed;
        return await real(...given);
      },
    });
  }

  const FAULTS = [
    ['before it is done', 1, () => dies(caller.world.registry, 'change', 0)],
    ['before it is audited', 1, () => dies(caller.world.registry, 'note', 0)],
    ['after it was done', 0, () => dies(caller.world.healing.book, 'update', 1)],
  ] as const;
  describe.each(FAULTS)('%s', (_, left, fault) => {
    beforeEach(async () => {
      fault();
      expect((await undo()).status).toBe(500);
      expect(await standing()).toEqual(['undoing', null, false, left]);
    });
    const did = left === 0 ? null : expect.stringMatching(/^lift override heal_/);

    test.each([
      ['the same key', { headers }],
      ['another key', { headers: { 'Idempotency-Key': 'twice' } }],
      ['no key', {}],
    ])('is completed by a retry under %s', async (_name, sent) => {
      expect(await undo(sent)).toMatchObject({ status: 200, json: { did, action: { state: 'ended', undone: true } } });
      expect(await standing()).toEqual(['ended', 'undone', true, 0]);
      expect(await undo()).toMatchObject({ status: 200, json: { did: null } });
      expect((await undo({})).json).toMatchObject({ code: 'not_undoable', detail: 'It was undone before.' });
      expect(caller.set.audit.map(({ action }) => action)).toContain('undo_healing');
    });

    test('is completed by the next sweep, and not begun again', async () => {
      await sweep();
      expect(await standing()).toEqual(['ended', 'undone', true, 0]);
      expect(caller.set.healing.told.at(-1)).toMatchObject({ name: 'healing_event', action: { id } });
      caller.set.now += 5 * MINUTE;
      await sweep();
      expect(await standing()).toEqual(['ended', 'undone', true, 0]);
      expect(await undo()).toMatchObject({ status: 200, json: { did: null } });
    });

    test('is completed, however old the act is', async () => {
      const { healing } = caller.set;
      healing.actions = healing.actions.map((one) => ({ ...one, plannedAtMs: one.plannedAtMs - 120 * MINUTE }));
      await sweep();
      expect(await standing()).toEqual(['ended', 'undone', true, 0]);
    });
  });

  test('is done once where a sweep completes it first', async () => {
    const { registry } = caller.world;
    const note = registry.note.bind(registry);
    let isFirst = true;
    Object.assign(registry, {
      note: async (...given: Parameters<typeof note>) => {
        if (isFirst) {
          isFirst = false;
          await sweep();
        }
        await note(...given);
      },
    });
    expect(await undo({})).toMatchObject({ status: 200, json: { action: { undone: true } } });
    expect(await standing()).toEqual(['ended', 'undone', true, 0]);
  });
});

describe('[HEA-29] a processor that was deleted and registered anew', () => {
  const anew = async (): Promise<void> => {
    expect((await caller.call('DELETE', '/api/v1/processors/sick')).status).toBe(204);
    expect((await register('sick')).status).toBe(201);
  };
  const healNow = async () => (await caller.call('POST', '/api/v1/autonomous/heal/sick')).json;

  test('inherits neither what healing did about its namesake nor the attempts', async () => {
    await fail('PIX');
    await sweep();
    const [drain] = await actions();
    await anew();
    expect(await healNow()).toMatchObject({
      actions: [],
      measured: [{ outcome: 'not_recovered', measured: 'The processor was registered anew', recovery_seconds: null }],
    });
    expect(await healNow()).toMatchObject({ actions: [], measured: [] });
    expect(overridden()).toEqual([]);
    const undo = await caller.call('POST', `/api/v1/healing/actions/${String(drain?.['id'])}/undo`);
    expect(undo.json).toMatchObject({ code: 'not_undoable', detail: 'The processor was registered anew.' });
    await record('sick', 'error', ['PIX'], 25);
    await sweep();
    expect(overridden()).toEqual([['drain', 'PIX|IN']]);
  });

  test('is not ramped back because its namesake was drained', async () => {
    await fail('PIX');
    await sweep();
    // The sweep that measures would ramp it back itself.
    await caller.call('PUT', '/api/v1/healing/settings', { body: { kinds: { ramp_back: 'off' } } });
    for (let minute = 0; minute < 5; minute += 1) {
      caller.set.now += MINUTE;
      await record('well', 'approved', ['PIX'], 10);
      await sweep();
    }
    expect(await actions()).toMatchObject([{ kind: 'fail_over_segment', outcome: 'recovered' }]);
    await anew();
    await caller.call('PUT', '/api/v1/healing/settings', { body: {} });
    await sweep();
    expect(overridden()).toEqual([]);
  });

  test('[PRD-48] is not drained by a maintenance window of its namesake', async () => {
    const body = {
      processor_id: 'sick',
      duration_minutes: 30,
      why: 'Certificates',
      starts_at: new Date(caller.set.now),
    };
    expect((await caller.call('POST', '/api/v1/maintenance-windows', { body })).status).toBe(201);
    const minute = async () => await keepMaintenance.run(caller.world, { token: 1, count: () => undefined });
    await minute();
    expect(overridden()).toEqual([['drain', null]]);
    await anew();
    expect((await caller.call('POST', '/api/v1/maintenance-windows', { body })).status).toBe(201);
    caller.set.predictions.windows = caller.set.predictions.windows.slice(0, 1);
    await minute();
    expect(overridden()).toEqual([]);
    expect((await caller.call('GET', '/api/v1/maintenance-windows')).json).toMatchObject({
      maintenance_windows: [{ state: 'ended', outcome: 'processor_gone' }],
    });
  });
});

describe('[HEA-30] overrides that have ended by themselves', () => {
  test('are bookkeeping: no attempts, no recoveries, and last in line', async () => {
    for (let index = 0; index < 25; index += 1)
      await caller.call('POST', '/api/v1/overrides', {
        body: { processor_id: 'well', segment: 'CARD|IN', kind: 'force_close', why: 'trial', ttl_seconds: 60 },
      });
    caller.set.now += 2 * MINUTE;
    caller.set.healing.unwoken.set('registry', caller.set.now);
    await sweep();
    expect(caller.set.healing.asked).toContain('rearm registry');
    await sweep();
    expect(await statsOf('expire_override')).toMatchObject({
      attempts: 0,
      bookkeeping: 25,
      success_rate: null,
      recovery_median_seconds: null,
    });
    expect((await caller.call('GET', '/api/v1/healing/stats')).json).toMatchObject({ attempts: 1 });
    expect(caller.set.configuration.overrides).toEqual([]);
  });
});

describe('[CFG-6] at a thousand overrides in force', () => {
  test('one more is refused by their name, and healing says so, too', async () => {
    await fail('PIX');
    const { configuration } = caller.set;
    const { id } = configuration.processors.find((one) => one.id === 'well')!;
    const one = { processorId: id, segment: null, kind: 'metrics_only', who: 'key_operator', why: 'trial' } as const;
    const overrides = Array.from({ length: 1_000 }, (_, index) => ({
      ...one,
      id: `ovr_${index}`,
      createdAtMs: caller.set.now,
      expiresAtMs: caller.set.now + 60 * MINUTE,
    }));
    caller.set.configuration = { ...configuration, overrides };
    const refused = await caller.call('POST', '/api/v1/overrides', {
      body: { processor_id: 'sick', kind: 'force_open', why: 'emergency', ttl_seconds: 60 },
    });
    const message = 'there may be at most 1000 in force: lift one first, or let one end';
    expect(refused).toMatchObject({
      status: 422,
      json: { field: 'overrides', errors: [{ field: 'overrides', message }] },
    });
    await sweep();
    expect((await actions())[0]).toMatchObject({
      kind: 'fail_over_segment',
      outcome: 'failed',
      measured: `The Registry has refused it: overrides ${message}`,
    });
  });
});
