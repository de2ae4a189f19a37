import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import { START } from '../../harness/in-memory-world.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});
const PATH = '/api/v1/transactions';
const alone = async (body: unknown) => (await caller.call('POST', PATH, { body: JSON.stringify(body) })).json;
const inBatch = async (body: unknown) => {
  const { json } = await caller.call('POST', PATH, { body: { transactions: [body] } });
  return (json['results'] as Record<string, unknown>[])[0]!;
};

describe.each([
  [{ result: 'zzz' }, 'unknown_result', 'result'],
  [{ country: 'XYZ' }, 'invalid_field', 'country'],
  [{ transaction_id: 5 }, 'invalid_field', 'transaction_id'],
  [{ currency: undefined }, 'missing_field', 'currency'],
  [{ amount: [1] }, 'bad_amount', 'amount'],
  [{ amount: 'a lot' }, 'bad_amount', 'amount'],
  [{ timestamp: 5 }, 'bad_timestamp', 'timestamp'],
  [{ timestamp: 'yesterday' }, 'bad_timestamp', 'timestamp'],
  [{ processor_id: 'nobody' }, 'unknown_processor', 'processor_id'],
  [{ currency: 'XQX' }, 'unknown_currency', 'currency'],
  [{ decline_code: '4111111111111111' }, 'card_number', 'decline_code'],
])('%j', (change, code, field) => {
  test('has one code, alone and in a batch, and the reference explains it', async () => {
    const body = { ...RESULT, ...change };
    const refused = await alone(body);
    expect(refused).toMatchObject({ status: 422, code, field, type: `/docs#problem-${code}` });
    expect(await inBatch(body)).toMatchObject({ outcome: 'refused', code, field, detail: refused['detail'] });
  });
});

test('of several faults of one body the first gives the code', async () => {
  const refused = await alone({ ...RESULT, result: 'zzz', country: 'XYZ' });
  expect(refused).toMatchObject({
    code: 'unknown_result',
    errors: [{ code: 'unknown_result' }, { code: 'invalid_field' }],
  });
});

describe.each([[null], [5], ['x'], [[]]])('the body %j', (body) => {
  test.each([
    [PATH],
    ['/api/v1/routing/recommend'],
    ['/api/v1/processors'],
    ['/api/v1/rules'],
    ['/api/v1/rules/prebuilt'],
    ['/api/v1/keys'],
  ])('to %s is refused in words a person understands', async (path) => {
    const { json } = await caller.call('POST', path, { body: JSON.stringify(body) });
    expect(json).toMatchObject({
      status: 422,
      code: 'invalid_field',
      field: 'body',
      detail: 'The body: must be a JSON object',
      errors: [{ field: 'body', code: 'invalid_field', message: 'must be a JSON object' }],
    });
  });

  test('as an item of a batch is named by its place', async () => {
    expect(await inBatch(body)).toEqual({
      index: 0,
      outcome: 'refused',
      code: 'invalid_field',
      field: 'transactions[0]',
      detail: 'transactions[0]: must be a JSON object',
    });
  });
});

test.each([
  ['not_rfc3339', 'yesterday', /must be RFC 3339/],
  ['no_zone', '2026-11-20T12:00:00', /must name its zone/],
  ['out_of_range', '2026-02-30T12:00:00Z', /not a moment that exists/],
  ['ahead', new Date(START + 300_001).toISOString(), /at most 5 minutes ahead/],
  ['older_than_horizon', new Date(START - 25 * 3_600_000).toISOString(), /at most 24 hours back/],
])('a timestamp that is %s is refused in a sentence', async (_, timestamp, sentence) => {
  const { code, detail } = await alone({ ...RESULT, timestamp });
  expect(code).toBe('bad_timestamp');
  expect(detail).toMatch(/^timestamp [^_]+\.$/);
  expect(detail).toMatch(sentence);
});
