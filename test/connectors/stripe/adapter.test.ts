import { describe, expect, test } from 'vitest';
import type { SegmentMapping } from '../../../src/ports/webhook-adapter.ts';
import { readDecline } from '../../../src/domain/results/declines/read-decline.ts';
import { adapter } from '../../../src/connectors/stripe/adapter.ts';
import { deliveryOf, NO_SEGMENTS, NOW_MS, settingsOf } from '../signature-cases.ts';
import {
  charge,
  chargeFailed,
  CREATED_S,
  dispute,
  event,
  intent,
  intentFailed,
  refund,
  session,
  stripeSignature,
  TOKEN,
} from '../../../tools/vendors/stripe.ts';
import { signatureCase } from './signature-case.ts';

const CHARGE = 'ch_3PqXyZ2eZvKYlo2C1o9AbCdE';
const INTENT = 'pi_3PqXyZ2eZvKYlo2C1AbCdEfG';

const read = (body: unknown, segments: SegmentMapping = NO_SEGMENTS) =>
  adapter.read(deliveryOf(JSON.stringify(body)), settingsOf(signatureCase, { segments }));
const only = async (body: unknown, segments?: SegmentMapping) => {
  const reading = await read(body, segments);
  expect(reading).toMatchObject({ ignored: [], unreadable: [] });
  expect(reading.events).toHaveLength(1);
  return reading.events[0]!;
};

const uncaptured = charge({ captured: false, amount_captured: 0 });

describe('kinds', () => {
  test.each([
    ['charge.succeeded', charge(), 'authorised'],
    ['charge.captured', charge(), 'authorised'],
    ['charge.pending', charge({ status: 'pending', paid: false }), 'pending'],
    ['charge.expired', uncaptured, 'voided'],
    ['charge.refunded', charge({ refunded: true, amount_refunded: 15_000 }), 'refunded'],
    ['charge.refunded', { ...uncaptured, refunded: true, amount_refunded: 15_000 }, 'voided'],
    ['charge.refund.updated', refund(), 'refunded'],
    ['refund.created', refund(), 'refunded'],
    ['refund.updated', refund(), 'refunded'],
    ['charge.dispute.created', dispute('needs_response'), 'disputed'],
    ['charge.dispute.funds_withdrawn', dispute('under_review'), 'disputed'],
    ['charge.dispute.closed', dispute('lost'), 'disputed'],
    ['payment_intent.succeeded', intent(), 'authorised'],
    ['payment_intent.amount_capturable_updated', intent({ amount_capturable: 15_000 }), 'authorised'],
    ['payment_intent.processing', intent({ status: 'processing' }), 'pending'],
    ['payment_intent.requires_action', intent({ status: 'requires_action' }), 'pending'],
    ['payment_intent.partially_funded', intent(), 'pending'],
    ['payment_intent.canceled', intent({ status: 'canceled' }), 'voided'],
  ])('[CON-7] %s is told of the charge as it is', async (type, object, kind) => {
    expect(await only(event(type, object))).toMatchObject({ kind, attemptKey: CHARGE, eventType: type });
  });

  test.each([
    ['payment_intent.canceled', intent({ latest_charge: null, status: 'canceled' }), INTENT],
    ['checkout.session.expired', session(), 'cs_live_a1B2c3D4e5F6g7H8i9J0'],
    ['checkout.session.expired', session({ payment_intent: INTENT }), INTENT],
  ])('[CON-7] %s of what nobody paid is abandoned', async (type, object, attemptKey) => {
    expect(await only(event(type, object))).toMatchObject({ kind: 'abandoned', attemptKey });
  });

  test.each([
    ['charge.updated', charge(), 'charge.updated'],
    ['charge.dispute.created', dispute('warning_needs_response'), 'charge.dispute.created (warning_needs_response)'],
    ['charge.dispute.closed', dispute('won'), 'charge.dispute.closed (won)'],
    ['charge.dispute.updated', dispute('needs_response'), 'charge.dispute.updated'],
    ['charge.dispute.funds_reinstated', dispute('won'), 'charge.dispute.funds_reinstated'],
    ['refund.created', refund({ status: 'pending' }), 'refund.created (pending)'],
    ['refund.failed', refund({ status: 'failed' }), 'refund.failed (failed)'],
    ['payment_intent.created', intent({ latest_charge: null }), 'payment_intent.created'],
    ['payment_intent.amount_capturable_updated', intent(), 'payment_intent.amount_capturable_updated'],
    ['checkout.session.completed', session({ payment_intent: INTENT }), 'checkout.session.completed'],
    ['invoice.paid', { id: 'in_1' }, 'invoice.paid'],
    ['radar.early_fraud_warning.created', { id: 'issfr_1' }, 'radar.early_fraud_warning.created'],
    ['a type\nnobody knows', { id: 'x_1' }, 'unnamed'],
  ])('[CON-7] %s says nothing about an attempt, and is counted by its name', async (type, object, name) => {
    expect(await read(event(type, object))).toEqual({ events: [], ignored: [name], unreadable: [] });
  });

  test('[CON-7] an intent that is given up after its failure leaves the failed charge as it was', async () => {
    const failed = (intentFailed()['data'] as { object: object }).object;
    expect(await read(event('payment_intent.canceled', { ...failed, status: 'canceled' }))).toMatchObject({
      events: [],
      ignored: ['payment_intent.canceled (after a failure)'],
    });
  });
});

