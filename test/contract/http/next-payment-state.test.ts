// POST /api/v1/payments/next: what it rests on and what it leaves behind: budgets, breakers, ledgers, decisions.
import { beforeEach, describe, expect, test } from 'vitest';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { type Asking, askingOf, ATTEMPT, declined } from './next-payment-question.ts';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { FRESH_BUDGET } from '../../../src/domain/retries/retry-budget.ts';

const [A, B] = [asProcessorId('processor_a'), asProcessorId('processor_b')];

let caller: Caller;
let advised: Asking['advised'];
beforeEach(async () => {
  caller = await createCaller();
  ({ advised } = askingOf(caller));
});

describe('[NXT-7] technical retries', () => {
  const empty = { ...FRESH_BUDGET, tokens: 0 };

  test('draw one from the budget of the processor that they go to, and soft ones draw nothing', async () => {
    await advised();
    expect(caller.set.budgets.get(B)!.retries).toBe(1);
    expect(caller.set.budgets.get(A)).toBeUndefined();
    await advised({ ...declined({ decline_code: '51' }), transaction_id: 'ord_2-1', payment_id: 'ord_2' });
    expect([...caller.set.budgets.values()].reduce((sum, { retries }) => sum + retries, 0)).toBe(1);
  });

  test('go to another processor where a budget is empty, and nowhere where all are', async () => {
    caller.set.budgets.set(B, empty);
    expect(await advised()).toMatchObject({ processor: 'processor_a', rule_id: 'technical_failure' });
    caller.set.budgets.set(A, empty);
    const second = { transaction_id: 'ord_2-1', payment_id: 'ord_2' };
    expect(await advised(second)).toMatchObject({
      action: 'stop',
      rule_id: 'retry_budget_empty',
      reservation_id: null,
    });
  });

  test('that lose the race for the last of a budget give their slot back and look further', async () => {
    const { world } = caller;
    const drawn: string[] = [];
    Object.assign(world.processors, {
      drawRetry: ({ id }: { id: string }) => Promise.resolve(drawn.push(id) > 1),
    });
    expect(await advised()).toMatchObject({ action: 'retry_now', processor: 'processor_a' });
    expect(drawn).toEqual(['processor_b', 'processor_a']);
    expect(caller.set.ledgers.get('fp_1')!.reservations).toHaveLength(1);
  });

  test('get none while no object can say what is left', async () => {
    caller.set.objectsReachable = false;
    expect(await advised()).toMatchObject({ action: 'stop', rule_id: 'retry_budget_empty' });
  });
});

describe('[NXT-9] who is offered', () => {
  const holdOpen = (id: string) => caller.call('POST', `/api/v1/processors/${id}/breaker/force-open`, { body: {} });
  const fail = async (id: string): Promise<void> => {
    const nobody = { transaction_id: undefined, payment_id: undefined, credential_fingerprint: undefined };
    const result = { ...ATTEMPT, processor_id: id, ...nobody };
    const transactions = Array.from({ length: 10 }, () => result);
    await caller.call('POST', '/api/v1/transactions', { body: { transactions } });
  };

  test('nobody whom an operator holds open or whom the request does not offer', async () => {
    expect(await advised({ eligible_processors: ['processor_a'] })).toMatchObject({ processor: 'processor_a' });
    await holdOpen('processor_b');
    const second = { transaction_id: 'ord_2-1', payment_id: 'ord_2' };
    expect(await advised(second)).toMatchObject({ processor: 'processor_a', alternatives: [] });
  });

  test('one whose breaker is open now may take an attempt that waits until tomorrow, and none that is due now', async () => {
    await fail('processor_a');
    caller.set.budgets.clear();
    expect(await advised()).toMatchObject({ processor: 'processor_b', alternatives: [] });
    const soft = { ...declined({ decline_code: '51' }), transaction_id: 'ord_2-1', payment_id: 'ord_2' };
    expect(await advised({ ...soft, auth: { portable: false } })).toMatchObject({
      action: 'retry_later',
      processor: 'processor_a',
    });
  });
});

