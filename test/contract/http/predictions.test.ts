// Forecasts and maintenance windows over HTTP: scheduled, drained, brought back, cancelled; never the last one who serves a segment.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import { InMemoryPast } from '../../../tools/in-memory/in-memory-predictions.ts';
import { liveJson } from '../../../src/http/schemas/live.ts';
import { OVERALL } from '../../../src/ports/past-port.ts';
import * as keepMaintenance from '../../../workers/keep-maintenance.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];
const PATH = '/api/v1/maintenance-windows';
let caller: Caller;
let past: InMemoryPast;
beforeEach(async () => {
  caller = await createCaller();
  past = new InMemoryPast();
  caller.set.predictions.past = past;
  for (const [processor_id, payment_method] of [
    ['processor_b', 'CARD'],
    ['processor_c', 'PIX'],
  ] as const)
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, processor_id, payment_method } });
});

const schedule = async (body: object) =>
  await caller.call('POST', PATH, {
    body: { processor_id: 'processor_a', duration_minutes: 30, why: 'Certificates', ...body },
  });
const windows = async () => (await caller.call('GET', PATH)).json['maintenance_windows'] as Record<string, unknown>[];
const overrides = async () =>
  (
    (await caller.call('GET', '/api/v1/overrides')).json['overrides'] as {
      kind: string;
      segment: string | null;
      share: number | null;
    }[]
  ).map(({ kind, segment, share }) => [kind, segment, share]);
const inMs = (ms: number): string => new Date(caller.set.now + ms).toISOString();

async function minute() {
  const counts: Record<string, number> = {};
  await keepMaintenance.run(caller.world, { token: 1, count: (more) => void Object.assign(counts, more) });
  return counts;
}

