// POST /api/v1/payments/next: what is answered after an attempt, and that no answer ever promises more than the networks allow.
import { beforeEach, describe, expect, test } from 'vitest';
import { ADAPTERS } from '../../../src/connectors/adapters.ts';
import {
  type Asking,
  askingOf,
  ATTEMPT,
  CARD,
  DAY_MS,
  declined,
  mastercard,
  reportedBy,
} from './next-payment-question.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import type { WebhookSource } from '../../../src/domain/configuration/webhook-source.ts';
import { type Caller, createCaller, type Reply } from '../../harness/http-caller.ts';

let caller: Caller;
let ask: Asking['ask'];
let advised: Asking['advised'];
beforeEach(async () => {
  caller = await createCaller();
  ({ ask, advised } = askingOf(caller));
});

const inMs = (json: Reply['json']): number => Date.parse(String(json['not_before'])) - caller.set.now;

describe('[NXT-1] the action is that of the decline', () => {
  test.each<[string, object, string, string, string | null]>([
    ['approved', { result: 'approved' }, 'stop', 'already_approved', null],
    ['a technical failure', {}, 'retry_now', 'technical_failure', 'processor_b'],
    ['never sent', { result: 'not_sent' }, 'retry_now', 'not_sent', 'processor_b'],
    ['a confirmed cancel', { result: 'voided' }, 'retry_now', 'voided', 'processor_b'],
    ['a timeout', { result: 'timeout' }, 'reconcile', 'outcome_unknown', 'processor_a'],
    ['Visa category 1', declined({ decline_code: '04' }), 'stop', 'issuer_said_never', null],
    ['Visa category 2', declined({ decline_code: '51' }), 'retry_later', 'soft_decline', null],
    ['Visa category 3', declined({ decline_code: '54' }), 'fix_data', 'correct_data_first', null],
    ['MAC 03', mastercard('03'), 'stop', 'issuer_said_never', null],
    ['MAC 21', mastercard('21'), 'stop', 'issuer_said_never', null],
    ['MAC 01', mastercard('01'), 'fix_data', 'correct_data_first', null],
    ['MAC 24', mastercard('24'), 'retry_later', 'issuer_said_wait', null],
    ['MAC 41', mastercard('41'), 'customer_action', 'card_will_not_do', null],
    [
      'what Stripe advises against',
      declined({
        network: 'amex',
        processor_family: 'stripe',
        decline_code: 'generic_decline',
        advice_code: 'do_not_try_again',
      }),
      'stop',
      'issuer_said_never',
      null,
    ],
    ['a word nobody knows', declined({ network: 'amex', decline_code: 'qqq_qqq' }), 'stop', 'no_advice', null],
    ['a code without advice', declined({ network: 'amex', decline_code: '51' }), 'stop', 'no_advice', null],
  ])('%s', async (...row) => {
    const [, given, action, ruleId, processor] = row;
    const json = await advised(given);
    expect({ action: json['action'], rule_id: json['rule_id'] }).toEqual({ action, rule_id: ruleId });
    if (processor !== null) expect(json['processor']).toBe(processor);
    expect(String(json['explanation']).length).toBeGreaterThan(10);
  });

  test('a wait of the issuer is kept, and the answer names the ceiling, its edition and what is used of it', async () => {
    const json = await advised(mastercard('26'));
    expect(inMs(json)).toBeGreaterThanOrEqual(2 * DAY_MS);
    expect(json['ceiling']).toMatchObject({
      rule_id: 'mastercard_declines_24h',
      edition: '2023-02-01',
      window_seconds: 86_400,
      max: 7,
    });
  });

  test('a card of unknown network is held to both networks, and one without a fingerprint is not retried after an issuer decline', async () => {
    expect((await advised({ network: undefined }))['ceiling']).not.toBeNull();
    const other = { transaction_id: 'ord_2-1', payment_id: 'ord_2', credential_fingerprint: undefined };
    const soft = { ...declined({ decline_code: '51' }), ...other };
    expect(await advised(soft)).toMatchObject({ action: 'stop', rule_id: 'no_credential_ledger' });
  });

  test.each([
    ['a 3-D Secure that is not portable', { auth: { portable: false } }, 'processor_a', 'auth_not_portable'],
    ['a token of one processor', { credential: { kind: 'processor_token' } }, 'processor_a', 'token_of_one_processor'],
    ['hops that are used up', { hops: 1 }, 'processor_a', 'hops_used_up'],
  ])('%s stays at its processor', async (_, given, processor, ruleId) => {
    expect(await advised(given)).toMatchObject({
      processor,
      processors_excluded: [{ processor_id: 'processor_b', rule_id: ruleId }],
    });
  });
});

