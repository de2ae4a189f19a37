import { beforeEach, describe, expect, test } from 'vitest';
import { authorisation, batch, type Item, KEY, refusal, signed } from '../../tools/vendors/adyen.ts';
import { charge, chargeFailed, CREATED_S, event, intent, intentFailed, refund } from '../../tools/vendors/stripe.ts';
import { notification, payment } from '../connectors/mercado-pago/fixtures/payments.ts';
import { paid, reversed, statusFound } from '../connectors/mpesa/fixtures/callbacks.ts';
import {
  createWebhookHouse,
  inputOf,
  PROCESSOR,
  ACTOR,
  signedBy,
  sourceIdOf,
  type WebhookHouse,
} from '../harness/webhook-house.ts';
import { NOW_MS } from '../connectors/signature-cases.ts';
import { putSource, rotateSource } from '../../src/flows/manage-sources.ts';
import { replayLetter } from '../../src/flows/replay-letter.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';

let house: WebhookHouse;
beforeEach(async () => {
  house = await createWebhookHouse();
});

const json = (body: unknown): string => JSON.stringify(body);
const kinds = () => house.kinds();

describe.each(Object.entries(SIGNATURE_CASES))('%s', (name, signatureCase) => {
  const source = sourceIdOf(name);

  test('[WHK-1] every genuine delivery is answered as its sender expects, and none is a fault of ours', async () => {
    house.set.webhooks.fetch = async () => new Response(json(payment()));
    for (const body of signatureCase.bodies) {
      const answer = await house.send(source, body);
      expect(answer).toMatchObject({ outcome: 'acknowledged' });
    }
    expect(house.counted(source, 'delivery', 'accepted')).toBe(signatureCase.bodies.length);
  });

  test('[WHK-2] a delivery with a bad signature records nothing, buries nothing and is counted', async () => {
    const [body] = signatureCase.bodies;
    const good = signedBy(source, body!, NOW_MS);
    const headers = new Map(
      [...good.headers].map(([header, text]) => [header, text.replace(/[0-9a-f]{8}/i, '00000000')]),
    );
    const bad = { ...good, headers, pathRest: good.pathRest.replace(/.$/, '!'), ipAddress: '10.0.0.1' };
    const unsigned =
      name === 'adyen'
        ? {
            ...good,
            rawBody: new TextEncoder().encode(body!.replaceAll(/"hmacSignature":\s*"./g, '"hmacSignature":"_')),
          }
        : bad;
    expect(await house.send(source, body!, unsigned)).toEqual({ outcome: 'unverified' });
    expect(house.set.states.size).toBe(0);
    expect(house.set.webhooks.letters).toEqual([]);
    const refused = [...house.set.webhooks.counts.values()];
    expect(refused.map(({ what, count }) => [what, count])).toEqual([['delivery', 1]]);
  });
});

describe('one attempt', () => {
  test('[WHK-3] told by a charge and by its intent in other words, in either order, is one decline', async () => {
    const bodies = [chargeFailed({ reason: 'generic_decline' }), intentFailed()].map(json);
    for (const body of [...bodies, ...bodies.toReversed()])
      expect(await house.send('stripe', body)).toMatchObject({ outcome: 'acknowledged' });
    expect(kinds()).toMatchObject({ declined: 1, approved: 0 });
    expect(house.counted('stripe', 'event', 'duplicate')).toBe(3);
    expect(house.set.webhooks.letters).toEqual([]);
  });

  test('[WHK-3] that is told as declined and as approved is a contradiction: a dead letter, and nothing changes', async () => {
    await house.send('stripe', json(chargeFailed()));
    await house.send('stripe', json(event('charge.succeeded', charge())));
    expect(kinds()).toMatchObject({ declined: 1, approved: 0 });
    expect(house.set.webhooks.letters).toMatchObject([{ reason: 'conflicting_body', field: 'transaction_id' }]);
  });

  test('[WHK-3] that was reported through the API before counts once', async () => {
    const told = {
      processor_id: PROCESSOR,
      result: 'declined',
      payment_method: 'CARD',
      country: 'BR',
      amount_minor: 15_000,
    };
    const body = { ...told, currency: 'BRL', transaction_id: 'txn_6735_1', decline_code: '51' };
    expect((await house.call('POST', '/api/v1/transactions', { body })).json['outcome']).toBe('recorded');
    await house.send('stripe', json(chargeFailed()));
    expect(kinds()).toMatchObject({ declined: 1 });
    expect(house.counted('stripe', 'event', 'duplicate')).toBe(1);
  });

  test('[WHK-4] a refund counts once, whether its event tells the merchant’s id or only the vendor’s, before or after the final', async () => {
    await house.send('stripe', json(event('refund.created', refund())));
    await house.send('stripe', json(event('charge.succeeded', charge())));
    await house.send('stripe', json(event('charge.refunded', charge({ amount_refunded: 15_000, refunded: true }))));
    expect(kinds()).toMatchObject({ approved: 1, refunded: 1 });
    expect(house.set.webhooks.letters).toEqual([]);
  });

  test('[WHK-5] a webhook settles an attempt that timed out', async () => {
    const body = {
      processor_id: PROCESSOR,
      result: 'timeout',
      payment_method: 'CARD',
      country: 'BR',
      amount_minor: 15_000,
      currency: 'BRL',
      transaction_id: 'txn_6735_1',
    };
    await house.call('POST', '/api/v1/transactions', { body });
    expect(kinds()).toMatchObject({ timeout: 1 });
    await house.send('stripe', json(event('charge.succeeded', charge())));
    expect(kinds()).toMatchObject({ timeout: 0, settled: 1, approved: 1 });
  });

  test.each([
    ['Completed', { timeout: 0, settled: 1, approved: 1, refunded: 1 }],
    ['Expired', { timeout: 0, settled: 1, declined: 1 }],
    ['Initiated', { timeout: 1 }],
  ])('[WHK-5] [CON-42] so does what was found of an M-Pesa payment that timed out: %s', async (status, counts) => {
    const told = { processor_id: PROCESSOR, payment_method: 'MOBILE_MONEY', country: 'KE' };
    const body = { ...told, result: 'timeout', amount_minor: 150_050, currency: 'KES', transaction_id: 'ord-1' };
    await house.call('POST', '/api/v1/transactions', { body });
    const pathRest = `${SIGNATURE_CASES['mpesa']!.secrets[0]}/ord-1`;
    for (let time = 0; time < 2; time++) await house.send('mpesa', json(statusFound(status)), { pathRest });
    if (status === 'Completed') {
      await house.send('mpesa', json(paid()), { pathRest });
      await house.send('mpesa', json(reversed()), { pathRest });
    }
    const none = { timeout: 0, settled: 0, approved: 0, declined: 0, error: 0, refunded: 0 };
    expect(kinds()).toMatchObject({ ...none, ...counts });
    expect(house.set.webhooks.letters).toEqual([]);
  });

  test('[WHK-6] that is pending, abandoned or voided is counted and not recorded', async () => {
    await house.send('stripe', json(event('payment_intent.processing', intent({ status: 'processing' }))));
    expect(house.set.states.size).toBe(0);
    expect(house.counted('stripe', 'event', 'kind_pending')).toBe(1);
  });
});

describe('what cannot be placed', () => {
  const source = (over: Parameters<typeof inputOf>[2]) =>
    putSource(house.world, inputOf('stripe', SIGNATURE_CASES['stripe']!, over), ACTOR, null);

  test('[WHK-7] an event without a segment is a dead letter until the mapping is mended, and then recorded by a replay', async () => {
    const none = { paymentMethods: {}, paymentMethodDefault: null, countryDefault: null };
    await source({ segments: none });
    const noCountry = { address: { country: null } };
    await house.send(
      'stripe',
      json(event('charge.succeeded', charge({ billing_details: noCountry, payment_method_details: null }))),
    );
    const [letter] = house.set.webhooks.letters;
    expect(letter).toMatchObject({ reason: 'no_segment', field: 'payment_method' });
    expect(await replayLetter(house.world, letter!.id, NOW_MS)).toMatchObject({
      outcome: 'refused',
      reason: 'no_segment',
    });
    expect(house.set.webhooks.letters).toHaveLength(1);
    await source({ segments: { ...none, paymentMethodDefault: 'CARD', countryDefault: 'BR' } });
    expect(await replayLetter(house.world, letter!.id, NOW_MS)).toEqual({ outcome: 'recorded' });
    expect(house.set.webhooks.letters).toEqual([]);
    expect(kinds()).toMatchObject({ approved: 1 });
    expect(await replayLetter(house.world, letter!.id, NOW_MS)).toEqual({ outcome: 'gone' });
  });

  test('[WHK-7] an event without an amount, or of a method the processor does not take, is a dead letter', async () => {
    await house.send('stripe', json(event('charge.succeeded', charge({ id: 'ch_2', metadata: {}, currency: 'xxx' }))));
    const klarna = { type: 'klarna' };
    await house.send(
      'stripe',
      json(event('charge.succeeded', charge({ id: 'ch_3', metadata: {}, payment_method_details: klarna }))),
    );
    expect(house.set.webhooks.letters.map(({ reason }) => reason).toReversed()).toEqual([
      'no_currency',
      'unknown_payment_method',
    ]);
    expect(house.set.states.size).toBe(0);
  });

  test('[WHK-8] a vendor’s name that is mapped decides the processor, and an unknown one is nobody’s', async () => {
    const hyperswitch = SIGNATURE_CASES['hyperswitch']!;
    const put = (connectors: Record<string, typeof PROCESSOR>) =>
      putSource(house.world, inputOf('hyperswitch', hyperswitch, { processorId: null, connectors }), ACTOR, null);
    await put({ nobody: PROCESSOR });
    await house.send('hyperswitch', hyperswitch.bodies[0]!);
    expect(house.set.webhooks.letters).toMatchObject([{ reason: 'unknown_connector', field: 'connectors' }]);
    const { item } = house.set.webhooks.letters[0]!;
    const name = item.kind === 'event' ? item.event.connectorName! : '';
    await put({ [name.toLowerCase()]: PROCESSOR });
    expect(await replayLetter(house.world, house.set.webhooks.letters[0]!.id, NOW_MS)).toEqual({ outcome: 'recorded' });
  });

  test('[WHK-9] a body that nobody understands is kept masked, answered well, and read again by a replay', async () => {
    const body = json({
      id: 'evt_1',
      object: 'event',
      type: 'charge.failed',
      note: 'paid with 4111 1111 1111 1111',
      data: {},
    });
    expect(await house.send('stripe', body)).toMatchObject({ outcome: 'acknowledged' });
    const kept = json(house.set.webhooks.letters);
    expect(kept).toContain('unexpected_shape');
    expect(kept).not.toContain('4111 1111 1111 1111');
    expect(await replayLetter(house.world, house.set.webhooks.letters[0]!.id, NOW_MS)).toMatchObject({
      outcome: 'refused',
      reason: 'unexpected_shape',
    });
  });

  test('[WHK-9] no dead letter holds the secret that stands in a path', async () => {
    const { secrets } = SIGNATURE_CASES['mpesa']!;
    await house.send('mpesa', '{"Body":{"stkCallback":{}}}');
    expect(house.set.webhooks.letters).toHaveLength(1);
    expect(json(house.set.webhooks.letters)).not.toContain(secrets[0]);
  });
});

describe('what is out of reach', () => {
  const body = json(chargeFailed());

  test.each([
    ['the registry', () => void (house.set.registryFault = new Error('away'))],
    ['the processor', () => void (house.set.recording = 'unreachable')],
    ['a processor that is overloaded', () => void (house.set.recording = 'overloaded')],
    ['every table', () => void (house.set.cold = true)],
  ])('[WHK-10] while %s is, the sender is asked to come again, and is then recorded once', async (_, breakIt) => {
    breakIt();
    expect(await house.send('stripe', body)).toEqual({ outcome: 'not_recorded' });
    Object.assign(house.set, { registryFault: null, recording: 'good', cold: false });
    expect(await house.send('stripe', body)).toMatchObject({ outcome: 'acknowledged' });
    expect(kinds()).toMatchObject({ declined: 1 });
  });

  test('[WHK-10] while dead letters cannot be kept, what would be one is to come again', async () => {
    house.set.webhooks.intakeReachable = false;
    expect(await house.send('stripe', '{"no":"event"}')).toEqual({ outcome: 'not_recorded' });
    expect(await house.send('stripe', body)).toMatchObject({ outcome: 'acknowledged' });
  });

  test('[WHK-10] while a vendor cannot be asked, it is to come again and nothing is buried', async () => {
    expect(await house.send('mercado-pago', json(notification()))).toEqual({ outcome: 'not_recorded' });
    expect(house.set.webhooks.letters).toEqual([]);
    house.set.webhooks.fetch = async () => new Response(json(payment()));
    expect(await house.send('mercado-pago', json(notification()))).toMatchObject({ outcome: 'acknowledged' });
    expect(kinds()).toMatchObject({ approved: 1 });
  });
});

test('[WHK-11] ids that hold a card number become the hash the API gives them, other texts are masked, and all is recorded', async () => {
  const card = '4111111111111111';
  const metadata = { signalbox_transaction: card };
  await house.send('stripe', json(event('charge.succeeded', charge({ metadata }))));
  expect(house.counted('stripe', 'event', 'recorded')).toBe(1);
  expect(house.counted('stripe', 'event', 'card_number_masked')).toBe(1);
  const told = {
    processor_id: PROCESSOR,
    result: 'approved',
    payment_method: 'CARD',
    country: 'BR',
    amount_minor: 15_000,
  };
  const again = await house.call('POST', '/api/v1/transactions', {
    body: { ...told, currency: 'BRL', transaction_id: card },
  });
  expect(again.json['outcome']).toBe('duplicate');
});

test('[WHK-12] two secrets verify while one is rotated out, then the newer alone', async () => {
  const [newer, older] = SIGNATURE_CASES['stripe']!.secrets;
  await putSource(house.world, inputOf('stripe', SIGNATURE_CASES['stripe']!, { secrets: [older] }), ACTOR, null);
  expect(await house.send('stripe', json(chargeFailed()))).toEqual({ outcome: 'unverified' });
  await rotateSource(house.world, { id: 'stripe', secret: newer, overlapMs: 60_000 }, ACTOR, null);
  const bySecret = (secret: string, body: string) =>
    SIGNATURE_CASES['stripe']!.sign({ body, secret, atMs: house.set.now });
  const outcomes = async () =>
    await Promise.all(
      [newer, older].map(
        async (secret) =>
          (
            await house.send('stripe', json(chargeFailed()), {
              ...bySecret(secret, json(chargeFailed())),
              receivedAtMs: house.set.now,
            })
          ).outcome,
      ),
    );
  expect(await outcomes()).toEqual(['acknowledged', 'acknowledged']);
  house.set.now += 60_000;
  expect(await outcomes()).toEqual(['acknowledged', 'unverified']);
});

test('[WHK-13] a source that is unknown or switched off is not there', async () => {
  expect(await house.send('stripe', json(chargeFailed()), {})).toMatchObject({ outcome: 'acknowledged' });
  await putSource(house.world, inputOf('stripe', SIGNATURE_CASES['stripe']!, { enabled: false }), ACTOR, null);
  expect(await house.send('stripe', json(chargeFailed()))).toEqual({ outcome: 'unknown_source' });
});

test('[WHK-14] a time ahead of our clock is the arrival', async () => {
  await house.send('stripe', json(event('charge.succeeded', charge(), { created: CREATED_S + 3_600 })));
  const row = house.set.states.get(PROCESSOR)!.row(NOW_MS);
  expect(row.window.total).toBe(1);
});

describe('a batch', () => {
  const adyen = (...items: readonly Item[]): string => json(items);
  const strange = (index: number, over: Item = {}): Item =>
    authorisation({ pspReference: `STRANGE${index}`, merchantReference: `strange-${index}`, success: 'TRUE', ...over });

  test('[WHK-27] loses nothing by items that are signed and not understood: each is a dead letter of its own', async () => {
    const body = adyen(authorisation(), strange(1), strange(2, { eventCode: 'odd', success: 'true' }), refusal());
    expect(await house.send('adyen', body)).toMatchObject({ outcome: 'acknowledged' });
    expect(house.counted('adyen', 'event', 'unreadable')).toBe(2);
    const letters = house.set.webhooks.letters.filter(({ item }) => item.kind === 'delivery');
    expect(letters.map(({ field }) => field?.split('.').at(-1)).sort()).toEqual(['eventCode', 'success']);
    for (const { item } of letters) {
      const kept = item.kind === 'delivery' ? (JSON.parse(item.body ?? '') as { notificationItems: unknown[] }) : null;
      expect(kept?.notificationItems).toHaveLength(1);
      expect(json(kept)).toContain('strange-');
    }
  });

  test('[WHK-27] above 64 kB keeps its unreadable items all the same, masked, and each can be read again', async () => {
    const good = Array.from({ length: 150 }, (_, index) =>
      authorisation({ pspReference: `GOOD${index}`, merchantReference: `good-${index}` }),
    );
    const body = adyen(...good, strange(1, { reason: 'paid with 4111 1111 1111 1111' }));
    expect(body.length).toBeGreaterThan(65_536);
    expect(await house.send('adyen', body)).toMatchObject({ outcome: 'acknowledged' });
    expect(house.counted('adyen', 'event', 'recorded')).toBe(150);
    const [letter, ...others] = house.set.webhooks.letters;
    expect(others).toEqual([]);
    expect(json(letter)).toContain('strange-1');
    expect(json(letter)).not.toContain('4111 1111 1111 1111');
    expect(await replayLetter(house.world, letter!.id, NOW_MS)).toMatchObject({
      outcome: 'refused',
      reason: 'unexpected_shape',
      field: 'notificationItems.0.NotificationRequestItem.success',
    });
  });

  test('[WHK-27] of which one signature does not hold is refused whole', async () => {
    const forged = { ...signed(authorisation(), KEY), success: 'TRUE' };
    const rawBody = new TextEncoder().encode(json(batch([signed(refusal(), KEY), forged])));
    expect(await house.send('adyen', adyen(), { rawBody })).toEqual({ outcome: 'unverified' });
    expect(house.set.webhooks.letters).toEqual([]);
  });
});
