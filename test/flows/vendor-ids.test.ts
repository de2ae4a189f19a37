// Ids as vendors give them out, some of which read as card numbers: none is refused, and each stays one id from approval to refund.
import { describe, expect, test } from 'vitest';
import { atSoak, tellFigures } from '../harness/soak.ts';
import { type BearingDelivery, drawIds, VENDOR_IDS } from '../connectors/vendor-ids.ts';
import { holdsCardNumber } from '../../src/domain/results/card-number.ts';
import { holdsCardNumberInId } from '../../src/domain/results/card-number-in-id.ts';
import { maskEvent } from '../../src/flows/mask-event.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';
import { settingsOf } from '../connectors/signature-cases.ts';
import { createWebhookHouse, signedBy, watchResults, type WebhookHouse } from '../harness/webhook-house.ts';
import { readWhole } from '../../src/flows/receive-webhook.ts';

const IDS = 10_000;
/** Of the ids that read as no card number so many are sent; of the others all. */
const PLAIN_SENT = atSoak(100, IDS);
const HITS_SENT = atSoak(100, IDS);

const isHit = (id: string): boolean => holdsCardNumber(id) || holdsCardNumberInId(id);

async function send(house: WebhookHouse, source: string, bearing: BearingDelivery): Promise<number> {
  const { set } = house;
  set.webhooks.fetch = () => Promise.resolve(new Response(JSON.stringify(bearing.fetched)));
  const delivery = deliveryOf(source, bearing, set.now);
  const answer = await house.send(source, bearing.body, delivery);
  return answer.outcome === 'acknowledged' ? answer.acknowledgement.status : 500;
}

function deliveryOf(source: string, bearing: BearingDelivery, now: number): ReturnType<typeof signedBy> {
  const { secrets } = SIGNATURE_CASES[source]!;
  return bearing.signed === undefined
    ? signedBy(source, bearing.body, now)
    : { ...bearing.signed(secrets[0], now), receivedAtMs: now };
}

test('[WHK-21] the ids of every adapter are here', () => {
  const adapters = new Set(Object.keys(VENDOR_IDS).map((name) => SIGNATURE_CASES[name]!.adapter.declaration.id));
  expect(adapters.size).toBe(new Set(Object.values(SIGNATURE_CASES).map(({ adapter }) => adapter.declaration.id)).size);
});

describe.each(Object.entries(VENDOR_IDS))('%s', (source, vendor) => {
  const ids = drawIds(vendor, IDS, 20_261_121);
  const hits = ids.filter(isHit);

  test(
    `[WHK-21] of ${IDS} ids each is kept as itself or as one keyed hash, and no two are one`,
    { timeout: 60_000 },
    async ({ task }) => {
      const { world, set } = await createWebhookHouse([source]);
      const { adapter } = SIGNATURE_CASES[source]!;
      const open = {
        source: set.webhooks.sources.get(source)!,
        adapter,
        settings: settingsOf(SIGNATURE_CASES[source]!),
      };
      const kept = new Set<string>();
      for (const id of ids) {
        const bearing = vendor.approval(id);
        const fetch = (): Promise<Response> => Promise.resolve(new Response(JSON.stringify(bearing.fetched)));
        const webhooks = { ...world.webhooks, fetch };
        const reading = await readWhole({ ...world, webhooks }, open, deliveryOf(source, bearing, set.now));
        expect(reading.unreadable).toEqual([]);
        const [event] = reading.events;
        expect(event?.attemptKey).toBe(id);
        const masked = await maskEvent(world, event!);
        expect(masked.event.attemptKey).toBe(isHit(id) ? await world.pseudonym(id) : id);
        expect(masked.count > 0).toBe(isHit(id));
        kept.add(masked.event.attemptKey);
      }
      expect(kept.size).toBe(IDS);
      tellFigures(task, { 'ids per vendor': kept.size, 'ids that read as card numbers': hits.length });
    },
  );

  test(
    '[WHK-21] none is refused: approval, its repeat, refund and its repeat are answered well and count once each',
    { timeout: 600_000 },
    async ({ task }) => {
      const house = await createWebhookHouse([source]);
      const results = watchResults(house);
      const chosen = [...hits.slice(0, HITS_SENT), ...ids.filter((id) => !isHit(id)).slice(0, PLAIN_SENT)];
      for (const id of chosen) {
        const deliveries = [vendor.approval(id), vendor.refund(id)].filter((bearing) => bearing !== null);
        for (const bearing of deliveries.flatMap((each) => [each, each]))
          expect([200, 204]).toContain(await send(house, source, bearing));
      }
      const refunds = vendor.refund(chosen[0]!) === null ? 0 : chosen.length;
      expect(house.kinds()).toMatchObject({ approved: chosen.length, refunded: refunds });
      expect(house.set.webhooks.letters).toEqual([]);
      expect(results.filter(({ transactionId }) => isHit(transactionId))).toEqual([]);
      const masked = house.counted(source, 'event', 'card_number_masked');
      expect(masked > 0).toBe(hits.length > 0);
      tellFigures(task, { 'ids sent per vendor': chosen.length, 'events with an id hashed': masked });
    },
  );
});
