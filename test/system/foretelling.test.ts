// Foretelling from a real PostgreSQL: attempts are counted up, a ramp becomes a prediction, a season a forecast, and what they hold does no harm.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../harness/http-caller.ts';
import { createNeonHistory } from '../../src/db/neon-history.ts';
import { createNeonPast } from '../../src/db/neon-past.ts';
import { LoadWindow } from '../../src/domain/scaling/load-window.ts';
import * as scaling from '../../workers/scaling.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import * as foretellTrouble from '../../workers/foretell-trouble.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const NOW = Date.parse('2031-06-10T12:00:30Z');
const TODAY = NOW - 30_000;
const database = useHistoryDatabase();
const query = async (text: string, ...parameters: unknown[]) => await rowsOf(database().readUrl, text, parameters);
const past = () => createNeonPast({ databaseUrl: database().databaseUrl, timeoutMs: 5_000, countTimeoutMs: 8_000 });
const at = (ms: number): string => new Date(ms).toISOString();

/** Of 1,000 attempts so many fail, spread evenly; `perMinute` and `failing` are SQL over `ago`, the minutes before noon. */
async function record(id: string, given: { days: number; untilMs?: number; perMinute: string; failing: string }) {
  await query(
    `INSERT INTO attempts (recorded_at, processor_id, epoch, transaction_id, stage, result, fault, payment_method, country,
       amount_minor, currency, event_at, has_own_event_time, latency_ms, attempt, teaches_approval)
     SELECT moment, $1, 1, $1 || serial, 'final',
       CASE WHEN serial * 7919 % 1000 < failing THEN 'error' WHEN serial * 6469 % 100 < 10 THEN 'declined' ELSE 'approved' END,
       CASE WHEN serial * 7919 % 1000 < failing THEN 'processor' WHEN serial * 6469 % 100 < 10 THEN 'issuer' ELSE 'none' END,
       'PIX', 'BR', 1000, 'BRL', moment - interval '2 seconds', true, 300 + serial * 4177 % 200, 1, true
     FROM (
       SELECT minute + part * interval '1 minute' / greatest(1, count) AS moment, failing, row_number() OVER (ORDER BY minute, part) AS serial
       FROM (
         SELECT minute, (${given.perMinute})::int AS count, (${given.failing})::float8 AS failing
         FROM (
           SELECT minute, extract(epoch FROM $3::timestamptz - minute) / 60 AS ago
           FROM generate_series($3::timestamptz - $2::int * interval '1 day', $3::timestamptz - interval '1 minute', interval '1 minute') AS minute
         ) AS minutes
       ) AS sized, generate_series(0, count - 1) AS part
     ) AS attempted`,
    id,
    given.days,
    at(given.untilMs ?? TODAY),
  );
}

