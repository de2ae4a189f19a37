import { beforeEach, describe, expect, test } from 'vitest';
import type { Alert } from '../../../src/domain/health/alert-book.ts';
import { asProcessorId, type SegmentKey } from '../../../src/domain/identity.ts';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import { START } from '../../harness/in-memory-world.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

const record = (counts: Readonly<Record<string, number>>, processor = 'processor_a') => {
  const transactions = Object.entries(counts).flatMap(([result, count]) =>
    Array.from({ length: count }, () => ({ ...RESULT, result, processor_id: processor })),
  );
  return caller.call('POST', '/api/v1/transactions', { body: { transactions } });
};

describe('POST /api/v1/transactions', () => {
  test('answers the processor’s health as the seed does', async () => {
    const { json } = await caller.call('POST', '/api/v1/transactions', { body: RESULT, key: caller.keys.ingest });
    expect(json).toMatchObject({
      processor_id: 'processor_a',
      status: 'HEALTHY',
      authorization_rate: 1,
      total_transactions: 1,
      success_count: 1,
      failure_count: 0,
      error_count: 0,
      outcome: 'recorded',
    });
  });
});

describe('GET /api/v1/health', () => {
  test('counts as the seed does: errors hold timeouts, failures are declines', async () => {
    await record({ approved: 30, declined: 8, error: 1, timeout: 2 });
    const { json } = await caller.call('GET', '/api/v1/health');
    expect(json).toMatchObject({
      status: 'HEALTHY',
      count: 5,
      timestamp: '2026-11-20T12:00:00.000Z',
      system_info: { processors: 5 },
    });
    const [first, second] = json['processors'] as Record<string, unknown>[];
    expect(first).toMatchObject({
      processor_id: 'processor_a',
      name: 'GlobalPay_BR',
      total_transactions: 41,
      success_count: 30,
      failure_count: 8,
      error_count: 3,
      timeout_count: 2,
      confidence: 'high',
    });
    expect(first!['authorization_rate']).toBeCloseTo(30 / 38, 12);
    expect(second).toMatchObject({
      status: 'HEALTHY',
      total_transactions: 0,
      authorization_rate: null,
      confidence: 'none',
    });
  });

  test('tells what was last published of a processor that is out of reach', async () => {
    await record({ approved: 12 });
    caller.set.objectsReachable = false;
    const all = await caller.call('GET', '/api/v1/health');
    expect((all.json['processors'] as unknown[])[0]).toMatchObject({ success_count: 12 });
    const one = await caller.call('GET', '/api/v1/health/processor_a');
    expect(one.json).toMatchObject({ success_count: 12, history: null });
  });
});

describe('GET /api/v1/health/{processorId}', () => {
  test('tells the history', async () => {
    await record({ approved: 3, declined: 1 });
    const { json } = await caller.call('GET', '/api/v1/health/processor_a');
    expect(json['history']).toMatchObject({
      timeline: [{ minute: '2026-11-20T12:00:00.000Z', approved: 3, declined: 1, error: 0, timeout: 0 }],
      transitions: [],
    });
    expect((json['history'] as { recent: unknown[] }).recent).toHaveLength(4);
    expect(json['segments']).toMatchObject([{ segment: 'PIX|BR', payment_method: 'PIX', country: 'BR' }]);
  });

  test('of nobody is 404', async () => {
    expect((await caller.call('GET', '/api/v1/health/nobody')).json).toMatchObject({ status: 404, code: 'not_found' });
  });
});

