import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { START } from '../../harness/in-memory-world.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

const RULE = {
  id: 'high_value',
  name: 'High value',
  priority: 10,
  condition: 'amount > 500.0',
  action: { kind: 'prefer', processors: ['processor_c'] },
};
const EXPERIMENT = {
  id: 'ab',
  name: 'A/B',
  arms: [
    { name: 'ours', strategy: 'learned' },
    { name: 'theirs', strategy: 'techcart' },
  ],
};
const PROCESSOR = {
  id: 'processor_x',
  name: 'X',
  payment_methods: ['pix'],
  countries: ['br'],
  fee: {
    fixed_minor: 10,
    bps: 199,
    on: 'approval',
    decline_minor: 3,
    by_segment: [{ payment_method: 'pix', bps: 99 }],
  },
};

describe.each([
  ['processors', PROCESSOR, { name: 'Y' }],
  ['rules', RULE, { priority: 20 }],
  ['experiments', EXPERIMENT, { share_a: 0.1 }],
] as const)('/api/v1/%s', (name, thing, change) => {
  const path = `/api/v1/${name}`;
  const own = `${path}/${thing.id}`;

  test('creates, reads, replaces and removes', async () => {
    const made = await caller.call('POST', path, { body: thing });
    expect(made.status).toBe(201);
    expect(made.headers.get('etag')).toBe(`"${caller.set.configuration.version}"`);
    expect((await caller.call('GET', own)).json).toEqual(made.json);
    const replaced = await caller.call('PUT', own, { body: { ...thing, ...change } });
    // Another definition begins a run of its own.
    const run = name === 'experiments' && { run: { ...(replaced.json['run'] as object) } };
    expect(replaced.json).toEqual({ ...made.json, ...change, ...run });
    expect(((await caller.call('GET', path)).json[name] as unknown[]).at(-1)).toEqual(replaced.json);
    expect((await caller.call('DELETE', own)).status).toBe(204);
    expect((await caller.call('GET', own)).status).toBe(404);
  });

  test('refuses what exists, what does not, and a stale If-Match', async () => {
    const made = await caller.call('POST', path, { body: thing });
    expect((await caller.call('POST', path, { body: thing })).json).toMatchObject({
      status: 409,
      code: 'already_exists',
    });
    expect((await caller.call('PUT', `${path}/nobody`, { body: { ...thing, id: 'nobody' } })).json).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect((await caller.call('DELETE', `${path}/nobody`)).status).toBe(404);
    const etag = made.headers.get('etag')!;
    const put = (ifMatch: string) =>
      caller.call('PUT', own, { body: { ...thing, ...change }, headers: { 'If-Match': ifMatch } });
    expect((await put(etag)).status).toBe(200);
    for (const stale of [etag, '"nonsense"', 'nonsense']) {
      const refused = await put(stale);
      expect(refused.json).toMatchObject({
        status: 412,
        code: 'stale_version',
        current_version: caller.set.configuration.version,
      });
      expect(refused.headers.get('etag')).toBe(`"${caller.set.configuration.version}"`);
    }
    expect((await put('*')).status).toBe(200);
    expect((await caller.call('DELETE', own, { headers: { 'If-Match': etag } })).status).toBe(412);
  });

  test('can still be read from the last table while the Registry is out of reach', async () => {
    await caller.call('POST', path, { body: thing });
    caller.set.registryFault = new Error('gone');
    expect((await caller.call('GET', own)).status).toBe(200);
  });
});

