import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

test('an actual_processor that is not registered is refused: shadow must not become live by a misspelling', async () => {
  const body = { payment_method: 'PIX', country: 'BR', actual_processor: 'nobody' };
  const reply = await caller.call('POST', '/api/v1/routing/recommend', { body });
  expect(reply.json).toMatchObject({ status: 422, field: 'actual_processor' });
});

describe('a routing question', () => {
  test.each([
    ['payment_method=PIX', 'country'],
    ['country=BR', 'payment_method'],
    ['payment_method=PIX&country=Brazil', 'country'],
    ['payment_method=PIX&country=BR&amount=-1&currency=BRL', 'amount'],
    ['payment_method=PIX&country=BR&amount=1.234&currency=BRL', 'amount'],
    ['payment_method=PIX&country=BR&amount=lots', 'amount'],
    ['payment_method=PIX&country=BR&amount_minor=0&currency=BRL', 'amount_minor'],
    ['payment_method=PIX&country=BR&amount=1&amount_minor=100&currency=BRL', 'amount'],
    ['payment_method=PIX&country=BR&currency=XQX', 'currency'],
    ['payment_method=PIX&country=BR&strategy=luck', 'strategy'],
    ['payment_method=PIX&country=BR&explain=some', 'explain'],
    ['payment_method=PIX&country=BR&margin_bps=0', 'margin_bps'],
    ['payment_method=PIX&country=BR&margin_bps=100001', 'margin_bps'],
    ['payment_method=PIX&country=BR&margin_bps=0x10', 'margin_bps'],
    ['payment_method=PIX&country=BR&margin_bps=1e3', 'margin_bps'],
    ['payment_method=PIX&country=BR&amount_minor=0x10&currency=BRL', 'amount_minor'],
    ['payment_method=PIX&country=BR&amount_minor=1e3&currency=BRL', 'amount_minor'],
    ['payment_method=PIX&country=BR&amount_minor=%2015&currency=BRL', 'amount_minor'],
    ['payment_method=PIX&country=BR&amount_minor=9007199254740993&currency=BRL', 'amount_minor'],
    ['payment_method=PIX&country=BR&eligible_processors=a,B%20c', 'eligible_processors'],
  ])('?%s is refused, naming %s', async (query, field) => {
    const reply = await caller.call('GET', `/api/v1/routing/recommend?${query}`);
    expect({ status: reply.status, field: reply.json['field'] }).toEqual({ status: 422, field });
    expect(caller.set.decisions).toEqual([]);
  });
});

test.each([true, null, '120', [120], 0, -1, 100_001])('a margin_bps of %j in a body is refused', async (margin) => {
  const body = { payment_method: 'PIX', country: 'BR', margin_bps: margin };
  const reply = await caller.call('POST', '/api/v1/routing/simulate', { body });
  expect(reply.json).toMatchObject({ status: 422, field: 'margin_bps' });
});

describe('a whole number in a query or a path', () => {
  test.each(['', '0x10', '1e1', '+5', ' 5', '5 ', '5.0', '٥', 'NaN', '0', '-1', '101', '9'.repeat(16), '9'.repeat(40)])(
    'is refused as %j, naming the parameter',
    async (text) => {
      const path = `/api/v1/unknowns?limit=${encodeURIComponent(text)}`;
      expect((await caller.call('GET', path)).json).toMatchObject({ status: 422, field: 'limit' });
    },
  );

  test('is taken in digits, and once', async () => {
    const statusOf = async (query: string): Promise<number> =>
      (await caller.call('GET', `/api/v1/unknowns?${query}`)).status;
    expect(await statusOf('limit=100&older_than_seconds=0')).toBe(200);
    expect(await statusOf('limit=007')).toBe(200);
    expect(await statusOf('limit=5&limit=6')).toBe(422);
    expect(await statusOf('older_than_seconds=')).toBe(422);
  });
});

describe('a rule', () => {
  const rule = { name: 'r', action: { kind: 'prefer', processors: ['processor_c'] } };
  test.each([
    ['that does not parse', { condition: 'amount >' }, 'condition'],
    ['that names an unknown field', { condition: 'colour == "red"' }, 'condition'],
    ['that is too large', { condition: `amount > ${'1'.repeat(1_100)}.0` }, 'condition'],
    ['of an unknown kind', { action: { kind: 'hope' } }, 'action.kind'],
    ['for an unknown processor', { action: { kind: 'pin', processors: ['nobody'] } }, 'action.processors[0]'],
    ['with a field we do not know', { prioritiy: 3 }, 'prioritiy'],
    ['without a name', { name: undefined }, 'name'],
  ])('%s is refused, naming the field', async (_, change, field) => {
    const reply = await caller.call('POST', '/api/v1/rules', { body: { ...rule, ...change } });
    expect({ status: reply.status, field: reply.json['field'] }).toEqual({ status: 422, field });
    expect(caller.set.configuration.rules).toEqual([]);
  });
});

describe('a processor', () => {
  const processor = { id: 'processor_x', payment_methods: ['PIX'], countries: ['BR'] };
  test.each([
    ['without an id', { id: undefined }, 'id'],
    ['with two ids', { processor_id: 'processor_y' }, 'id'],
    ['with an id in capitals', { id: 'Processor' }, 'id'],
    ['without methods', { payment_methods: [] }, 'payment_methods'],
    ['with a negative fee', { fee: { fixed_minor: -1, bps: 0 } }, 'fee.fixed_minor'],
    ['with a negative fee of declines', { fee: { decline_minor: -1 } }, 'fee.decline_minor'],
    ['with a fee on something else', { fee: { on: 'refund' } }, 'fee.on'],
    [
      'with a segment’s fee of no country',
      { fee: { by_segment: [{ payment_method: 'PIX', country: 'Brazil' }] } },
      'fee.by_segment[0].country',
    ],
    ['with a share above 1', { max_share: 1.5 }, 'max_share'],
    ['with an impossible breaker', { breaker: { failureThreshold: 0 } }, 'breaker.failureThreshold'],
    ['with an epoch of its own', { epoch: 7 }, 'epoch'],
  ])('%s is refused, naming the field', async (_, change, field) => {
    const reply = await caller.call('POST', '/api/v1/processors', { body: { ...processor, ...change } });
    expect({ status: reply.status, field: reply.json['field'] }).toEqual({ status: 422, field });
    expect(caller.set.configuration.processors).toHaveLength(5);
  });
});
