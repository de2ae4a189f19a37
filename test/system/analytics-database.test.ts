// Roll-ups and what is read of them against a real PostgreSQL, through the driver that the Worker uses and the HTTP that callers use.
import { describe, expect, test } from 'vitest';
import { asTransactionId } from '../../src/domain/identity.ts';
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import { createApp } from '../../src/http/app.ts';
import { createInMemoryWorld } from '../harness/in-memory-world.ts';
import { createNeonAnalytics } from '../../src/db/neon-analytics.ts';
import { createNeonHistory } from '../../src/db/neon-history.ts';
import { createNeonRollUps } from '../../src/db/neon-roll-ups.ts';
import { resultOf } from '../harness/results.ts';
import { rollUpHistory } from '../../src/flows/roll-up-history.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';
import { segmentKey } from '../../src/domain/segment.ts';

const database = useHistoryDatabase();
const options = () => ({ databaseUrl: database().databaseUrl, timeoutMs: 10_000 });
const query = (text: string, ...parameters: unknown[]) => rowsOf(database().readUrl, text, parameters);

type Given = Partial<CanonicalResult>;
/** Recorded so many seconds after it happened. */
async function record(at: string, given: Given = {}, lateSeconds = 1): Promise<CanonicalResult> {
  const eventTimeMs = Date.parse(at);
  const result = resultOf(given.processorId ?? 'p', { eventTimeMs, ...given });
  const row = { recordedAtMs: eventTimeMs + lateSeconds * 1_000, epoch: 1, result };
  expect(await createNeonHistory(options()).writeAttempts([row])).toEqual({ ok: true, value: 1 });
  return result;
}

const registered = (id: string, priority: number) => ({
  id,
  name: id,
  payment_methods: ['CARD', 'PIX'],
  countries: ['BR', 'MX'],
  priority,
});

