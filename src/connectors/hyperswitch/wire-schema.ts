// The parts of Hyperswitch's outgoing webhooks that say something about an attempt: its envelope and three of its contents.
import { z } from 'zod';
import { ToldTime, ToldWhole } from '../told-values.ts';
import { ToldCountry, ToldInteger, ToldText, toldObject } from '../wire.ts';

/** At most 64 by Hyperswitch's schema; an attempt's number and our own bound leave room for this. */
const PaymentId = z.string().min(1).max(120);
const Metadata = toldObject({ signalbox_decision: ToldText, signalbox_transaction: ToldText });

export const Envelope = z.looseObject({
  event_id: ToldText,
  event_type: z.string().min(1).max(128),
  timestamp: ToldTime,
});
export type EnvelopeFields = z.output<typeof Envelope>;
export const Content = z.looseObject({ content: z.looseObject({ object: z.looseObject({}) }) });

export const PaymentObject = z.looseObject({
  payment_id: PaymentId,
  attempt_count: ToldInteger,
  amount: ToldInteger,
  currency: ToldText,
  connector: ToldText,
  payment_method: ToldText,
  payment_method_type: ToldText,
  payment_method_data: toldObject({ card: toldObject({ card_network: ToldText }) }),
  billing: toldObject({ address: toldObject({ country: ToldCountry }) }),
  error_code: ToldText,
  unified_code: ToldText,
  issuer_error_code: ToldText,
  network_details: toldObject({ network_advice_code: ToldText }),
  fingerprint: ToldText,
  metadata: Metadata,
  updated: ToldTime,
});
export type PaymentObject = z.output<typeof PaymentObject>;

export const RefundObject = z.looseObject({
  payment_id: PaymentId,
  amount: ToldInteger,
  currency: ToldText,
  connector: ToldText,
  metadata: Metadata,
  updated_at: ToldTime,
});

export const DisputeObject = z.looseObject({
  payment_id: PaymentId,
  attempt_id: z.string().min(1).max(128),
  amount: ToldWhole,
  currency: ToldText,
  connector: ToldText,
  created_at: ToldTime,
});
