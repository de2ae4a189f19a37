// What an event whose object is a Stripe charge, refund or dispute says about the attempt, which is that charge.
import type { AttemptEvent } from '../../domain/results/attempt-event.ts';
import type { Reading } from '../../ports/webhook-adapter.ts';
import { attemptEvent } from '../told-event.ts';
import { ignored, misshapen, NOTHING } from '../wire.ts';
import { advice, joinOf, kindOfFailure, moneyIn, segmentIn, type StripeEvent } from './told-fields.ts';
import { ChargeObject, DisputeObject, RefundObject } from './wire-schema.ts';

export function readCharge(event: StripeEvent): Reading {
  const parsed = ChargeObject.safeParse(event.object);
  if (!parsed.success) return misshapen(parsed.error, event.object, ['data', 'object']);
  const charge = parsed.data;
  switch (event.type) {
    case 'charge.succeeded':
    case 'charge.captured':
      return one(authorised(event, charge));
    case 'charge.failed':
      return one(failed(event, charge));
    case 'charge.pending':
      return one(attemptEvent({ ...event.headline, kind: 'pending', attemptKey: charge.id }, told(event, charge)));
    case 'charge.expired':
      return one(attemptEvent({ ...event.headline, kind: 'voided', attemptKey: charge.id }, told(event, charge)));
    case 'charge.refunded':
      return one(releasedOrRefunded(event, charge));
    default:
      return ignored(event.type);
  }
}

/** `type` over all: a refund that is still pending, has failed or was cancelled has moved nothing. */
export function readRefund(event: StripeEvent): Reading {
  const parsed = RefundObject.safeParse(event.object);
  if (!parsed.success) return misshapen(parsed.error, event.object, ['data', 'object']);
  const refund = parsed.data;
  if (refund.status !== 'succeeded') return ignored(`${event.type} (${refund.status})`);
  return one(
    attemptEvent(
      { ...event.headline, kind: 'refunded', attemptKey: refund.charge },
      { ...event.told, ...joinOf(refund.metadata), ...moneyIn(refund.amount, refund.currency) },
    ),
  );
}

const DISPUTE_TYPES = ['charge.dispute.created', 'charge.dispute.funds_withdrawn', 'charge.dispute.closed'];

/** An inquiry (`warning_...`) asks a question and moves nothing; a dispute won is no dispute any more. */
export function readDispute(event: StripeEvent): Reading {
  if (!DISPUTE_TYPES.includes(event.type)) return ignored(event.type);
  const parsed = DisputeObject.safeParse(event.object);
  if (!parsed.success) return misshapen(parsed.error, event.object, ['data', 'object']);
  const { status, charge, amount, currency } = parsed.data;
  const stands = event.type === 'charge.dispute.closed' ? status === 'lost' : !status.startsWith('warning_');
  if (!stands) return ignored(`${event.type} (${status})`);
  return one(
    attemptEvent(
      { ...event.headline, kind: 'disputed', attemptKey: charge },
      { ...event.told, ...moneyIn(amount, currency) },
    ),
  );
}

function one(event: AttemptEvent): Reading {
  return { ...NOTHING, events: [event] };
}

function authorised(event: StripeEvent, charge: ChargeObject): AttemptEvent {
  return attemptEvent({ ...event.headline, kind: 'authorised', attemptKey: charge.id }, told(event, charge));
}

function failed(event: StripeEvent, charge: ChargeObject): AttemptEvent {
  const { outcome, failure_code: failureCode } = charge;
  const code = outcome?.reason ?? failureCode;
  const kind = kindOfFailure(outcome?.type ?? null, [outcome?.reason ?? null, failureCode]);
  return attemptEvent(
    { ...event.headline, kind, attemptKey: charge.id },
    {
      ...told(event, charge),
      declineCode: code,
      networkDeclineCode: outcome?.network_decline_code ?? null,
      adviceCode: advice(outcome),
    },
  );
}

/** Releasing an authorisation that was never captured is told as a refund of the charge. */
function releasedOrRefunded(event: StripeEvent, charge: ChargeObject): AttemptEvent {
  const kind = charge.captured === false ? 'voided' : 'refunded';
  const amount = charge.amount_refunded ?? charge.amount;
  return attemptEvent(
    { ...event.headline, kind, attemptKey: charge.id },
    { ...told(event, charge), ...moneyIn(amount, charge.currency) },
  );
}

function told(event: StripeEvent, charge: ChargeObject): Partial<AttemptEvent> {
  const { payment_method_details: method, balance_transaction: balance } = charge;
  const sameCurrency = balance?.currency !== null && balance?.currency === charge.currency;
  return {
    ...event.told,
    ...joinOf(charge.metadata),
    ...moneyIn(charge.amount, charge.currency),
    ...segmentIn(event.segments, method?.type ?? null, {
      card: method?.card ?? null,
      billing: charge.billing_details,
    }),
    feeMinor: sameCurrency ? moneyIn(balance?.fee ?? null, charge.currency).amountMinor : null,
  };
}