async function roll(now: string, processors: readonly object[] = []): Promise<Record<string, number>> {
  const memory = createInMemoryWorld();
  const app = createApp(() => memory.world);
  const key = await memory.grant(['admin']);
  for (const body of processors)
    await app.request('/api/v1/processors', {
      method: 'POST',
      headers: { 'Authorization': `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  let told: Record<string, number> = {};
  const world = {
    rollUps: createNeonRollUps(options()),
    configuration: () => Promise.resolve(memory.set.configuration),
    now: () => Date.parse(now),
  };
  await rollUpHistory(world, { aborted: false }, (counts) => void (told = { ...counts }));
  return told;
}

async function ask(path: string, now: string, accept?: string, timeoutMs = 10_000) {
  const memory = createInMemoryWorld();
  memory.set.now = Date.parse(now);
  const app = createApp(() => ({ ...memory.world, analytics: createNeonAnalytics({ ...options(), timeoutMs }) }));
  const headers = { Authorization: `Bearer ${await memory.grant(['read'])}`, ...(accept && { Accept: accept }) };
  const response = await app.request(path, { headers });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null;
  return { status: response.status, text, json: json as never as Record<string, never>, headers: response.headers };
}

const totals = async (table: 'attempt_hours' | 'attempt_days', of: string) => {
  const [column, next] = table === 'attempt_hours' ? ['event_hour', '1 hour'] : ['event_day', '1 day'];
  const rows = await query(
    `SELECT result, sum(count)::int AS attempts
     FROM ${table}, LATERAL (VALUES ('approved', approved), ('declined', declined), ('error', error), ('timeout', timeout)) AS told (result, count)
     WHERE decline_class = '*' AND ${column} >= $1::timestamptz AND ${column} < $1::timestamptz + interval '${next}'
     GROUP BY result HAVING sum(count) <> 0 ORDER BY result`,
    of,
  );
  return Object.fromEntries(rows.map(({ result, attempts }) => [result, attempts]));
};

describe('rolling up', () => {
  test('[ANL-1] [ANL-3] counts by the hour and the day, once however often it is run, and what is recorded late as well', async () => {
    await record('2031-01-10T10:10:00Z');
    await record('2031-01-10T10:59:59.999Z', { result: 'declined' });
    await record('2031-01-10T11:00:00Z', { result: 'error' });
    expect(await roll('2031-01-10T11:05:00Z')).toMatchObject({ hoursCounted: 2, rowsCounted: 3 });
    expect(await roll('2031-01-10T11:06:00Z')).toMatchObject({ hoursCounted: 0, rowsCounted: 0 });
    // Recorded in an hour that was counted, and arriving after that.
    await record('2031-01-10T10:20:00Z');
    // Happened in one hour and recorded in another.
    await record('2031-01-10T10:58:00Z', {}, 3 * 3_600);
    expect(await roll('2031-01-10T14:05:00Z')).toMatchObject({ hoursCounted: 2 });
    expect(await totals('attempt_hours', '2031-01-10T10:00:00Z')).toEqual({ approved: 3, declined: 1 });
    expect(await totals('attempt_hours', '2031-01-10T13:00:00Z')).toEqual({});
    expect(await totals('attempt_days', '2031-01-10T00:00:00Z')).toEqual({ approved: 3, declined: 1, error: 1 });
  });

  test('[ANL-2] what is written while an hour is counted leaves it open, and two who count at once count once', async () => {
    await record('2031-01-11T10:10:00Z');
    const hourMs = Date.parse('2031-01-11T10:00:00Z');
    const rollUps = createNeonRollUps(options());
    const counted = await Promise.all([
      rollUps.rollUp(hourMs, hourMs),
      rollUps.rollUp(hourMs, hourMs),
      record('2031-01-11T10:20:00Z'),
    ]);
    expect(counted.slice(0, 2).every((reply) => 'ok' in reply && reply.ok)).toBe(true);
    await roll('2031-01-11T11:00:00Z');
    expect(await totals('attempt_hours', '2031-01-11T10:00:00Z')).toEqual({ approved: 2 });
    expect(await query(`SELECT 1 FROM roll_up_marks WHERE marks > rolled_marks`)).toEqual([]);
  });

  test('[ANL-4] a timeout that is settled days later is taken back where it was counted', async () => {
    const transactionId = asTransactionId('txn_unknown');
    await record('2031-01-12T23:50:00Z', { transactionId, result: 'timeout' });
    await record('2031-01-12T23:51:00Z', { result: 'timeout' });
    await roll('2031-01-12T23:55:00Z');
    expect(await totals('attempt_days', '2031-01-12T00:00:00Z')).toEqual({ timeout: 2 });
    await record('2031-01-14T08:00:00Z', { transactionId, result: 'approved' });
    await roll('2031-01-14T08:05:00Z');
    expect(await totals('attempt_days', '2031-01-12T00:00:00Z')).toEqual({ timeout: 1 });
    expect(await totals('attempt_days', '2031-01-14T00:00:00Z')).toEqual({ approved: 1 });
    await record('2031-01-14T08:30:00Z');
    await roll('2031-01-14T08:35:00Z');
    expect(await totals('attempt_hours', '2031-01-12T23:00:00Z')).toEqual({ timeout: 1 });
  });

  test('[ANL-5] a day whose attempts were dropped keeps its counts, whatever comes for it afterwards', async () => {
    for (const minute of ['01', '02', '03']) await record(`2031-01-16T10:${minute}:00Z`);
    await roll('2031-01-16T11:00:00Z');
    await query(`DROP TABLE attempts_20310116`);
    await record('2031-01-16T10:30:00Z');
    expect(await roll('2031-01-16T12:00:00Z')).toMatchObject({ hoursCounted: 1, rowsCounted: 0 });
    expect(await totals('attempt_days', '2031-01-16T00:00:00Z')).toEqual({ approved: 3 });
    expect(await query(`SELECT 1 FROM roll_up_marks WHERE marks > rolled_marks`)).toEqual([]);
  });

  test('[ANL-6] no number, a negative and a huge one spoil no sum', async () => {
    for (let index = 0; index < 3; index += 1)
      await record(`2031-01-18T10:0${index}:00Z`, { amountMinor: 9_007_199_254_740_991, latencyMs: 100 });
    await record('2031-01-18T10:04:00Z', { amountMinor: -5, latencyMs: -7, feeMinor: -3 });
    for (const [index, value] of ['NaN', 'Infinity', '-Infinity', '1e308', '1e308'].entries()) {
      const { transactionId } = await record(`2031-01-18T10:1${index}:00Z`);
      await query(
        `UPDATE attempts SET latency_ms = $2::float8, fee_minor = $2::float8 WHERE transaction_id = $1`,
        transactionId,
        value,
      );
    }
    await roll('2031-01-18T11:00:00Z');
    const { status, json } = await ask('/api/v1/analytics/summary?from=2031-01-18T10:00:00Z', '2031-01-18T10:30:00Z');
    expect(status).toBe(200);
    expect(json['total']).toMatchObject({
      attempts: 9,
      approved: 9,
      latency_ms_mean: 100,
      money: { approved_minor: 3 * 9_007_199_254_740_991 + 50_000 - 5, fee_minor: -3 },
    });
  });
});

describe('asking', () => {
  const DAY = '2031-02-01';
  const now = `${DAY}T12:30:00Z`;

  test('[ANL-7] the summary adds up whole days and the hours beside them, by every dimension and under every filter', async () => {
    for (const [at, given] of [
      ['2031-01-30T23:30:00Z', {}],
      ['2031-01-31T05:00:00Z', { processorId: 'q' as never, result: 'declined' as const }],
      [`${DAY}T00:00:00Z`, { segment: segmentKey('CARD', 'MX'), currency: 'MXN', attempt: 2 }],
      [`${DAY}T12:10:00Z`, { result: 'refunded' as const }],
      [`${DAY}T12:20:00Z`, { result: 'timeout' as const, latencyMs: null }],
    ] as const)
      await record(at, given);
    await roll(now);
    const at = '/api/v1/analytics/summary?from=2031-01-30T23:15:00Z';
    const { json } = await ask(at, now);
    expect(json).toMatchObject({
      from: '2031-01-30T23:00:00.000Z',
      to: `${DAY}T13:00:00.000Z`,
      rolled_up_at: `${DAY}T12:30:00.000Z`,
      total: { attempts: 4, approved: 2, declined: 1, timeouts: 1, refunded: 1, retries: 1, money: null },
      by_processor: [
        { processor_id: 'p', attempts: 3, authorization_rate: 1, error_rate: 1 / 3 },
        {
          processor_id: 'q',
          attempts: 1,
          authorization_rate: 0,
          money: { attempted_minor: 10_000, approved_minor: 0 },
        },
      ],
      by_payment_method: [{ payment_method: 'PIX', attempts: 3 }, { payment_method: 'CARD' }],
      by_country: [{ country: 'BR' }, { country: 'MX', retries: 1 }],
      by_decline_class: [
        { decline_class: 'unclassified', attempts: 1, share: 0.5 },
        { decline_class: 'unknown', attempts: 1, share: 0.5 },
      ],
      by_currency: [{ currency: 'BRL' }, { currency: 'MXN', money: { approved_minor: 10_000 } }],
    });
    for (const [filter, attempts] of [
      ['processor_id=q', 1],
      ['payment_method=card', 1],
      ['country=mx', 1],
      ['currency=BRL', 3],
      ['decline_class=unknown', 1],
      ['processor_id=q&country=MX', 0],
    ] as const)
      expect((await ask(`${at}&${filter}`, now)).json['total']).toMatchObject({ attempts });
  });

  test('[ANL-8] pages of a series hold each point once, in order, by hour and day and by several dimensions', async () => {
    for (const at of [`${DAY}T01:00:00Z`, `${DAY}T01:30:00Z`, `${DAY}T03:00:00Z`])
      for (const processorId of ['x', 'y', 'z'] as never[]) await record(at, { processorId, currency: 'COP' });
    await roll(now);
    const base = `/api/v1/analytics/series?by=processor,method&currency=COP&from=${DAY}T00:00:00Z`;
    const whole = (await ask(base, now)).json as never as { points: object[]; next_cursor: null };
    expect(whole.next_cursor).toBeNull();
    expect(whole.points).toMatchObject(
      ['01', '03'].flatMap((hour) =>
        ['x', 'y', 'z'].map((processor_id) => ({
          at: `${DAY}T${hour}:00:00.000Z`,
          processor_id,
          payment_method: 'PIX',
          attempts: hour === '01' ? 2 : 1,
        })),
      ),
    );
    const paged: object[] = [];
    for (let path: string | null = `${base}&limit=1`; path !== null; ) {
      const { json } = await ask(path, now);
      const page = json as never as { points: object[]; next_cursor: string | null };
      expect(page.points).toHaveLength(1);
      paged.push(...page.points);
      path = page.next_cursor === null ? null : `${base}&limit=1&cursor=${page.next_cursor}`;
    }
    expect(paged).toEqual(whole.points);
    const days = await ask(`/api/v1/analytics/series?bucket=day&currency=COP`, now);
    expect(days.json['points']).toMatchObject([{ at: `${DAY}T00:00:00.000Z`, attempts: 9, authorization_rate: 1 }]);
  });

  test('[ANL-9] as CSV: a header, a line each, the next page in `Link`', async () => {
    const path = `/api/v1/analytics/series?by=processor&currency=COP&from=${DAY}T00:00:00Z&limit=2`;
    const first = await ask(path, now, 'text/csv');
    expect(first.headers.get('content-type')).toMatch(/^text\/csv/);
    const lines = first.text.split('\r\n');
    expect(lines[0]).toMatch(/^at,processor_id,attempts,approved,/);
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 3))).toEqual([
      [`${DAY}T01:00:00.000Z`, 'x', '2'],
      [`${DAY}T01:00:00.000Z`, 'y', '2'],
      [''],
    ]);
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1];
    const second = await ask(`${next}&format=csv`, now);
    expect(second.text.split('\r\n')[1]).toContain(',z,2,');
  });

  test('[ANL-7] a stretch in which nothing happened is empty, without a number that is none', async () => {
    const { json } = await ask('/api/v1/analytics/summary?from=2030-05-01T00:00:00Z&to=2030-05-03T00:00:00Z', now);
    expect(json['total']).toMatchObject({ attempts: 0, authorization_rate: null, latency_ms_mean: null, money: null });
    expect(json['by_processor']).toEqual([]);
    const series = await ask('/api/v1/analytics/series?from=2030-05-01T00:00:00Z&to=2030-05-03T00:00:00Z', now);
    expect(series.json).toMatchObject({ points: [], count: 0, next_cursor: null });
  });
});

describe('routing', () => {
  const HOUR = '2031-03-01T10:00:00Z';
  const decidedMs = Date.parse(HOUR) + 60_000;

  /** 900 drawn decisions: `good` approves 90%, `cheap`, which comes first by priority, 60%. */
  async function drawn(isShadow: boolean): Promise<void> {
    const shadow = isShadow ? 1 : 0;
    await query(
      `INSERT INTO decisions SELECT $1::timestamptz + i * interval '1 second', lpad(($2::int * 1000 + i)::text, 16, '0'), 1, 'CARD', 'BR', 10000, 'BRL',
         CASE WHEN i % 3 = 0 THEN 'cheap' ELSE 'good' END, CASE WHEN i % 3 = 0 THEN 1.0 / 3 ELSE 2.0 / 3 END, 0, NULL, 'learned',
         '{"good": 0.6666666666666667, "cheap": 0.3333333333333333}', 'memory', 5, 0.5, $2::int = 1, CASE WHEN $2::int = 1 THEN CASE WHEN i % 3 = 0 THEN 'cheap' ELSE 'good' END END
       FROM generate_series(0, 899) AS i`,
      new Date(decidedMs),
      shadow,
    );
    const rows = Array.from({ length: 900 }, (_, i) => {
      const processorId = i % 3 === 0 ? 'cheap' : 'good';
      const approved = i % 3 === 0 ? (i / 3) % 5 < 3 : i % 10 !== 1;
      const decision = {
        nonce: String(shadow * 1_000 + i).padStart(16, '0'),
        decidedAtMs: decidedMs + i * 1_000,
        propensity: 0.5,
        arm: 0,
        offRecommendation: i >= 890,
        permit: false,
      };
      const result = resultOf(processorId, {
        eventTimeMs: decidedMs + i * 1_000,
        segment: segmentKey('CARD', 'BR'),
        result: approved ? 'approved' : 'declined',
        decision,
      });
      return { recordedAtMs: decidedMs + i * 1_000 + 500, epoch: 1, result };
    }).filter((_, i) => i < 895);
    expect((await createNeonHistory(options()).writeAttempts(rows)).ok).toBe(true);
  }

  test('[ANL-10] [ANL-12] [ANL-14] sampled decisions are joined to their results, judged, and told with intervals, live and in shadow', async () => {
    await createNeonHistory(options()).makePartitions(decidedMs, 1);
    await drawn(false);
    await drawn(true);
    const told = await roll('2031-03-01T12:00:00Z', [registered('cheap', 1), registered('good', 2)]);
    expect(told).toMatchObject({ decisionsJudged: 1_800 });
    const { status, json } = await ask('/api/v1/routing/stats?country=br', '2031-03-01T12:00:00Z');
    expect(status).toBe(200);
    const { live, shadow } = json as never as Record<'live' | 'shadow', { against: Record<string, never>[] }>;
    expect(live).toMatchObject({
      decisions: 900,
      judged: 890,
      awaiting: 5,
      off_recommendation: 5,
      accuracy_word: null,
    });
    expect(live.against.map(({ policy }) => policy)).toEqual(['static', 'priority']);
    for (const against of live.against) {
      expect(against['approval']).toMatchObject({ samples: 890, word: null });
      const { lift, theirs } = against['approval'] as never as Record<
        string,
        { value: number; low: number; high: number }
      >;
      expect(theirs!.value).toBeCloseTo(0.6, 1);
      expect(lift!.value).toBeCloseTo(0.2, 1);
      expect(lift!.low).toBeGreaterThan(0.1);
      // Half of the decisions are kept: 890 stand for 1,780.
      expect(against['money']).toMatchObject([{ currency: 'BRL', payments: 1_780 }]);
      const [{ saved_minor: saved }] = against['money'] as never as [{ saved_minor: { value: number } }];
      expect(saved.value / (lift!.value * 10_000 * 1_780)).toBeCloseTo(1, 5);
    }
    expect(shadow).toMatchObject({
      judged: 890,
      against: [
        { policy: 'merchant', propensities: 'estimated', approval: { word: null } },
        { policy: 'static', propensities: 'estimated', approval: { word: null } },
        { policy: 'priority', propensities: 'estimated', approval: { word: null } },
      ],
    });
    for (const simpler of shadow.against.slice(1)) {
      const { ours, theirs, lift } = simpler['approval'] as never as Record<string, { value: number; low: number }>;
      expect([ours!.value, theirs!.value, lift!.value]).toEqual([0.8, 0.6, 0.2].map((rate) => expect.closeTo(rate, 1)));
      expect(lift!.low).toBeGreaterThan(0.1);
    }
    // The merchant goes where we would, as often: there is nothing to gain.
    const { lift } = shadow.against[0]!['approval'] as never as Record<string, { value: number }>;
    expect(Math.abs(lift!.value)).toBeLessThan(0.02);
    const mexico = await ask('/api/v1/routing/stats?country=MX', '2031-03-01T12:00:00Z');
    expect(mexico.json['live']).toMatchObject({
      decisions: 0,
      against: [{ approval: { reason: 'no_decisions' } }, {}],
    });
  });

  test('[ANL-11] an hour is judged anew in place of what was found of it, when a late result has come', async () => {
    await record('2031-03-01T15:00:00Z', {
      segment: segmentKey('CARD', 'BR'),
      decision: {
        nonce: '0000000000000899',
        decidedAtMs: decidedMs + 899_000,
        propensity: 0.5,
        arm: 0,
        offRecommendation: false,
        permit: false,
      },
    });
    expect(await roll('2031-03-01T15:05:00Z')).toMatchObject({ decisionsJudged: 0 });
    expect(await roll('2031-03-02T12:00:00Z')).toMatchObject({ decisionsJudged: 1_800 });
    const later = await ask('/api/v1/routing/stats', '2031-03-02T12:05:00Z');
    expect(later.json['live']).toMatchObject({ decisions: 900, judged: 891, awaiting: 4 });
    expect(await roll('2031-03-02T12:10:00Z')).toMatchObject({ decisionsJudged: 0 });
  });
});

test('[ANL-15] with history away, hanging or without its tables the answer is 503 with Retry-After, and the job fails in words', async () => {
  const { proxy } = database();
  for (const fault of ['server_error', 'cut', 'hang'] as const) {
    proxy.misbehave(fault);
    for (const path of ['analytics/summary', 'analytics/series', 'routing/stats']) {
      const { status, json, headers } = await ask(`/api/v1/${path}`, '2031-02-01T00:00:00Z', undefined, 300);
      expect({ path, status, code: json['code'], wait: headers.get('retry-after') }).toMatchObject({
        status: 503,
        code: 'history_away',
        wait: '1',
      });
    }
    if (fault !== 'hang') await expect(roll('2031-02-01T00:00:00Z')).rejects.toThrow('history is unreachable');
    proxy.misbehave(null);
  }
  await query(`ALTER TABLE attempt_hours RENAME TO elsewhere`);
  try {
    expect((await ask('/api/v1/analytics/summary', '2031-02-01T00:00:00Z')).json).toMatchObject({
      code: 'history_away',
    });
  } finally {
    await query(`ALTER TABLE elsewhere RENAME TO attempt_hours`);
  }
});
