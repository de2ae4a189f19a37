// Analytics and routing statistics over HTTP: what may be asked, what is told, and what is said where there is no history.
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { createOffPolicyTally } from '../../../src/domain/evaluation/off-policy.ts';
import type { Counted, SeriesPoint } from '../../../src/ports/analytics-port.ts';
import { START } from '../../harness/in-memory-world.ts';

const HOUR = 3_600_000;
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});
const PATHS = ['/api/v1/analytics/summary', '/api/v1/analytics/series', '/api/v1/routing/stats'];
const SERIES = PATHS[1]!;
const get = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
  await caller.call('GET', path, { headers });

const COUNTED: Counted = {
  approved: 8,
  declined: 2,
  error: 0,
  timeout: 0,
  refunded: 0,
  disputed: 0,
  retries: 0,
  recommended: 5,
  offRecommendation: 1,
  latencyMs: 900,
  latencies: 9,
  money: { attemptedMinor: 100, approvedMinor: 80, refundedMinor: 0, disputedMinor: 0, feeMinor: 2.5 },
};
const point = (hour: number, ...keys: readonly string[]): SeriesPoint => ({
  ...COUNTED,
  atMs: START + hour * HOUR,
  keys,
});

describe.each(PATHS)('[ANL-18] %s', (path) => {
  test.each([
    ['to=0001-01-01T00:00:00Z', 'to', 'must be a moment from 2000-01-01 to 2099-12-31'],
    ['from=0000-01-01T00:00:00Z&to=0000-02-01T00:00:00Z', 'from', 'must be a moment from 2000-01-01 to 2099-12-31'],
    ['to=9999-12-31T23:59:59Z', 'to', 'must be a moment from 2000-01-01 to 2099-12-31'],
    ['from=9999-12-31T23:59:59Z', 'from', 'must be a moment from 2000-01-01 to 2099-12-31'],
    ['from=2026-11-20T10:00:00Z&to=2026-11-20T09:00:00Z', 'to', 'must be later than `from`'],
    ['from=2026-11-20T10:00:00Z&to=2026-11-20T10:00:00Z', 'to', 'must be later than `from`'],
  ])('%s is 422, whether or not there is a history', async (query, field, message) => {
    const refusal = { status: 422, code: 'invalid_field', field, detail: `${field}: ${message}` };
    expect((await get(`${path}?${query}`)).json).toMatchObject(refusal);
    caller.set.analytics.history = 'away';
    expect((await get(`${path}?${query}`)).json).toMatchObject(refusal);
  });
});

describe('without a history', () => {
  test.each(PATHS)(
    '[ANL-15] %s is refused with 503 and Retry-After, whether it is away or none is kept',
    async (path) => {
      for (const history of ['away', 'none'] as const) {
        caller.set.analytics.history = history;
        const { status, json, headers } = await get(path);
        expect({ status, code: json['code'], wait: headers.get('retry-after') }).toEqual({
          status: 503,
          code: 'history_away',
          wait: '1',
        });
      }
    },
  );

  test.each(PATHS)('[ANL-20] the log has what was wrong with it: %s', async (path) => {
    const lines: unknown[] = [];
    const spy = vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(JSON.parse(String(line))));
    onTestFinished(() => spy.mockRestore());
    const { analytics } = caller.set;
    analytics.history = 'away';
    await get(path);
    analytics.fault = { reason: 'unprepared', code: '42P01' };
    await get(path);
    analytics.history = 'none';
    await get(path);
    const told = { event: 'refused', code: 'history_away' };
    expect(lines).toEqual([
      expect.objectContaining({ ...told, error_name: 'unreachable' }),
      expect.objectContaining({ ...told, error_name: 'unprepared', error_message: 'SQLSTATE 42P01' }),
      expect.objectContaining(told),
    ]);
    expect(lines[2]).not.toHaveProperty('error_name');
  });

  test.each(PATHS)('%s names a wrong field before it asks', async (path) => {
    caller.set.analytics.history = 'none';
    expect((await get(`${path}?from=yesterday`)).json).toMatchObject({ status: 422, field: 'from' });
  });
});

