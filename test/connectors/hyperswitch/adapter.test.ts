import { describe, expect, test } from 'vitest';
import { adapter } from '../../../src/connectors/hyperswitch/adapter.ts';
import { expectNeverThrows } from '../never-throws.ts';
import { deliveryOf, NOW_MS, settingsOf, showForgeries } from '../signature-cases.ts';
import { dispute, failure, IGNORED, MAPPED, outgoing, payment, PAYMENT_ID, refund } from './fixtures/events.ts';
import { HEADER, signatureCase } from './signature-case.ts';

const TOKEN = `dec_${'Ab3_-'.repeat(12)}`;
const [NEWER, OLDER] = signatureCase.secrets;
const settings = settingsOf(signatureCase);
const good = JSON.stringify(outgoing('payment_succeeded', 'payment_details', payment()));
const signed = (secret: string) => signatureCase.sign({ body: good, secret, atMs: NOW_MS });
const read = (body: unknown) =>
  adapter.read(deliveryOf(typeof body === 'string' ? body : JSON.stringify(body)), settings);
const eventOf = async (body: unknown) => {
  const { events, ignored, unreadable } = await read(body);
  expect({ events: events.length, ignored, unreadable }).toEqual({ events: 1, ignored: [], unreadable: [] });
  return events[0]!;
};

