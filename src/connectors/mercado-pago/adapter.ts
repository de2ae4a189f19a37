// Mercado Pago: notifications that carry a payment's id, and the payment as its API tells it. Signed is the id, and the API's word is what counts.
import { z } from 'zod';
import type { AttemptEvent } from '../../domain/results/attempt-event.ts';
import type { Delivery, FetchingAdapter, Reading } from '../../ports/webhook-adapter.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { attemptEvent } from '../told-event.ts';
import { ignored, jsonOf, misshapen, NOTHING, readingOf, unreadable } from '../wire.ts';
import { paymentEvents } from './payment-events.ts';
import { fetchPayment, PASSING_REASONS } from './payment-fetch.ts';
import { REPLAY_WINDOW_MS, signedIdOf, verifySignature } from './signature.ts';
import { Notification, PaymentId } from './wire-schema.ts';

const settingsSchema = z.strictObject({
  access_token: z.string().regex(/^[A-Za-z0-9_-]{16,256}$/, 'must be the access token, APP_USR-… or TEST-…'),
  /** `payment_id`: the merchant's reference is an order's, over several attempts. */
  transaction_from: z.enum(['external_reference', 'payment_id']).default('external_reference'),
  /** The sender waits 22 s for its answer. */
  fetch_timeout_ms: z.int().min(100).max(15_000).default(5_000),
});

export const adapter: FetchingAdapter = {
  declaration: {
    id: 'mercado-pago',
    name: 'Mercado Pago',
    sources: [
      'mercadopago.com developers, Your integrations, Webhooks (mercadopago/devsite-docs), read 2026-11-21',
      'mercadopago/sdk-nodejs at 4339894, 2026-08-04: WebhookSignatureValidator, PaymentResponse, read 2026-11-21',
      'mercadopago.com developers, Payment status and status_detail (mercadopago/devsite-docs), read 2026-11-21',
    ],
    signs: 'fields',
    signedFields: ['query data.id', 'x-request-id', 'ts'],
    unsignedDetails: [],
    replayWindowMs: REPLAY_WINDOW_MS,
    attemptKey: 'data.id of payment notifications, data.payment_id of chargebacks: the id of the payment',
    joinField: {
      name: 'external_reference, or metadata.signalbox_decision and metadata.signalbox_transaction, of the payment',
      charactersMax: 64,
    },
    needsFetch: true,
    reportsFailures: true,
    // A payment that was captured, or of which no id came back, takes no cancel.
    reliableCancel: false,
    secretSettings: ['access_token'],
    answerWithinMs: 22_000,
  },
  settingsFaults: (own, secrets) => [...shapeFaults(settingsSchema, own), ...secretFaults(secrets)],
  verify: verifySignature,
  read: (delivery) => Promise.resolve(readNotification(delivery)),
  async complete(events, settings, fetch) {
    const own = settingsSchema.safeParse(settings.own);
    if (!own.success) return readingOf(events.map((event) => unreadable('settings_at_fault', 'own', event)));
    const question = { accessToken: own.data.access_token, timeoutMs: own.data.fetch_timeout_ms, fetch };
    const readings = events.map(async (event): Promise<Reading> => {
      const answer = await fetchPayment(event.attemptKey, event, question);
      if (!answer.ok) return answer.reading;
      const told = paymentEvents(answer.payment, event, {
        segments: settings.segments,
        referenceIsTransaction: own.data.transaction_from === 'external_reference',
      });
      return told === null ? unreadable('unknown_status', 'status', event) : { ...NOTHING, events: told };
    });
    return readingOf(await Promise.all(readings));
  },
  /** What failed for now is sent again every 15 minutes; what failed for good is a dead letter, and no sending again would help it. */
  acknowledge: ({ unreadable: letters }) =>
    letters.some(({ reason }) => PASSING_REASONS.has(reason))
      ? { status: 503, body: '{"status":"try_again"}', contentType: 'application/json' }
      : { status: 200, body: '{"status":"ok"}', contentType: 'application/json' },
};

/**
 * Names the payment to ask for, and says nothing of its state. The type is not signed, nor is a chargeback's payment id: they decide what is
 * asked, never what is recorded. Subscriptions, claims, orders, cards and points of sale are ignored by name.
 */
function readNotification(delivery: Delivery): Reading {
  const json = jsonOf(delivery.rawBody);
  if (!json.ok) return unreadable('not_json', null, null);
  const parsed = Notification.safeParse(json.value);
  if (!parsed.success) return misshapen(parsed.error, json.value);
  const { id: eventId, type: eventType, data } = parsed.data;
  const ask = (attemptKey: string): AttemptEvent =>
    attemptEvent({ eventType, kind: 'pending', attemptKey }, { eventId, moneyStateSigned: false });
  if (eventType === 'topic_chargebacks_wh') {
    const paymentId = data?.payment_id ?? null;
    return paymentId === null
      ? unreadable('unexpected_shape', 'data.payment_id', json.value)
      : { ...NOTHING, events: [ask(paymentId)] };
  }
  if (eventType !== 'payment') return ignored(eventType);
  const signedId = PaymentId.safeParse(signedIdOf(delivery));
  if (!signedId.success || (data?.id ?? signedId.data) !== signedId.data)
    return unreadable('not_the_signed_id', 'data.id', json.value);
  return { ...NOTHING, events: [ask(signedId.data)] };
}
