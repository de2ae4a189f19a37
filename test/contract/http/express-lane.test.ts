import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import { plain, THE_LONG_WAY } from '../../harness/two-ways.ts';
import { TransactionInput } from '../../../src/http/schemas/transactions.ts';

const PATH = '/api/v1/transactions';
const result = (id: string, change: object = {}) => ({ ...RESULT, transaction_id: id, ...change });
const LONG_BATCH = Array.from({ length: 1_000 }, (_, at) => result(`long-${at}`));

let [express, long]: [Caller, Caller] = [null!, null!];
beforeEach(async () => {
  [express, long] = await Promise.all([createCaller(), createCaller()]);
});

const bothWays = async (body: unknown, sent: { key?: string | null; headers?: Record<string, string> } = {}) => {
  const keyOf = (caller: Caller) => (sent.key === undefined ? caller.keys.ingest : sent.key);
  const shortly = await express.call('POST', PATH, { body, key: keyOf(express), headers: { ...sent.headers } });
  const headers = { ...sent.headers, ...THE_LONG_WAY };
  return [shortly, await long.call('POST', PATH, { body, key: keyOf(long), headers })] as const;
};

describe('a result is answered the same on the express lane and through the middleware', () => {
  test.each<[string, unknown]>([
    ['one result', result('a')],
    ['one without an id', { ...RESULT }],
    ['a batch', { transactions: [result('a'), result('b', { result: 'declined', decline_code: '05' }), result('a')] }],
    ['a long batch', { transactions: LONG_BATCH }],
    ['a batch with one that is no result', { transactions: [result('a'), { ...RESULT, country: 'XX1' }] }],
    ['a batch with an unknown processor', { transactions: [result('a'), result('b', { processor_id: 'nobody' })] }],
    ['a batch too long', { transactions: [...LONG_BATCH, result('one-more')] }],
    ['an empty batch', { transactions: [] }],
    ['fields beside a batch', { transactions: [result('a')], note: 'x' }],
    ['an unknown processor', result('a', { processor_id: 'nobody' })],
    ['a method the processor has not', result('a', { payment_method: 'OXXO' })],
    ['an amount of nothing', result('a', { amount: 0 })],
    ['a moment long ago', result('a', { timestamp: '2020-01-01T00:00:00Z' })],
    ['a bad decision id', result('a', { decision_id: 'nonsense' })],
    ['a card number in an id', result('4111 1111 1111 1111')],
    ['a card number elsewhere', result('a', { decline_code: '4111111111111111' })],
    ['what is no JSON', '{"processor_id":'],
    ['a text', '"approved"'],
  ])('%s', async (_, body) => {
    const [shortly, throughout] = await bothWays(body);
    expect(plain(shortly)).toEqual(plain(throughout));
  });

  test.each<[string, unknown]>([
    ['one result', result('a')],
    ['a batch', { transactions: LONG_BATCH }],
  ])('%s takes the lane: its schema is not asked', async (_, body) => {
    const asked = vi.spyOn(TransactionInput, 'safeParse');
    await express.call('POST', PATH, { body, key: express.keys.ingest });
    expect(asked).not.toHaveBeenCalled();
    await long.call('POST', PATH, { body, key: long.keys.ingest, headers: THE_LONG_WAY });
    expect(asked).toHaveBeenCalled();
    asked.mockRestore();
  });

  test('a repeat and a contradiction', async () => {
    await bothWays(result('a'));
    for (const body of [result('a'), result('a', { result: 'declined' })]) {
      const [shortly, throughout] = await bothWays(body);
      expect(plain(shortly)).toEqual(plain(throughout));
    }
  });

  test.each(['overloaded', 'unreachable'] as const)('an object that is %s', async (state) => {
    for (const caller of [express, long]) caller.set.recording = state;
    for (const body of [result('a'), { transactions: [result('a')] }]) {
      const [shortly, throughout] = await bothWays(body);
      expect(plain(shortly)).toEqual(plain(throughout));
    }
  });

  test.each<[string, string | null]>([
    ['no key', null],
    ['no good key', 'sbx_aaaaaaaa_0123456789012345678901234567890123456789012'],
  ])('%s', async (_, key) => {
    const [shortly, throughout] = await bothWays(result('a'), { key });
    expect(plain(shortly)).toEqual(plain(throughout));
    expect(shortly.status).toBe(401);
  });

  test('a request id of the caller is his answer’s', async () => {
    const replies = await bothWays(result('a'), { headers: { 'X-Request-Id': 'mine-1' } });
    expect(replies.map(({ headers }) => headers.get('x-request-id'))).toEqual(['mine-1', 'mine-1']);
  });

  test('an idempotency key', async () => {
    const headers = { 'Idempotency-Key': 'k1' };
    const first = await bothWays({ ...RESULT }, { headers });
    const second = await bothWays({ ...RESULT }, { headers });
    expect(second.map(({ json }) => json['outcome'])).toEqual(['duplicate', 'duplicate']);
    expect(plain(first[0])).toEqual(plain(first[1]));
  });
});

test('a fault on the express lane is told as one behind the middleware is', async () => {
  const [shortly, throughout] = await Promise.all(
    [express, long].map(async (caller) => {
      caller.world.processors.record = () => Promise.reject(new Error('a bug'));
      const headers = caller === long ? THE_LONG_WAY : {};
      return await caller.call('POST', PATH, { body: result('a'), key: caller.keys.ingest, headers });
    }),
  );
  expect(plain(shortly!)).toEqual(plain(throughout!));
  expect(shortly!.status).toBe(500);
});
