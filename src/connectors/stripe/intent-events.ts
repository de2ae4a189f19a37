// What an event whose object is a Stripe payment intent or checkout session says about an attempt: the intent's latest charge.
import type { AttemptEvent, AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { Reading } from '../../ports/webhook-adapter.ts';
import { attemptEvent } from '../told-event.ts';
import { ignored, misshapen, NOTHING } from '../wire.ts';
import { advice, joinOf, kindOfFailure, moneyIn, segmentIn, type StripeEvent } from './told-fields.ts';
import { CheckoutSessionObject, PaymentIntentObject } from './wire-schema.ts';

const PENDING_TYPES = [
  'payment_intent.processing',
  'payment_intent.requires_action',
  'payment_intent.partially_funded',
];

export function readIntent(event: StripeEvent): Reading {
  const parsed = PaymentIntentObject.safeParse(event.object);
  if (!parsed.success) return misshapen(parsed.error, event.object, ['data', 'object']);
  const intent = parsed.data;
  if (PENDING_TYPES.includes(event.type)) return one(event, intent, 'pending');
  switch (event.type) {
    case 'payment_intent.succeeded':
      return one(event, intent, 'authorised');
    case 'payment_intent.amount_capturable_updated':
      return (intent.amount_capturable ?? 0) > 0 ? one(event, intent, 'authorised') : ignored(event.type);
    case 'payment_intent.payment_failed':
      return readFailure(event, intent);
    case 'payment_intent.canceled':
      return readCancellation(event, intent);
    default:
      return ignored(event.type);
  }
}

/** A session that ran out was never paid. What became of one that was paid, its intent and charge tell. */
export function readSession(event: StripeEvent): Reading {
  if (event.type !== 'checkout.session.expired') return ignored(event.type);
  const parsed = CheckoutSessionObject.safeParse(event.object);
  if (!parsed.success) return misshapen(parsed.error, event.object, ['data', 'object']);
  const { id, payment_intent: intent, amount_total: amount, currency, metadata } = parsed.data;
  const expired = attemptEvent(
    { ...event.headline, kind: 'abandoned', attemptKey: intent ?? id },
    { ...event.told, ...joinOf(metadata), ...moneyIn(amount, currency) },
  );
  return { ...NOTHING, events: [expired] };
}

function readFailure(event: StripeEvent, intent: PaymentIntentObject): Reading {
  const failure = intent.last_payment_error;
  const kind = kindOfFailure(failure?.type ?? null, [failure?.code ?? null, failure?.decline_code ?? null]);
  return one(event, intent, kind, {
    declineCode: failure?.decline_code ?? failure?.code ?? null,
    networkDeclineCode: failure?.network_decline_code ?? null,
    adviceCode: advice(failure),
  });
}

/** After a failure the charge is settled already; with a charge and no failure it was authorised; with none nobody has paid. */
function readCancellation(event: StripeEvent, intent: PaymentIntentObject): Reading {
  if (intent.last_payment_error !== null) return ignored(`${event.type} (after a failure)`);
  return one(event, intent, intent.latest_charge === null ? 'abandoned' : 'voided');
}

function one(
  event: StripeEvent,
  intent: PaymentIntentObject,
  kind: AttemptEventKind,
  failure: Partial<AttemptEvent> = {},
): Reading {
  const { last_payment_error: error, payment_method_types: types } = intent;
  const failed = kind === 'declined' || kind === 'error' ? error : null;
  // Before a charge exists (authentication failed, waiting for the customer) the intent is the only name there is.
  const attemptKey = failed?.charge ?? intent.latest_charge ?? intent.id;
  const type = failed?.payment_method?.type ?? (types.length === 1 ? types[0]! : null);
  const told = {
    ...event.told,
    ...joinOf(intent.metadata),
    ...moneyIn(intent.amount, intent.currency),
    ...segmentIn(event.segments, type, {
      card: failed?.payment_method?.card ?? null,
      billing: failed?.payment_method?.billing_details ?? null,
    }),
    ...failure,
  };
  return { ...NOTHING, events: [attemptEvent({ ...event.headline, kind, attemptKey }, told)] };
}