test('told fees are kept as told, and make the answer tell what a payment earns', async () => {
  const made = await caller.call('POST', '/api/v1/processors', { body: PROCESSOR });
  expect(made.json['fee']).toEqual({
    fixed_minor: 10,
    bps: 199,
    on: 'approval',
    decline_minor: 3,
    by_segment: [{ payment_method: 'PIX', country: null, fixed_minor: 0, bps: 99, on: 'attempt', decline_minor: 0 }],
  });
  await caller.call('POST', '/api/v1/processors', { body: { ...PROCESSOR, id: 'processor_y', fee: { bps: 10 } } });
  const question = { payment_method: 'PIX', country: 'BR', amount: 100, currency: 'BRL', margin_bps: 2_000 };
  const body = { ...question, eligible_processors: ['processor_x', 'processor_y'] };
  const { json } = await caller.call('POST', '/api/v1/routing/recommend', { body });
  expect(json['margin_minor']).toBe(2_000);
  const rows = json['recommendations'] as { processor_id: string; approval: { mean: number } }[];
  expect(rows).toHaveLength(2);
  for (const row of rows) {
    const fee = row.processor_id === 'processor_x' ? 99 : 10;
    expect(row).toMatchObject({
      expected_fee_minor: fee,
      net_value_minor: Math.round(row.approval.mean * 2_000 - fee),
    });
  }
});

test('[CFG-29] a margin is exported, and an import without one has the whole amount', async () => {
  const { json } = await caller.call('GET', '/api/v1/config');
  expect(json['routing']).toMatchObject({ margin_bps: 10_000 });
  const body = { ...json, routing: { ...(json['routing'] as object), margin_bps: 1_500 } };
  expect((await caller.call('PUT', '/api/v1/config', { body })).json['changes']).toEqual([
    { path: 'routing.margin_bps', kind: 'changed', before: 10_000, after: 1_500 },
  ]);
  const { margin_bps: _, ...rest } = body.routing as Record<string, unknown>;
  await caller.call('PUT', '/api/v1/config', { body: { ...body, routing: rest } });
  expect((await caller.call('GET', '/api/v1/config')).json['routing']).toMatchObject({ margin_bps: 10_000 });
});

test('an id that was left out is drawn', async () => {
  const { json } = await caller.call('POST', '/api/v1/rules', { body: { ...RULE, id: undefined } });
  expect(json['id']).toMatch(/^rul_[0-9a-f]{16}$/);
});

describe('ready-made rules', () => {
  const make = (body: object) => caller.call('POST', '/api/v1/rules/prebuilt', { body });

  test('are rules like any other once they are made, over all processors unless some are named', async () => {
    const ids = caller.set.configuration.processors.map(({ id }) => id);
    expect((await make({ template: 'high_value', amount_min: 500, currencies: ['brl'] })).json).toMatchObject({
      condition: 'amount >= 500.0000',
      action: { kind: 'strategy', strategy: 'techcart' },
    });
    expect((await make({ id: 'fast', template: 'low_latency', latency_p95_ms_max: 800 })).json).toMatchObject({
      when: { latency_p95_ms_above: 800 },
      action: { kind: 'exclude', processors: ids },
    });
    const cheap = await make({ id: 'cheap', template: 'cost', cost_minor_max: 30, processors: ['processor_a'] });
    expect(cheap.json).toMatchObject({ when: { cost_minor_above: 30 }, action: { processors: ['processor_a'] } });
    expect((await caller.call('GET', '/api/v1/rules/cheap')).status).toBe(200);
    expect((await caller.call('GET', '/api/v1/rules')).json).toMatchObject({ count: 3 });
  });

  test.each([
    [{ template: 'cheapest' }, 'template'],
    [{ template: 'high_value', amount_min: -1 }, 'amount_min'],
    [{ template: 'cost', cost_minor_max: 1, processors: ['nobody'] }, 'action.processors[0]'],
  ])('%j is refused and names %s', async (body, field) => {
    const before = caller.set.configuration.version;
    expect((await make(body)).json).toMatchObject({ status: 422, field });
    expect(caller.set.configuration.version).toBe(before);
  });
});

test('a processor may name itself as the seed does, and the path wins', async () => {
  const { id: _, ...rest } = PROCESSOR;
  expect(
    (await caller.call('POST', '/api/v1/processors', { body: { ...rest, processor_id: 'processor_x' } })).status,
  ).toBe(201);
  expect((await caller.call('PUT', '/api/v1/processors/processor_x', { body: rest })).status).toBe(200);
  const other = await caller.call('PUT', '/api/v1/processors/processor_x', { body: { ...rest, id: 'processor_a' } });
  expect(other.json).toMatchObject({ status: 422, field: 'id' });
});