describe('[NXT-2] a slot is held before the answer', () => {
  test('eight callers at once with one card are given the five attempts that its ceiling leaves', async () => {
    const earlier = Array.from({ length: 11 }, (_, index) => ({
      ...ATTEMPT,
      transaction_id: `old_${index}`,
      payment_id: `old_${index}`,
      ...declined({ decline_code: '51' }),
    }));
    for (const attempt of earlier) await caller.call('POST', '/api/v1/transactions', { body: attempt });
    const ended = Array.from({ length: 8 }, (_, index) => ({
      transaction_id: `ord_${index}-1`,
      payment_id: `ord_${index}`,
      result: 'not_sent',
    }));
    const replies = await Promise.all(ended.map((given) => advised(given)));
    const given = replies.filter(({ reservation_id: id }) => id !== null);
    // Eleven declines, ten of which follow one; of fifteen reattempts five are left, for what was never sent is none.
    expect(given.filter((json) => json['action'] === 'retry_now')).toHaveLength(5);
    const others = replies.filter((json) => json['action'] !== 'retry_now');
    expect(others).toHaveLength(3);
    for (const json of others) {
      expect(json).toMatchObject({ rule_id: 'visa_reattempts_30d', ceiling: { max: 15 } });
      expect(json['action'] === 'stop' || inMs(json) > 29 * DAY_MS).toBe(true);
    }
  });

  test('the slot is taken by the result of its attempt', async () => {
    const json = await advised({ next_transaction_id: 'ord_1-2' });
    expect(caller.set.ledgers.get('fp_1')!.reservations).toHaveLength(1);
    const next = { ...ATTEMPT, processor_id: json['processor'], transaction_id: 'ord_1-2', result: 'approved' };
    await caller.call('POST', '/api/v1/transactions', { body: { ...next, decision_id: json['decision_id'] } });
    expect(caller.set.ledgers.get('fp_1')).toMatchObject({ reservations: [], attempts: { length: 2 } });
  });
});

