import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, type Reply, RESULT } from '../../harness/http-caller.ts';
import { START } from '../../harness/in-memory-world.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

const at = (offsetMs: number): string => new Date(START + offsetMs).toISOString();
const told = ({ status, json }: Reply) => ({ status, code: json['code'], field: json['field'] });
const attempts = (): number =>
  [...caller.set.states.values()].reduce((sum, state) => sum + state.row(caller.set.now).window.total, 0);

interface Case {
  readonly name: string;
  readonly change: Readonly<Record<string, unknown>>;
  readonly code: string;
  readonly field: string;
}
const CASES: readonly Case[] = [
  {
    name: 'an unknown processor',
    change: { processor_id: 'nobody' },
    code: 'unknown_processor',
    field: 'processor_id',
  },
  {
    name: 'a payment method it is not registered for',
    change: { payment_method: 'OXXO' },
    code: 'unknown_payment_method',
    field: 'payment_method',
  },
  { name: 'a country it is not registered for', change: { country: 'MX' }, code: 'unknown_country', field: 'country' },
  { name: 'an unknown currency', change: { currency: 'XQX' }, code: 'unknown_currency', field: 'currency' },
  { name: 'a result outside the known ones', change: { result: 'paid' }, code: 'unknown_result', field: 'result' },
  { name: 'a result in capitals', change: { result: 'APPROVED' }, code: 'unknown_result', field: 'result' },
  { name: 'no result', change: { result: undefined }, code: 'unknown_result', field: 'result' },
  { name: 'no currency', change: { currency: undefined }, code: 'missing_field', field: 'currency' },
  { name: 'a negative amount', change: { amount: -1 }, code: 'bad_amount', field: 'amount' },
  { name: 'an amount of zero', change: { amount: 0 }, code: 'bad_amount', field: 'amount' },
  { name: 'an amount that is no number', change: { amount: 'a lot' }, code: 'bad_amount', field: 'amount' },
  { name: 'an over-precise amount', change: { amount: 10.123 }, code: 'bad_amount', field: 'amount' },
  {
    name: 'an over-precise amount of a currency without decimals',
    change: { amount: '10.5', currency: 'JPY' },
    code: 'bad_amount',
    field: 'amount',
  },
  { name: 'an amount beyond every payment', change: { amount: 1e21 }, code: 'bad_amount', field: 'amount' },
  { name: 'an amount of the wrong type', change: { amount: [1] }, code: 'bad_amount', field: 'amount' },
  { name: 'no amount', change: { amount: undefined }, code: 'bad_amount', field: 'amount' },
  { name: 'two amounts', change: { amount_minor: 15_000 }, code: 'bad_amount', field: 'amount' },
  {
    name: 'minor units of zero',
    change: { amount: undefined, amount_minor: 0 },
    code: 'bad_amount',
    field: 'amount_minor',
  },
  {
    name: 'negative minor units',
    change: { amount: undefined, amount_minor: -5 },
    code: 'bad_amount',
    field: 'amount_minor',
  },
  {
    name: 'broken minor units',
    change: { amount: undefined, amount_minor: 1.5 },
    code: 'bad_amount',
    field: 'amount_minor',
  },
  {
    name: 'minor units beyond every payment',
    change: { amount: undefined, amount_minor: 1e15 },
    code: 'bad_amount',
    field: 'amount_minor',
  },
  { name: 'a negative fee', change: { fee: -0.1 }, code: 'bad_amount', field: 'fee' },
  {
    name: 'a timestamp more than 5 minutes ahead',
    change: { timestamp: at(300_001) },
    code: 'bad_timestamp',
    field: 'timestamp',
  },
  {
    name: 'a timestamp without a zone',
    change: { timestamp: '2026-11-20T12:00:00' },
    code: 'bad_timestamp',
    field: 'timestamp',
  },
  {
    name: 'a timestamp that does not exist',
    change: { timestamp: '2026-02-30T12:00:00Z' },
    code: 'bad_timestamp',
    field: 'timestamp',
  },
  { name: 'a timestamp as a number', change: { timestamp: START }, code: 'bad_timestamp', field: 'timestamp' },
  { name: 'a wrong type', change: { processor_id: 7 }, code: 'invalid_field', field: 'processor_id' },
  { name: 'null for a field', change: { payment_method: null }, code: 'invalid_field', field: 'payment_method' },
  { name: 'a country of three letters', change: { country: 'BRA' }, code: 'invalid_field', field: 'country' },
  { name: 'a negative latency', change: { latency_ms: -1 }, code: 'invalid_field', field: 'latency_ms' },
  { name: 'attempt zero', change: { attempt: 0 }, code: 'invalid_field', field: 'attempt' },
  { name: 'an empty transaction id', change: { transaction_id: '' }, code: 'invalid_field', field: 'transaction_id' },
  {
    name: 'a transaction id of 129 characters',
    change: { transaction_id: 'x'.repeat(129) },
    code: 'invalid_field',
    field: 'transaction_id',
  },
];