describe('one attempt', () => {
  test('[CON-6] one failure told as a charge and as an intent is one attempt, one kind, one code', async () => {
    const [ofCharge, ofIntent] = [await only(chargeFailed()), await only(intentFailed())];
    const same = {
      kind: 'declined',
      attemptKey: CHARGE,
      transactionId: 'txn_6735_1',
      decisionToken: TOKEN,
      declineCode: 'insufficient_funds',
      networkDeclineCode: '51',
      adviceCode: '02',
      network: 'visa',
      paymentMethod: 'CARD',
      country: 'BR',
      amountMinor: 15_000,
      currency: 'BRL',
      eventTimeMs: CREATED_S * 1000,
      credentialFingerprint: 'Xt5EWLLDS7FJjR1c',
      moneyStateSigned: true,
    };
    expect(ofCharge).toMatchObject({ ...same, eventId: 'evt_3PqXyZ2eZvKYlo2C1Hj8mN0a' });
    expect(ofIntent).toMatchObject({ ...same, eventId: 'evt_3PqXyZ2eZvKYlo2C1Zz9yYx8' });
  });

  test('[CON-6] the failed charge names the attempt, also where a later one has begun; without a charge it is the intent', async () => {
    const later = await only(intentFailed({}, { latest_charge: 'ch_later' }));
    const expanded = await only(intentFailed({ charge: undefined }, { latest_charge: charge() }));
    const without = await only(
      intentFailed({ charge: undefined, code: 'payment_intent_authentication_failure' }, { latest_charge: null }),
    );
    expect([later.attemptKey, expanded.attemptKey, without.attemptKey]).toEqual([CHARGE, CHARGE, INTENT]);
  });
});

