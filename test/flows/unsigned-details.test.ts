// Of Adyen's items eight fields are signed: whoever sends a genuine one again may change every other, and moves no ledger of a credential by it.
import { beforeEach, describe, expect, test } from 'vitest';
import { authorisation, type Item, modification, refusal } from '../../tools/vendors/adyen.ts';
import { ADAPTERS } from '../../src/connectors/adapters.ts';
import { EVENT_DETAILS } from '../../src/domain/results/event-details.ts';
import { message } from '../../tools/vendors/standard-webhooks.ts';
import { createWebhookHouse, PROCESSOR, type WebhookHouse } from '../harness/webhook-house.ts';
import { type Asking, askingOf } from '../contract/http/next-payment-question.ts';
import { SIGNED_FIELDS } from '../../src/connectors/adyen/wire-schema.ts';

let house: WebhookHouse;
let advised: Asking['advised'];
beforeEach(async () => {
  house = await createWebhookHouse(['adyen', 'standard-webhooks']);
  ({ advised } = askingOf(house));
});
const send = async (item: Item): Promise<void> => {
  expect(await house.send('adyen', JSON.stringify([item]))).toMatchObject({
    outcome: 'acknowledged',
  });
};
const ORDER = 'order-6735-1';
const FORGED = {
  reason: 'Refused',
  eventDate: '2026-11-01T12:00:00+01:00',
  paymentMethod: 'mc',
  additionalData: {
    refusalReasonRaw: '04 : Pick up card',
    merchantAdviceCode: '03 : Do not try again',
    shopperCountry: 'NL',
    PaymentAccountReference: 'fp_of_another',
  },
};
const unknown = async () =>
  await advised({
    ...{ processor_id: PROCESSOR, transaction_id: ORDER, result: 'timeout', network: 'mastercard' },
    ...{ country: 'NL', amount_minor: 1_000, currency: 'EUR' },
  });

describe('[WHK-30] what Adyen has not signed', () => {
  test('tells no ledger of a credential anything, first or sent again with other words', async () => {
    await send(refusal());
    await send(refusal(FORGED));
    await send(authorisation({ merchantReference: 'order-2', pspReference: 'QFQTPCQ8HXSKGK83' }));
    expect([...house.set.ledgers.keys()]).toEqual([]);
    expect(house.kinds()).toMatchObject({ declined: 1, approved: 1 });
  });

  test('is not in what the payment of an unknown is told: the outcome is, and nothing more', async () => {
    await unknown();
    await send(refusal(FORGED));
    expect([...house.set.ledgers.keys()]).toEqual(['fp_1', 'payment ord_1']);
    const [attempt] = house.set.ledgers.get('fp_1')!.attempts;
    expect(attempt).toMatchObject({ outcome: 'declined', atMs: house.set.now, network: 'mastercard' });
    expect(attempt!.reading).toMatchObject({ macCode: null, visaCategory: null });
    expect(house.set.ledgers.get('fp_1')!.forbiddenAtMs).toBeNull();
    await send(refusal(FORGED));
    expect(house.set.ledgers.get('fp_1')!.attempts).toEqual([attempt]);
  });

  test('gives a refund no other time than its arrival', async () => {
    await unknown();
    await send(authorisation());
    await send(modification('REFUND', { eventDate: FORGED.eventDate }));
    const [attempt] = house.set.ledgers.get('fp_1')!.attempts;
    expect(attempt).toMatchObject({ outcome: 'refunded', atMs: house.set.now });
  });
});

test('[WHK-30] a sender that signs its whole body is believed, also where somebody else was first to tell the result', async () => {
  const told = { attempt_id: 'att_1', transaction_id: ORDER, decision_id: null, processor: null };
  await house.send('standard-webhooks', JSON.stringify(message('attempt.authorised', told)));
  expect([...house.set.ledgers.keys()]).toEqual([]);
  const withCard = message('attempt.authorised', { ...told, credential_fingerprint: 'fp_7' });
  await house.send('standard-webhooks', JSON.stringify(withCard));
  expect(house.counted('standard-webhooks', 'event', 'duplicate')).toBe(1);
  expect(house.set.ledgers.get('fp_7')?.attempts).toMatchObject([{ outcome: 'approved' }]);
});

test('[WHK-30] every adapter says what its signature leaves open, and only Adyen’s does', () => {
  const open = ADAPTERS.filter(({ declaration }) => declaration.unsignedDetails.length > 0);
  expect(open.map(({ declaration }) => declaration.id)).toEqual(['adyen']);
  expect(open[0]!.declaration.unsignedDetails).toEqual(EVENT_DETAILS);
  expect(SIGNED_FIELDS.join(' ')).not.toMatch(/reason|advice|account(?!Code)|method|date/i);
});
