// Stripe: snapshot events over charges, payment intents, refunds, disputes and checkout sessions; one charge is one attempt.
import { z } from 'zod';
import type { Reading, SourceSettings, WebhookAdapter } from '../../ports/webhook-adapter.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { ignored, jsonOf, misshapen, unreadable } from '../wire.ts';
import { readCharge, readDispute, readRefund } from './charge-events.ts';
import type { StripeEvent } from './told-fields.ts';
import { readIntent, readSession } from './intent-events.ts';
import { REPLAY_WINDOW_MS, verifySignature } from './signature.ts';
import { EventEnvelope } from './wire-schema.ts';

const settingsSchema = z.strictObject({});
const isEndpointSecret = (secret: string): boolean => /^whsec_\S{16,}$/.test(secret);

/** Longest prefix first. */
const READERS: readonly (readonly [prefix: string, read: (event: StripeEvent) => Reading])[] = [
  ['charge.dispute.', readDispute],
  ['charge.refund.', readRefund],
  ['charge.', readCharge],
  ['refund.', readRefund],
  ['payment_intent.', readIntent],
  ['checkout.session.', readSession],
];

export const adapter: WebhookAdapter = {
  declaration: {
    id: 'stripe',
    name: 'Stripe',
    sources: [
      'stripe-node 23.1.0: Webhooks.js, types of Event, Charge, PaymentIntent, Refund, Dispute (API 2026-10-28.endive)',
      'docs.stripe.com/webhooks and /declines, read 2026-11',
      'docs.stripe.com/currencies, read 2026-11',
    ],
    signs: 'whole_body',
    signedFields: ['t', 'body'],
    unsignedDetails: [],
    replayWindowMs: REPLAY_WINDOW_MS,
    attemptKey:
      'The charge: data.object.id of charge.*, last_payment_error.charge or latest_charge of payment_intent.*, charge of refunds and disputes. Where no charge was made, the payment intent.',
    joinField: { name: 'metadata.signalbox_decision, metadata.signalbox_transaction', charactersMax: 500 },
    needsFetch: false,
    reportsFailures: true,
    // An intent that is processing or was captured at once takes no cancel.
    reliableCancel: false,
    answerWithinMs: 10_000,
  },
  settingsFaults: (own, secrets) => [
    ...shapeFaults(settingsSchema, own),
    ...secretFaults(secrets, isEndpointSecret, 'must be the signing secret of the endpoint, whsec_…'),
  ],
  verify: verifySignature,
  read: ({ rawBody }, settings) => Promise.resolve(read(rawBody, settings)),
  acknowledge: () => ({ status: 200, body: '{"received":true}', contentType: 'application/json' }),
};

function read(rawBody: Uint8Array, { segments }: SourceSettings): Reading {
  const json = jsonOf(rawBody);
  if (!json.ok) return unreadable('not_json', null, null);
  const parsed = EventEnvelope.safeParse(json.value);
  if (!parsed.success) return misshapen(parsed.error, json.value);
  const { id, type, created, data } = parsed.data;
  const reader = READERS.find(([prefix]) => type.startsWith(prefix))?.[1];
  if (reader === undefined) return ignored(type);
  const told = { eventId: id, eventTimeMs: created * 1000 };
  return reader({ type, object: data.object, headline: { eventType: type }, told, segments });
}
