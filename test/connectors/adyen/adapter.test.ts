import { describe, expect, test } from 'vitest';
import type { SegmentMapping } from '../../../src/ports/webhook-adapter.ts';
import { adapter } from '../../../src/connectors/adyen/adapter.ts';
import { deliveryOf, NO_SEGMENTS, settingsOf } from '../signature-cases.ts';
import {
  authorisation,
  batch,
  KEY,
  modification,
  PAYMENT,
  refusal,
  signed,
  type Item,
} from '../../../tools/vendors/adyen.ts';
import { signatureCase } from './signature-case.ts';

const TOKEN = `dec_${'A1b2-_'.repeat(10)}`;

const asSent = (...items: readonly Item[]): unknown => JSON.parse(JSON.stringify(batch(items))) as unknown;
const deliver = (...items: readonly Item[]) => deliveryOf(JSON.stringify(batch(items)));
const read = (items: readonly Item[], segments: SegmentMapping = NO_SEGMENTS, own: Item = {}) =>
  adapter.read(deliver(...items), settingsOf(signatureCase, { segments, own }));
const only = async (item: Item, segments?: SegmentMapping, own?: Item) => {
  const reading = await read([item], segments, own);
  expect(reading).toMatchObject({ ignored: [], unreadable: [] });
  expect(reading.events).toHaveLength(1);
  return reading.events[0]!;
};

