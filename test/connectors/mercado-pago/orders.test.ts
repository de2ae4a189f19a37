import { describe, expect, test } from 'vitest';
import type { SourceSettings } from '../../../src/ports/webhook-adapter.ts';
import { adapter } from '../../../src/connectors/mercado-pago/adapter.ts';
import { createWebhookHouse, watchResults } from '../../harness/webhook-house.ts';
import { expectNeverThrows } from '../never-throws.ts';
import { deliveryOf, NOW_MS, settingsOf } from '../signature-cases.ts';
import {
  LATER_TRANSACTION_ID,
  order,
  ORDER_ID,
  orderNotification,
  orderPayment,
  TRANSACTION_ID,
  TRANSACTION_STATUSES,
} from './fixtures/orders.ts';
import { chargebackNotification, notification, payment, PAYMENT_ID } from './fixtures/payments.ts';
import { signatureCase, signed } from './signature-case.ts';

const TOKEN = `dec_${'Ab3_-'.repeat(12)}`;
const settings = settingsOf(signatureCase, { own: { ...signatureCase.own, fetch_timeout_ms: 100 } });
const byPaymentId = settingsOf(signatureCase, { own: { ...signatureCase.own, transaction_from: 'payment_id' } });
const queryOf = (id: string) => new Map([['data.id', id]]);
const read = (told: unknown, id = ORDER_ID) =>
  adapter.read(deliveryOf(JSON.stringify(told), {}, { query: queryOf(id) }), settings);
const { events: asked } = await read(orderNotification());

type Answer = (url: string, init: RequestInit) => Promise<Response>;
const answering = (status: number, body: unknown) => () =>
  Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }));
const withFetch = (answer: Answer, over: SourceSettings = settings) =>
  adapter.complete(asked, over, (url, init) => answer(url as string, init ?? {}));
const told = async (answered: object, over: SourceSettings = settings) => {
  const { events, unreadable } = await withFetch(answering(200, answered), over);
  expect(unreadable).toEqual([]);
  return events;
};
const lastOf = async (changedPayment: object, changedOrder: object = {}) =>
  (await told(order([orderPayment(changedPayment)], changedOrder))).at(-1)!;