describe('failures', () => {
  test('[CON-8] an approval bears no code, and a decline bears the issuer’s reason, the network’s code and the finer advice', async () => {
    expect(await only(event('charge.succeeded', charge()))).toMatchObject({ declineCode: null, adviceCode: null });
    const noNetworkAdvice = await only(chargeFailed({ network_advice_code: null }));
    expect(noNetworkAdvice.adviceCode).toBe('try_again_later');
    const noDeclineCode = await only(intentFailed({ code: 'expired_card', decline_code: undefined }));
    expect(noDeclineCode.declineCode).toBe('expired_card');
  });

  test.each(['highest_risk_level', 'previously_declined_do_not_retry'])(
    '[CON-8] what Stripe blocked and did not send on is a decline by its reason, %s, which forbids the next attempt',
    async (reason) => {
      const blocked = { network_status: 'not_sent_to_network', type: 'blocked', reason, network_decline_code: null };
      const event = await only(chargeFailed(blocked));
      expect(event).toMatchObject({ kind: 'declined', declineCode: reason, networkDeclineCode: null });
      const told = { family: 'stripe', network: 'visa', region: null, at: NOW_MS, adviceCode: null, networkCode: null };
      expect(readDecline({ ...told, result: 'declined', code: event.declineCode })?.class).toBe('never');
    },
  );

  test.each([
    chargeFailed({ reason: 'processing_error' }),
    chargeFailed({ type: 'invalid', reason: null }),
    intentFailed({ code: 'processing_error', decline_code: 'processing_error' }),
    intentFailed({ type: 'api_error', code: undefined, decline_code: undefined }),
    intentFailed({ type: 'invalid_request_error', code: 'amount_too_small', decline_code: undefined }),
  ])('[CON-8] a failure of the call or of Stripe is an error, not a decline (%#)', async (body) => {
    expect(await only(body)).toMatchObject({ kind: 'error', attemptKey: CHARGE });
  });
});

describe('what is told', () => {
  test('[CON-9] metadata that is no token of ours joins no decision', async () => {
    const foreign = { signalbox_decision: 'dec_short', signalbox_transaction: 17 };
    expect(await only(event('charge.succeeded', charge({ metadata: foreign })))).toMatchObject({
      decisionToken: null,
      transactionId: null,
    });
    expect(await only(event('charge.succeeded', charge({ metadata: null })))).toMatchObject({ transactionId: null });
  });

  test('[CON-9] a fee is told where the balance transaction is expanded, in the charge’s currency', async () => {
    const fee = async (balance: unknown) =>
      (await only(event('charge.succeeded', charge({ balance_transaction: balance })))).feeMinor;
    expect(await fee({ id: 'txn_1', fee: 465, currency: 'brl' })).toBe(465);
    expect(await fee({ id: 'txn_1', fee: 90, currency: 'usd' })).toBeNull();
    expect(await fee('txn_1')).toBeNull();
  });

  test('[CON-9] methods and countries are ours, by the settings before the adapter’s own table', async () => {
    const segments = { paymentMethods: { oxxo: 'CASH' }, paymentMethodDefault: 'CARD', countryDefault: 'DE' };
    const of = async (details: object | null, over: object = {}) => {
      const told = charge({ payment_method_details: details, billing_details: null, ...over });
      const { paymentMethod, country } = await only(event('charge.succeeded', told), segments);
      return [paymentMethod, country];
    };
    expect(await of({ type: 'card', card: { country: 'us' } })).toEqual(['CARD', 'US']);
    expect(await of({ type: 'pix' })).toEqual(['PIX', 'BR']);
    expect(await of({ type: 'oxxo' })).toEqual(['CASH', 'MX']);
    expect(await of({ type: 'sepa_debit' })).toEqual(['BANK_DEBIT', 'DE']);
    expect(await of(null)).toEqual(['CARD', 'DE']);
  });

  test.each(Object.getOwnPropertyNames(Object.prototype))(
    '[CON-9] a method by the name of %s has no country of its own',
    async (type) => {
      const told = charge({ payment_method_details: { type }, billing_details: null });
      const segments = { paymentMethods: {}, paymentMethodDefault: null, countryDefault: 'DE' };
      expect((await only(event('charge.succeeded', told), segments)).country).toBe('DE');
    },
  );

  test.each([
    ['jpy', 1500, 1500],
    ['isk', 150_000, 1500],
    ['ugx', 150_000, 1500],
    ['mga', 1500, 150_000],
    ['kwd', 1500, 1500],
    ['isk', 150_050, null],
    ['xxx', 1500, null],
  ])('[CON-18] Stripe’s amounts become minor units of ISO 4217: %s %i', async (currency, amount, minor) => {
    expect((await only(event('charge.succeeded', charge({ currency, amount })))).amountMinor).toBe(minor);
  });

  test('[CON-5] fields that are new or of another form make nothing unreadable but those that name and settle the attempt', async () => {
    const strange = charge({ outcome: 7, payment_method_details: [], billing_details: 'x', a_new_field: {} });
    expect(await only(event('charge.succeeded', strange))).toMatchObject({ attemptKey: CHARGE, country: null });
    for (const [object, field] of [
      [charge({ id: 17 }), 'data.object.id'],
      [charge({ id: '' }), 'data.object.id'],
    ] as const)
      expect(await read(event('charge.succeeded', object))).toMatchObject({
        events: [],
        unreadable: [{ reason: 'unexpected_shape', field }],
      });
    expect(await read(event('charge.dispute.created', { ...dispute('lost'), charge: null }))).toMatchObject({
      unreadable: [{ field: 'data.object.charge' }],
    });
    expect(await read({ object: 'v2.core.event', type: 'v1.x' })).toMatchObject({ unreadable: [{ field: 'id' }] });
  });
});