describe('what may be asked', () => {
  test.each([
    ['summary?from=2027-01-01T00:00:00Z', 'from'],
    ['summary?from=2026-11-20T10:00:00Z&to=2026-11-20T09:00:00Z', 'to'],
    ['summary?from=2026-01-01T00:00:00Z', 'from'],
    ['summary?country=Brazil', 'country'],
    ['summary?decline_class=none', 'decline_class'],
    ['series?bucket=week', 'bucket'],
    ['series?by=result', 'by'],
    ['series?by=processor,processor', 'by'],
    ['series?by=processor;drop', 'by'],
    ['series?limit=1001', 'limit'],
    ['series?limit=0', 'limit'],
    ['series?format=xml', 'format'],
    ['series?cursor=%00', 'cursor'],
    ['series?cursor=bm9uc2Vuc2U', 'cursor'],
    ['series?cursor=WzEsImhvdXIiXQ&by=country', 'cursor'],
    [`series?cursor=${btoa('[1e999,"hour"]').replace(/=+$/, '')}`, 'cursor'],
    [`series?cursor=${btoa('[8.64e15,"hour","x"]').replace(/=+$/, '')}`, 'cursor'],
    [`series?by=country&cursor=${btoa('[0,"hour country",7]').replace(/=+$/, '')}`, 'cursor'],
  ])('[ANL-8] [ANL-17] %s is refused, and `%s` is named', async (query, field) => {
    const { json } = await get(`/api/v1/analytics/${query}`);
    expect(json).toMatchObject({ status: 422, code: 'invalid_field', field });
    expect(caller.set.analytics.asked).toEqual([]);
  });

  test('codes are taken in any case, and days when days are asked for', async () => {
    await get(`${SERIES}?country=br&payment_method=pix&bucket=day&by=country,processor`);
    expect(caller.set.analytics.asked).toMatchObject([
      {
        bucket: 'day',
        by: ['country', 'processor'],
        filter: { country: 'BR', method: 'PIX' },
        stretch: { toMs: Date.UTC(2026, 10, 21), fromMs: Date.UTC(2026, 9, 22) },
        limit: 201,
      },
    ]);
  });
});

