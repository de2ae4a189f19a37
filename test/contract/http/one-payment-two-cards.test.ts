// POST /api/v1/payments/next: a payment is paid once, whichever cards it is charged to, whoever asks and in whatever order things are told.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Asking, askingOf, ATTEMPT, DAY_MS, declined } from './next-payment-question.ts';
import { type Caller, createCaller } from '../../harness/http-caller.ts';

let caller: Caller;
let ask: Asking['ask'];
let advised: Asking['advised'];
let started: Promise<unknown>[];
beforeEach(async () => {
  caller = await createCaller();
  ({ ask, advised } = askingOf(caller));
  started = [];
  Object.assign(caller.world, { later: (work: Promise<unknown>) => void started.push(work) });
});

const settle = async (): Promise<void> => {
  await Promise.all(started.splice(0));
};
const report = async (given: object) => {
  const { status } = await caller.call('POST', '/api/v1/transactions', { body: { ...ATTEMPT, ...given } });
  expect(status).toBe(200);
  await settle();
};
/** As a processor tells it, which knows neither payment nor card. */
const PLAIN = { ...ATTEMPT, payment_id: undefined, credential_fingerprint: undefined };

const rule = ({ action, rule_id }: Record<string, unknown>): string => `${String(action)} ${String(rule_id)}`;
const reservations = () =>
  [...caller.set.ledgers].map(([key, { reservations: held }]) => `${key}: ${held.length}`).sort();

const FIRST = ATTEMPT;
/** The same payment on another card. */
const OTHER_CARD = { transaction_id: 'ord_1-2', credential_fingerprint: 'fp_2' };
const NO_CARD_TOLD = { transaction_id: 'ord_1-2', credential_fingerprint: undefined };

describe('[RTY-34] while an attempt of the payment is unknown', () => {
  test.each([
    ['another card', FIRST, OTHER_CARD],
    ['a card that is not told', FIRST, NO_CARD_TOLD],
    ['a card that was not told before', { ...FIRST, credential_fingerprint: undefined }, OTHER_CARD],
  ])('no attempt with %s is promised', async (_, first, second) => {
    expect(await advised({ ...first, result: 'timeout' })).toMatchObject({ action: 'reconcile' });
    expect(await advised(second)).toMatchObject({
      action: 'reconcile',
      rule_id: 'other_attempt_unknown',
      transaction_id: 'ord_1-1',
    });
    expect(reservations().filter((held) => !held.endsWith(': 0'))).toEqual([]);
  });

  test('also where it was reported and nobody asked', async () => {
    await report({ result: 'timeout' });
    expect(rule(await advised(OTHER_CARD))).toBe('reconcile other_attempt_unknown');
  });
});

describe('[RTY-34] what the payment has been through on another card', () => {
  test('an approval ends it', async () => {
    await report({ result: 'approved' });
    expect(rule(await advised(OTHER_CARD))).toBe('stop already_approved');
  });

  test('a promise stands until it is used or given back', async () => {
    expect(rule(await advised())).toBe('retry_now technical_failure');
    expect(rule(await advised(OTHER_CARD))).toBe('stop retry_already_given');
    expect(reservations()).toEqual(['fp_1: 1', 'fp_2: 0', 'payment ord_1: 1']);
  });

  test('is told of a question that is answered with no promise, too', async () => {
    await advised(declined({ decline_code: '41' }));
    expect(caller.set.ledgers.get('payment ord_1')!.attempts).toMatchObject([{ outcome: 'declined' }]);
  });

  test('that an issuer forbids one card forbids no other', async () => {
    expect(rule(await advised(declined({ decline_code: '41' })))).toBe('stop issuer_said_never');
    expect(rule(await advised(OTHER_CARD))).toBe('retry_now technical_failure');
  });

  test('its changes of processor and its technical failures count together', async () => {
    await report({ result: 'error' });
    await report({ ...OTHER_CARD, processor_id: 'processor_b', result: 'error' });
    const third = { transaction_id: 'ord_1-3', processor_id: 'processor_b', credential_fingerprint: 'fp_3' };
    expect(await advised(third)).toMatchObject({ action: 'stop', rule_id: 'technical_retries_used_up' });
  });

  test('eight cards at once are one promise', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, card) => await advised({ credential_fingerprint: `fp_${card}` })),
    );
    expect(answers.filter(({ action }) => action === 'retry_now')).toHaveLength(1);
  });
});

