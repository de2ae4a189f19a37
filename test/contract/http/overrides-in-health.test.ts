import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import { START } from '../../harness/in-memory-world.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

type Json = Record<string, unknown>;
const force = async (kind: string, change: Json = {}): Promise<Json> => {
  const body = { processor_id: 'processor_a', kind, why: 'maintenance', ttl_seconds: 60, ...change };
  const { json } = await caller.call('POST', '/api/v1/overrides', { body });
  return json;
};
const read = async (path: string): Promise<Json> => (await caller.call('GET', path)).json;
const sampleOf = async (start: string): Promise<number | null> => {
  const line = (await caller.call('GET', '/metrics')).text.split('\n').find((each) => each.startsWith(start));
  return line === undefined ? null : Number(line.split(' ').at(-1));
};

/** Where one processor is shown, with and without traffic, and in and out of reach of its object. */
const CIRCUMSTANCES = [
  ['with traffic', true, true],
  ['out of reach', true, false],
  ['that never reported', false, false],
] as const;

describe.each(CIRCUMSTANCES)('a processor %s', (_, hasTraffic, objectsReachable) => {
  beforeEach(async () => {
    const transactions = Array.from({ length: 12 }, () => RESULT);
    if (hasTraffic) await caller.call('POST', '/api/v1/transactions', { body: { transactions } });
    caller.set.objectsReachable = objectsReachable;
  });

  test.each([
    { kind: 'force_open', state: 'FORCED_OPEN', effective: 'DOWN', system: 'DEGRADED', counted: 'forced_open' },
    { kind: 'drain', state: 'CLOSED', effective: 'DOWN', system: 'DEGRADED', counted: 'closed' },
    { kind: 'force_close', state: 'DISABLED', effective: 'HEALTHY', system: 'HEALTHY', counted: 'disabled' },
    { kind: 'metrics_only', state: 'METRICS_ONLY', effective: 'HEALTHY', system: 'HEALTHY', counted: 'metrics_only' },
  ])(
    'under $kind reads $state and $effective in health, status and metrics',
    async ({ kind, state, effective, system, counted }) => {
      // Objects that were asked once have a score of their own.
      await read('/api/v1/health');
      const before = (await read('/api/v1/status'))['score'] as number;
      const { id, who } = await force(kind);
      const shown = {
        breaker: { state },
        status: 'HEALTHY',
        effective_status: effective,
        override: { id, kind, why: 'maintenance', who, expires_at: '2026-11-20T12:01:00.000Z' },
      };
      const all = await read('/api/v1/health');
      expect(all).toMatchObject({ status: system });
      expect((all['processors'] as Json[])[0]).toMatchObject(shown);
      expect((all['processors'] as Json[])[1]).toMatchObject({ override: null, breaker: { state: 'CLOSED' } });
      expect(await read('/api/v1/health/processor_a')).toMatchObject(shown);
      const status = await read('/api/v1/status');
      expect(status).toMatchObject({ status: system, overrides_in_force: 1 });
      const breakers = status['breakers'] as Record<string, number>;
      expect(breakers[counted]).toBe(counted === 'closed' ? 5 : 1);
      if (effective === 'DOWN') expect(status['score']).toBeCloseTo(before - 0.5 / 0.9 / 5, 12);
      else expect(status['score']).toBeCloseTo(before, 12);
      expect(await sampleOf(`signalbox_breaker_state{processor="processor_a",state="${state}"}`)).toBe(1);
      expect(await sampleOf(`signalbox_effective_status{processor="processor_a",status="${effective}"}`)).toBe(1);
    },
  );

  test('is itself again when the time of the override is over', async () => {
    await force('force_open');
    caller.set.now = START + 60_000;
    const shown = { breaker: { state: 'CLOSED' }, effective_status: 'HEALTHY', override: null };
    expect(await read('/api/v1/health/processor_a')).toMatchObject(shown);
    expect(await read('/api/v1/status')).toMatchObject({ status: 'HEALTHY', overrides_in_force: 0 });
    expect(await sampleOf('signalbox_breaker_state{processor="processor_a",state="FORCED_OPEN"}')).toBe(
      hasTraffic ? 0 : null,
    );
  });

  test('with an override on a segment shows it there, and is not well', async () => {
    const { id } = await force('force_open', { segment: 'PIX|BR' });
    const one = await read('/api/v1/health/processor_a');
    expect(one).toMatchObject({ breaker: { state: 'CLOSED' }, effective_status: 'DEGRADED', override: null });
    expect(one['segments']).toMatchObject([
      { segment: 'PIX|BR', breaker: { state: 'FORCED_OPEN' }, effective_status: 'DOWN', override: { id } },
    ]);
    expect(await read('/api/v1/status')).toMatchObject({ status: 'DEGRADED', breakers: { segments_open: 1 } });
  });
});

test('all processors drained is a system that is DOWN', async () => {
  for (const { id } of caller.set.configuration.processors) await force('drain', { processor_id: id });
  expect(await read('/api/v1/health')).toMatchObject({ status: 'DOWN' });
});

test('a result that is reported meanwhile is answered with the override too', async () => {
  const { id } = await force('force_open');
  const { json } = await caller.call('POST', '/api/v1/transactions', { body: RESULT });
  expect(json).toMatchObject({ breaker: { state: 'FORCED_OPEN' }, effective_status: 'DOWN', override: { id } });
});

test('the labels of the breaker state are the six states and no more', async () => {
  await caller.call('POST', '/api/v1/transactions', { body: RESULT });
  const { text } = await caller.call('GET', '/metrics');
  const states = [...text.matchAll(/^signalbox_breaker_state\{processor="processor_a",state="(\w+)"\}/gm)].map(
    (found) => found[1],
  );
  expect(states).toEqual(['CLOSED', 'OPEN', 'HALF_OPEN', 'FORCED_OPEN', 'DISABLED', 'METRICS_ONLY']);
});
