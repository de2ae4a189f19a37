// The parts of Stripe's snapshot events that say something about an attempt. Source: the types of stripe-node 23.1.0 (API 2026-10-28.endive).
import { z } from 'zod';
import { AttemptId, ToldCountry, ToldInteger, ToldText, toldObject } from '../wire.ts';

/** An id, or the whole object where the endpoint expands it. */
const Reference = z
  .union([z.string(), z.looseObject({ id: AttemptId }).transform(({ id }) => id)])
  .nullish()
  .transform((id) => id ?? null);
const RequiredReference = z.union([AttemptId, z.looseObject({ id: AttemptId }).transform(({ id }) => id)]);

/** Values are text by Stripe's schema; one that is not is not ours. */
const Metadata = toldObject({
  signalbox_decision: ToldText,
  signalbox_transaction: ToldText,
});

const CardDetails = toldObject({
  brand: ToldText,
  network: ToldText,
  country: ToldCountry,
  fingerprint: ToldText,
});
const BillingDetails = toldObject({ address: toldObject({ country: ToldCountry }) });

const moneyFields = { currency: ToldText, metadata: Metadata };

export const ChargeObject = z.looseObject({
  id: AttemptId,
  amount: ToldInteger,
  ...moneyFields,
  amount_refunded: ToldInteger,
  captured: z.boolean().nullable().catch(null),
  failure_code: ToldText,
  outcome: toldObject({
    type: ToldText,
    reason: ToldText,
    network_decline_code: ToldText,
    network_advice_code: ToldText,
    advice_code: ToldText,
  }),
  payment_method_details: toldObject({ type: ToldText, card: CardDetails }),
  billing_details: BillingDetails,
  balance_transaction: toldObject({ fee: ToldInteger, currency: ToldText }),
});
export type ChargeObject = z.output<typeof ChargeObject>;

export const PaymentIntentObject = z.looseObject({
  id: AttemptId,
  amount: ToldInteger,
  ...moneyFields,
  amount_capturable: ToldInteger,
  latest_charge: Reference,
  payment_method_types: z.array(z.string()).catch([]),
  last_payment_error: toldObject({
    type: ToldText,
    code: ToldText,
    decline_code: ToldText,
    advice_code: ToldText,
    network_decline_code: ToldText,
    network_advice_code: ToldText,
    charge: ToldText,
    payment_method: toldObject({ type: ToldText, card: CardDetails, billing_details: BillingDetails }),
  }),
});
export type PaymentIntentObject = z.output<typeof PaymentIntentObject>;

export const DisputeObject = z.looseObject({
  charge: RequiredReference,
  status: z.string(),
  amount: ToldInteger,
  currency: ToldText,
});

export const RefundObject = z.looseObject({
  charge: RequiredReference,
  status: z.string(),
  amount: ToldInteger,
  ...moneyFields,
});

export const CheckoutSessionObject = z.looseObject({
  id: AttemptId,
  payment_intent: Reference,
  amount_total: ToldInteger,
  ...moneyFields,
});

export const EventEnvelope = z.looseObject({
  id: AttemptId,
  type: z.string().min(1).max(128),
  created: z.int().min(0).max(99_999_999_999),
  data: z.looseObject({ object: z.looseObject({}) }),
});
export type EventEnvelope = z.output<typeof EventEnvelope>;