const ranked = async (): Promise<string[]> => {
  const { json } = await caller.call('POST', '/api/v1/routing/recommend', {
    body: { payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL' },
  });
  const found = json['recommendations'] as { processor_id: string; recommended: boolean }[];
  return found.filter(({ recommended }) => recommended).map(({ processor_id }) => processor_id);
};

/** Of so many payments, those that it is recommended for first. */
async function offeredTo(id: string, payments: number): Promise<number> {
  let times = 0;
  for (let payment = 0; payment < payments; payment += 1) times += Number((await ranked())[0] === id);
  return times;
}

/** Two weeks by the hour, up to now. */
function hours(id: string, attempts: (hour: number) => number, length = 14 * 24): void {
  const now = Math.floor(caller.set.now / HOUR);
  past.hoursOf.set(
    id,
    Array.from({ length }, (_, i) => {
      const hour = now - length + i;
      return {
        hour,
        attempts: attempts(hour % 24),
        approved: Math.floor(0.9 * attempts(hour % 24)),
        latencyP50Ms: 300,
        latencyP95Ms: 900,
      };
    }),
  );
}

describe('a maintenance window', () => {
  test('[PRD-33] [PRD-34] [PRD-37] drains its processor beforehand, and brings it back in steps', async () => {
    const scheduled = await schedule({ starts_at: inMs(20 * MINUTE), drain_minutes: 15 });
    expect(scheduled.status).toBe(201);
    expect(scheduled.json).toMatchObject({
      state: 'scheduled',
      outcome: null,
      drains_at: inMs(5 * MINUTE),
      ends_at: inMs(50 * MINUTE),
    });
    expect(await minute()).toMatchObject({ windows_open: 1, windows_turned: 0, overrides_changed: 0 });
    expect(await overrides()).toEqual([]);
    caller.set.now += 5 * MINUTE;
    await minute();
    expect([await overrides(), (await windows())[0]]).toMatchObject([
      [['drain', null, null]],
      { state: 'draining', left_segments: [] },
    ]);
    expect(await ranked()).toEqual(['processor_c']);
    expect(await offeredTo('processor_a', 60)).toBe(0);
    caller.set.now += 20 * MINUTE;
    expect(await minute()).toMatchObject({ windows_turned: 0, overrides_changed: 0 });
    expect((await windows())[0]).toMatchObject({ state: 'in_maintenance' });
    caller.set.now += 25 * MINUTE;
    const shares: unknown[] = [];
    const offered: number[] = [];
    for (let step = 0; step < 4; step += 1) {
      await minute();
      shares.push(await overrides());
      offered.push(await offeredTo('processor_a', 120));
      for (let index = 0; index < 5; index += 1) {
        caller.set.now += 100;
        await caller.call('POST', '/api/v1/transactions', { body: RESULT });
      }
      caller.set.now += MINUTE;
    }
    expect(shares).toEqual([[['cap', null, 0.05]], [['cap', null, 0.25]], [['cap', null, 0.5]], []]);
    // Payments follow: none before, then by the steps, and in the end as often as it is the best.
    for (const [step, most] of [0.05, 0.25, 0.5].entries()) {
      expect(offered[step]!).toBeGreaterThan(0);
      expect(offered[step]! / 120).toBeLessThan(most + 0.12);
    }
    expect(offered[3]! / 120).toBeGreaterThan(0.5);
    expect((await windows())[0]).toMatchObject({ state: 'ended', outcome: 'returned' });
    expect(caller.set.audit.map(({ action, keyId }) => `${action} ${keyId}`)).toContain('put_override maintenance');
  });

  test('[PRD-33] never drains the last one who serves a segment, and lets it flow again when it has become that', async () => {
    await caller.call('DELETE', '/api/v1/processors/processor_b');
    await schedule({ starts_at: inMs(0), drain_minutes: 0 });
    await minute();
    expect(await overrides()).toEqual([['drain', 'PIX|BR', null]]);
    expect((await windows())[0]).toMatchObject({ left_segments: ['CARD|BR'] });
    await caller.call('POST', '/api/v1/processors/processor_c/breaker/force-open', {
      body: { why: 'trial', ttl_seconds: 3_600 },
    });
    await minute();
    expect([await overrides(), (await windows())[0]]).toMatchObject([
      [['force_open', null, null]],
      { left_segments: ['PIX|BR', 'CARD|BR'] },
    ]);
    expect(await ranked()).toEqual(['processor_a']);
  });

  test('[PRD-36] of two who are each the only substitute of the other drains one at a time', async () => {
    await caller.call('DELETE', '/api/v1/processors/processor_b');
    await schedule({ starts_at: inMs(0), drain_minutes: 0 });
    await schedule({ processor_id: 'processor_c', starts_at: inMs(MINUTE), drain_minutes: 1 });
    for (let times = 0; times < 3; times += 1) await minute();
    expect(await overrides()).toEqual([['drain', 'PIX|BR', null]]);
    expect((await windows()).map((one) => one['left_segments'])).toEqual([['PIX|BR'], ['CARD|BR']]);
  });

  test('[PRD-35] is set right by the next minute if the one before was killed, and done twice changes nothing', async () => {
    await schedule({ starts_at: inMs(0), drain_minutes: 0 });
    const change = caller.world.registry.change.bind(caller.world.registry);
    Object.assign(caller.world.registry, { change: () => Promise.reject(new Error('killed')) });
    await expect(minute()).rejects.toThrow('killed');
    Object.assign(caller.world.registry, { change });
    expect(await minute()).toMatchObject({ windows_turned: 0, overrides_changed: 1 });
    const [first, second] = await Promise.all([minute(), minute()]);
    expect([first, second]).toMatchObject([{ overrides_changed: 0 }, { overrides_changed: 0 }]);
    expect(await overrides()).toEqual([['drain', null, null]]);
    caller.set.predictions.windows = [];
    expect(await minute()).toMatchObject({ windows_open: 0, overrides_changed: 1 });
    expect(await overrides()).toEqual([]);
    expect(await minute()).toMatchObject({ overrides_changed: 0 });
  });

  test('[PRD-35] is not undone by a run that read it before another turned it', async () => {
    await schedule({ starts_at: inMs(0), drain_minutes: 0 });
    const [stale] = caller.set.predictions.windows;
    await minute();
    const { book } = caller.world.predictions;
    const read = book.windows.bind(book);
    const answers = [[stale!]];
    Object.assign(book, { windows: async () => answers.pop() ?? (await read()) });
    expect(await minute()).toMatchObject({ overrides_changed: 0 });
    expect(await overrides()).toEqual([['drain', null, null]]);
  });

  test('[PRD-35] drains nobody when the configuration has changed since it looked', async () => {
    await schedule({ starts_at: inMs(0), drain_minutes: 0 });
    const change = caller.world.registry.change.bind(caller.world.registry);
    Object.assign(caller.world.registry, {
      change: async (...given: Parameters<typeof change>) => {
        caller.set.configuration = { ...caller.set.configuration, version: caller.set.configuration.version + 1 };
        return await change(...given);
      },
    });
    expect(await minute()).toMatchObject({ overrides_refused: 1 });
    expect(await overrides()).toEqual([]);
  });

  test('[PRD-38] that is cancelled brings back at once what it drained, by steps', async () => {
    const { json } = await schedule({ starts_at: inMs(0), drain_minutes: 0 });
    await minute();
    const path = `${PATH}/${String(json['id'])}`;
    expect((await caller.call('DELETE', path)).json).toMatchObject({ state: 'returning', share: 0.05 });
    expect(await overrides()).toEqual([['cap', null, 0.05]]);
    expect((await caller.call('DELETE', path)).json).toMatchObject({
      status: 409,
      code: 'not_schedulable',
      cause: 'over',
    });
    expect((await caller.call('DELETE', `${PATH}/mtn_x`)).json).toMatchObject({ status: 404, code: 'not_found' });
    const early = await schedule({ processor_id: 'processor_b', starts_at: inMs(HOUR) });
    expect((await caller.call('DELETE', `${PATH}/${String(early.json['id'])}`)).json).toMatchObject({
      state: 'ended',
      outcome: 'cancelled',
    });
    expect(caller.set.audit.filter(({ action }) => action === 'cancel_maintenance')).toHaveLength(2);
  });
});

describe('[PRD-37] scheduling', () => {
  test('in the quiet hours of the forecast, by the volume of the processor', async () => {
    hours('processor_a', (hour) => (hour === 4 ? 2 : 300 + hour));
    const { status, json } = await schedule({ drain_minutes: 10 });
    expect(status).toBe(201);
    expect(String(json['starts_at']).slice(11, 13)).toBe('04');
    expect(json['part_of_mean_volume']).toBeLessThan(0.5);
    expect(caller.set.predictions.told).toMatchObject([
      { type: 'maintenance_scheduled', window: { who: json['scheduled_by'] } },
    ]);
    expect(caller.set.audit[0]).toMatchObject({
      action: 'schedule_maintenance',
      subject: `processor_a ${String(json['id'])}`,
    });
    const [event] = caller.set.predictions.told;
    expect(liveJson(event!)).toMatchObject({
      type: 'maintenance_scheduled',
      window: { id: json['id'], state: 'scheduled' },
    });
  });

  test.each([
    ['without an outlook', {}, [409, 'not_schedulable', 'no_outlook']],
    ['of nobody', { processor_id: 'nobody' }, [422, 'unknown_processor', undefined]],
    ['of one whom nobody could replace', { processor_id: 'processor_e' }, [409, 'not_schedulable', 'no_others']],
    ['in the past', { starts_at: '2026-11-20T11:59:59Z' }, [422, 'invalid_field', undefined]],
    ['in a year', { starts_at: '2027-11-20T12:00:00Z' }, [422, 'invalid_field', undefined]],
    ['for no time', { duration_minutes: 0 }, [422, 'invalid_field', undefined]],
    ['for two days', { duration_minutes: 2_880 }, [422, 'invalid_field', undefined]],
    ['with a drain of a day', { drain_minutes: 1_440 }, [422, 'invalid_field', undefined]],
    ['without a reason', { why: '' }, [422, 'invalid_field', undefined]],
  ] as const)('%s is refused', async (_, body, expected) => {
    if ('processor_id' in body && body.processor_id === 'processor_e')
      await caller.call('DELETE', '/api/v1/processors/processor_b');
    const { json } = await schedule(body);
    expect([json['status'], json['code'], json['cause']]).toEqual(expected);
    expect(await windows()).toEqual([]);
  });

  test('[PRD-47] without quiet hours it is told that only full hours count', async () => {
    const { json } = await schedule({});
    expect(json['detail']).toMatch(/^In none of the last 24 full hours was .* counted \(the running hour does not/);
  });

  test('where the others have no room, or history is away, is refused, and at a named time is not', async () => {
    hours('processor_a', () => 4_000);
    const put = { name: 'B', countries: ['BR', 'MX', 'CO'], payment_methods: ['CARD'], max_tps: 1 };
    await caller.call('PUT', '/api/v1/processors/processor_b', { body: put });
    await caller.call('PUT', '/api/v1/processors/processor_c', {
      body: { ...put, name: 'C', countries: ['BR'], payment_methods: ['PIX'] },
    });
    expect((await schedule({})).json).toMatchObject({ status: 409, cause: 'no_room' });
    past.fault = { reason: 'unreachable' };
    expect((await schedule({})).json).toMatchObject({ status: 503, code: 'history_away' });
    expect((await schedule({ starts_at: inMs(HOUR) })).status).toBe(201);
    expect((await schedule({ starts_at: inMs(HOUR) })).json).toMatchObject({ status: 409, cause: 'overlaps' });
  });
});

describe('POST /api/v1/analytics/predict', () => {
  const predict = async (body: object) => await caller.call('POST', '/api/v1/analytics/predict', { body });

  test('[FCT-20] forecasts all together and each, the busiest first', async () => {
    hours(OVERALL, () => 500);
    hours('processor_a', () => 100);
    hours('processor_b', () => 400);
    hours('processor_c', () => 1, 3);
    const { status, json } = await predict({ metric: 'payment_volume', horizon: 2 });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      metric: 'payment_volume',
      unit: 'attempts_per_hour',
      horizon: 2,
      confidence: 0.95,
      overall: { history_hours: 335, predictions: [{ at: '2026-11-20T12:00:00.000Z', value: 500 }, { value: 500 }] },
      more_processors: 0,
    });
    expect(json['processors']).toMatchObject([
      { processor_id: 'processor_b', missing: null, predictions: [{ value: 400 }, {}] },
      { processor_id: 'processor_a', missing: null },
      { processor_id: 'processor_c', missing: { hours: 46, attempts: 97 }, predictions: [] },
      { missing: { hours: 48, attempts: 100 } },
      { missing: { hours: 48, attempts: 100 } },
    ]);
  });

  test('[FCT-21] refuses what too little is known of, and says how much is missing', async () => {
    hours('processor_a', () => 1, 40);
    expect((await predict({ metric: 'success_rate', processor_id: 'processor_a' })).json).toMatchObject({
      status: 422,
      code: 'too_little_history',
      detail:
        '8 hours are missing: there are 40 of 48; 60 attempts are missing: there are 40 of 100. Only full hours count, the last one until 2026-11-20T12:00:00.000Z.',
      missing: { hours: 8, attempts: 60 },
      needed: { hours: 48, attempts: 100 },
    });
    expect((await predict({ metric: 'latency' })).json).toMatchObject({ missing: { hours: 48, attempts: 100 } });
    hours('processor_a', () => 100);
    caller.set.now += 2 * 24 * HOUR;
    expect((await predict({ metric: 'latency', processor_id: 'processor_a' })).json).toMatchObject({
      code: 'too_little_history',
      missing: {},
      detail: expect.stringContaining('last 24 hours'),
    });
  });

  test('[PRD-30] is 503 while history is away, or where there is none', async () => {
    past.fault = { reason: 'unreachable' };
    expect((await predict({ metric: 'payment_volume' })).json).toMatchObject({ status: 503, code: 'history_away' });
    caller.set.predictions.past = null;
    expect((await predict({ metric: 'payment_volume' })).json).toMatchObject({ status: 503, code: 'history_away' });
  });

  test.each([
    [{}, 'missing_field', 'metric'],
    [{ metric: 'cpu' }, 'invalid_field', 'metric'],
    [{ metric: 'latency', horizon: 0 }, 'invalid_field', 'horizon'],
    [{ metric: 'latency', horizon: 337 }, 'invalid_field', 'horizon'],
    [{ metric: 'latency', horizon: 1.5 }, 'invalid_field', 'horizon'],
    [{ metric: 'latency', processor_id: 'nobody' }, 'unknown_processor', 'processor_id'],
    [{ metric: 'latency', tenant: 'x' }, 'unknown_field', 'tenant'],
  ])('%o is refused', async (body, code, field) => {
    const { status, json } = await predict(body);
    expect([status, json['code'], json['field']]).toEqual([422, code, field]);
  });
});
