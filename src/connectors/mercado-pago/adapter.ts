// Mercado Pago: notifications that carry the id of a payment or an order, and what its API tells of it. Signed is the id, and the API's word is what counts.
import { z } from 'zod';
import type { AttemptEvent } from '../../domain/results/attempt-event.ts';
import type { Delivery, FetchingAdapter, Reading } from '../../ports/webhook-adapter.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { attemptEvent } from '../told-event.ts';
import { ignored, jsonOf, misshapen, NOTHING, readingOf, unreadable } from '../wire.ts';
import { orderReading } from './order-events.ts';
import { type PaymentContext, paymentEvents } from './payment-events.ts';
import { fetchResource, ORDERS, PASSING_REASONS, PAYMENTS, type Question } from './resource-fetch.ts';
import { REPLAY_WINDOW_MS, signedIdOf, verifySignature } from './signature.ts';
import { Notification, OrderId, PaymentId } from './wire-schema.ts';

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
      'mercadopago.com developers, Order, Online payments: Webhooks, Order status, Payment status (mercadopago/devsite-docs, guides/order), read 2026-11-21',
      'mercadopago.com developers, Point: Status of an order and a transaction, Integration test, migration from Payment Intents (payment.id is transactions.payments[].reference_id), read 2026-11-21',
      'mercadopago.com developers, API reference, GET /v1/orders/{id}, and mercadopago/sdk-nodejs at 4339894, 2026-08-04: OrderResponse, read 2026-11-21',
    ],
    signs: 'fields',
    signedFields: ['query data.id', 'x-request-id', 'ts'],
    unsignedDetails: [],
    replayWindowMs: REPLAY_WINDOW_MS,
    attemptKey:
      'the id of the payment: data.id of payment notifications, data.payment_id of chargebacks, transactions.payments[].reference_id of orders; where that is no number, transactions.payments[].id',
    joinField: {
      name: 'external_reference; of a payment, also metadata.signalbox_decision and metadata.signalbox_transaction',
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
    const { access_token: accessToken, fetch_timeout_ms: timeoutMs, transaction_from: transactionFrom } = own.data;
    const context = { segments: settings.segments, referenceIsTransaction: transactionFrom === 'external_reference' };
    const question = { accessToken, timeoutMs, fetch };
    return readingOf(
      await Promise.all(
        events.map((event) => (event.eventType === 'order' ? askOrder : askPayment)(event, question, context)),
      ),
    );
  },
  /** What failed for now is sent again every 15 minutes; what failed for good is a dead letter, and no sending again would help it. */
  acknowledge: ({ unreadable: letters }) =>
    letters.some(({ reason }) => PASSING_REASONS.has(reason))
      ? { status: 503, body: '{"status":"try_again"}', contentType: 'application/json' }
      : { status: 200, body: '{"status":"ok"}', contentType: 'application/json' },
};

async function askPayment(asked: AttemptEvent, question: Question, context: PaymentContext): Promise<Reading> {
  const answer = await fetchResource(PAYMENTS, asked, question);
  if (!answer.ok) return answer.reading;
  const events = paymentEvents(answer.value, asked, context);
  return events === null ? unreadable('unknown_status', 'status', asked) : { ...NOTHING, events };
}

async function askOrder(asked: AttemptEvent, question: Question, context: PaymentContext): Promise<Reading> {
  const answer = await fetchResource(ORDERS, asked, question);
  return answer.ok ? orderReading(answer.value, asked, context) : answer.reading;
}

/** A payment's is a number and an order's is none: under the wrong type nothing is asked. */
const NAMED_BY: ReadonlyMap<string, z.ZodType<string>> = new Map<string, z.ZodType<string>>([
  ['payment', PaymentId],
  ['order', OrderId],
]);

/**
 * Names the payment or order to ask for, and says nothing of its state. The type is not signed, nor is a chargeback's payment id: they
 * decide what is asked, never what is recorded. Subscriptions, claims, merchant orders, cards and points of sale are ignored by name.
 */
function readNotification(delivery: Delivery): Reading {
  const json = jsonOf(delivery.rawBody);
  if (!json.ok) return unreadable('not_json', null, null);
  const parsed = Notification.safeParse(json.value);
  if (!parsed.success) return misshapen(parsed.error, json.value);
  const { id: eventId, type: eventType, data } = parsed.data;
  const ask = (attemptKey: string): Reading => ({
    ...NOTHING,
    events: [attemptEvent({ eventType, kind: 'pending', attemptKey }, { eventId, moneyStateSigned: false })],
  });
  if (eventType === 'topic_chargebacks_wh') {
    const paymentId = data?.payment_id ?? null;
    return paymentId === null ? unreadable('unexpected_shape', 'data.payment_id', json.value) : ask(paymentId);
  }
  const idSchema = NAMED_BY.get(eventType);
  if (idSchema === undefined) return ignored(eventType);
  const signedId = idSchema.safeParse(signedIdOf(delivery));
  if (!signedId.success || (data?.id ?? signedId.data) !== signedId.data)
    return unreadable('not_the_signed_id', 'data.id', json.value);
  return ask(signedId.data);
}