describe('a series', () => {
  test('[ANL-8] is told by page; a cursor is good for the same question alone', async () => {
    caller.set.analytics.points = [point(-3, 'BR'), point(-3, 'MX'), point(-2, 'BR')];
    caller.set.analytics.lastMs = START;
    const { json } = await get(`${SERIES}?by=country&limit=2`);
    expect(json).toMatchObject({
      bucket: 'hour',
      by: ['country'],
      rolled_up_at: '2026-11-20T12:00:00.000Z',
      count: 2,
      points: [
        {
          at: '2026-11-20T09:00:00.000Z',
          country: 'BR',
          attempts: 10,
          authorization_rate: 0.8,
          error_rate: 0,
          latency_ms_mean: 100,
          money: { attempted_minor: 100, fee_minor: 2.5 },
        },
        { country: 'MX' },
      ],
    });
    const rest = await get(`${SERIES}?by=country&limit=2&cursor=${String(json['next_cursor'])}`);
    expect(rest.json).toMatchObject({ points: [{ at: '2026-11-20T10:00:00.000Z' }], next_cursor: null });
    const other = await get(`${SERIES}?by=processor&cursor=${String(json['next_cursor'])}`);
    expect(other.json).toMatchObject({ status: 422, field: 'cursor' });
  });

  test('[ANL-7] a class of declines has no rates: nothing else can be in it', async () => {
    caller.set.analytics.points = [point(0, 'never')];
    const { json } = await get(`${SERIES}?by=decline_class`);
    expect(json['points']).toMatchObject([
      { decline_class: 'never', attempts: 10, authorization_rate: null, error_rate: null },
    ]);
  });

  test.each([
    ['?format=csv', {}, true],
    ['', { Accept: 'text/csv' }, true],
    ['', { Accept: 'text/html, text/csv;q=0.9, */*;q=0.1' }, true],
    ['', { Accept: '*/*' }, false],
    ['', { Accept: 'application/json, text/csv' }, false],
    ['?format=json', { Accept: 'text/csv' }, false],
  ])('[ANL-9] %s %o', async (query, headers, isCsv) => {
    const told = await get(`${SERIES}${query}`, headers);
    expect(told.headers.get('content-type')?.startsWith('text/csv')).toBe(isCsv);
  });

  test('[ANL-9] as CSV what a spreadsheet would take for a formula is text, quotes are doubled, nothing is empty', async () => {
    caller.set.analytics.points = [
      { ...point(0, '=1+1'), money: null, latencies: 0 },
      point(0, '-x'),
      point(0, 'a,"b"\n'),
    ];
    const { text } = await get(`${SERIES}?by=processor&format=csv`);
    const [header, first, second, ...third] = text.split('\r\n');
    expect(header).toBe(
      'at,processor_id,attempts,approved,declined,errors,timeouts,refunded,disputed,retries,recommended,off_recommendation,authorization_rate,error_rate,latency_ms_mean,attempted_minor,approved_minor,refunded_minor,disputed_minor,fee_minor',
    );
    expect(first).toBe("2026-11-20T12:00:00.000Z,'=1+1,10,8,2,0,0,0,0,0,5,1,0.8,0,,,,,,");
    expect(second).toContain(",'-x,10,");
    expect(third.join('\r\n')).toContain(',"a,""b""\n",10,');
  });

  test('[ANL-9] the next page of a CSV stands in `Link`, with the whole question', async () => {
    caller.set.analytics.points = [point(-1, 'BR'), point(0, 'BR')];
    const first = await get(`${SERIES}?by=country&limit=1&format=csv`);
    const link = /^<(\/api\/v1\/analytics\/series\?[^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1];
    const second = await get(link ?? '');
    expect(second.text.split('\r\n')[1]).toContain('2026-11-20T12:00:00.000Z');
    expect(second.headers.get('link')).toBeNull();
  });
});

describe('the summary', () => {
  test('[ANL-7] lists the most first, failures by class with their shares, and nothing as nothing', async () => {
    expect((await get(PATHS[0]!)).json).toMatchObject({
      rolled_up_at: null,
      total: { attempts: 0, authorization_rate: null },
      by_processor: [],
      by_decline_class: [],
    });
    const row = (by: never, key: string | null, attempts: number) => ({ ...COUNTED, declined: attempts - 8, by, key });
    caller.set.analytics.rows = [
      row(null as never, null, 30),
      row('processor' as never, 'few', 10),
      row('processor' as never, 'many', 20),
      { ...row('decline_class' as never, 'later', 8), approved: 0, declined: 3 },
      { ...row('decline_class' as never, 'never', 8), approved: 0, declined: 9 },
    ];
    const { json } = await get(PATHS[0]!);
    expect(json).toMatchObject({
      total: { attempts: 30 },
      by_processor: [{ processor_id: 'many' }, { processor_id: 'few' }],
      by_decline_class: [
        { decline_class: 'never', attempts: 9, share: 0.75 },
        { decline_class: 'later', attempts: 3, share: 0.25 },
      ],
    });
  });
});

describe('routing statistics', () => {
  test('[ANL-16] [ANL-19] without decisions every figure is null and a sentence says why; what is one step only says so', async () => {
    const { json } = await get(PATHS[2]!);
    const word = expect.stringContaining('Cannot be estimated');
    const unjudged = expect.stringContaining('no decision with its result');
    const none = { samples: 0, effective_samples: null, word: unjudged, reason: 'no_decisions', lift: null };
    expect(json).toMatchObject({
      judged_at: null,
      live: {
        decisions: 0,
        accuracy: null,
        accuracy_word: word,
        against: [
          { policy: 'static', one_step: false, propensities: 'logged', approval: none, money: [] },
          { policy: 'priority', one_step: true, propensities: 'logged', approval: none },
        ],
      },
      shadow: {
        against: [
          { policy: 'merchant', one_step: true, propensities: 'estimated', approval: none },
          { policy: 'static', one_step: false, propensities: 'estimated', approval: none, money: [] },
          { policy: 'priority', one_step: true, propensities: 'estimated', approval: none, money: [] },
        ],
      },
    });
  });

  test('[ANL-12] [ANL-14] the lift is ours less theirs, and money its total, from sums of any number of hours', async () => {
    const tally = {
      ...createOffPolicyTally(),
      samples: 1_000,
      w: 1_000,
      ww: 2_000,
      r: 800,
      rr: 800,
      v: 700,
      vv: 900,
      vr: 600,
    };
    const which = { traffic: 'live', policy: 'priority', paymentMethod: '*', country: '*', strategy: '*' } as const;
    const counts = { decisions: 2_000, judged: 1_000, approved: 800, awaiting: 900, offRecommendation: 100 };
    caller.set.analytics.findings = {
      policies: [
        { ...which, measure: 'approval', currency: '*', payments: 5_000, tally },
        { ...which, measure: 'value', currency: 'BRL', payments: 5_000, tally },
      ],
      counts: [{ ...counts, traffic: 'live', undrawn: 0, outOfReach: 7 }],
    };
    caller.set.analytics.lastMs = START;
    const { json } = await get(`${PATHS[2]!}?strategy=learned&from=2026-11-01T00:00:00Z`);
    expect(json).toMatchObject({ from: '2026-11-01T00:00:00.000Z', judged_at: '2026-11-20T12:00:00.000Z' });
    const { against, ...live } = json['live'] as { against: Record<string, never>[] };
    expect(live).toMatchObject({ judged: 1_000, out_of_reach: 7, accuracy: { value: 0.8 }, accuracy_word: null });
    expect(against[1]).toMatchObject({
      approval: {
        samples: 1_000,
        effective_samples: 500,
        ours: { value: 0.8 },
        theirs: { value: 0.7 },
        lift: { value: expect.closeTo(0.1, 9) },
        word: null,
        reason: null,
      },
      money: [{ currency: 'BRL', payments: 5_000, saved_minor: { value: expect.closeTo(500, 6) } }],
    });
  });
});