describe('signature', () => {
  const verify = (...items: readonly Item[]) => adapter.verify(deliver(...items), settingsOf(signatureCase));

  test('[CON-10] the published vector of Adyen’s libraries verifies', async () => {
    const item = {
      pspReference: '7914073381342284',
      originalReference: '',
      merchantAccountCode: 'TestMerchant',
      merchantReference: 'TestPayment-1407325143704',
      amount: { value: 1130, currency: 'EUR' },
      eventCode: 'AUTHORISATION',
      success: 'true',
      additionalData: { hmacSignature: 'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=' },
    };
    expect(await verify(item)).toEqual({ ok: true });
  });

  test('[CON-10] every item has to hold: one bad or unsigned one refuses the batch', async () => {
    const good = signed(authorisation(), KEY);
    const bad = signed(refusal(), '00'.repeat(32));
    expect(await verify(good, signed(refusal(), KEY))).toEqual({ ok: true });
    expect(await verify(good, bad)).toEqual({ ok: false, reason: 'bad_signature' });
    expect(await verify(good, refusal())).toEqual({ ok: false, reason: 'missing_signature' });
    expect((await verify()).ok).toBe(false);
  });

  test.each([
    ['success', 'TRUE'],
    ['amount', { value: 1000, currency: 'eur' }],
    ['amount', { value: 10.5, currency: 'EUR' }],
    ['eventCode', 'authorisation'],
    ['pspReference', 'P'.repeat(129)],
    ['merchantAccountCode', null],
  ])('[CON-40] an item of which %s is %j holds if its signature does, and cannot be read', async (field, value) => {
    const strange = signed({ ...authorisation(), [field]: value }, KEY);
    expect(await verify(signed(refusal(), KEY), strange)).toEqual({ ok: true });
    expect(await verify(signed(refusal(), KEY), { ...strange, merchantReference: 'x' })).toMatchObject({ ok: false });
    const reading = await read([signed(refusal(), KEY), strange]);
    expect(reading.events).toMatchObject([{ kind: 'declined' }]);
    expect(reading.unreadable).toMatchObject([{ reason: 'unexpected_shape', ownBody: asSent(strange) }]);
  });

  test.each([
    ['amount', { value: '1000', currency: 'EUR' }],
    ['amount', null],
    ['success', true],
    ['success', 1],
    ['pspReference', 1],
  ])('[CON-10] the signed text alone is not the item: with %s %j it does not hold', async (field, value) => {
    const honest = signed(authorisation(), KEY);
    expect(await verify(honest)).toEqual({ ok: true });
    expect(await verify({ ...honest, [field]: value })).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('[CON-10] only the merchant’s reference may hold a colon, so that one signature stands for one item', async () => {
    const honest = signed(modification('REFUND', { merchantReference: 'order:6735' }), KEY);
    expect(await verify(honest)).toEqual({ ok: true });
    const moved = { ...honest, merchantAccountCode: 'YOUR_MERCHANT_ACCOUNT:order', merchantReference: '6735' };
    expect(await verify(moved)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('[CON-10] a secret has to be a key of hex digits', () => {
    expect(adapter.settingsFaults({}, ['not-hex-but-long-enough-to-be-one'])).toMatchObject([{ field: 'secrets.0' }]);
    expect(adapter.settingsFaults({ transaction_from: 'elsewhere' }, [KEY])).toMatchObject([
      { field: 'own.transaction_from' },
    ]);
  });
});

describe('kinds', () => {
  test.each([
    ['CAPTURE', 'authorised'],
    ['CANCELLATION', 'voided'],
    ['TECHNICAL_CANCEL', 'voided'],
    ['EXPIRE', 'voided'],
    ['REFUND', 'refunded'],
    ['NOTIFICATION_OF_CHARGEBACK', 'disputed'],
    ['CHARGEBACK', 'disputed'],
    ['SECOND_CHARGEBACK', 'disputed'],
    ['PREARBITRATION_OPEN', 'disputed'],
    ['PREARBITRATION_ACCEPTED', 'disputed'],
    ['PREARBITRATION_DECLINED', 'disputed'],
    ['PREARBITRATION_LOST', 'disputed'],
    ['SCHEME_ARBITRATION', 'disputed'],
    ['SCHEME_ARBITRATION_LOST', 'disputed'],
    ['DISPUTE_DEFENSE_PERIOD_ENDED', 'disputed'],
  ])('[CON-12] %s is about the payment it modifies', async (eventCode, kind) => {
    expect(await only(modification(eventCode))).toMatchObject({ kind, attemptKey: PAYMENT, moneyStateSigned: true });
  });

  test.each([
    [authorisation(), 'authorised'],
    [refusal(), 'declined'],
    [authorisation({ eventCode: 'PENDING' }), 'pending'],
    [authorisation({ eventCode: 'OFFER_CLOSED' }), 'abandoned'],
    [authorisation({ eventCode: 'EXPIRE' }), 'voided'],
  ])('[CON-12] an item about the payment itself goes by its own reference (%#)', async (item, kind) => {
    expect(await only(item)).toMatchObject({ kind, attemptKey: PAYMENT });
  });

  test.each([
    [modification('REFUND', { success: 'false' }), 'REFUND (failed)'],
    [modification('CANCELLATION', { success: 'false' }), 'CANCELLATION (failed)'],
    [modification('CANCEL_OR_REFUND', { success: 'false' }), 'CANCEL_OR_REFUND (failed)'],
    [modification('REFUND_FAILED'), 'REFUND_FAILED'],
    [modification('CHARGEBACK_REVERSED'), 'CHARGEBACK_REVERSED'],
    [modification('REQUEST_FOR_INFORMATION'), 'REQUEST_FOR_INFORMATION'],
    [authorisation({ eventCode: 'REPORT_AVAILABLE' }), 'REPORT_AVAILABLE'],
    [authorisation({ eventCode: 'ORDER_CLOSED' }), 'ORDER_CLOSED'],
    [authorisation({ eventCode: 'CONSTRUCTOR' }), 'CONSTRUCTOR'],
  ])('[CON-12] what leaves the attempt as it was is counted by its name (%#)', async (item, name) => {
    expect(await read([item])).toEqual({ events: [], ignored: [name], unreadable: [] });
  });

  test.each([
    'CAPTURE_FAILED',
    'REFUNDED_REVERSED',
    'PREARBITRATION_WON',
    'PREARBITRATION_ISSUER_WITHDRAWN',
    'SCHEME_ARBITRATION_WON',
    'ISSUER_RESPONSE_TIMEFRAME_EXPIRED',
    'INFORMATION_SUPPLIED',
    'ISSUER_COMMENTS',
    'NOTIFICATION_OF_FRAUD',
  ])('[CON-41] %s neither voids nor disputes: it is counted by its name', async (name) => {
    expect(await read([modification(name)])).toEqual({ events: [], ignored: [name], unreadable: [] });
  });

  test('[CON-12] an item that cannot be read harms no other', async () => {
    const lost = modification('REFUND', { originalReference: '' });
    const reading = await read([lost, { eventCode: 'AUTHORISATION' }, authorisation()]);
    expect(reading.events).toHaveLength(1);
    expect(reading.unreadable).toMatchObject([
      { field: 'originalReference', ownBody: asSent(lost) },
      {
        field: 'notificationItems.0.NotificationRequestItem.pspReference',
        ownBody: asSent({ eventCode: 'AUTHORISATION' }),
      },
    ]);
  });

  test('[CON-12] of a capture neither amount nor time is the attempt’s', async () => {
    expect(await only(modification('CAPTURE', { amount: { currency: 'EUR', value: 400 } }))).toMatchObject({
      amountMinor: null,
      currency: 'EUR',
      eventTimeMs: null,
    });
  });
});

describe('unsigned fields', () => {
  test('[CON-11] whatever they say, kind, attempt, transaction and amount are those of the eight', async () => {
    const settling = ({
      kind,
      attemptKey,
      transactionId,
      amountMinor,
      currency,
    }: Awaited<ReturnType<typeof only>>) => ({
      kind,
      attemptKey,
      transactionId,
      amountMinor,
      currency,
    });
    for (const item of [authorisation(), refusal(), modification('REFUND'), modification('CHARGEBACK')]) {
      const forged = {
        ...item,
        reason: 'Acquirer Error',
        paymentMethod: 'pix',
        eventDate: '2020-01-01T00:00:00Z',
        operations: [],
        additionalData: {
          'refusalReasonRaw': '00 : Approved',
          'modification.action': 'refund',
          'metadata.signalbox_transaction': 'txn_other',
          'metadata.signalbox_decision': TOKEN,
          'pspReference': 'OTHER',
          'merchantReference': 'txn_other',
          'authorisedAmountValue': '1',
          'success': 'true',
        },
      };
      expect(settling(await only(forged))).toEqual(settling(await only(item)));
      expect((await only(forged)).moneyStateSigned).toBe(true);
    }
  });

  test('[CON-11] cancel or refund is told by an unsigned field, and says so', async () => {
    const of = (action: string) =>
      only(modification('CANCEL_OR_REFUND', { additionalData: { 'modification.action': action } }));
    expect(await of('refund')).toMatchObject({ kind: 'refunded', moneyStateSigned: false });
    expect(await of('cancel')).toMatchObject({ kind: 'voided', moneyStateSigned: false });
  });

  test('[CON-11] a refusal stays a decline whatever its reason; the reason is its code', async () => {
    expect(await only(refusal())).toMatchObject({
      declineCode: 'Not enough balance',
      networkDeclineCode: '51',
      adviceCode: '02',
      network: 'mastercard',
    });
    const technical = await only(refusal({ reason: 'Acquirer Error', additionalData: null }));
    expect(technical).toMatchObject({ kind: 'declined', declineCode: 'Acquirer Error', networkDeclineCode: null });
    expect(await only(refusal({ reason: 'null' }))).toMatchObject({ declineCode: null });
    expect(await only(authorisation())).toMatchObject({ declineCode: null, adviceCode: null });
  });
});

describe('what is told', () => {
  test('[CON-12] the merchant’s reference is a decision token, or the transaction, or neither by the settings', async () => {
    expect(await only(authorisation())).toMatchObject({ transactionId: 'order-6735-1', decisionToken: null });
    expect(await only(authorisation({ merchantReference: TOKEN }))).toMatchObject({
      transactionId: null,
      decisionToken: TOKEN,
    });
    const own = { transaction_from: 'psp_reference' };
    expect(await only(authorisation(), NO_SEGMENTS, own)).toMatchObject({ transactionId: null, attemptKey: PAYMENT });
    const data = { 'metadata.signalbox_decision': TOKEN };
    expect(await only(authorisation({ additionalData: data }))).toMatchObject({ decisionToken: TOKEN });
  });

  test('[CON-12] an authorisation tells method, network, country, amount, time and credential', async () => {
    expect(await only(authorisation())).toMatchObject({
      eventId: null,
      paymentMethod: 'CARD',
      network: 'visa',
      country: 'NL',
      amountMinor: 1000,
      currency: 'EUR',
      eventTimeMs: Date.UTC(2026, 10, 21, 11),
      credentialFingerprint: 'V001BXA7JVAZ6KN5UQ46B84GWK6BS',
    });
    const segments = { paymentMethods: { ideal: 'BANK_TRANSFER' }, paymentMethodDefault: null, countryDefault: 'DE' };
    const told = async (paymentMethod: unknown) => {
      const event = await only(authorisation({ paymentMethod, additionalData: {} }), segments);
      return [event.paymentMethod, event.network, event.country];
    };
    expect(await told('visa_applepay')).toEqual(['CARD', 'visa', 'DE']);
    expect(await told('ideal')).toEqual(['BANK_TRANSFER', null, 'DE']);
    expect(await told('pix')).toEqual(['PIX', null, 'DE']);
    expect(await told(undefined)).toEqual([null, null, 'DE']);
  });

  test.each([
    ['CLP', 150_000, 1500],
    ['IDR', 1500, 150_000],
    ['CVE', 1500, 150_000],
    ['ISK', 150_000, 1500],
    ['JPY', 1500, 1500],
    ['EUR', 1500, 1500],
  ])('[CON-18] Adyen’s amounts become minor units of ISO 4217: %s', async (currency, value, minor) => {
    expect((await only(authorisation({ amount: { currency, value } }))).amountMinor).toBe(minor);
  });
});

test('[CON-17] Adyen is answered with [accepted]', () => {
  expect(adapter.acknowledge({ events: [], ignored: [], unreadable: [] })).toMatchObject({
    status: 200,
    body: '[accepted]',
  });
});