describe('[NXT-3] while an outcome is unknown', () => {
  test('the advice is to reconcile, after the time its result may take, and nothing is held', async () => {
    const json = await advised({ result: 'timeout' });
    expect(json).toMatchObject({
      action: 'reconcile',
      processor: 'processor_a',
      reservation_id: null,
      decision_id: null,
    });
    expect(inMs(json)).toBe(40_000);
  });

  test('another attempt of the payment that is unknown holds it up, too', async () => {
    await advised({ result: 'timeout' });
    const later = { transaction_id: 'ord_1-2', processor_id: 'processor_b' };
    expect(await advised(later)).toMatchObject({
      action: 'reconcile',
      rule_id: 'other_attempt_unknown',
      processor: 'processor_a',
      transaction_id: 'ord_1-1',
    });
  });

  test('whoever insists without a reason is refused with 409', async () => {
    const { status, json } = await ask({ result: 'timeout', force: true });
    expect({ status, code: json['code'], field: json['field'] }).toEqual({
      status: 409,
      code: 'outcome_unknown',
      field: 'override',
    });
    expect(caller.set.ledgers.get('fp_1')!.reservations).toEqual([]);
    expect(caller.set.audit.filter(({ action }) => action === 'override_unknown_outcome')).toEqual([]);
  });

  test.each(ADAPTERS.map(({ declaration: { id, reliableCancel } }) => ({ id, reliableCancel })))(
    'a cancel is trusted where the adapter of its source declares that it surely takes, and nowhere else: $id, $reliableCancel',
    async ({ id, reliableCancel }) => {
      reportedBy(caller, { adapter: id });
      const { json } = await ask({ result: 'timeout' });
      expect(json['action']).toBe(reliableCancel ? 'void_then_retry' : 'reconcile');
    },
  );

  const mine = asProcessorId('processor_a');
  const other = asProcessorId('processor_b');
  test.each<[string, readonly Partial<WebhookSource>[], string]>([
    ['no source reports the processor', [], 'reconcile'],
    ['a source that reports another', [{ adapter: 'adyen', processorId: other }], 'reconcile'],
    ['one that is switched off', [{ adapter: 'adyen', enabled: false }], 'reconcile'],
    ['two sources, and one that does not declare it', [{ adapter: 'adyen' }, { adapter: 'hyperswitch' }], 'reconcile'],
    ['an adapter that nobody knows', [{ adapter: 'redis-stream' }], 'reconcile'],
    ['two sources that both declare it', [{ adapter: 'adyen' }, { adapter: 'adyen' }], 'void_then_retry'],
    [
      'a source that names it by a connector',
      [{ adapter: 'adyen', processorId: other, connectors: { shop: mine } }],
      'void_then_retry',
    ],
    [
      'an orchestrator that says adyen of it, and declares nothing itself',
      [{ adapter: 'hyperswitch', processorId: null, connectors: { adyen: mine } }],
      'reconcile',
    ],
  ])('[NXT-18] a cancel goes by the sources registered, whatever family the caller tells: %s', async (...row) => {
    const [, sources, action] = row;
    reportedBy(caller, ...sources);
    expect((await ask({ result: 'timeout', processor_family: 'adyen' })).json['action']).toBe(action);
  });

  test('[NXT-18] sources that cannot be asked declare nothing', async () => {
    reportedBy(caller, { adapter: 'adyen' });
    caller.world.webhooks.sources.sources = () => Promise.resolve(null);
    expect((await ask({ result: 'timeout' })).json['action']).toBe('reconcile');
  });

  test('[NXT-19] codes without a family are read in the words of the only source', async () => {
    // At Adyen 20 is fraud, in ISO 8583 nothing that forbids another attempt.
    const code = declined({ network: undefined, decline_code: '20' });
    const plain = await advised(code);
    reportedBy(caller, { adapter: 'adyen' });
    const read = await advised({ ...code, credential_fingerprint: 'fp_2' });
    expect(read).toMatchObject({ action: 'stop', rule_id: 'issuer_said_never' });
    expect(plain['rule_id']).not.toBe('issuer_said_never');
    reportedBy(caller, { adapter: 'hyperswitch', processorId: null, connectors: { adyen: mine } });
    expect(await advised({ ...code, credential_fingerprint: 'fp_3' })).toMatchObject({ rule_id: 'issuer_said_never' });
    reportedBy(caller, { adapter: 'adyen' }, { adapter: 'stripe' });
    const both = await advised({ ...code, credential_fingerprint: 'fp_4' });
    expect(both['rule_id']).toBe(plain['rule_id']);
  });
});

describe('[NXT-4] an override', () => {
  const forced = {
    result: 'timeout',
    force: true,
    override: { why: 'The processor confirmed by phone that it has nothing' },
  };

  test('is in the audit log with its reason and its author, and the answer names the risk', async () => {
    expect(await advised(forced)).toMatchObject({
      action: 'retry_now',
      rule_id: 'unknown_overridden',
      double_charge_risk: true,
      processor: 'processor_b',
    });
    expect(caller.set.audit[0]).toMatchObject({
      action: 'override_unknown_outcome',
      subject: 'processor_a:ord_1-1',
      keyId: expect.stringMatching(/./),
      after: JSON.stringify({ why: forced.override.why }),
    });
  });

  test('that cannot be written down is not followed', async () => {
    caller.set.registryFault = Object.assign(new Error('away'), { retryable: true });
    expect((await ask(forced)).json).toMatchObject({ status: 503, code: 'unavailable' });
    expect(caller.set.ledgers.size).toBe(0);
  });

  test('of an outcome that is known is none', async () => {
    expect(await advised({ override: forced.override })).toMatchObject({ double_charge_risk: false });
    expect(caller.set.audit.filter(({ action }) => action === 'override_unknown_outcome')).toEqual([]);
  });
});