describe('overrides', () => {
  const OVERRIDE = {
    processor_id: 'processor_a',
    segment: 'pix|br',
    kind: 'force_open',
    why: 'maintenance',
    ttl_seconds: 60,
  };
  const recommended = async () =>
    (await caller.call('GET', '/api/v1/routing/recommend?payment_method=PIX&country=BR')).json;

  test('steer at once, say who and why, and end by themselves', async () => {
    const made = await caller.call('POST', '/api/v1/overrides', { body: OVERRIDE, key: caller.keys.operate });
    expect(made.json).toMatchObject({ segment: 'PIX|BR', why: 'maintenance', expires_at: '2026-11-20T12:01:00.000Z' });
    expect(made.json['who']).toBe(caller.set.keys.find(({ scopes }) => scopes.includes('operate'))!.id);
    expect((await recommended())['processor_id']).toBe('processor_c');
    expect((await caller.call('GET', '/api/v1/overrides')).json['count']).toBe(1);
    caller.set.now = START + 60_000;
    expect((await caller.call('GET', '/api/v1/overrides')).json['count']).toBe(0);
  });

  test('can be lifted', async () => {
    const { json } = await caller.call('POST', '/api/v1/overrides', { body: OVERRIDE });
    expect((await caller.call('DELETE', `/api/v1/overrides/${String(json['id'])}`)).status).toBe(204);
    expect((await caller.call('DELETE', `/api/v1/overrides/${String(json['id'])}`)).status).toBe(404);
  });

  test.each([
    [{ processor_id: 'nobody' }, 'processor_id'],
    [{ segment: 'PIX' }, 'segment'],
    [{ segment: 'OXXO|MX' }, 'segment'],
    [{ kind: 'explode' }, 'kind'],
    [{ why: '' }, 'why'],
    [{ ttl_seconds: 0 }, 'ttl_seconds'],
    [{ ttl_seconds: 700_000 }, 'ttl_seconds'],
  ])('with %j are refused, naming the field', async (change, field) => {
    const reply = await caller.call('POST', '/api/v1/overrides', { body: { ...OVERRIDE, ...change } });
    expect({ status: reply.status, field: reply.json['field'] }).toEqual({ status: 422, field });
  });
});

describe('a breaker', () => {
  const fail = async () => {
    const result = {
      processor_id: 'processor_a',
      result: 'error',
      payment_method: 'PIX',
      country: 'BR',
      amount: 1,
      currency: 'BRL',
    };
    await caller.call('POST', '/api/v1/transactions', {
      body: { transactions: Array.from({ length: 20 }, () => result) },
    });
    return (await caller.call('GET', '/api/v1/health/processor_a')).json;
  };

  test('that opened is told, routed around, and closed by hand', async () => {
    const opened = await fail();
    expect(opened).toMatchObject({
      status: 'DOWN',
      effective_status: 'DOWN',
      error_count: 20,
      segments: [{ breaker: { state: 'OPEN' } }],
    });
    expect((opened['history'] as { transitions: unknown[] }).transitions.length).toBeGreaterThan(0);
    expect((await caller.call('GET', '/api/v1/status')).json).toMatchObject({
      status: 'DEGRADED',
      breakers: { segments_open: 1 },
    });
    const reset = await caller.call('POST', '/api/v1/processors/processor_a/breaker/reset', {
      body: { segment: 'PIX|BR' },
    });
    expect(reset.json).toEqual({ processor_id: 'processor_a', segment: 'PIX|BR', reset: true, overrides: [] });
    expect(caller.set.audit[0]).toMatchObject({ action: 'reset_breaker', subject: 'processor_a PIX|BR' });
    const { json } = await caller.call('GET', '/api/v1/health/processor_a');
    expect(json['segments']).toMatchObject([{ breaker: { state: 'CLOSED' } }]);
  });

  test('takes its hands without a body', async () => {
    const held = await caller.call('POST', '/api/v1/processors/processor_a/breaker/force-open');
    expect(held.json).toMatchObject({ kind: 'force_open', segment: null, expires_at: '2026-11-20T12:05:00.000Z' });
    const reset = await caller.call('POST', '/api/v1/processors/processor_a/breaker/reset');
    expect(reset.json['overrides']).toMatchObject([{ kind: 'force_open' }]);
  });

  test('of nobody is not found, of an object out of reach not reset', async () => {
    expect((await caller.call('POST', '/api/v1/processors/nobody/breaker/reset')).json['code']).toBe('not_found');
    caller.set.objectsReachable = false;
    const reply = await caller.call('POST', '/api/v1/processors/processor_a/breaker/reset');
    expect(reply.json).toMatchObject({ status: 503, code: 'processor_unreachable' });
    expect(caller.set.audit[0]?.action).not.toBe('reset_breaker');
  });
});