describe('[NXT-20] an approval that its processor has heard of', () => {
  test.each(['error', 'not_sent', 'declined'])('before its caller says %s ends the payment', async (result) => {
    await report({ result: 'approved', payment_id: undefined, credential_fingerprint: undefined });
    const codes = result === 'declined' ? declined({ decline_code: '91' }) : { result };
    expect(rule(await advised(codes))).toBe('stop already_approved');
    expect(reservations()).toEqual(['fp_1: 0', 'payment ord_1: 0']);
  });

  test.each(['error', 'not_sent'])('after another attempt was promised is told to the payment: %s', async (result) => {
    expect(await advised({ result })).toMatchObject({ action: 'retry_now' });
    // Its processor knows neither payment nor card.
    await report({ result: 'approved', payment_id: undefined, credential_fingerprint: undefined });
    for (const key of ['fp_1', 'payment ord_1'])
      expect(caller.set.ledgers.get(key)!.attempts).toMatchObject([{ id: 'processor_a:ord_1-1', outcome: 'approved' }]);
  });

  test('after its failure was reported, too, is told although it is refused', async () => {
    await report({ result: 'error' });
    await advised();
    const late = { ...ATTEMPT, result: 'approved', payment_id: undefined, credential_fingerprint: undefined };
    const { json } = await caller.call('POST', '/api/v1/transactions', { body: late });
    expect(json).toMatchObject({ code: 'conflicting_body' });
    await settle();
    expect(caller.set.ledgers.get('payment ord_1')!.attempts).toMatchObject([{ outcome: 'approved' }]);
  });

  test('is watched for by nobody where its processor is away, and the answer says so', async () => {
    caller.set.objectsReachable = false;
    const soft = declined({ decline_code: '51' });
    expect(await advised(soft)).toMatchObject({ action: 'retry_later', warnings: ['attempt_not_watched'] });
  });

  test('is watched for where its merchant sends another attempt on its own account', async () => {
    expect(rule(await advised(declined({ decline_code: '41' })))).toBe('stop issuer_said_never');
    await report({ ...OTHER_CARD, processor_id: 'processor_b', result: 'approved' });
    await caller.call('POST', '/api/v1/transactions', { body: { ...PLAIN, result: 'approved' } });
    await settle();
    expect(caller.set.ledgers.get('payment ord_1')!.attempts.map(({ outcome }) => outcome)).toEqual([
      'approved',
      'approved',
    ]);
  });
});

describe('[RTY-35] while the ledger of the payment is away', () => {
  test('nothing is promised, and the slot of the card is given back', async () => {
    const { credentials } = caller.world;
    Object.assign(caller.world, { credentials: { ...credentials, guard: () => Promise.resolve(null) } });
    expect((await ask()).json).toMatchObject({ status: 503, code: 'ledger_unreachable' });
    expect(reservations()).toEqual(['fp_1: 0', 'payment ord_1: 0']);
  });
});

describe('[NXT-11] a question that is asked again under its key', () => {
  test('is told the same, and that it was told before', async () => {
    const headers = { 'idempotency-key': 'k_1' };
    const first = await advised({ eligible_processors: undefined }, { headers });
    const again = await advised({ eligible_processors: undefined }, { headers });
    expect([first['repeated'], again['repeated']]).toEqual([false, true]);
    for (const same of ['action', 'processor', 'alternatives', 'reservation_id', 'not_before', 'use_by'])
      expect([same, again[same]]).toEqual([same, first[same]]);
    expect(reservations()).toEqual(['fp_1: 1', 'payment ord_1: 1']);
  });

  test('is told otherwise once its payment was approved meanwhile', async () => {
    const headers = { 'idempotency-key': 'k_1' };
    await advised({}, { headers });
    await report({ ...OTHER_CARD, processor_id: 'processor_b', result: 'approved' });
    expect(rule(await advised({}, { headers }))).toBe('stop already_approved');
    // The attempt that was promised may be under way; to the payment it may be the one that was approved.
    expect(reservations()).toEqual(['fp_1: 1', 'fp_2: 0', 'payment ord_1: 0']);
  });
});

describe('[RTY-32] an error in the words of a missing answer', () => {
  test('is unknown to the list of unknowns as well, however it is told', async () => {
    await advised({ result: 'error', decline_code: 'gateway_timeout' });
    await report({ transaction_id: 'ord_2-1', payment_id: 'ord_2', result: 'error', decline_code: 'http_502' });
    const { json } = await caller.call('GET', '/api/v1/unknowns');
    expect((json['unknowns'] as { transaction_id: string }[]).map(({ transaction_id: id }) => id).sort()).toEqual([
      'ord_1-1',
      'ord_2-1',
    ]);
  });
});

