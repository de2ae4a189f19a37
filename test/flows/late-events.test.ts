// Events from beyond the horizon: they settle what is unknown, reach the ledgers, and are counted in no window.
import { beforeEach, describe, expect, test } from 'vitest';
import { charge, chargeFailed, event, refund } from '../../tools/vendors/stripe.ts';
import { createWebhookHouse, inputOf, ACTOR, PROCESSOR, type WebhookHouse } from '../harness/webhook-house.ts';
import { type Asking, askingOf, ATTEMPT } from '../contract/http/next-payment-question.ts';
import { replayLetter } from '../../src/flows/replay-letter.ts';
import { putSource } from '../../src/flows/manage-sources.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';
import { watchCharges } from '../../src/domain/retries/double-charge.ts';

const HOUR_MS = 3_600_000;
const json = (body: unknown): string => JSON.stringify(body);
/** Of the attempt that questions ask about, told when it happened. */
const told = (over: object = {}) => ({ metadata: { signalbox_transaction: ATTEMPT.transaction_id }, ...over });

let house: WebhookHouse;
let advised: Asking['advised'];
let createdS: number;
beforeEach(async () => {
  house = await createWebhookHouse(['stripe']);
  ({ advised } = askingOf(house));
  createdS = Math.floor(house.set.now / 1_000);
});

const at = () => ({ created: createdS });
const approved = () => json(event('charge.succeeded', charge(told()), at()));
const declined = () => json(chargeFailed({}, told())).replace(/"created":\d+/g, `"created":${createdS}`);
const timeout = async () => await advised({ processor_id: PROCESSOR, result: 'timeout' });
const unknowns = async () => (await house.call('GET', '/api/v1/unknowns')).json['total'];
const letters = () => house.set.webhooks.letters.map(({ reason }) => reason);
const remembered = (key = 'fp_1') =>
  (house.set.ledgers.get(key)?.attempts ?? []).map(({ id, outcome }) => `${id} ${outcome}`);
const health = () => [house.kinds(), house.set.states.get(PROCESSOR)?.row(house.set.now).window];

describe('[WHK-29] an event of more than 24 hours ago', () => {
  test('settles the attempt that is unknown, tells the ledger of its payment, and is counted in no window', async () => {
    await timeout();
    house.set.now += 30 * HOUR_MS;
    expect(await unknowns()).toBe(1);
    const before = health();
    for (let time = 0; time < 2; time += 1)
      expect(await house.send('stripe', approved())).toMatchObject({ outcome: 'acknowledged' });
    expect(await unknowns()).toBe(0);
    expect(health()).toEqual(before);
    expect(remembered()).toEqual([`${PROCESSOR}:${ATTEMPT.transaction_id} approved`]);
    expect([letters(), house.counted('stripe', 'event', 'late')]).toEqual([[], 2]);
  });

  test('raises the risk of a double charge where the payment went on elsewhere', async () => {
    await timeout();
    const second = { processor_id: 'elsewhere', transaction_id: 'ord_1-2' };
    house.set.now += HOUR_MS;
    await house.world.credentials.note([
      {
        fingerprint: 'fp_1',
        attempts: house.set.ledgers.get('fp_1')!.attempts.map((attempt) => ({
          ...attempt,
          id: `${second.processor_id}:${second.transaction_id}`,
          outcome: 'approved' as const,
          atMs: house.set.now,
        })),
      },
    ]);
    house.set.now += 24 * HOUR_MS;
    const risks = () => watchCharges(house.set.ledgers.get('fp_1')!, [], house.set.now).watched;
    expect(risks()).toEqual([]);
    await house.send('stripe', approved());
    expect(risks()).toMatchObject([{ paymentId: ATTEMPT.payment_id }]);
  });

  test('that contradicts the late one before it is a dead letter, each time it comes', async () => {
    await timeout();
    house.set.now += 30 * HOUR_MS;
    await house.send('stripe', declined());
    await house.send('stripe', approved());
    expect([letters(), house.counted('stripe', 'event', 'late')]).toEqual([['conflicting_body'], 1]);
    expect(await replayLetter(house.world, house.set.webhooks.letters[0]!.id, house.set.now)).toMatchObject({
      outcome: 'refused',
      reason: 'conflicting_body',
    });
    expect(remembered()).toEqual([`${PROCESSOR}:${ATTEMPT.transaction_id} approved`]);
  });

  test('undoes: a late refund of all settles an unknown, and counts as none', async () => {
    await timeout();
    house.set.now += 30 * HOUR_MS;
    const all = refund({ amount: 15_000, charge: ATTEMPT.transaction_id, created: createdS });
    await house.send('stripe', json(event('refund.created', all, at())));
    expect([await unknowns(), house.kinds()]).toEqual([0, expect.objectContaining({ refunded: 0 })]);
    expect([letters(), house.counted('stripe', 'event', 'late')]).toEqual([[], 1]);
  });

  test('that tells a fingerprint is noted in its ledger though nobody held it for unknown', async () => {
    const card = { type: 'card', card: { brand: 'visa', fingerprint: 'fp_9' } };
    house.set.now += 30 * HOUR_MS;
    await house.send('stripe', json(event('charge.succeeded', charge(told({ payment_method_details: card })), at())));
    expect(remembered('fp_9')).toEqual([`${PROCESSOR}:${ATTEMPT.transaction_id} approved`]);
    expect(house.set.states.size).toBe(0);
  });

  test('is asked for again while the processor’s object is away', async () => {
    await timeout();
    house.set.now += 30 * HOUR_MS;
    house.set.objectsReachable = false;
    expect(await house.send('stripe', approved())).toEqual({ outcome: 'not_recorded' });
    house.set.objectsReachable = true;
    expect(await house.send('stripe', approved())).toMatchObject({ outcome: 'acknowledged' });
    expect(await unknowns()).toBe(0);
  });
});

test('[WHK-29] a dead letter that is tried again after a day is late, settles, and leaves the list', async () => {
  const none = { paymentMethods: {}, paymentMethodDefault: null, countryDefault: null };
  await putSource(house.world, inputOf('stripe', SIGNATURE_CASES['stripe']!, { segments: none }), ACTOR, null);
  await timeout();
  const bare = told({ billing_details: { address: { country: null } }, payment_method_details: null });
  await house.send('stripe', json(event('charge.succeeded', charge(bare), at())));
  expect(letters()).toEqual(['no_segment']);
  house.set.now += 30 * HOUR_MS;
  const { id } = house.set.webhooks.letters[0]!;
  const { json: replay } = await house.call('POST', `/api/v1/dead-letters/${id}/replay`);
  expect(replay).toEqual({ outcome: 'late', reason: null, field: null });
  expect([await unknowns(), letters()]).toEqual([0, []]);
});
