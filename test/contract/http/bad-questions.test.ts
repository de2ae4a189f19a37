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
    ['payment_method=PIX&country=BR&eligible_processors=a,B%20c', 'eligible_processors'],
  ])('?%s is refused, naming %s', async (query, field) => {
    const reply = await caller.call('GET', `/api/v1/routing/recommend?${query}`);
    expect({ status: reply.status, field: reply.json['field'] }).toEqual({ status: 422, field });
    expect(caller.set.decisions).toEqual([]);
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
