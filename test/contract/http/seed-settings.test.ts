// Settings by the names of the seeds over HTTP: what holds, what is refused, and what they govern.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import * as heal from '../../../workers/heal.ts';
import { HEALING_SAMPLE } from '../../../tools/in-memory/in-memory-healing.ts';
import { readHealingVariables } from '../../../src/domain/healing/healing-variables.ts';

type Json = Readonly<Record<string, unknown>>;
const MINUTE = 60_000;
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});
const deploy = (changes: Partial<Record<keyof typeof HEALING_SAMPLE, string>>): void => {
  caller.set.healing.deployment = readHealingVariables({ ...HEALING_SAMPLE, ...changes });
};
const settings = async () => (await caller.call('GET', '/api/v1/healing/settings')).json;
const put = async (body: object) => await caller.call('PUT', '/api/v1/healing/settings', { body });
const fieldsOf = ({ json }: { json: Json }) => (json['errors'] as { field: string }[]).map(({ field }) => field);

async function sweep(cursor: string | null, minutes: number) {
  const counts: Record<string, number> = {};
  const shift = { token: 1, signal: new AbortController().signal, scheduledMs: minutes * MINUTE, cursor };
  const after = await heal.run(caller.world, { ...shift, count: (more) => void Object.assign(counts, more) });
  return { counts, cursor: after ?? cursor };
}

/** Fails until its breaker opens, and heals in a trial: a sweep then holds it to a share. */
async function failAndHeal(): Promise<void> {
  const send = async (result: string) =>
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, processor_id: 'processor_a', result } });
  for (let index = 0; index < 6; index += 1, caller.set.now += 10) await send('error');
  caller.set.now += 90_000;
  for (let index = 0; index < 3; index += 1, caller.set.now += 10) await send('approved');
}

describe('healing', () => {
  test('[SET-2] is off where the deployment says so, and is told as it holds', async () => {
    await failAndHeal();
    deploy({ SELF_HEALING_ENABLED: 'false' });
    await put({ mode: 'act' });
    expect(await settings()).toMatchObject({ mode: 'off', deployment: { self_healing_enabled: false } });
    expect((await sweep(null, 1)).counts).toMatchObject({ actions_begun: 0 });
    deploy({});
    expect(await settings()).toMatchObject({ mode: 'act' });
    expect((await sweep(null, 2)).counts).toMatchObject({ actions_begun: 1 });
  });

  test('[SET-2] [SET-3] holds to the variables until an operator says otherwise', async () => {
    deploy({ MAX_HEALING_ATTEMPTS: '3', AUTO_SWITCH_CONNECTORS: 'false', SELF_HEALING_INTERVAL_MS: '120000' });
    expect(await settings()).toMatchObject({
      max_healing_attempts: 3,
      kinds: { fail_over_segment: 'advise', ramp_back: 'act' },
      deployment: {
        self_healing_enabled: true,
        self_healing_interval_ms: 120_000,
        max_healing_attempts: 3,
        auto_switch_connectors: false,
      },
    });
    expect((await put({ mode: 'act', kinds: { fail_over_segment: 'act' } })).json).toMatchObject({
      max_healing_attempts: 3,
      kinds: { fail_over_segment: 'advise' },
    });
    expect((await put({ max_healing_attempts: 7 })).json).toMatchObject({ max_healing_attempts: 7 });
  });

  test('[SET-1] does nothing by a variable that is wrong, and its job names it', async () => {
    deploy({ MAX_HEALING_ATTEMPTS: 'many' });
    await expect(sweep(null, 1)).rejects.toThrow('MAX_HEALING_ATTEMPTS must be 1 to 20');
    expect(caller.set.healing.actions).toEqual([]);
    const { json } = await caller.call('GET', '/autonomous/status');
    expect(json).toMatchObject({ healing: null, unreachable: [], misconfigured: [{ room: 'healing' }] });
  });

  test('[SET-4] sweeps once in its interval, and heals one processor on demand whenever it is asked to', async () => {
    deploy({ SELF_HEALING_INTERVAL_MS: '180000' });
    const first = await sweep(null, 10);
    expect(first.cursor).toBe(String(10 * MINUTE));
    const second = await sweep(first.cursor, 12);
    expect(second).toEqual({ counts: { is_not_due: 1 }, cursor: first.cursor });
    await failAndHeal();
    const asked = await caller.call('POST', '/autonomous/heal/processor_a');
    expect(asked.json['actions']).toHaveLength(1);
    const third = await sweep(second.cursor, 13);
    expect(third.counts).toHaveProperty('actions_begun');
    expect(third.cursor).toBe(String(13 * MINUTE));
  });
});

describe('routing and retries', () => {
  const config = async () => (await caller.call('GET', '/api/v1/config')).json as Json & { routing: object };
  const importing = async (routing: object) => {
    const document = await config();
    return await caller.call('PUT', '/api/v1/config', { body: { ...document, routing } });
  };
  const RATES = { probe_floor: 0.002, probe_share_max: 0.05 };

  test.each([
    [true, 'learned'],
    [false, 'apos'],
  ])('[SET-6] enable_ml_routing %s is the strategy %s', async (enable_ml_routing, strategy) => {
    expect((await importing({ ...RATES, enable_ml_routing })).status).toBe(200);
    expect((await config()).routing).toMatchObject({ strategy });
    const asked = await caller.call('GET', '/api/v1/routing/recommend?payment_method=PIX&country=BR');
    expect(asked.json['strategy']).toBe(strategy);
  });

  test('[SET-6] a strategy said twice, or not at all, is refused by its name', async () => {
    const twice = await importing({ ...RATES, strategy: 'learned', enable_ml_routing: true });
    expect([twice.status, fieldsOf(twice)]).toEqual([422, ['routing.enable_ml_routing']]);
    expect(fieldsOf(await importing(RATES))).toEqual(['routing.strategy']);
  });

  test('[SET-6] max_retry_attempts is technical_retries_max, and refused beside it and out of its bounds', async () => {
    const policy = async (body: object) => await caller.call('PUT', '/api/v1/retry-policy', { body });
    expect((await policy({ max_retry_attempts: 3 })).json['settings']).toMatchObject({ technical_retries_max: 3 });
    for (const body of [{ max_retry_attempts: 3, technical_retries_max: 2 }, { max_retry_attempts: 11 }])
      expect(fieldsOf(await policy(body))).toEqual(['max_retry_attempts']);
  });
});