describe('/api/v1/routing/recommend', () => {
  const PATH = '/api/v1/routing/recommend';

  test('answers the seed’s fields, by GET and by POST, in any case', async () => {
    const got = await caller.call('GET', `${PATH}?payment_method=pix&country=br`, { key: caller.keys.route });
    expect(got.json).toMatchObject({
      payment_method: 'PIX',
      country: 'BR',
      segment: 'PIX|BR',
      source: 'memory',
      table_age_ms: 0,
    });
    const rows = got.json['recommendations'] as Record<string, unknown>[];
    expect(rows.map(({ rank }) => rank)).toEqual([1, 2]);
    expect(rows[0]).toMatchObject({ recommended: true, processor_id: got.json['processor_id'] });
    expect(got.json['decision_id']).toMatch(/^dec_[A-Za-z0-9_-]{60}$/);
    const posted = await caller.call('POST', PATH, { body: { payment_method: 'PIX', country: 'BR', amount: 100.0 } });
    expect(posted.json).toMatchObject({ payment_method: 'PIX', warnings: ['amount_ignored_without_currency'] });
  });

  test('an empty list is [], never null', async () => {
    const { status, json } = await caller.call('GET', `${PATH}?payment_method=BOLETO&country=BR`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ recommendations: [], processor_id: null, decision_id: null });
  });

  test('three rows by default, all rows and every exclusion with explain=all', async () => {
    for (const id of ['processor_x', 'processor_y', 'processor_z']) {
      await caller.call('POST', '/api/v1/processors', { body: { id, payment_methods: ['PIX'], countries: ['BR'] } });
    }
    const short = await caller.call('GET', `${PATH}?payment_method=PIX&country=BR`);
    expect(short.json['recommendations']).toHaveLength(3);
    expect(short.json).not.toHaveProperty('exclusions');
    const long = await caller.call('GET', `${PATH}?payment_method=PIX&country=BR&explain=all`);
    expect(long.json['recommendations']).toHaveLength(5);
    const excluded = (long.json['exclusions'] as Record<string, unknown>[]).map((each) => [
      each['processor_id'],
      each['reason'],
    ]);
    expect(excluded).toEqual([
      ['processor_b', 'payment_method'],
      ['processor_d', 'payment_method'],
      ['processor_e', 'payment_method'],
    ]);
  });

  test('a rule acts on the amount and is named in the answer', async () => {
    const rule = {
      id: 'big',
      name: 'Big',
      condition: 'amount > 500.0',
      action: { kind: 'pin', processors: ['processor_c'] },
    };
    await caller.call('POST', '/api/v1/rules', { body: rule });
    const ask = async (amount: number) =>
      (await caller.call('POST', PATH, { body: { payment_method: 'PIX', country: 'BR', amount, currency: 'BRL' } }))
        .json;
    expect(await ask(501)).toMatchObject({ processor_id: 'processor_c', rule_ids: ['big'] });
    expect((await ask(499))['rule_ids']).toEqual([]);
  });

  test('a stale table is told, a cold isolate is 503 with Retry-After', async () => {
    caller.set.tableAgeMs = 4_000;
    expect((await caller.call('GET', `${PATH}?payment_method=PIX&country=BR`)).json).toMatchObject({
      source: 'stale',
      table_age_ms: 4_000,
    });
    caller.set.tableAgeMs = 0;
    const keys = await caller.world.tables.keys(START);
    caller.world.tables.keys = () => Promise.resolve(keys);
    caller.world.tables.keysNow = () => keys;
    caller.set.cold = true;
    const cold = await caller.call('GET', `${PATH}?payment_method=PIX&country=BR`);
    expect(cold.json).toMatchObject({ status: 503, code: 'no_table' });
    expect(cold.headers.get('retry-after')).toBe('1');
    expect((await caller.call('POST', '/api/v1/transactions', { body: RESULT })).json['code']).toBe('no_table');
  });
});

describe('POST /api/v1/routing/simulate', () => {
  test('explains without deciding: no token, nothing counted, the same seed gives the same draw', async () => {
    const body = { payment_method: 'PIX', country: 'BR', seed: '12345678901234567890' };
    const first = await caller.call('POST', '/api/v1/routing/simulate', { body, key: caller.keys.read });
    const second = await caller.call('POST', '/api/v1/routing/simulate', { body });
    expect(first.json).toEqual(second.json);
    expect(first.json['decision_id']).toBeNull();
    expect(first.json['exclusions']).toHaveLength(3);
    expect(caller.set.decisions).toEqual([]);
  });
});

describe('GET /api/v1/alerts', () => {
  const alert = (n: number): Alert => ({
    id: `alt_${n}`,
    processorId: asProcessorId('processor_a'),
    segment: 'PIX|BR' as SegmentKey,
    kind: 'breaker',
    fromStatus: 'HEALTHY',
    toStatus: 'DOWN',
    openedAtMs: START + n * 1_000,
    updatedAtMs: START + n * 1_000,
    closedAtMs: null,
    reason: 'High error/timeout rate (>50%)',
    evidence: { failures: 5 },
    moneyAtRisk: { minorPerHour: 420_000, currency: 'BRL' },
  });

  test('answers the seed’s fields and ours, by pages and since a moment', async () => {
    caller.set.alerts = [alert(0), alert(1), alert(2)];
    const first = await caller.call('GET', '/api/v1/alerts?limit=2&since=2026-11-20T12:00:00Z');
    expect(first.json['count']).toBe(2);
    expect((first.json['alerts'] as unknown[])[0]).toMatchObject({
      processor_id: 'processor_a',
      from_status: 'HEALTHY',
      to_status: 'DOWN',
      timestamp: '2026-11-20T12:00:00.000Z',
      reason: 'High error/timeout rate (>50%)',
      money_at_risk: { minor_per_hour: 420_000, currency: 'BRL' },
    });
    const second = await caller.call('GET', `/api/v1/alerts?limit=2&cursor=${String(first.json['next_cursor'])}`);
    expect(second.json).toMatchObject({ count: 1, next_cursor: null });
    const since = await caller.call('GET', '/api/v1/alerts?since=2026-11-20T09:00:01-03:00');
    expect(since.json['count']).toBe(2);
  });

  test.each(['yesterday', '2026-11-20', '2026-11-20T12:00:00', '2026-13-01T00:00:00Z'])(
    'since=%s is refused',
    async (since) => {
      expect((await caller.call('GET', `/api/v1/alerts?since=${since}`)).json).toMatchObject({
        status: 422,
        field: 'since',
      });
    },
  );
});
