// Card numbers in genuine deliveries where only numbers and paths have them: what is recorded, what is buried, and that no digit is left.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ACTOR,
  createWebhookHouse,
  inputOf,
  PROCESSOR,
  signedBy,
  watchResults,
  type WebhookHouse,
} from '../harness/webhook-house.ts';
import { message } from '../../tools/vendors/standard-webhooks.ts';
import { paid } from '../connectors/custom-hmac/fixtures/sender.ts';
import { replayLetter } from '../../src/flows/replay-letter.ts';
import { putSource } from '../../src/flows/manage-sources.ts';
import { NOW_MS } from '../connectors/signature-cases.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';

const CARD = '4111111111111111';
/** UnionPay's published test number of 19 digits; a double ends in `000`. */
const LONG = '6205500000000000004';

let house: WebhookHouse;
beforeEach(async () => {
  house = await createWebhookHouse(['standard-webhooks', 'custom-hmac', 'mpesa']);
});

/** All that is kept of what was sent. */
function kept(): string {
  const states = [...house.set.states.values()].map((state) => state.checkpoint());
  return JSON.stringify([states, house.set.webhooks.letters, [...house.set.webhooks.counts]], (_, value: unknown) =>
    value instanceof Map ? [...(value as Map<unknown, unknown>)] : value,
  );
}
const expectNoneLeft = (): void => {
  for (const start of [CARD.slice(0, 8), LONG.slice(0, 8)]) expect(kept()).not.toContain(start);
};

describe('a number field', () => {
  const attempt = (data: object): string =>
    JSON.stringify(message('attempt.authorised', { transaction_id: null, decision_id: null, ...data }));

  test('[WHK-11] that is a card number in amount_minor is not told: a dead letter without it', async () => {
    await house.send('standard-webhooks', attempt({ amount_minor: Number(CARD) }));
    expect(house.set.webhooks.letters).toMatchObject([{ reason: 'no_amount', item: { event: { amountMinor: null } } }]);
    expect(house.counted('standard-webhooks', 'event', 'card_number_masked')).toBe(1);
    expectNoneLeft();
  });

  test.each(['latency_ms', 'fee_minor'])(
    '[WHK-11] that is a card number in %s is not told, and the rest recorded',
    async (field) => {
      await house.send('standard-webhooks', attempt({ [field]: Number(CARD) }));
      expect(house.kinds()).toMatchObject({ approved: 1 });
      expect(house.counted('standard-webhooks', 'event', 'card_number_masked')).toBe(1);
      expectNoneLeft();
    },
  );

  test('[WHK-11] of 11 digits that a card number begins with is an amount, and recorded', async () => {
    const results = watchResults(house);
    await house.send('standard-webhooks', attempt({ amount_minor: 41_111_111_111, latency_ms: 412.30000001192093 }));
    expect(results).toMatchObject([{ result: 'approved', amountMinor: 41_111_111_111, latencyMs: 412.30000001192093 }]);
  });
});

describe('a JSON number of more digits than a double has', () => {
  const withNumber = (over: object, digits: string): string =>
    JSON.stringify(paid({ reference: null, metadata: {}, method: 'card', ...over })).replaceAll('"DIGITS"', digits);

  test.each([LONG, `${LONG}.0`, '6.205500000000000004e18'])(
    '[PAN-13] an id written as %s becomes the hash that the API gives its digits',
    async (literal) => {
      await house.send('custom-hmac', withNumber({ id: 'DIGITS' }, literal));
      expect(house.counted('custom-hmac', 'event', 'card_number_masked')).toBe(1);
      const told = {
        processor_id: PROCESSOR,
        result: 'approved',
        payment_method: 'CARD',
        country: 'BR',
        currency: 'BRL',
      };
      const body = { ...told, amount_minor: 15_000, transaction_id: LONG };
      expect((await house.call('POST', '/api/v1/transactions', { body })).json['outcome']).toBe('duplicate');
      expectNoneLeft();
    },
  );

  test('[PAN-13] ids that differ in their last digit are two attempts', async () => {
    const results = watchResults(house);
    for (const id of ['1234567890123456788', '1234567890123456789'])
      await house.send('custom-hmac', withNumber({ id: 'DIGITS' }, id));
    expect(house.kinds()).toMatchObject({ approved: 2 });
    expect(results.map(({ transactionId }) => transactionId)).toEqual(['1234567890123456788', '1234567890123456789']);
  });

  test.each(['amount', 'took', 'fee', 'brand', 'card', 'errors'])(
    '[PAN-13] in the field %s none of it is left',
    async (field) => {
      const value = field === 'errors' ? [{ code: 'DIGITS' }] : 'DIGITS';
      await house.send('custom-hmac', withNumber({ [field]: value }, LONG));
      expect(house.counted('custom-hmac', 'delivery', 'accepted')).toBe(1);
      expectNoneLeft();
    },
  );

  test('[PAN-13] in a body that is buried none of it is left', async () => {
    await house.send('custom-hmac', `{"id":7,"event":{"pan":${LONG},"other":[-${LONG},${LONG}.5,${CARD}.5]}}`);
    expect(house.set.webhooks.letters).toMatchObject([{ reason: 'unexpected_shape', item: { kind: 'delivery' } }]);
    expect(kept()).toContain('*'.repeat(19));
    expectNoneLeft();
  });
});

