import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';

const CARD = '4111111111111111';
const WRITTEN = [CARD, '4111 1111 1111 1111', '4111-1111-1111-1111', '5555555555554444', '378282246310005'];

let caller: Caller;
let logged: string[];
beforeEach(async () => {
  logged = [];
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void logged.push(String(line)));
  caller = await createCaller();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const digits = (text: string): string => text.replace(/\D/g, '');
const expectNowhere = (card: string, answer: string): void => {
  const stored = JSON.stringify([...caller.set.states.values()].map((state) => state.checkpoint().text));
  for (const place of [
    answer,
    logged.join('\n'),
    stored,
    JSON.stringify(caller.set.configuration),
    JSON.stringify(caller.set.audit),
  ]) {
    expect(place).not.toContain(card);
    expect(place.replace(/[ -]/g, '')).not.toContain(digits(card));
  }
};

describe.each(WRITTEN)('a card number written %s', (card) => {
  test.each([
    ['decline_code', { decline_code: card }],
    ['metadata.note', { metadata: { note: `paid with ${card}` } }],
    ['processor_id', { processor_id: card }],
    ['a[0].b', { a: [{ b: card }] }],
  ])('in %s is refused, naming the field and not the number', async (field, change) => {
    const reply = await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, ...change } });
    expect({ status: reply.status, code: reply.json['code'], field: reply.json['field'] }).toEqual({
      status: 422,
      code: 'card_number',
      field,
    });
    expect(reply.json['detail']).toMatch(/token/);
    expectNowhere(card, reply.text + JSON.stringify([...reply.headers]));
  });

  test.each(['transaction_id', 'payment_id', 'customer_ref', 'credential_fingerprint'])(
    'in %s is replaced by its keyed hash before anyone reads it',
    async (field) => {
      const body = { ...RESULT, [field]: card };
      const reply = await caller.call('POST', '/api/v1/transactions', { body });
      expect({ status: reply.status, warnings: reply.json['warnings'] }).toEqual({
        status: 200,
        warnings: ['card_number_hashed'],
      });
      if (field === 'transaction_id') expect(reply.json['transaction_id']).toMatch(/^[0-9a-z]{16,32}$/);
      expect(logged.map((line) => JSON.parse(line) as { event: string; count: number })).toMatchObject([
        { event: 'card_number_hashed', count: 1 },
      ]);
      expectNowhere(card, reply.text);
    },
  );
});

test('a card number as an id stays the same id: its repeat is a duplicate', async () => {
  const body = { ...RESULT, transaction_id: CARD };
  expect((await caller.call('POST', '/api/v1/transactions', { body })).json['outcome']).toBe('recorded');
  expect((await caller.call('POST', '/api/v1/transactions', { body })).json['outcome']).toBe('duplicate');
});

test('in a batch only the item with the card number is warned', async () => {
  const transactions = [RESULT, { ...RESULT, customer_ref: CARD }, ...Array.from({ length: 9 }, () => RESULT)];
  const { json } = await caller.call('POST', '/api/v1/transactions', { body: { transactions } });
  const warned = (json['results'] as { warnings: string[] }[]).map(({ warnings }) => warnings.length);
  expect(warned).toEqual([0, 1, ...Array.from({ length: 9 }, () => 0)]);
});

