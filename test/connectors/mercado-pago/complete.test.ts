import { describe, expect, test } from 'vitest';
import type { SourceSettings } from '../../../src/ports/webhook-adapter.ts';
import { adapter } from '../../../src/connectors/mercado-pago/adapter.ts';
import { deliveryOf, settingsOf } from '../signature-cases.ts';
import { notification, payment, PAYMENT_ID, paymentOf, STATUSES } from './fixtures/payments.ts';
import { signatureCase } from './signature-case.ts';

const TOKEN = `dec_${'Ab3_-'.repeat(12)}`;
const query = new Map([['data.id', PAYMENT_ID]]);
const settings = settingsOf(signatureCase, { own: { ...signatureCase.own, fetch_timeout_ms: 100 } });
const { events: asked } = await adapter.read(deliveryOf(JSON.stringify(notification()), {}, { query }), settings);

type Answer = (url: string, init: RequestInit) => Promise<Response>;
const withFetch = (answer: Answer, over: SourceSettings = settings) =>
  adapter.complete(asked, over, (url, init) => answer(url as string, init ?? {}));
const answering = (status: number, body: unknown) => () =>
  Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }));
const told = async (changed: object, over: SourceSettings = settings) => {
  const { events, unreadable } = await withFetch(answering(200, payment(changed)), over);
  expect(unreadable).toEqual([]);
  return events.at(-1)!;
};

describe('what is asked', () => {
  test('[CON-31] the payment of the signed id, with the access token, following no redirect', async () => {
    const calls: { url: string; init: RequestInit }[] = [];
    await withFetch((url, init) => {
      calls.push({ url, init });
      return answering(200, payment())();
    });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      url: `https://api.mercadopago.com/v1/payments/${PAYMENT_ID}`,
      init: { redirect: 'manual', headers: { authorization: `Bearer ${String(signatureCase.own['access_token'])}` } },
    });
  });

  test('[CON-31] settings at fault ask nothing', async () => {
    const reading = await withFetch(() => expect.unreachable(), settingsOf(signatureCase, { own: {} }));
    expect(reading).toMatchObject({ events: [], unreadable: [{ reason: 'settings_at_fault' }] });
  });
});

describe('what the payment says', () => {
  test.each(STATUSES)('[CON-29] $status, $detail: $kinds', async (status) => {
    const { events, unreadable } = await withFetch(answering(200, paymentOf(status)));
    expect(unreadable).toEqual([]);
    expect(events.map(({ kind }) => kind)).toEqual(status.kinds);
    const last = events.at(-1)!;
    expect(last).toMatchObject({ attemptKey: PAYMENT_ID, moneyStateSigned: true, eventId: '112233445566' });
    expect(last.declineCode).toBe(status.status === 'rejected' ? status.detail : null);
  });

  test('[CON-29] it tells segment, network, amount, fee, time and the merchant’s own id', async () => {
    expect(await told({})).toMatchObject({
      eventType: 'payment:approved',
      paymentMethod: 'CARD',
      country: 'BR',
      network: 'mastercard',
      amountMinor: 15_050,
      currency: 'BRL',
      feeMinor: 748,
      eventTimeMs: Date.parse('2026-11-21T05:59:45.000-03:00'),
      transactionId: 'ord_1001-1',
      decisionToken: null,
    });
  });

  test.each([
    [[], 0],
    [[{ amount: 0, fee_payer: 'collector' }], 0],
    [[{ amount: 0.001, fee_payer: 'collector' }], null],
    [undefined, null],
  ])('[CON-29] of fees %o the merchant pays %o', async (fees, feeMinor) => {
    expect((await told({ fee_details: fees })).feeMinor).toBe(feeMinor);
  });

  test.each([
    { method: 'pix', type: 'bank_transfer', currency: 'BRL', is: 'PIX', country: 'BR' },
    { method: 'oxxo', type: 'ticket', currency: 'MXN', is: 'OXXO', country: 'MX' },
    { method: 'pse', type: 'bank_transfer', currency: 'COP', is: 'PSE', country: 'CO' },
    { method: 'bolbradesco', type: 'ticket', currency: 'BRL', is: 'BOLETO', country: 'BR' },
    { method: 'rapipago', type: 'ticket', currency: 'ARS', is: 'CASH', country: 'AR' },
    { method: 'account_money', type: 'account_money', currency: 'CLP', is: 'WALLET', country: 'CL' },
    { method: 'debvisa', type: 'debit_card', currency: 'MXN', is: 'CARD', country: 'MX' },
    { method: 'yape', type: 'debit_card', currency: 'PEN', is: 'CARD', country: 'PE' },
  ])('[CON-29] $method ($type) in $currency is $is in $country', async ({ method, type, currency, is, country }) => {
    const changed = { payment_method_id: method, payment_type_id: type, currency_id: currency, transaction_amount: 20 };
    expect(await told(changed)).toMatchObject({ paymentMethod: is, country });
  });

  test('[CON-29] a method that the source’s settings name goes before our own table', async () => {
    const segments = { paymentMethods: { rapipago: 'RAPIPAGO' }, paymentMethodDefault: null, countryDefault: null };
    const event = await told({ payment_method_id: 'rapipago', payment_type_id: 'ticket' }, { ...settings, segments });
    expect(event.paymentMethod).toBe('RAPIPAGO');
  });

  test.each([
    [{ external_reference: TOKEN }, TOKEN, null],
    [{ external_reference: null, metadata: { signalbox_decision: TOKEN } }, TOKEN, null],
    [{ external_reference: 'order', metadata: { signalbox_transaction: 'try-2' } }, null, 'try-2'],
    [{ external_reference: 'x'.repeat(129) }, null, null],
  ])('[CON-29] the join of %o', async (changed, decisionToken, transactionId) => {
    expect(await told(changed)).toMatchObject({ decisionToken, transactionId });
  });

  test('[CON-29] where the reference is an order’s, the payment’s own id is the attempt', async () => {
    const own = { ...signatureCase.own, transaction_from: 'payment_id' };
    expect(await told({}, settingsOf(signatureCase, { own }))).toMatchObject({
      transactionId: null,
      attemptKey: PAYMENT_ID,
    });
  });

  test('[CON-30] what was given back tells its approval first, with its own time and amount, and no event id twice', async () => {
    const changed = { status: 'refunded', status_detail: 'refunded', transaction_amount_refunded: 150.5 };
    const { events } = await withFetch(answering(200, payment(changed)));
    expect(events).toMatchObject([
      { kind: 'authorised', eventId: null, amountMinor: 15_050, eventTimeMs: Date.parse('2026-11-21T08:59:45.000Z') },
      { kind: 'refunded', eventId: '112233445566', eventTimeMs: Date.parse('2026-11-21T08:59:58.000Z') },
    ]);
  });

  test('[CON-30] a part given back is told with its amount', async () => {
    const changed = { status_detail: 'partially_refunded', transaction_amount_refunded: 50 };
    expect(await told(changed)).toMatchObject({ kind: 'refunded', amountMinor: 5_000 });
  });

  test('[CON-39] a payment with nothing but id and status is told', async () => {
    const { events } = await withFetch(answering(200, { id: PAYMENT_ID, status: 'approved', brand_new: [] }));
    expect(events).toMatchObject([{ kind: 'authorised', amountMinor: null, paymentMethod: null, feeMinor: null }]);
  });
});

