import { expect, test } from 'vitest';
import { charge, chargeFailed, dispute, event, intent, intentFailed, refund } from '../../tools/vendors/stripe.ts';
import { message } from '../../tools/vendors/standard-webhooks.ts';
import { MAPPED as PAYSTACK } from '../connectors/paystack/fixtures/events.ts';
import { createWebhookHouse, PROCESSOR, type WebhookHouse } from '../harness/webhook-house.ts';
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
  event('charge.dispute.created', { ...dispute('needs_response'), charge: 'ch_2' }),
  event('payment_intent.processing', intent({ ...intentOf(3), status: 'processing' })),
  event('charge.succeeded', charge({ ...named(3), amount: 700 })),
].map((body): Sent => ({ source: 'stripe', body: JSON.stringify(body) }));

/** An unknown that is settled each way, one that is not, a void, and contradictions of none. */
const OWN = (
  [
    ['a', 'unknown'],
    ['a', 'authorised'],
    ['a', 'disputed'],
    ['b', 'unknown'],
    ['b', 'declined', { decline_code: '05', network_decline_code: '05', advice_code: '02', network: 'mastercard' }],
    ['c', 'unknown'],
    ['d', 'authorised'],
    ['d', 'voided'],
    ['e', 'unknown'],
    ['e', 'error'],
  ] as const
).map(([name, kind, more]): Sent => {
  const ids = { attempt_id: `att_${name}`, transaction_id: `txn_${name}`, decision_id: null, processor: null };
  const body = message(`attempt.${kind}`, { ...ids, credential_fingerprint: `fp_${name}`, ...more });
  return { source: 'standard-webhooks', body: JSON.stringify(body) };
});

const DELIVERIES: readonly Sent[] = [
  ...OWN,
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
  // Only a timeout that came before its final was ever settled by it.
  const { settled: _settled, ...kinds } = house.kinds();
  const unknowns = [...(house.set.unknowns.get(PROCESSOR)?.values() ?? [])].map(
    ({ transactionId, fingerprint, settled }) => [transactionId, fingerprint, settled?.as ?? 'open'],
  );
  const ledgers = [...house.set.ledgers].map(([key, { attempts, forbiddenAtMs }]) => [key, attempts, forbiddenAtMs]);
  const byName = (one: readonly unknown[], other: readonly unknown[]): number =>
    String(one[0]) < String(other[0]) ? -1 : 1;
  return {
    kinds,
    letters: [...new Set(letters)],
    unknowns: unknowns.sort(byName),
    ledgers: ledgers.sort(byName),
  };
}

test(
  '[WHK-15] in any order, lost and sent again, replayed: one final state',
  { timeout: 30_000 + PERMUTATIONS * 500 },
  async ({ task }) => {
    const first = await createWebhookHouse(['stripe', 'paystack', 'adyen', 'standard-webhooks']);
    for (const { source, body } of DELIVERIES) await first.send(source, body);
    const expected = ended(first);
    expect(expected).toMatchObject({
      kinds: { disputed: 2, refunded: expect.any(Number), timeout: 1 },
      letters: [],
      unknowns: [
        ['txn_a', 'fp_a', 'approved'],
        ['txn_b', 'fp_b', 'declined'],
        ['txn_c', 'fp_c', 'open'],
        ['txn_e', 'fp_e', 'error'],
      ],
    });
    const outcomes = ['fp_a', 'fp_b', 'fp_c', 'fp_d', 'fp_e'].map(
      (key) => first.set.ledgers.get(key)?.attempts[0]?.outcome,
    );
    expect(outcomes).toEqual(['approved', 'declined', 'unknown', 'voided', 'failed']);
    const sources = first.set.webhooks.sources;
    const house = await createWebhookHouse([]);
    house.set.webhooks.sources = sources;
    let permutations = 0;
    for (let seed = 1; seed <= PERMUTATIONS; seed++) {
      house.set.states.clear();
      house.set.webhooks.letters = [];
      house.set.unknowns.clear();
      house.set.ledgers.clear();
      await deliver(house, seeded(seed));
      expect(ended(house), `seed ${seed}`).toEqual(expected);
      permutations += 1;
    }
    tellFigures(task, { permutations, deliveries: DELIVERIES.length });
  },
);