describe.each(CASES)('$name', ({ change, code, field }) => {
  test('is refused alone with its field named, and changes nothing', async () => {
    const reply = await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, ...change } });
    const first = (reply.json['errors'] as { code: string }[] | undefined)?.[0]?.code ?? reply.json['code'];
    expect({ status: reply.status, code: first, field: reply.json['field'] }).toEqual({ status: 422, code, field });
    expect(attempts()).toBe(0);
  });

  test('is refused in a batch by itself: the good items land', async () => {
    const transactions = [RESULT, { ...RESULT, ...change }, { ...RESULT, result: 'declined' }];
    const { status, json } = await caller.call('POST', '/api/v1/transactions', { body: { transactions } });
    expect(status).toBe(200);
    expect(json['counts']).toEqual({ recorded: 2, duplicate: 0, refused: 1, not_recorded: 0 });
    expect((json['results'] as unknown[])[1]).toMatchObject({ index: 1, outcome: 'refused', code, field });
    expect(attempts()).toBe(2);
  });
});

describe('what is in bounds is taken', () => {
  test.each([
    ['the seed’s own example', {}],
    ['decimal text', { amount: '150.00' }],
    ['minor units', { amount: undefined, amount_minor: 15_000 }],
    ['lower case codes', { payment_method: 'pix', country: 'br', currency: 'brl' }],
    ['a timestamp 5 minutes ahead', { timestamp: at(300_000) }],
    ['a timestamp of another zone', { timestamp: '2026-11-20T09:00:00-03:00' }],
    ['a fee of nothing', { fee: 0 }],
    ['a field we do not know', { colour: 'red' }],
  ])('%s', async (_, change) => {
    const { status, json } = await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, ...change } });
    expect({ status, outcome: json['outcome'] }).toEqual({ status: 200, outcome: 'recorded' });
  });

  test('a number keeps the decimals it was written with', async () => {
    const once = { ...RESULT, transaction_id: 'txn_1', amount: 1_234_567.89 };
    await caller.call('POST', '/api/v1/transactions', { body: once });
    const again = { ...once, amount: undefined, amount_minor: 123_456_789 };
    expect((await caller.call('POST', '/api/v1/transactions', { body: again })).json['outcome']).toBe('duplicate');
  });
});