describe('[NXT-5] card numbers', () => {
  test('as a fingerprint become a keyed hash before anybody reads them', async () => {
    expect((await advised({ credential_fingerprint: CARD }))['warnings']).toEqual(['card_number_hashed']);
    expect([...caller.set.ledgers.keys()]).toEqual([expect.stringMatching(/^h[a-p]{16}$/), 'payment ord_1']);
    expect(JSON.stringify([...caller.set.ledgers])).not.toContain(CARD);
  });

  test.each([
    ['next_transaction_id', { next_transaction_id: CARD }],
    ['decline_code', { decline_code: CARD }],
    ['override.why', { result: 'timeout', override: { why: `card ${CARD}` } }],
  ])('in %s are refused', async (field, given) => {
    expect((await ask(given)).json).toMatchObject({ status: 422, code: 'card_number', field });
    expect(caller.set.ledgers.size).toBe(0);
  });

  test('in the Idempotency-Key are refused', async () => {
    expect((await ask({}, { headers: { 'Idempotency-Key': CARD } })).json).toMatchObject({ code: 'card_number' });
  });
});

describe('[NXT-6] what is out of reach', () => {
  test('without a routing table nothing is promised', async () => {
    caller.set.cold = true;
    const { status, json, headers } = await ask({}, { key: caller.keys.route });
    expect(status).toBe(503);
    expect(['no_table', 'keys_unverifiable']).toContain(json['code']);
    expect(headers.get('retry-after')).not.toBeNull();
    expect(caller.set.ledgers.size).toBe(0);
  });

  test('without the ledger no attempt is allowed: 503 and Retry-After, whatever kind of failure it was', async () => {
    caller.set.ledgersReachable = false;
    for (const given of [{}, { result: 'not_sent' }, declined({ decline_code: '51' }), mastercard('24')]) {
      const { status, json, headers } = await ask(given);
      expect({ status, code: json['code'] }).toEqual({ status: 503, code: 'ledger_unreachable' });
      expect(headers.get('retry-after')).toBe('1');
    }
  });

  test('without the ledger advice that sends nothing is given all the same', async () => {
    caller.set.ledgersReachable = false;
    for (const [given, action] of [
      [{ result: 'timeout' }, 'reconcile'],
      [mastercard('03'), 'stop'],
      [declined({ decline_code: '54' }), 'fix_data'],
    ] as const)
      expect(await advised(given)).toMatchObject({ action, warnings: ['ledger_unreachable'] });
    expect((await ask({ result: 'timeout', force: true })).status).toBe(409);
  });
});

test.each([
  ['processor_id', { processor_id: 'nobody' }, 'unknown_processor'],
  ['currency', { currency: 'XQX' }, 'unknown_currency'],
  ['amount', { amount: 150 }, 'bad_amount'],
  ['amount', { amount_minor: undefined, amount: '1.234' }, 'bad_amount'],
  ['amount', { amount_minor: undefined }, 'bad_amount'],
  ['timestamp', { timestamp: 'yesterday' }, 'bad_timestamp'],
  ['result', { result: 'lost' }, 'unknown_result'],
  ['credential_finger_print', { credential_finger_print: 'x' }, 'unknown_field'],
  ['credential.kind', { credential: { kind: 'cash' } }, 'invalid_field'],
  ['transaction_id', { transaction_id: undefined }, 'missing_field'],
])('a bad %s is refused and nothing is kept', async (field, given, code) => {
  expect((await ask(given)).json).toMatchObject({ status: 422, code, field });
  expect(caller.set.ledgers.size).toBe(0);
});