describe('[RTY-34] what an attacker tried', () => {
  const timeout = { result: 'timeout' };

  test('eight cards under one Idempotency-Key are one promise', async () => {
    const headers = { 'idempotency-key': 'k_1' };
    const answers = [];
    for (let card = 0; card < 8; card += 1)
      answers.push(await advised({ credential_fingerprint: `fp_${card}` }, { headers }));
    expect(answers.filter(({ action }) => action === 'retry_now')).toHaveLength(1);
  });

  test('an error that its caller cannot vouch for any more is unknown to the payment, and in the list', async () => {
    await report({ result: 'error' });
    expect(await advised(timeout)).toMatchObject({ action: 'reconcile' });
    expect(rule(await advised(OTHER_CARD))).toBe('reconcile other_attempt_unknown');
    expect((await caller.call('GET', '/api/v1/unknowns')).json).toMatchObject({ total: 1 });
    await advised({ result: 'error' });
    expect((await caller.call('GET', '/api/v1/unknowns')).json).toMatchObject({ total: 0 });
  });

  test.each([ATTEMPT, PLAIN])('an approval that is refused as a conflict is known all the same: %o', async (given) => {
    await report({ result: 'error' });
    await caller.call('POST', '/api/v1/transactions', { body: { ...given, result: 'approved' } });
    await settle();
    expect(rule(await advised())).toBe('stop already_approved');
    expect(rule(await advised(OTHER_CARD))).toBe('stop already_approved');
  });

  test('a failure that contradicts an approval tells the payment of the approval', async () => {
    await report({ ...PLAIN, result: 'approved' });
    await caller.call('POST', '/api/v1/transactions', { body: { ...ATTEMPT, result: 'error' } });
    await settle();
    expect(rule(await advised(OTHER_CARD))).toBe('stop already_approved');
  });

  test('an attempt that is its own successor is refused by field', async () => {
    const { status, json } = await ask({ next_transaction_id: ATTEMPT.transaction_id });
    expect({ status, field: json['field'] }).toEqual({ status: 422, field: 'next_transaction_id' });
  });

  test('who leaves out the payment, or the card, is known by what was told before', async () => {
    await advised(timeout);
    await report({ ...OTHER_CARD, processor_id: 'processor_b', result: 'error' });
    const unnamed = { ...OTHER_CARD, processor_id: 'processor_b', payment_id: undefined };
    expect(rule(await advised(unnamed))).toBe('reconcile other_attempt_unknown');
  });

  test('the same attempt by its card and then by its payment is one promise', async () => {
    expect(rule(await advised({ payment_id: undefined }))).toBe('retry_now technical_failure');
    expect(rule(await advised({ credential_fingerprint: undefined }))).toBe('stop retry_already_given');
  });

  test('whoever names neither is told that nothing is remembered', async () => {
    const neither = { payment_id: undefined, credential_fingerprint: undefined };
    expect((await advised(neither))['warnings']).toEqual(['payment_not_remembered']);
  });

  test.each(['asked', 'reported'])('what is %s while the ledgers are away is told to them afterwards', async (how) => {
    caller.set.ledgersReachable = false;
    if (how === 'asked') expect(await advised(timeout)).toMatchObject({ warnings: ['ledger_unreachable'] });
    else await caller.call('POST', '/api/v1/transactions', { body: { ...ATTEMPT, ...timeout } });
    caller.set.ledgersReachable = true;
    await settle();
    expect(rule(await advised(OTHER_CARD))).toBe('reconcile other_attempt_unknown');
  });

  test('an unknown of more than a month ago still stands in the way', async () => {
    await advised(timeout);
    caller.set.now += 32 * DAY_MS;
    expect(rule(await advised(OTHER_CARD))).toBe('reconcile other_attempt_unknown');
    const longAgo = {
      ...timeout,
      transaction_id: 'ord_2-1',
      payment_id: 'ord_2',
      timestamp: new Date(caller.set.now - 40 * DAY_MS).toISOString(),
    };
    expect(await advised(longAgo)).toMatchObject({ action: 'reconcile', warnings: [] });
    expect(rule(await advised({ ...OTHER_CARD, payment_id: 'ord_2' }))).toBe('reconcile other_attempt_unknown');
  });

  test('the promised attempt is known to the payment by whoever tells of it', async () => {
    await advised({ next_transaction_id: 'ord_1-2' });
    const told = { ...PLAIN, transaction_id: 'ord_1-2', processor_id: 'processor_b', result: 'approved' };
    await caller.call('POST', '/api/v1/transactions', { body: told });
    await settle();
    caller.set.now += 2 * DAY_MS;
    expect(rule(await advised())).toBe('stop already_approved');
  });

  test('a refund of a part is none, and a slot of a payment is not freed in the name of a card', async () => {
    await report({ result: 'approved' });
    await advised({ result: 'refunded', amount_minor: 100 });
    expect(caller.set.ledgers.get('payment ord_1')!.attempts).toMatchObject([{ outcome: 'approved' }]);
    const { reservation_id: id } = await advised({ ...OTHER_CARD, payment_id: 'ord_2' });
    const release = { reservation_id: id, credential_fingerprint: 'payment ord_2' };
    expect((await caller.call('POST', '/api/v1/payments/next/release', { body: release })).json).toEqual({
      released: false,
    });
  });

  test('a clock that runs ahead makes no later attempt of an earlier one', async () => {
    await report({ result: 'error', timestamp: new Date(caller.set.now + 240_000).toISOString() });
    caller.set.now += 1_000;
    expect(rule(await advised(OTHER_CARD))).toBe('retry_now technical_failure');
  });

  test('a copy of a question whose payment cannot be asked gives back nobody else’s slot', async () => {
    const headers = { 'idempotency-key': 'k_1' };
    await advised({}, { headers });
    const { credentials } = caller.world;
    Object.assign(caller.world, { credentials: { ...credentials, guard: () => Promise.resolve(null) } });
    expect((await ask({}, { headers })).status).toBe(503);
    expect(reservations()).toEqual(['fp_1: 1', 'payment ord_1: 1']);
  });

  const unknowns = async () => (await caller.call('GET', '/api/v1/unknowns')).json['total'];

  test('what was reopened stays open, whoever reports the same again, and hears of its end', async () => {
    await report({ result: 'error' });
    await advised(timeout);
    await report({ ...PLAIN, ...timeout });
    await report({ result: 'error' });
    expect(await unknowns()).toBe(1);
    expect(rule(await advised(OTHER_CARD))).toBe('reconcile other_attempt_unknown');
    await caller.call('POST', '/api/v1/transactions', { body: { ...PLAIN, result: 'approved' } });
    await settle();
    expect(await unknowns()).toBe(0);
    expect(rule(await advised(OTHER_CARD))).toBe('stop already_approved');
  });

  test('a promise under an id hides no timeout of that id, and its payment hears of it', async () => {
    const [promised, told] = [{ next_transaction_id: 'ord_1-2' }, { ...PLAIN, transaction_id: 'ord_1-2' }];
    await advised(promised);
    await report({ ...told, processor_id: 'processor_b', ...timeout });
    expect(await unknowns()).toBe(1);
    caller.set.now += 2 * DAY_MS;
    expect(rule(await advised(promised))).toBe('reconcile other_attempt_unknown');
    expect(await unknowns()).toBe(1);
  });

  test('an approval of the id that is promised, heard of before, ends the payment', async () => {
    await report({ ...PLAIN, transaction_id: 'ord_1-2', processor_id: 'processor_b', result: 'approved' });
    expect(rule(await advised({ next_transaction_id: 'ord_1-2' }))).toBe('stop already_approved');
    expect(reservations()).toEqual(['fp_1: 0', 'payment ord_1: 0']);
  });

  test('the same key with another id to come, or after its time, is promised nothing more', async () => {
    const headers = { 'idempotency-key': 'k_1' };
    await advised({ next_transaction_id: 'n1' }, { headers });
    expect(rule(await advised({ next_transaction_id: 'n2' }, { headers }))).toBe('stop retry_already_given');
    caller.set.now += 16 * 60_000;
    expect(rule(await advised({ next_transaction_id: 'n1' }, { headers }))).toBe('stop retry_already_given');
    expect(reservations()).toEqual(['fp_1: 1', 'payment ord_1: 1']);
  });

  test('an answer that is found after a day settles the list', async () => {
    await advised(timeout);
    caller.set.now += DAY_MS + 3_600_000;
    await advised({ result: 'approved', timestamp: new Date(caller.set.now - DAY_MS - 3_600_000).toISOString() });
    await settle();
    expect(await unknowns()).toBe(0);
  });

  test('an id whose promise was given back is another payment’s when it is promised to that', async () => {
    const { reservation_id: id } = await advised({ next_transaction_id: 'x2' });
    const release = { reservation_id: id, payment_id: 'ord_1' };
    await caller.call('POST', '/api/v1/payments/next/release', { body: release });
    const other = { transaction_id: 'ord_9-1', payment_id: 'ord_9', credential_fingerprint: 'fp_9' };
    await advised({ ...other, next_transaction_id: 'x2' });
    await report({ ...PLAIN, transaction_id: 'x2', processor_id: 'processor_b', result: 'approved' });
    expect(caller.set.ledgers.get('payment ord_9')!.attempts.map(({ outcome }) => outcome)).toContain('approved');
    expect(caller.set.ledgers.get('payment ord_1')!.attempts.map(({ outcome }) => outcome)).not.toContain('approved');
  });

  test('what an issuer has declined is not taken back by a question', async () => {
    await advised(declined({ decline_code: '05' }));
    await advised(timeout);
    expect(await unknowns()).toBe(0);
  });
});