describe('a body', () => {
  const send = (body: string, type = 'application/json') =>
    caller.call('POST', '/api/v1/transactions', { body, headers: { 'Content-Type': type } });

  test.each(['{', '', 'nonsense', '{"a":1}{"b":2}', '\u0000'])(
    'that is no JSON (%j) is refused with 400',
    async (body) => {
      expect(told(await send(body))).toEqual({ status: 400, code: 'malformed_json', field: undefined });
    },
  );

  test('that is not UTF-8 is refused with 400', async () => {
    const response = await caller.app.request('/api/v1/transactions', {
      method: 'POST',
      headers: { 'Authorization': `Bearer ${caller.keys.ingest}`, 'Content-Type': 'application/json' },
      body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]),
    });
    expect(response.status).toBe(400);
  });

  test('of another type is refused with 415', async () => {
    expect(told(await send('a=1', 'application/x-www-form-urlencoded'))).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    });
  });

  test.each(['[]', '7', 'null', '"text"'])('that is no object (%s) is refused with 422', async (body) => {
    expect(told(await send(body))).toMatchObject({ status: 422, code: 'invalid_field', field: 'body' });
  });

  test('of 2 MB is refused with 413, announced or not', async () => {
    const body = JSON.stringify({ ...RESULT, decision_id: 'x'.repeat(2_000_000) });
    expect(told(await send(body))).toMatchObject({ status: 413, code: 'body_too_large' });
    const announced = await caller.call('POST', '/api/v1/transactions', {
      body,
      headers: { 'Content-Length': String(body.length) },
    });
    expect(announced.status).toBe(413);
  });

  test('nested too deeply is refused, not followed', async () => {
    const body = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const reply = await send(body);
    expect(reply.status).toBe(422);
    expect(reply.json['errors']).toMatchObject([{ code: 'too_deep' }]);
  });

  test('with 1,001 items is refused whole, with 1,000 it is taken', async () => {
    const transactions = Array.from({ length: 1_001 }, () => RESULT);
    expect(told(await caller.call('POST', '/api/v1/transactions', { body: { transactions } }))).toEqual({
      status: 422,
      code: 'too_many_items',
      field: 'transactions',
    });
    expect(attempts()).toBe(0);
    const { json } = await caller.call('POST', '/api/v1/transactions', {
      body: { transactions: transactions.slice(1) },
    });
    expect(json['counts']).toMatchObject({ recorded: 1_000 });
  });

  test('with 10,000 items is refused', async () => {
    const transactions = Array.from({ length: 10_000 }, () => RESULT);
    expect((await caller.call('POST', '/api/v1/transactions', { body: { transactions } })).status).toBe(413);
    const small = Array.from({ length: 10_000 }, () => ({}));
    expect(told(await caller.call('POST', '/api/v1/transactions', { body: { transactions: small } }))).toMatchObject({
      status: 422,
      code: 'too_many_items',
    });
  });

  test.each([[{ transactions: [] }], [{ transactions: 'all' }], [{ transactions: null }]])(
    'with %j is refused',
    async (body) => {
      expect(told(await caller.call('POST', '/api/v1/transactions', { body }))).toMatchObject({
        status: 422,
        field: 'transactions',
      });
    },
  );
});

describe('a repeat', () => {
  const record = (body: unknown, headers = {}) => caller.call('POST', '/api/v1/transactions', { body, headers });

  test('of the same body is a duplicate, of another body a conflict', async () => {
    const body = { ...RESULT, transaction_id: 'txn_1' };
    expect((await record(body)).json['outcome']).toBe('recorded');
    expect((await record(body)).json['outcome']).toBe('duplicate');
    expect(told(await record({ ...body, amount: 151 }))).toEqual({
      status: 409,
      code: 'conflicting_body',
      field: 'transaction_id',
    });
    expect(attempts()).toBe(1);
  });

  test.each([
    ['quoted', '"order 1"'.replace(' ', '-'), '"order-1"'],
    ['bare', 'order-1', 'order-1'],
    ['quoted once and bare once', '"order-1"', 'order-1'],
  ])('under one Idempotency-Key, %s, is a duplicate', async (_, first, second) => {
    expect((await record(RESULT, { 'Idempotency-Key': first })).json['outcome']).toBe('recorded');
    expect((await record(RESULT, { 'Idempotency-Key': second })).json['outcome']).toBe('duplicate');
  });

  test('of a batch under one Idempotency-Key is a duplicate item by item', async () => {
    const body = { transactions: [RESULT, RESULT] };
    const headers = { 'Idempotency-Key': 'batch-1' };
    expect((await record(body, headers)).json['counts']).toMatchObject({ recorded: 2 });
    expect((await record(body, headers)).json['counts']).toMatchObject({ duplicate: 2 });
  });

  test('without id or key is another result', async () => {
    await record(RESULT);
    expect((await record(RESULT)).json['outcome']).toBe('recorded');
    expect(attempts()).toBe(2);
  });

  test.each(['', '""', 'x'.repeat(256), 'a b'])('an Idempotency-Key of %j is refused', async (key) => {
    expect(told(await record(RESULT, { 'Idempotency-Key': key }))).toMatchObject({
      status: 422,
      field: 'Idempotency-Key',
    });
  });
});

