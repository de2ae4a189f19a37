// Healing over HTTP: what it finds in recorded results alone, and a person who takes it back.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import * as heal from '../../../workers/heal.ts';

const MINUTE = 60_000;
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

type Action = Record<string, unknown>;
const actions = async (): Promise<Action[]> =>
  (await caller.call('GET', '/api/v1/healing/actions')).json['actions'] as Action[];
const actionOf = async (kind: string): Promise<Action | undefined> =>
  (await actions()).find((one) => one['kind'] === kind);
const sweep = async (): Promise<void> => {
  const shift = { token: 1, signal: new AbortController().signal, count: () => undefined };
  await heal.sweep(caller.world, shift);
};
const undo = async (id: unknown, sent: object = {}) =>
  await caller.call('POST', `/api/v1/healing/actions/${String(id)}/undo`, { key: caller.keys.operate, ...sent });
const put = async (body: object) => await caller.call('PUT', '/api/v1/healing/settings', { body });

async function record(id: string, results: readonly string[], segment: object = {}): Promise<void> {
  for (const result of results) {
    caller.set.now += 500;
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, processor_id: id, result, ...segment } });
  }
}
const breakers = async (id: string): Promise<unknown[]> => {
  const health = (await caller.call('GET', `/api/v1/health/${id}`)).json;
  const { breaker, segments } = health as unknown as {
    breaker: { state: string };
    segments: { breaker: { state: string } }[];
  };
  return [breaker, ...segments.map((one) => one.breaker)].map(({ state }) => state);
};

/** A third of all payments fails from the first one on, which no breaker takes for an outage. */
async function brownOut(): Promise<void> {
  await record(
    'processor_c',
    Array.from({ length: 20 }, () => 'approved'),
  );
  await record(
    'processor_a',
    Array.from({ length: 45 }, (_, index) => (index % 3 === 0 ? 'error' : 'approved')),
  );
  expect(new Set(await breakers('processor_a'))).toEqual(new Set(['CLOSED']));
}