describe('in a batch outside an id field', () => {
  const GOOD = [RESULT, { ...RESULT, result: 'declined' }];
  const send = (...bad: unknown[]) =>
    caller.call('POST', '/api/v1/transactions', { body: { transactions: [GOOD[0], ...bad, GOOD[1]] } });

  test.each([
    ['decline_code', { ...RESULT, decline_code: CARD }],
    ['metadata.note', { ...RESULT, metadata: { note: `paid with ${CARD}` } }],
    ['latency_ms', { ...RESULT, latency_ms: Number(CARD) }],
    ['*', { ...RESULT, [CARD]: 1 }],
    ['transactions[1]', CARD],
  ])('it refuses its own item alone, naming %s: the good ones land', async (field, bad) => {
    const reply = await send(bad);
    expect({ status: reply.status, counts: reply.json['counts'] }).toEqual({
      status: 200,
      counts: { recorded: 2, duplicate: 0, refused: 1, not_recorded: 0 },
    });
    const outcome = (reply.json['results'] as Record<string, unknown>[])[1];
    expect(outcome).toMatchObject({ index: 1, outcome: 'refused', code: 'card_number', field });
    expect(outcome!['detail']).toMatch(/token/);
    const row = caller.set.states.get(asProcessorId('processor_a'))!.row(caller.set.now);
    expect(row.window).toMatchObject({ total: 2, approved: 1, declined: 1 });
    expectNowhere(CARD, reply.text);
  });

  test('every item with one is named, and all are counted in one line of the log', async () => {
    const reply = await send({ ...RESULT, decline_code: CARD }, { ...RESULT, network: CARD });
    const outcomes = (reply.json['results'] as Record<string, unknown>[]).map(({ code }) => code ?? null);
    expect(outcomes).toEqual([null, 'card_number', 'card_number', null]);
    expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([
      { event: 'card_number_refused', count: 2 },
    ]);
  });

  test('beside the list it refuses the whole', async () => {
    const reply = await caller.call('POST', '/api/v1/transactions', { body: { transactions: GOOD, note: CARD } });
    expect(reply.json).toMatchObject({ status: 422, code: 'card_number', field: 'note' });
    expect(caller.set.states.size).toBe(0);
  });

  test('in a list that another endpoint does not know it refuses the whole', async () => {
    const body = { payment_method: 'PIX', country: 'BR', transactions: [{ note: CARD }] };
    const reply = await caller.call('POST', '/api/v1/routing/recommend', { body });
    expect(reply.json).toMatchObject({ status: 422, code: 'card_number', field: 'transactions[0].note' });
  });
});

describe.each([
  `card${CARD}`,
  `ord${CARD}`,
  '4111/1111/1111/1111',
  '4111:1111:1111:1111',
  '4111,1111,1111,1111',
  '4111+1111+1111+1111',
  '4111*1111*1111*1111',
  '4111\n1111\n1111\n1111',
  '4111    1111    1111    1111',
  `${CARD}x`,
  `${CARD}1225`,
  '+378282246310005',
  '00378282246310005',
])('as an id %j', (text) => {
  test.each(['transaction_id', 'payment_id', 'customer_ref', 'credential_fingerprint'])(
    'in %s it is replaced, whole',
    async (field) => {
      const reply = await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, [field]: text } });
      expect({ status: reply.status, warnings: reply.json['warnings'] }).toEqual({
        status: 200,
        warnings: ['card_number_hashed'],
      });
      if (field === 'transaction_id') expect(reply.json['transaction_id']).toMatch(/^h[a-p]{16}$/);
      expectNowhere(text, reply.text);
    },
  );

  test('in a query and in a batch it is replaced too', async () => {
    const query = new URLSearchParams({ payment_method: 'PIX', country: 'BR', customer_ref: text });
    const asked = await caller.call('GET', `/api/v1/routing/recommend?${query.toString()}`);
    expect(asked.json['warnings']).toEqual(['card_number_hashed']);
    const body = { transactions: [{ ...RESULT, transaction_id: text }] };
    const sent = await caller.call('POST', '/api/v1/transactions', { body });
    expect(sent.json['results']).toMatchObject([{ outcome: 'recorded', warnings: ['card_number_hashed'] }]);
    expectNowhere(text, asked.text + sent.text);
  });
});

test('as a number, as a name and in base64 it is refused too', async () => {
  for (const change of [
    { latency_ms: Number(CARD) },
    { metadata: { [CARD]: 1 } },
    { decline_code: btoa(`pan=${CARD}`) },
  ]) {
    const reply = await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, ...change } });
    expect(reply.json['code']).toBe('card_number');
    expectNowhere(CARD, reply.text);
  }
});