describe('a result that cannot be kept', () => {
  test.each(['overloaded', 'unreachable'] as const)(
    'alone is answered 503 with Retry-After (%s)',
    async (recording) => {
      caller.set.recording = recording;
      const reply = await caller.call('POST', '/api/v1/transactions', { body: RESULT });
      expect(told(reply)).toMatchObject({ status: 503, code: 'not_recorded' });
      expect(reply.json).toMatchObject({ outcome: 'not_recorded', cause: recording });
      expect(reply.headers.get('retry-after')).toBe('1');
    },
  );

  test('in a batch is named `not_recorded`', async () => {
    caller.set.recording = 'overloaded';
    const { status, json } = await caller.call('POST', '/api/v1/transactions', {
      body: { transactions: [RESULT, { ...RESULT, amount: 0 }] },
    });
    expect(status).toBe(200);
    expect(json['counts']).toEqual({ recorded: 0, duplicate: 0, refused: 1, not_recorded: 1 });
  });
});

describe('a decision id', () => {
  test.each(['dec_forged', 'x', `dec_${'A'.repeat(60)}`])(
    'that is not ours (%s) leaves the result recorded, with a warning',
    async (decisionId) => {
      const { status, json } = await caller.call('POST', '/api/v1/transactions', {
        body: { ...RESULT, decision_id: decisionId },
      });
      expect({ status, outcome: json['outcome'], warnings: json['warnings'] }).toEqual({
        status: 200,
        outcome: 'recorded',
        warnings: ['decision_id_invalid'],
      });
    },
  );

  test('of ours is taken without a warning, of another processor or too old with one', async () => {
    const decided = await caller.call('GET', '/api/v1/routing/recommend?payment_method=OXXO&country=MX');
    const decision_id = decided.json['decision_id'];
    expect(decided.json['processor_id']).toBe('processor_d');
    const body = {
      ...RESULT,
      processor_id: 'processor_d',
      payment_method: 'OXXO',
      country: 'MX',
      currency: 'MXN',
      decision_id,
    };
    const warnings = async (change: object) =>
      (await caller.call('POST', '/api/v1/transactions', { body: { ...body, ...change } })).json['warnings'];
    expect(await warnings({})).toEqual([]);
    expect(await warnings({ processor_id: 'processor_b', payment_method: 'CARD' })).toEqual(['off_recommendation']);
    caller.set.now += 8 * 86_400_000;
    expect(await warnings({})).toEqual(['decision_id_expired']);
  });
});

test.each(Object.getOwnPropertyNames(Object.prototype))('a strange field %s is named as it is', async (field) => {
  const body = JSON.parse(`{"id":"x","name":"X","payment_methods":["PIX"],"countries":["BR"],"${field}":1}`) as object;
  const { status, json } = await caller.call('POST', '/api/v1/processors', { body });
  if (status === 422) expect(json).toMatchObject({ field, detail: expect.stringContaining(`${field}: `) });
  else expect([field, status]).toEqual(['__proto__', 201]);
});

describe('a processor deleted while it has traffic', () => {
  test('is unknown from then on', async () => {
    await caller.call('POST', '/api/v1/transactions', { body: RESULT });
    expect((await caller.call('DELETE', '/api/v1/processors/processor_a')).status).toBe(204);
    expect(told(await caller.call('POST', '/api/v1/transactions', { body: RESULT }))).toEqual({
      status: 422,
      code: 'unknown_processor',
      field: 'processor_id',
    });
    const { json } = await caller.call('GET', '/api/v1/routing/recommend?payment_method=PIX&country=BR');
    expect(json['processor_id']).toBe('processor_c');
  });
});