describe('[NXT-10] results that name a credential', () => {
  const result = { ...ATTEMPT, ...declined({ network: 'mastercard', decline_code: '05', advice_code: '03' }) };

  test('are noted in its ledger with what their decline asks for, one by one and in batches', async () => {
    const batch = { transactions: [result, { ...result, transaction_id: 'ord_2-1', payment_id: 'ord_2' }] };
    await caller.call('POST', '/api/v1/transactions', { body: batch });
    await caller.call('POST', '/api/v1/transactions', { body: result });
    expect(caller.set.ledgers.get('fp_1')!.attempts.map(({ id }) => id)).toEqual([
      'processor_a:ord_1-1',
      'processor_a:ord_2-1',
    ]);
    const other = { transaction_id: 'ord_3-1', payment_id: 'ord_3', network: 'mastercard' };
    expect(await advised(other)).toMatchObject({ action: 'stop', rule_id: 'credential_blocked' });
  });

  test('are recorded although no ledger can be reached', async () => {
    caller.set.ledgersReachable = false;
    const { json } = await caller.call('POST', '/api/v1/transactions', { body: result });
    expect(json).toMatchObject({ outcome: 'recorded' });
  });

  test('that were refused are not noted', async () => {
    await caller.call('POST', '/api/v1/transactions', { body: { ...result, country: 'XX' } });
    expect(caller.set.ledgers.size).toBe(0);
  });

  test('are blamed by the words of their processor family, where one is told', async () => {
    const of = (family: object) => ({ ...result, advice_code: undefined, decline_code: '4', ...family });
    const faults: unknown[] = [];
    const { processors } = caller.world;
    const record = processors.record.bind(processors);
    Object.assign(processors, {
      record: (...given: Parameters<typeof record>) => {
        faults.push(given[1][0]!.fault);
        return record(...given);
      },
    });
    await caller.call('POST', '/api/v1/transactions', { body: of({ processor_family: 'adyen', network: undefined }) });
    await caller.call('POST', '/api/v1/transactions', { body: of({ transaction_id: 'x', network: undefined }) });
    expect(new Set(faults).size).toBe(2);
  });
});

describe('[NXT-11] the same question', () => {
  const headers = { 'Idempotency-Key': 'question-1' };

  test('under the same Idempotency-Key is told the same and holds one slot, drawn once', async () => {
    const [first, second] = [await advised({}, { headers }), await advised({}, { headers })];
    expect(second).toMatchObject({
      action: first['action'],
      processor: first['processor'],
      reservation_id: first['reservation_id'],
      not_before: first['not_before'],
    });
    expect(caller.set.ledgers.get('fp_1')!.reservations).toHaveLength(1);
    expect(caller.set.budgets.get(B)!.retries).toBe(1);
  });

  test('without one is a question of its own, and promised nothing', async () => {
    await advised();
    expect(await advised()).toMatchObject({ action: 'stop', rule_id: 'retry_already_given', reservation_id: null });
  });
});

describe('[NXT-12] what comes with an attempt for now', () => {
  test('is a decision of the processor it goes to, which its result joins', async () => {
    const json = await advised();
    const verified = caller.world.signer.verify(String(json['decision_id']), caller.set.now);
    expect(verified.ok && verified.decision.isFor(B)).toBe(true);
    expect(Date.parse(String(json['use_by'])) - caller.set.now).toBe(15 * 60_000);
  });

  test('does not come with one for later', async () => {
    expect((await advised(declined({ decline_code: '51' })))['decision_id']).toBeNull();
  });
});

describe('[NXT-14] what is no card', () => {
  const pix = {
    payment_method: 'PIX',
    network: undefined,
    credential_fingerprint: undefined,
    credential: { kind: 'none' },
  };

  test('is remembered by its payment: one that may still be approved is not charged twice', async () => {
    expect(await advised(pix)).toMatchObject({ action: 'retry_now', processor: 'processor_c', ceiling: null });
    expect(await advised({ ...pix, transaction_id: 'ord_1-2' })).toMatchObject({ rule_id: 'retry_already_given' });
    const unknown = { ...pix, payment_id: 'ord_9', transaction_id: 'ord_9-1', result: 'timeout' };
    expect(await advised(unknown)).toMatchObject({ action: 'reconcile' });
    const other = { ...pix, payment_id: 'ord_9', transaction_id: 'ord_9-2' };
    expect(await advised(other)).toMatchObject({ rule_id: 'other_attempt_unknown' });
  });
});