describe('the notification', () => {
  test.each([ORDER_ID, ORDER_ID.toLowerCase()])(
    '[CON-43] %s in the query names the order in upper case, and the body says nothing of its state',
    async (id) => {
      expect(await read(orderNotification(), id)).toMatchObject({
        events: [
          { eventType: 'order', kind: 'pending', attemptKey: ORDER_ID, moneyStateSigned: false, amountMinor: null },
        ],
        ignored: [],
        unreadable: [],
      });
    },
  );

  test('[CON-43] signed is the id in lower case, in whichever case it stands in the query', async () => {
    const manifest = { secret: signatureCase.secrets[0], time: String(NOW_MS), id: ORDER_ID.toLowerCase() };
    const lower = signed(JSON.stringify(orderNotification()), manifest);
    for (const id of [ORDER_ID, ORDER_ID.toLowerCase()])
      expect(await adapter.verify({ ...lower, query: queryOf(id) }, settings)).toEqual({ ok: true });
    const upper = signed(JSON.stringify(orderNotification()), { ...manifest, id: ORDER_ID });
    expect(await adapter.verify(upper, settings)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test.each([
    ['the id of a payment', orderNotification(), PAYMENT_ID],
    ['an id in the body that is another’s', orderNotification({ data: { id: 'ORD01OTHER' } }), ORDER_ID],
    ['a payment’s id in the body', orderNotification({ data: { id: PAYMENT_ID } }), ORDER_ID],
    ['no order’s id', orderNotification({ data: {} }), '01JDMS5325ZDWMESRB5G2541BD'],
    ['a path in the id', orderNotification({ data: {} }), 'ORD01/../../v1/payments/1'],
    ['the type of a payment', notification({ data: { id: ORDER_ID } }), ORDER_ID],
  ])('[CON-43] with %s nothing is asked: it is a dead letter', async (_name, body, id) => {
    expect(await read(body, id)).toMatchObject({
      events: [],
      unreadable: [{ reason: 'not_the_signed_id', field: 'data.id' }],
    });
  });

  test('[CON-36] no bytes make it throw', async () => {
    await expectNeverThrows(
      (bytes) => adapter.read(deliveryOf(bytes, {}, { query: queryOf(ORDER_ID) }), settings),
      [orderNotification()],
    );
  });

  test('[CON-43] the order is asked for once, with the access token, following no redirect', async () => {
    const calls: { url: string; init: RequestInit }[] = [];
    await withFetch((url, init) => {
      calls.push({ url, init });
      return answering(200, order())();
    });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      url: `https://api.mercadopago.com/v1/orders/${ORDER_ID}`,
      init: { redirect: 'manual', headers: { authorization: `Bearer ${String(signatureCase.own['access_token'])}` } },
    });
  });
});

describe('what a transaction of the order says', () => {
  test.each(TRANSACTION_STATUSES)('[CON-44] $status, $detail: $kinds', async ({ status, detail, kinds }) => {
    const events = await told(order([orderPayment({ status, status_detail: detail })]));
    expect(events.map(({ kind }) => kind)).toEqual(kinds);
    const last = events.at(-1)!;
    expect(last).toMatchObject({ attemptKey: PAYMENT_ID, moneyStateSigned: true, eventType: `order:${status}` });
    expect(last.declineCode).toBe(['declined', 'error'].includes(last.kind) ? detail : null);
  });

  test('[CON-44] it tells segment, network, amount, time and the merchant’s own id', async () => {
    expect(await lastOf({})).toMatchObject({
      paymentMethod: 'CARD',
      country: 'BR',
      network: 'mastercard',
      amountMinor: 15_050,
      currency: 'BRL',
      eventTimeMs: Date.parse('2026-11-21T08:59:58.045Z'),
      transactionId: 'ord_1001-1',
      decisionToken: null,
      eventId: null,
    });
  });

  test.each([
    { code: 'ARG', currency: undefined, country: 'AR', is: 'ARS' },
    { code: 'BRA', currency: 'BRL', country: 'BR', is: 'BRL' },
    { code: 'CHL', currency: undefined, country: 'CL', is: 'CLP' },
    { code: 'CO', currency: undefined, country: 'CO', is: 'COP' },
    { code: 'MEX', currency: 'MXN', country: 'MX', is: 'MXN' },
    { code: undefined, currency: 'PEN', country: 'PE', is: 'PEN' },
    { code: 'URY', currency: undefined, country: 'UY', is: 'UYU' },
    { code: undefined, currency: undefined, country: null, is: null },
  ])('[CON-44] an order of $code in $currency is of $country, in $is', async ({ code, currency, country, is }) => {
    const changed = { country_code: code, ...(currency !== undefined && { currency }) };
    expect(await lastOf({ amount: '24' }, changed)).toMatchObject({ country, currency: is });
  });

  test.each([
    [{ id: 'pix', type: 'bank_transfer' }, 'PIX', null],
    [{ id: 'oxxo', type: 'ticket' }, 'OXXO', null],
    [{ id: 'debvisa', type: 'debit_card' }, 'CARD', 'visa'],
    [{ id: 'rapipago', type: 'ticket' }, 'CASH', null],
    [{ id: null, type: null }, null, null],
    [null, null, null],
  ])('[CON-44] paid with %o it is %s over %s', async (paymentMethod, method, network) => {
    expect(await lastOf({ payment_method: paymentMethod })).toMatchObject({ paymentMethod: method, network });
  });

  test('[CON-39] an order with nothing but ids and a status is told', async () => {
    const bare = { id: ORDER_ID, transactions: { payments: [{ id: TRANSACTION_ID, status: 'processed', new: [] }] } };
    expect(await told(bare)).toMatchObject([
      { kind: 'authorised', attemptKey: TRANSACTION_ID, amountMinor: null, eventTimeMs: null, country: null },
    ]);
  });
});

describe('which attempt it is', () => {
  test.each([
    [PAYMENT_ID, PAYMENT_ID],
    [Number(PAYMENT_ID), PAYMENT_ID],
    ['01JEVQM899NWSQC4FYWWW7KTF9', TRANSACTION_ID],
    ['00076jffff', TRANSACTION_ID],
    ['', TRANSACTION_ID],
    [null, TRANSACTION_ID],
    [undefined, TRANSACTION_ID],
  ])('[CON-45] with the reference_id %o it is %s', async (reference, key) => {
    expect(await lastOf({ reference_id: reference })).toMatchObject({ attemptKey: key });
  });

  test.each([settings, byPaymentId])(
    '[CON-45] what its payment tells of an attempt, its order tells in the same words',
    async (over) => {
      const [fromOrder] = await told(order(), over);
      const { events: paid } = await adapter.read(
        deliveryOf(JSON.stringify(notification()), {}, { query: queryOf(PAYMENT_ID) }),
        settings,
      );
      const [fromPayment] = (await adapter.complete(paid, over, answering(200, payment()))).events;
      const { eventId: _id, eventType: _type, eventTimeMs: _time, feeMinor: _fee, ...attempt } = fromPayment!;
      expect(fromOrder).toMatchObject(attempt);
    },
  );

  test.each([
    [TOKEN, settings, TOKEN, null],
    [TOKEN, byPaymentId, TOKEN, null],
    ['ord_1001-1', byPaymentId, null, null],
    [null, settings, null, null],
  ])('[CON-45] by the reference %s it joins', async (reference, over, decisionToken, transactionId) => {
    const events = await told(order([orderPayment()], { external_reference: reference }), over);
    expect(events).toMatchObject([{ decisionToken, transactionId }]);
  });

  test('[CON-45] the reference names the first transaction, wherever it stands, and no other', async () => {
    const failed = orderPayment({ status: 'failed', status_detail: 'high_risk', reference_id: null });
    const second = orderPayment({ id: LATER_TRANSACTION_ID, reference_id: '102067490999' });
    for (const payments of [
      [failed, second],
      [second, failed],
    ]) {
      const events = await told(order(payments));
      expect(events.toSorted((left, right) => left.kind.localeCompare(right.kind))).toMatchObject([
        { kind: 'authorised', attemptKey: '102067490999', transactionId: null },
        { kind: 'declined', attemptKey: TRANSACTION_ID, transactionId: 'ord_1001-1' },
      ]);
    }
  });

  test('[CON-45] an approval and a chargeback that are told of payment and of order count once each', async () => {
    const house = await createWebhookHouse(['mercado-pago']);
    const results = watchResults(house);
    const hear = async (body: object, id: string, answer: object) => {
      house.set.webhooks.fetch = answering(200, answer);
      const manifest = { secret: signatureCase.secrets[0], time: String(NOW_MS), id: id.toLowerCase() };
      const { headers, query } = signed(JSON.stringify(body), manifest);
      return await house.send('mercado-pago', JSON.stringify(body), { headers, query });
    };
    const charged = { status: 'charged_back', status_detail: 'in_process' };
    for (const [body, id, answer] of [
      [orderNotification(), ORDER_ID, order()],
      [notification(), PAYMENT_ID, payment()],
      [chargebackNotification(), '217', payment(charged)],
      [orderNotification({ action: 'order.charged_back' }), ORDER_ID, order([orderPayment(charged)])],
    ] as const)
      expect(await hear(body, id, answer)).toMatchObject({ outcome: 'acknowledged' });
    expect(house.kinds()).toMatchObject({ approved: 1, disputed: 1 });
    expect(results.map(({ result }) => result)).toEqual([
      'approved',
      'approved',
      ...['approved', 'disputed'],
      ...['approved', 'disputed'],
    ]);
    expect(house.set.webhooks.letters).toEqual([]);
  });
});

describe('what was given back', () => {
  test.each([
    [{ status: 'refunded', status_detail: 'refunded', refunded_amount: '150.50' }, 15_050],
    [{ status: 'refunded', status_detail: 'refunded' }, 15_050],
    [{ status_detail: 'partially_refunded', refunded_amount: '50' }, 5_000],
    [{ status_detail: 'partially_refunded' }, null],
  ])('[CON-46] %o tells its approval first, as old as the order', async (changed, amountMinor) => {
    expect(await told(order([orderPayment(changed)]))).toMatchObject([
      { kind: 'authorised', amountMinor: 15_050, eventTimeMs: Date.parse('2026-11-21T08:59:40.045Z'), eventId: null },
      { kind: 'refunded', amountMinor, eventTimeMs: Date.parse('2026-11-21T08:59:58.045Z'), eventId: null },
    ]);
  });
});

describe('what goes wrong', () => {
  const hanging: Answer = () => new Promise(() => undefined);
  const broken = { id: TRANSACTION_ID, status: null };

  test.each<[string, Answer, string, string | null, number]>([
    ['404', answering(404, { errors: [{ code: 'order_not_found' }] }), 'order_not_found', null, 200],
    ['401', answering(401, { errors: [{ code: 'unauthorized' }] }), 'access_token_refused', null, 200],
    ['403', answering(403, ''), 'access_token_refused', null, 200],
    ['429', answering(429, ''), 'rate_limited', null, 503],
    ['500', answering(500, 'oops'), 'fetch_failed', null, 503],
    ['a redirect', answering(302, ''), 'fetch_failed', null, 503],
    ['no network', () => Promise.reject(new TypeError('fetch failed')), 'fetch_failed', null, 503],
    ['a hang', hanging, 'fetch_timed_out', null, 503],
    ['no JSON', answering(200, '<html>'), 'unexpected_shape', null, 200],
    ['another order', answering(200, order([], { id: 'ORD01OTHER' })), 'another_order', 'id', 200],
    [
      'no list of payments',
      answering(200, order([], { transactions: { payments: {} } })),
      'unexpected_shape',
      'transactions.payments',
      200,
    ],
    [
      'a payment without status',
      answering(200, order([broken])),
      'unexpected_shape',
      'transactions.payments.0.status',
      200,
    ],
  ])(
    '[CON-47] %s: no event, a dead letter that can be asked again, and the answer that fits',
    async (...[, answer, reason, field, status]) => {
      const reading = await withFetch(answer);
      expect(reading.events).toEqual([]);
      expect(reading.unreadable).toMatchObject([{ reason, field, item: asked[0] }]);
      expect(adapter.acknowledge(reading).status).toBe(status);
    },
  );

  test('[CON-47] a status of tomorrow is a dead letter and harms no other payment of the order', async () => {
    const strange = orderPayment({ id: LATER_TRANSACTION_ID, status: 'teleported' });
    const reading = await withFetch(answering(200, order([orderPayment(), strange])));
    expect(reading.events).toMatchObject([{ kind: 'authorised', attemptKey: PAYMENT_ID }]);
    expect(reading.unreadable).toMatchObject([{ reason: 'unknown_status', field: 'transactions.payments.1.status' }]);
    expect(adapter.acknowledge(reading).status).toBe(200);
  });

  test.each([{ payments: [] }, { payments: null }, {}, null, undefined])(
    '[CON-47] an order with the transactions %o is counted by name',
    async (transactions) => {
      const reading = await withFetch(answering(200, order([], { transactions, status: 'created' })));
      expect(reading).toEqual({ events: [], ignored: ['order:no_payments'], unreadable: [] });
    },
  );
});