describe('what goes wrong', () => {
  const hanging: Answer = () => new Promise(() => undefined);
  const hangingBody: Answer = () => Promise.resolve(new Response(new ReadableStream({ start: () => undefined })));
  const heedful: Answer = (_url, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });

  test.each<[string, Answer, string, number]>([
    ['404', answering(404, { message: 'Payment not found' }), 'payment_not_found', 200],
    ['401', answering(401, { message: 'invalid access token' }), 'access_token_refused', 200],
    ['403', answering(403, ''), 'access_token_refused', 200],
    ['429', answering(429, ''), 'rate_limited', 503],
    ['500', answering(500, 'oops'), 'fetch_failed', 503],
    ['502 with a payment in it', answering(502, payment()), 'fetch_failed', 503],
    ['a redirect', answering(302, ''), 'fetch_failed', 503],
    ['no network', () => Promise.reject(new TypeError('fetch failed')), 'fetch_failed', 503],
    ['a hang', hanging, 'fetch_timed_out', 503],
    ['a hang that ends with its signal', heedful, 'fetch_timed_out', 503],
    ['a body that never ends', hangingBody, 'fetch_timed_out', 503],
    ['no JSON', answering(200, '<html>'), 'unexpected_shape', 200],
    ['another form', answering(200, []), 'unexpected_shape', 200],
    ['no status', answering(200, payment({ status: null })), 'unexpected_shape', 200],
    ['a status of tomorrow', answering(200, payment({ status: 'teleported' })), 'unknown_status', 200],
    ['another payment', answering(200, payment({ id: 7 })), 'another_payment', 200],
  ])(
    '[CON-31] %s: no event, a dead letter that can be asked again, and the answer that fits',
    async (_name, answer, reason, status) => {
      const reading = await withFetch(answer);
      expect(reading.events).toEqual([]);
      expect(reading.unreadable).toMatchObject([{ reason, item: asked[0] }]);
      expect(adapter.acknowledge(reading).status).toBe(status);
    },
  );

  test('[CON-31] one payment that fails harms no other', async () => {
    const two = [asked[0]!, { ...asked[0]!, attemptKey: '77' }];
    const reading = await adapter.complete(two, settings, (url) =>
      answering((url as string).endsWith('/77') ? 500 : 200, payment())(),
    );
    expect(reading.events).toHaveLength(1);
    expect(reading.unreadable).toMatchObject([{ reason: 'fetch_failed' }]);
  });

  test('[CON-37] what is understood or ignored is answered with 200', () => {
    expect(adapter.acknowledge({ events: asked, ignored: ['delivery'], unreadable: [] }).status).toBe(200);
  });
});