describe('[HEA-20] results alone, under default breakers', () => {
  test('[HEA-15] let a browned-out segment be failed over, and the event be told', async () => {
    await brownOut();
    await sweep();
    expect(caller.set.configuration.overrides).toMatchObject([
      { kind: 'drain', processorId: 'processor_a', segment: 'PIX|BR', who: 'self-healing' },
    ]);
    expect(caller.set.healing.told.map(({ name }) => name)).toEqual(['healing_event', 'failover_triggered']);
    const route = await caller.call('POST', '/api/v1/routing/recommend', {
      body: { payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL' },
    });
    expect(route.json).toMatchObject({ processor_id: 'processor_c' });
  });

  test('let a segment with few payments be failed over that fails wholly beside others that go well', async () => {
    for (let index = 0; index < 5; index += 1) {
      const card = { payment_method: 'CARD', country: 'BR' };
      await record('processor_b', ['error'], card);
      await record('processor_b', ['approved'], { ...card, country: 'MX', currency: 'MXN' });
      await record('processor_b', ['approved'], { ...card, country: 'CO', currency: 'COP' });
    }
    expect(new Set(await breakers('processor_b'))).toEqual(new Set(['CLOSED']));
    await sweep();
    expect(await actions()).toMatchObject([
      { kind: 'fail_over_segment', processor_id: 'processor_b', subject: 'CARD|BR', state: 'done' },
    ]);
  });

  test.each([
    [{ mode: 'advise' }, 'advised'],
    [{ kinds: { fail_over_segment: 'advise' } }, 'advised'],
    [{ kinds: { fail_over_segment: 'off' } }, undefined],
    [{ mode: 'off' }, undefined],
  ] as const)('[HEA-4] under %o nothing is drained', async (settings, state) => {
    await brownOut();
    await put(settings);
    await sweep();
    expect((await actionOf('fail_over_segment'))?.['state']).toBe(state);
    expect(caller.set.configuration.overrides).toEqual([]);
  });

  test('[HEA-2] leave the last processor its traffic', async () => {
    await brownOut();
    await caller.call('POST', '/api/v1/overrides', {
      body: { processor_id: 'processor_c', kind: 'drain', why: 'trial', ttl_seconds: 3_600 },
    });
    await sweep();
    expect(await actionOf('fail_over_segment')).toBeUndefined();
  });
});

describe('[HEA-21] an override past its time', () => {
  const expired = async (): Promise<string> => {
    const { json } = await caller.call('POST', '/api/v1/overrides', {
      body: { processor_id: 'processor_a', kind: 'drain', why: 'trial', ttl_seconds: 60 },
    });
    caller.set.now += 2 * MINUTE;
    return String(json['id']);
  };

  test('is ended through the Registry, audited, and measured', async () => {
    const id = await expired();
    expect(caller.set.configuration.overrides).toHaveLength(1);
    await sweep();
    expect(caller.set.configuration.overrides).toEqual([]);
    expect(caller.set.audit[0]).toMatchObject({
      action: 'end_override',
      subject: id,
      keyId: 'self-healing',
      before: expect.stringContaining('"kind":"drain"'),
      after: null,
    });
    await sweep();
    expect(await actions()).toMatchObject([
      { kind: 'expire_override', subject: id, outcome: 'recovered', recovery_seconds: 60, undo: null },
    ]);
    expect((await undo((await actions())[0]?.['id'])).json).toMatchObject({ status: 409, code: 'not_undoable' });
  });

  test.each([{ mode: 'advise' }, { kinds: { expire_override: 'advise' } }])(
    '[HEA-4] is advised on under %o',
    async (settings) => {
      await put(settings);
      await expired();
      // The change of the settings came before.
      await sweep();
      expect(await actions()).toMatchObject([{ kind: 'expire_override', state: 'advised' }]);
      expect(caller.set.configuration.overrides).toHaveLength(1);
    },
  );
});

describe('[HEA-22] an object that nothing wakes', () => {
  test('is woken, and that is measured', async () => {
    caller.set.healing.unwoken.set('registry', caller.set.now - MINUTE);
    await sweep();
    expect(caller.set.healing.asked).toContain('rearm registry');
    await sweep();
    expect(await actions()).toMatchObject([{ kind: 'rearm_alarms', subject: 'registry', outcome: 'recovered' }]);
  });

  test('[HEA-4] is advised on where healing only advises', async () => {
    await put({ mode: 'advise' });
    caller.set.healing.unwoken.set('registry', caller.set.now);
    await sweep();
    expect(caller.set.healing.asked).not.toContain('rearm registry');
    expect(await actions()).toMatchObject([{ kind: 'rearm_alarms', state: 'advised' }]);
  });
});

describe('[HEA-23] POST /api/v1/healing/actions/{id}/undo', () => {
  const drained = async (): Promise<string> => {
    await brownOut();
    await sweep();
    return String((await actionOf('fail_over_segment'))?.['id']);
  };

  test('lifts a drain, says so, is audited, and is not begun again by the sweep', async () => {
    const id = await drained();
    const undone = await undo(id);
    expect(undone.status).toBe(200);
    expect(undone.json).toMatchObject({
      did: `lift override ${id}`,
      action: {
        id,
        state: 'ended',
        outcome: 'undone',
        undone: true,
        recovery_seconds: null,
        undo: `lift override ${id}`,
      },
    });
    expect(caller.set.configuration.overrides).toEqual([]);
    const audited = caller.set.audit.map(({ action, subject }) => [action, subject]);
    expect(audited).toContainEqual(['undo_healing', id]);
    expect(audited).toContainEqual(['delete_override', id]);
    expect(caller.set.healing.told.at(-1)).toMatchObject({ name: 'healing_event', action: { id } });
    caller.set.now += 5 * MINUTE;
    await sweep();
    expect(caller.set.configuration.overrides).toEqual([]);
    const { kinds } = (await caller.call('GET', '/api/v1/healing/stats')).json as { kinds: object[] };
    expect(kinds[1]).toMatchObject({ kind: 'fail_over_segment', outcomes: { undone: 1 } });
  });

  test('under one Idempotency-Key is done once and answered alike; else it is 409', async () => {
    const id = await drained();
    const headers = { 'Idempotency-Key': 'once' };
    const first = await undo(id, { headers });
    const audits = caller.set.audit.length;
    const again = await undo(id, { headers });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.json).toEqual({ ...first.json, did: null });
    expect(caller.set.audit).toHaveLength(audits);
    expect((await undo(id)).json).toMatchObject({
      status: 409,
      code: 'not_undoable',
      detail: 'It was undone before.',
    });
    expect((await undo(id, { headers: { 'Idempotency-Key': 'two words' } })).json).toMatchObject({
      status: 422,
      field: 'Idempotency-Key',
    });
  });

  test('of what nobody did is 404, and needs the scope', async () => {
    expect((await undo('heal_nobody')).json).toMatchObject({ status: 404, code: 'not_found' });
    expect((await undo('heal_nobody', { key: caller.keys.read })).status).toBe(403);
  });

  test('that the Registry cannot be asked for is being undone, and done by the next try', async () => {
    const id = await drained();
    const before = { ...caller.world.registry };
    const away = Object.assign(new Error('the Registry is away'), { retryable: true });
    Object.assign(caller.world.registry, { change: () => Promise.reject(away) });
    expect((await undo(id)).json).toMatchObject({ status: 503, code: 'unavailable' });
    expect((await actionOf('fail_over_segment'))?.['state']).toBe('undoing');
    Object.assign(caller.world.registry, before);
    expect((await undo(id)).status).toBe(200);
  });

  test('that the Registry refuses leaves the act as it was', async () => {
    const id = await drained();
    const refused = { ok: false, reason: 'invalid', issues: [{ field: 'overrides', message: 'are full' }] };
    Object.assign(caller.world.registry, { change: () => Promise.resolve(refused) });
    expect((await undo(id)).json).toMatchObject({
      status: 409,
      detail: 'The Registry has refused it: overrides are full.',
    });
    expect((await actionOf('fail_over_segment'))?.['state']).toBe('done');
  });

  test('while a sweep is at the same act comes after it', async () => {
    const id = await drained();
    const { book } = caller.world.healing;
    let isFirst = true;
    Object.assign(book, {
      one: (asked: string) => {
        const found = caller.set.healing.actions.find((action) => action.id === asked) ?? null;
        if (!isFirst || found === null) return Promise.resolve(found);
        isFirst = false;
        caller.set.healing.actions = caller.set.healing.actions.map((action) =>
          action.id === asked ? { ...action, revision: action.revision + 1 } : action,
        );
        return Promise.resolve(found);
      },
    });
    expect((await undo(id)).json).toMatchObject({ action: { outcome: 'undone' } });
  });

  test('of what cannot be undone says why', async () => {
    caller.set.healing.unwoken.set('registry', caller.set.now);
    await sweep();
    const [action] = await actions();
    expect((await undo(action?.['id'])).json).toMatchObject({
      status: 409,
      code: 'not_undoable',
      detail: 'It was only woken for what it had to do.',
    });
  });
});