describe('a dead letter’s path', () => {
  const { secrets, bodies } = SIGNATURE_CASES['mpesa']!;
  const bury = async (reference: string, body = '{"Body":{"stkCallback":{}}}'): Promise<string> => {
    const delivery = { ...signedBy('mpesa', body, NOW_MS), pathRest: `${secrets[0]}/${reference}` };
    expect(await house.send('mpesa', body, delivery)).toMatchObject({ outcome: 'acknowledged' });
    const { item } = house.set.webhooks.letters[0]!;
    return item.kind === 'delivery' ? item.pathRest : '';
  };

  test.each([
    ['%34111111111111111', 'its first digit'],
    ['4111%201111%201111%201111', 'spaces in it'],
    [
      encodeURIComponent([...CARD].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('')),
      'wide digits',
    ],
    [`%20${CARD}`, 'a space before it'],
    [`%E2%82${CARD}`, 'a broken character before it'],
    [`${CARD}%`, 'a broken character behind it'],
    [`x%2F${CARD}`, 'a slash before it'],
    [encodeURIComponent(btoa(CARD)), 'base64'],
  ])('[PAN-12] %s, a card number with %s percent-encoded, is not in it', async (reference) => {
    expect(await bury(reference)).toBe('-/*');
    expectNoneLeft();
  });

  test('[PAN-12] a reference that holds one is kept as the hash under which it would be recorded', async () => {
    const hash = await house.world.pseudonym(`ord${CARD}`);
    expect(await bury(`ord${CARD}`)).toBe(`-/${hash}`);
    expectNoneLeft();
  });

  test('[WHK-9] any other reference is kept as it came', async () => {
    expect(await bury('txn_6735_1')).toBe('-/txn_6735_1');
    expect(await bury('caf%C3%A9')).toBe('-/caf%C3%A9');
  });

  test('[WHK-9] one that was refused for a percent-encoded number stays refused when it is tried again', async () => {
    await bury('%34111111111111111', bodies[0]!);
    const [letter] = house.set.webhooks.letters;
    const replay = await replayLetter(house.world, letter!.id, NOW_MS);
    expect(replay).toEqual({ outcome: 'refused', reason: 'unexpected_reference', field: 'path' });
  });
});

describe('a delivery that cannot be read', () => {
  const strange = (over: object): string =>
    JSON.stringify({ id: CARD, nested: [{ pspReference: `x${CARD}y`, CheckoutRequestID: Number(CARD) }], ...over });

  test('[WHK-9] is kept with its ids hashed, as its event would have them, and other texts masked', async () => {
    await house.send('standard-webhooks', strange({ note: `paid with ${CARD}`, [CARD]: 1 }));
    const [letter] = house.set.webhooks.letters;
    expect(letter).toMatchObject({ item: { kind: 'delivery' } });
    const body = JSON.parse((letter!.item as { body: string }).body) as Record<string, unknown>;
    expect(body).toEqual({
      'id': await house.world.pseudonym(CARD),
      'nested': [
        {
          pspReference: await house.world.pseudonym(`x${CARD}y`),
          CheckoutRequestID: await house.world.pseudonym(CARD),
        },
      ],
      'note': 'paid with ****************',
      '****************': 1,
    });
    expectNoneLeft();
  });

  test('[WHK-9] two with ids that look like card numbers are two attempts when they are read after all', async () => {
    const signatureCase = SIGNATURE_CASES['custom-hmac']!;
    const own = signatureCase.own as { fields: Record<string, unknown> };
    const put = async (fields: object) =>
      await putSource(house.world, inputOf('custom-hmac', signatureCase, { own: { ...own, fields } }), ACTOR, null);
    expect(await put({ ...own.fields, attempt_key: { path: 'nowhere' } })).toMatchObject({ ok: true });
    for (const id of [CARD, '4012888888881881'])
      await house.send('custom-hmac', JSON.stringify(paid({ id, reference: null, metadata: {}, method: 'card' })));
    expect(house.set.webhooks.letters).toHaveLength(2);
    expect(await put(own.fields)).toMatchObject({ ok: true });
    for (const { id } of house.set.webhooks.letters)
      expect(await replayLetter(house.world, id, NOW_MS)).toEqual({ outcome: 'recorded' });
    expect(house.kinds()).toMatchObject({ approved: 2 });
  });
});