test.each([
  ['-4111111111111111', 'card_number', /token/],
  ['4111111111111111.5', 'card_number', /token/],
  ['41111111111111110e-1', 'card_number', /token/],
  ['4.111111111111111e15', 'card_number', /token/],
  ['6304000000000000007', 'invalid_field', /send it as text/],
  ['-9792030394440796', 'invalid_field', /send it as text/],
  ['4111111111111111000', 'invalid_field', /send it as text/],
])(
  '[PAN-16] the number %s is refused by its field, alone and in a batch, and nothing of it stays',
  async (literal, code, remedy) => {
    const item = JSON.stringify({ ...RESULT, metadata: { sum: '#' } }).replace('"#"', literal);
    const alone = await caller.call('POST', '/api/v1/transactions', { body: item });
    expect({ status: alone.status, code: alone.json['code'], field: alone.json['field'] }).toEqual({
      status: 422,
      code,
      field: 'metadata.sum',
    });
    expect(alone.json['detail']).toMatch(remedy);
    const body = `{"transactions":[${item},${JSON.stringify({ ...RESULT, transaction_id: 'good' })}]}`;
    const batch = await caller.call('POST', '/api/v1/transactions', { body });
    expect(batch.json['results']).toMatchObject([
      { outcome: 'refused', code, field: 'metadata.sum' },
      { outcome: 'recorded', transaction_id: 'good' },
    ]);
    expectNowhere(digits(literal).slice(0, 15), alone.text + batch.text);
  },
);

test('[PAN-16] a number beyond 2^53 is hashed in no id, for the hash would be that of other numbers too', async () => {
  const body = JSON.stringify({ ...RESULT, transaction_id: '#' }).replace('"#"', '4111111111111111110');
  const reply = await caller.call('POST', '/api/v1/transactions', { body });
  expect(reply.json).toMatchObject({ status: 422, code: 'invalid_field', field: 'transaction_id' });
});

test.each([
  ['a query parameter', `/api/v1/routing/recommend?payment_method=PIX&country=BR&network=${CARD}`, {}, 'network'],
  ['the name of one', `/api/v1/routing/recommend?payment_method=PIX&country=BR&${CARD}=1`, {}, 'query'],
  ['a header', '/api/v1/health', { 'X-Customer': CARD }, 'x-customer'],
  ['the idempotency key', '/api/v1/health', { 'Idempotency-Key': CARD }, 'idempotency-key'],
  ['the path', `/api/v1/processors/${CARD}`, {}, 'id'],
])('in %s it is refused', async (_, path, headers, field) => {
  const reply = await caller.call('GET', path, { headers });
  expect({ status: reply.status, code: reply.json['code'], field: reply.json['field'] }).toEqual({
    status: 422,
    code: 'card_number',
    field,
  });
  expectNowhere(CARD, reply.text);
});

test('in an id of the query it is replaced', async () => {
  const reply = await caller.call(
    'GET',
    `/api/v1/routing/recommend?payment_method=PIX&country=BR&customer_ref=${CARD}`,
  );
  expect({ status: reply.status, warnings: reply.json['warnings'] }).toEqual({
    status: 200,
    warnings: ['card_number_hashed'],
  });
  expectNowhere(CARD, reply.text);
});

test('in the request id it is dropped, and in a path that does not exist it is masked', async () => {
  const reply = await caller.call('GET', `/pay/${CARD}`, { headers: { 'X-Request-Id': CARD } });
  expect(reply.status).toBe(404);
  expectNowhere(CARD, reply.text + JSON.stringify([...reply.headers]));
});

test('in an error that is thrown it does not reach the log', async () => {
  caller.set.registryFault = new Error(`cannot store ${CARD}`);
  const reply = await caller.call('GET', '/api/v1/config');
  expect(reply.status).toBe(500);
  expect(logged.length).toBeGreaterThan(0);
  expectNowhere(CARD, reply.text);
});

test.each(['ord_1000000000000001', '0190f5b2-3c44-7a11-9c1e-4111111111aa', 'txn_1763640000000', '4111111111111112'])(
  'the id %s is none',
  async (id) => {
    const reply = await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, transaction_id: id } });
    expect({ status: reply.status, id: reply.json['transaction_id'] }).toEqual({ status: 200, id });
  },
);