describe('signature', () => {
  const body = JSON.stringify(chargeFailed());
  const [secret, oldSecret] = signatureCase.secrets;
  const verify = (header: string | null, secrets: readonly string[] = [secret], raw: string | Uint8Array = body) =>
    adapter.verify(
      deliveryOf(raw, header === null ? {} : { 'stripe-signature': header }),
      settingsOf(signatureCase, { secrets }),
    );
  const good = stripeSignature({ body, secret, atMs: NOW_MS });
  const [time, signature] = good.split(',') as [string, string];
  const other = stripeSignature({ body, secret: oldSecret, atMs: NOW_MS }).split(',')[1]!;

  test('[CON-3] one of several v1 signatures is enough, and other schemes count for nothing', async () => {
    expect(await verify(`${time},${other},${signature}`)).toEqual({ ok: true });
    expect(await verify(`${time},${signature},v0=${'0'.repeat(64)}`)).toEqual({ ok: true });
    expect(await verify(`${time},${signature.replace('v1', 'v0')}`)).toEqual({ ok: false, reason: 'bad_signature' });
    expect(await verify(`${time},${other}`)).toEqual({ ok: false, reason: 'bad_signature' });
    expect(await verify(`${time},${other}`, [secret, oldSecret])).toEqual({ ok: true });
  });

  test.each(['', `${time}`, signature, `t=,${signature}`, `t=x,${signature}`, `${time}x,${signature}`])(
    '[CON-2] a header without time or signature verifies nothing: %s',
    async (header) => {
      expect((await verify(header)).ok).toBe(false);
    },
  );

  test('[CON-2] a time that only reads as the signed one, or stands there twice, is refused', async () => {
    const seconds = time.slice(2);
    for (const text of [`t=0${seconds}`, `t=${seconds}.0`, `t= ${seconds}`, `t=1,${time}`])
      expect(await verify(`${text},${signature}`)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('[CON-2] the raw body is what is signed: the same JSON in other bytes is refused, and so are an empty one and none that is text', async () => {
    const reformatted = JSON.stringify(JSON.parse(body), null, 1);
    for (const raw of [reformatted, `${body}\n`, '', Uint8Array.of(0xff, 0xfe)])
      expect((await verify(good, [secret], raw)).ok).toBe(false);
    expect(await verify(null)).toEqual({ ok: false, reason: 'missing_signature' });
  });
});

test('[CON-17] Stripe is answered with 200', () => {
  expect(adapter.acknowledge({ events: [], ignored: [], unreadable: [] })).toMatchObject({ status: 200 });
});