async function recordOne(id: string, over: Readonly<Record<string, unknown>>) {
  const row: Record<string, unknown> = {
    recorded_at: at(TODAY - HOUR),
    processor_id: id,
    epoch: 1,
    transaction_id: `${id}${(serial += 1)}`,
    stage: 'final',
    result: 'approved',
    fault: 'none',
    payment_method: 'PIX',
    country: 'BR',
    amount_minor: 1_000,
    currency: 'BRL',
    event_at: at(TODAY - HOUR),
    has_own_event_time: true,
    attempt: 1,
    teaches_approval: true,
    ...over,
  };
  const names = Object.keys(row);
  await query(
    `INSERT INTO attempts (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
    ...Object.values(row),
  );
}
let serial = 0;

/** Ten a day at four, forty at sixteen o'clock. */
const SEASON = `CASE WHEN ago::int % 6 = 0 THEN round(2.5 + 1.5 * sin((720 - ago - 600) * 2 * pi() / 1440)) ELSE 0 END`;

let caller: Caller;
beforeAll(async () => {
  await query(`SELECT history_make_partitions($1::date, 18)`, at(TODAY - 16 * DAY).slice(0, 10));
  await record('season', { days: 15, perMinute: SEASON, failing: '20' });
  await record('ramp', {
    days: 1,
    perMinute: '10',
    failing: 'CASE WHEN ago < 60 THEN 10 + (60 - ago) * 1.3 ELSE 10 END',
  });
  await record('even', { days: 1, perMinute: '3', failing: '10' });
  for (const result of ['approved', 'declined', 'error']) await recordOne('three', { result });
  for (const latency_ms of ['NaN', 'Infinity', -5, 1e300, 250, null]) await recordOne('strange', { latency_ms });
  await recordOne('strange', { stage: 'refunded', result: 'refunded' });
  await recordOne('strange', { event_at: at(TODAY - 3 * HOUR), result: 'error', fault: 'processor' });
  await recordOne('strange', { result: 'error', fault: 'issuer' });
  await recordOne('strange', {
    result: 'timeout',
    fault: 'processor',
    stage: 'unknown',
    amount_minor: '9007199254740991',
  });
  for (const [scope, second, from, to] of [
    ['*', 1, 'CLOSED', 'OPEN'],
    ['*', 2, 'OPEN', 'HALF_OPEN'],
    ['*', 4, 'HALF_OPEN', 'CLOSED'],
    ['PIX|BR', 3, 'CLOSED', 'OPEN'],
  ] as const)
    await query(
      `INSERT INTO breaker_changes VALUES ($1, 'strange', 1, $2, $3, $4, 'r')`,
      at(TODAY - HOUR + second * 1_000),
      scope,
      from,
      to,
    );
  caller = await createCaller({ registered: false });
  caller.set.now = NOW;
  for (const id of ['season', 'ramp', 'even', 'three', 'strange'])
    await caller.call('POST', '/api/v1/processors', {
      body: { id, name: id, payment_methods: ['PIX'], countries: ['BR'] },
    });
  caller.set.predictions.past = past();
  caller.set.predictions.history = createNeonHistory({ databaseUrl: database().databaseUrl, timeoutMs: 8_000 });
});

async function foretell(cursor: string | null = null) {
  const counts: Record<string, number> = {};
  const shift = { token: 1, cursor, signal: new AbortController().signal };
  const after = await foretellTrouble.run(caller.world, {
    ...shift,
    count: (more) => void Object.assign(counts, more),
  });
  return { counts, cursor: after ?? null };
}

const predict = async (body: object) => await caller.call('POST', '/api/v1/analytics/predict', { body });

describe('counting', () => {
  const minute = async () =>
    (
      await query(
        `SELECT * FROM processor_minutes WHERE processor_id = 'strange' AND minute = $1`,
        (TODAY - HOUR) / MINUTE,
      )
    )[0];

  test('[PRD-25] counts a minute once however often it is counted, technical failures and timed attempts alone as such', async () => {
    for (let times = 0; times < 2; times += 1)
      expect((await past().countMinutes({ fromMs: TODAY - 2 * HOUR, toMs: TODAY })).ok).toBe(true);
    expect(await minute()).toMatchObject({
      attempts: 8,
      failures: 1,
      timeouts: 1,
      latency_p50_ms: expect.closeTo(5e299, -297),
      breaker_transitions: 3,
      breaker_openings: 1,
      breaker_closings: 1,
      queue_depth_max: 0,
    });
  });

  test('[PRD-25] what came late is counted when it is counted again', async () => {
    await recordOne('strange', { recorded_at: at(TODAY - HOUR + 500) });
    await past().countMinutes({ fromMs: TODAY - HOUR + 30_000, toMs: TODAY - HOUR + 90_000 });
    expect(await minute()).toMatchObject({ attempts: 9 });
  });

  test('[PRD-45] the queue of an object reaches history by the job `scaling`, and outlives that its minute is counted', async () => {
    const window = new LoadWindow(NOW - MINUTE);
    for (let call = 0; call < 9; call += 1) window.taken(50, NOW - 20_000);
    window.committed(450, NOW - 10_000);
    const kept: Record<string, number> = {};
    const run = async (): Promise<void> => {
      caller.set.scaling.loads.set('even', window.reading(NOW));
      await scaling.run(caller.world, caller.set.scaling.settings, { count: (more) => void Object.assign(kept, more) });
    };
    await run();
    expect(kept).toMatchObject({ queues_kept: 1 });
    expect((await past().countMinutes({ fromMs: TODAY - 2 * MINUTE, toMs: TODAY + MINUTE })).ok).toBe(true);
    const read = async () => {
      const reply = await past().minutes([asProcessorId('even')], TODAY / MINUTE - 1);
      return reply.ok
        ? reply.value.get('even')?.map(({ minute: of, attempts, queueDepth }) => [of, attempts, queueDepth])
        : reply;
    };
    expect(await read()).toEqual([
      [TODAY / MINUTE - 1, 3, 0],
      [TODAY / MINUTE, 0, 450],
    ]);
    // A shallower reading of the same minute, and one that no column holds.
    expect(await past().keepQueues(TODAY / MINUTE, [{ id: asProcessorId('even'), depth: 3 }])).toEqual({
      ok: true,
      value: 1,
    });
    await past().keepQueues(TODAY / MINUTE - 1, [{ id: asProcessorId('even'), depth: 1e15 }]);
    expect(await read()).toEqual([
      [TODAY / MINUTE - 1, 3, 2_147_483_647],
      [TODAY / MINUTE, 0, 450],
    ]);
    await query(`UPDATE processor_minutes SET queue_depth_max = 0 WHERE processor_id = 'even'`);
  });

  test('[PRD-26] counts go after two days and ten weeks, and never because a clock has jumped', async () => {
    await past().countMinutes({ fromMs: TODAY - 3 * DAY, toMs: TODAY });
    const left = async () => Number((await query(`SELECT count(*) FROM processor_minutes`))[0]!['count']);
    const before = await left();
    expect(await past().prune(NOW + 400 * DAY)).toMatchObject({ ok: true });
    const after = await left();
    expect(after).toBeLessThan(before);
    expect(after).toBeGreaterThan(before / 2);
    expect(await past().prune(NOW - 400 * DAY)).toEqual({ ok: true, value: 0 });
  });
});

describe('a run of the job', () => {
  let first: Awaited<ReturnType<typeof foretell>>;
  beforeAll(async () => {
    first = await foretell();
  });

  test('[PRD-27] makes a prediction of a ramp, of nobody else, and history has it', async () => {
    expect(first.counts).toMatchObject({ processors_seen: 5, predictions_opened: 1, rows_unsent: 0 });
    const { json } = await caller.call('GET', '/api/v1/predictions');
    expect(json).toMatchObject({
      count: 1,
      predictions: [{ kind: 'error_rate_rising', processor_id: 'ramp', outcome: null }],
    });
    const [{ probability }] = json['predictions'] as [{ probability: number }];
    expect(probability).toBeGreaterThan(0.2);
    expect(await query(`SELECT id, kind, processor_id, outcome FROM predictions`)).toEqual([
      {
        id: `prd_ramp_error_rate_rising_${TODAY / MINUTE}`,
        kind: 'error_rate_rising',
        processor_id: 'ramp',
        outcome: null,
      },
    ]);
    expect(caller.set.predictions.told).toMatchObject([{ type: 'prediction', change: { type: 'opened' } }]);
  });

  test('[PRD-28] a second run of the same minute finds nothing new', async () => {
    const again = await foretell(first.cursor);
    expect(again.counts).toMatchObject({ predictions_opened: 0, rows_unsent: 0 });
    expect(again.counts['stretches_counted']).toBe(1);
    expect(await query(`SELECT count(*) FROM predictions`)).toEqual([{ count: '1' }]);
  });

  test('[PRD-29] says later that it has come, in history as well', async () => {
    await record('ramp', {
      days: 1,
      untilMs: TODAY + DAY,
      perMinute: 'CASE WHEN ago >= 1420 THEN 10 ELSE 0 END',
      failing: '300',
    });
    caller.set.now = NOW + 20 * MINUTE;
    const later = await foretell(first.cursor);
    expect(later.counts).toMatchObject({ predictions_confirmed: 1, rows_unsent: 0 });
    expect(await query(`SELECT outcome FROM predictions`)).toEqual([{ outcome: 'confirmed' }]);
    const { json } = await caller.call('GET', '/autonomous/predictions');
    expect(json).toMatchObject({ count: 0, ended: [{ outcome: 'confirmed' }] });
    expect((json['stats'] as object[])[0]).toMatchObject({ kind: 'error_rate_rising', judged: 1, precision: 1 });
    caller.set.now = NOW;
  });
});

describe('POST /api/v1/analytics/predict', () => {
  const steps = (json: Record<string, unknown>) =>
    (json['processors'] as { predictions: { at: string; value: number; low: number; high: number }[] }[])[0]!
      .predictions;

  test('[FCT-20] a season goes on', async () => {
    const { status, json } = await predict({ metric: 'payment_volume', horizon: 24, processor_id: 'season' });
    expect(status).toBe(200);
    const volumes = new Map(steps(json).map(({ at: hour, value }) => [hour.slice(11, 13), value]));
    expect(steps(json)[0]!.at).toBe('2031-06-10T12:00:00.000Z');
    expect(volumes.get('16')).toBeGreaterThan(34);
    expect(volumes.get('04')).toBeLessThan(16);
    for (const { low, value, high } of steps(json)) expect(low <= value && value <= high).toBe(true);
  });

  test('[FCT-20] success rates and latencies are forecast as they are', async () => {
    const rate = steps((await predict({ metric: 'success_rate', processor_id: 'season' })).json);
    expect(rate).toHaveLength(24);
    for (const { value, low, high } of rate) {
      expect(value).toBeCloseTo(0.882, 1);
      expect(low >= 0 && high <= 1).toBe(true);
    }
    const latency = steps((await predict({ metric: 'latency', processor_id: 'season' })).json);
    for (const { value } of latency) expect(value).toBeGreaterThan(440);
  });

  test('[FCT-21] too little is refused, and says how much is missing', async () => {
    const { status, json } = await predict({ metric: 'payment_volume', processor_id: 'three' });
    expect([status, json['code'], json['missing']]).toEqual([422, 'too_little_history', { hours: 48, attempts: 97 }]);
    const all = await predict({ metric: 'latency', horizon: 2 });
    expect(all.status).toBe(200);
    const processors = all.json['processors'] as { processor_id: string; missing: object | null }[];
    expect(processors.find((one) => one.processor_id === 'strange')?.missing).toEqual({ hours: 47, attempts: 90 });
    expect(all.text).not.toMatch(/NaN|Infinity/);
  });

  test('[PRD-30] history that is away is 503 here, and a run that fails', async () => {
    database().proxy.misbehave('server_error');
    try {
      expect((await predict({ metric: 'payment_volume' })).status).toBe(503);
      await expect(foretell()).rejects.toThrow('History is away');
    } finally {
      database().proxy.misbehave(null);
    }
    expect((await past().minutes([asProcessorId('ramp')], 0)).ok).toBe(true);
  });
});
