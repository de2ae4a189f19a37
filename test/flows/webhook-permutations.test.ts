import { expect, test } from 'vitest';
import { charge, chargeFailed, event, intent, intentFailed, refund } from '../../tools/vendors/stripe.ts';
import { MAPPED as PAYSTACK } from '../connectors/paystack/fixtures/events.ts';
import { createWebhookHouse, type WebhookHouse } from '../harness/webhook-house.ts';
import { seeded } from '../harness/seeded.ts';
import { atSoak, tellFigures } from '../harness/soak.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';

interface Sent {
  readonly source: string;
  readonly body: string;
}

const named = (number: number) => ({ id: `ch_${number}`, metadata: { signalbox_transaction: `txn_${number}` } });
const intentOf = (number: number) => ({
  latest_charge: `ch_${number}`,
  metadata: { signalbox_transaction: `txn_${number}` },
});

/** Of each attempt every event that its sender has for it. */
const STRIPE = [
  chargeFailed({ reason: 'generic_decline' }),
  intentFailed(),
  event('charge.succeeded', charge(named(2))),
  event('payment_intent.succeeded', intent(intentOf(2))),
  event('charge.refunded', charge({ ...named(2), amount_refunded: 15_000, refunded: true })),
  event('refund.created', refund({ charge: 'ch_2' })),
  event('payment_intent.processing', intent({ ...intentOf(3), status: 'processing' })),
  event('charge.succeeded', charge({ ...named(3), amount: 700 })),
].map((body): Sent => ({ source: 'stripe', body: JSON.stringify(body) }));

const DELIVERIES: readonly Sent[] = [
  ...STRIPE,
  ...PAYSTACK.slice(0, 4).map(({ body }): Sent => ({ source: 'paystack', body: JSON.stringify(body) })),
  { source: 'adyen', body: SIGNATURE_CASES['adyen']!.bodies[0]! },
];

const LOST = 0.3;
const REPLAYED = 0.5;
const PERMUTATIONS = atSoak(60, 1_000);

/** Every delivery comes in the end, for its sender sends it again until it is answered well. */
async function deliver(house: WebhookHouse, draw: () => number): Promise<void> {
  const waiting = [...DELIVERIES];
  while (waiting.length > 0) {
    const [sent] = waiting.splice(Math.floor(draw() * waiting.length), 1) as [Sent];
    // On the way here, on our side, or the answer on its way back.
    const fate = draw();
    if (fate < LOST / 3) {
      waiting.push(sent);
      continue;
    }
    house.set.recording = fate < (2 * LOST) / 3 ? 'unreachable' : 'good';
    const answer = await house.send(sent.source, sent.body);
    if (answer.outcome !== 'acknowledged' || fate < LOST || draw() < REPLAYED) waiting.push(sent);
  }
  house.set.recording = 'good';
}

/** The time of an attempt is that of the event that came first, and decides when it leaves the window: left out here. */
function ended(house: WebhookHouse): unknown {
  const letters = house.set.webhooks.letters.map(({ reason }) => reason);
  return { kinds: house.kinds(), letters: [...new Set(letters)] };
}

test(
  '[WHK-15] in any order, lost and sent again, replayed: one final state',
  { timeout: 30_000 + PERMUTATIONS * 500 },
  async ({ task }) => {
    const first = await createWebhookHouse(['stripe', 'paystack', 'adyen']);
    for (const { source, body } of DELIVERIES) await first.send(source, body);
    const expected = ended(first);
    expect(expected).toMatchObject({
      kinds: { declined: expect.any(Number), approved: expect.any(Number), refunded: expect.any(Number) },
      letters: [],
    });
    const sources = first.set.webhooks.sources;
    const house = await createWebhookHouse([]);
    house.set.webhooks.sources = sources;
    let permutations = 0;
    for (let seed = 1; seed <= PERMUTATIONS; seed++) {
      house.set.states.clear();
      house.set.webhooks.letters = [];
      await deliver(house, seeded(seed));
      expect(ended(house), `seed ${seed}`).toEqual(expected);
      permutations += 1;
    }
    tellFigures(task, { permutations, deliveries: DELIVERIES.length });
  },
);