describe('verify', () => {
  test('[CON-20] a good HMAC-SHA512 of the raw body passes, with the newest secret or the one being rotated out', async () => {
    expect(await adapter.verify(signed(NEWER), settings)).toEqual({ ok: true });
    expect(await adapter.verify(signed(OLDER), settings)).toEqual({ ok: true });
    const rotated = settingsOf(signatureCase, { secrets: [NEWER] });
    expect(await adapter.verify(signed(OLDER), rotated)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('[CON-20] the signature is of the bytes as sent, not of the JSON they mean', async () => {
    const { rawBody } = deliveryOf(JSON.stringify(JSON.parse(good), null, 2));
    expect((await adapter.verify({ ...signed(NEWER), rawBody }, settings)).ok).toBe(false);
  });

  const text = signed(NEWER).headers.get(HEADER)!;
  test.each([
    ['no header', {}, 'missing_signature'],
    ['an empty header', { [HEADER]: '' }, 'missing_signature'],
    ['the 256-bit header alone', { 'x-webhook-signature-256': text.slice(0, 64) }, 'missing_signature'],
    ['no hex', { [HEADER]: 'z'.repeat(128) }, 'bad_signature'],
    ['half a signature', { [HEADER]: text.slice(0, 64) }, 'bad_signature'],
    ['a signature and more', { [HEADER]: `${text}00` }, 'bad_signature'],
  ])('[CON-20] %s is refused', async (_name, headers, reason) => {
    expect(await adapter.verify(deliveryOf(good, headers), settings)).toEqual({ ok: false, reason });
  });

  test('[CON-20] no time is signed, so age is no ground', async () => {
    expect(adapter.declaration.replayWindowMs).toBeNull();
    expect(await adapter.verify({ ...signed(NEWER), receivedAtMs: 0 }, settings)).toEqual({ ok: true });
  });

  test('[CON-20] none of 2,000 forgeries is accepted', async () => {
    expect((await showForgeries(signatureCase, { count: 2_000, seed: 20 })).accepted).toEqual([]);
  });
});

describe('read', () => {
  test.each(MAPPED)('[CON-21] $eventType is $kind', async ({ eventType, kind, body }) => {
    expect(await eventOf(body)).toMatchObject({
      eventType,
      kind,
      attemptKey: PAYMENT_ID,
      eventId: 'evt_018f3a6a8a7c7c0c8a1f1e9b4a3c2d10',
      moneyStateSigned: true,
      amountMinor: 6540,
      currency: 'EUR',
    });
  });

  test.each([...IGNORED, 'something_new'])('[CON-21] %s is ignored by its name, whatever it holds', async (type) => {
    expect(await read(outgoing(type, 'anything', {}))).toEqual({ events: [], ignored: [type], unreadable: [] });
  });

  test('[CON-21] the event tells connector, segment, network, time, card and join', async () => {
    const metadata = { signalbox_decision: TOKEN, signalbox_transaction: 'order-1001-1' };
    const body = outgoing('payment_succeeded', 'payment_details', payment({ metadata }));
    expect(await eventOf(body)).toMatchObject({
      connectorName: 'stripe',
      paymentMethod: 'CARD',
      country: 'DE',
      network: 'visa',
      eventTimeMs: Date.parse('2026-11-21T08:59:57.900Z'),
      credentialFingerprint: 'f1nGerPr1ntOf20Chars',
      decisionToken: TOKEN,
      transactionId: 'order-1001-1',
      declineCode: null,
    });
  });

  test.each([
    ['bank_redirect', 'pse', 'PSE'],
    ['bank_transfer', 'pix', 'PIX'],
    ['voucher', 'oxxo', 'OXXO'],
    ['wallet', 'apple_pay', 'APPLE_PAY'],
    ['card', 'debit', 'CARD'],
    ['mobile_payment', 'direct_carrier_billing', 'MOBILE_MONEY'],
    ['bank_transfer', null, 'BANK_TRANSFER'],
  ])('[CON-21] %s of type %s is %s', async (method, type, expected) => {
    const object = payment({ payment_method: method, payment_method_type: type });
    const event = await eventOf(outgoing('payment_succeeded', 'payment_details', object));
    expect(event.paymentMethod).toBe(expected);
  });

  test('[CON-21] what was cancelled before a connector was asked is abandoned, not voided', async () => {
    const body = outgoing('payment_cancelled', 'payment_details', payment({ status: 'cancelled', connector: null }));
    expect(await eventOf(body)).toMatchObject({ kind: 'abandoned', connectorName: null });
  });

  test.each([
    ['payment_failed', 'payment_details', failure({ attempt_count: 1 }), PAYMENT_ID],
    ['payment_succeeded', 'payment_details', payment({ attempt_count: 2 }), `${PAYMENT_ID}_2`],
    ['payment_failed', 'payment_details', failure({ attempt_count: null }), PAYMENT_ID],
    ['refund_succeeded', 'refund_details', refund(), PAYMENT_ID],
    ['dispute_opened', 'dispute_details', dispute(), PAYMENT_ID],
    ['dispute_opened', 'dispute_details', dispute({ attempt_id: `${PAYMENT_ID}_2` }), `${PAYMENT_ID}_2`],
  ])('[CON-22] %s has the key of its attempt', async (eventType, type, object, attemptKey) => {
    expect((await eventOf(outgoing(eventType, type, object))).attemptKey).toBe(attemptKey);
  });

  test('[CON-22] a refund that was asked for with the attempt in its metadata tells that one, too', async () => {
    const metadata = { signalbox_transaction: 'order-1001-2' };
    expect(await eventOf(outgoing('refund_succeeded', 'refund_details', refund({ metadata })))).toMatchObject({
      attemptKey: PAYMENT_ID,
      transactionId: 'order-1001-2',
    });
  });

  test.each([
    [{ error_code: 'TIMEOUT', issuer_error_code: null }, 'unknown', 'TIMEOUT'],
    [{ unified_code: 'UE_3000', issuer_error_code: null }, 'error', 'card_declined'],
    [{ unified_code: 'UE_2000', issuer_error_code: null }, 'error', 'card_declined'],
    [{ unified_code: 'UE_4000', issuer_error_code: null }, 'error', 'card_declined'],
    [{ unified_code: 'UE_1000' }, 'declined', 'card_declined'],
    [{ error_code: null }, 'declined', 'UE_9000'],
    [{ unified_code: null, issuer_error_code: null, error_code: null }, 'declined', null],
  ])('[CON-23] a failure with %o is %s', async (changed, kind, declineCode) => {
    const body = outgoing('payment_failed', 'payment_details', failure(changed));
    expect(await eventOf(body)).toMatchObject({ kind, declineCode, adviceCode: '02' });
  });

  test('[CON-23] the connector’s word and the issuer’s code are told apart, for they are of two languages', async () => {
    const failed = await eventOf(outgoing('payment_failed', 'payment_details', failure()));
    expect(failed).toMatchObject({ declineCode: 'card_declined', networkDeclineCode: '51' });
    const body = outgoing('payment_succeeded', 'payment_details', payment({ issuer_error_code: '51' }));
    expect(await eventOf(body)).toMatchObject({ declineCode: null, networkDeclineCode: null });
  });

  test('[CON-39] new fields change nothing, and fields that decide nothing may be missing or odd', async () => {
    const bare = { payment_id: PAYMENT_ID, amount: 'six', currency: 7, billing: 'none', metadata: [], updated: 'now' };
    const body = { ...outgoing('payment_succeeded', 'payment_details', { ...bare, brand_new: {} }), event_id: null };
    expect(await eventOf(body)).toMatchObject({
      attemptKey: PAYMENT_ID,
      eventId: null,
      amountMinor: null,
      currency: null,
      country: null,
      eventTimeMs: Date.parse('2026-11-21T08:59:58.412Z'),
    });
  });

  test.each([
    ['not_json', null, 'not json'],
    ['unexpected_shape', null, '[]'],
    ['unexpected_shape', 'event_type', JSON.stringify({ ...JSON.parse(good), event_type: 7 })],
    ['unexpected_shape', 'content', JSON.stringify({ ...JSON.parse(good), content: null })],
    [
      'unexpected_shape',
      'content.object.payment_id',
      JSON.stringify(outgoing('payment_failed', 'payment_details', { payment_id: '' })),
    ],
  ])('[CON-39] what cannot be understood is a dead letter: %s at %s', async (reason, field, body) => {
    const { events, unreadable } = await read(body);
    expect(events).toEqual([]);
    expect(unreadable).toMatchObject([{ reason, field }]);
  });

  test('[CON-36] no bytes make it throw', async () => {
    const samples = MAPPED.map(({ body }) => body);
    await expectNeverThrows((bytes) => adapter.read(deliveryOf(bytes), settings), samples);
  });
});

test('[CON-37] any reading is answered with 200', () => {
  const { status } = adapter.acknowledge({ events: [], ignored: [], unreadable: [] });
  expect(status).toBe(200);
});

test('[CON-38] one or two secrets of 16 characters and no setting of its own are all it takes', () => {
  expect(adapter.settingsFaults({}, [NEWER, OLDER])).toEqual([]);
  expect(adapter.settingsFaults({}, []).map(({ field }) => field)).toEqual(['secrets']);
  expect(adapter.settingsFaults({ window: 5 }, ['short']).map(({ field }) => field)).toEqual(
    expect.arrayContaining(['secrets.0']),
  );
  expect(adapter.settingsFaults({ window: 5 }, [NEWER])).toHaveLength(1);
});