describe('/api/v1/config', () => {
  beforeEach(async () => {
    await caller.call('POST', '/api/v1/rules', { body: RULE });
    await caller.call('POST', '/api/v1/experiments', { body: EXPERIMENT });
  });

  test('an export that is imported again changes nothing', async () => {
    const exported = await caller.call('GET', '/api/v1/config');
    const { json } = await caller.call('PUT', '/api/v1/config', {
      body: exported.json,
      headers: { 'If-Match': exported.headers.get('etag')! },
    });
    expect(json['changes']).toEqual([]);
    expect((await caller.call('GET', '/api/v1/config')).json).toEqual(exported.json);
  });

  test('a dry run tells the difference and changes nothing', async () => {
    const { json: document } = await caller.call('GET', '/api/v1/config');
    const before = caller.set.configuration;
    const body = { ...document, rules: [{ ...(document['rules'] as object[])[0], priority: 11 }], experiments: [] };
    const tried = await caller.call('PUT', '/api/v1/config?dry_run=true', { body });
    expect(tried.json).toMatchObject({ dry_run: true, version: before.version });
    expect(tried.json['changes']).toMatchObject([
      { path: 'rules[high_value].priority', kind: 'changed', before: 10, after: 11 },
      { path: 'experiments[ab]', kind: 'removed', after: null },
    ]);
    expect(caller.set.configuration).toBe(before);
    const done = await caller.call('PUT', '/api/v1/config', { body });
    expect(done.json).toMatchObject({ dry_run: false, version: before.version + 1 });
    expect(done.json['changes']).toEqual(tried.json['changes']);
  });

  test('a document with a fault is refused whole, naming the entry', async () => {
    const { json: document } = await caller.call('GET', '/api/v1/config');
    const body = { ...document, rules: [{ ...RULE, condition: 'amount >' }] };
    expect((await caller.call('PUT', '/api/v1/config', { body })).json).toMatchObject({
      status: 422,
      field: 'rules[0].condition',
    });
    const headers = { 'If-Match': '"1"' };
    expect((await caller.call('PUT', '/api/v1/config', { body: document, headers })).status).toBe(412);
  });
});

describe('/api/v1/audit', () => {
  test('tells who did what, newest first, by pages', async () => {
    await caller.call('POST', '/api/v1/rules', { body: RULE, headers: { 'X-Request-Id': 'req-7' } });
    const first = await caller.call('GET', '/api/v1/audit?limit=2');
    expect(first.json).toMatchObject({
      count: 2,
      entries: [{ action: 'put_rule', subject: 'high_value', request_id: 'req-7' }, {}],
    });
    const cursor = String(first.json['next_cursor']);
    const second = await caller.call('GET', `/api/v1/audit?limit=100&cursor=${cursor}`);
    expect(second.json).toMatchObject({ count: 4, next_cursor: null });
  });

  test.each(['limit=0', 'limit=101', 'limit=many'])('?%s is refused', async (query) => {
    expect((await caller.call('GET', `/api/v1/audit?${query}`)).json).toMatchObject({ status: 422, field: 'limit' });
  });
});
