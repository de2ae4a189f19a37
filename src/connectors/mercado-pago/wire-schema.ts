// Mercado Pago's notification, which carries ids, and what it answers with when it is asked: GET /v1/payments/{id} and GET /v1/orders/{id}.
import { z } from 'zod';
import { ToldDecimal, ToldTime } from '../told-values.ts';
import { ToldText, toldObject } from '../wire.ts';

/** Numbers in payments, text in notifications. */
export const PaymentId = z.union([
  z
    .int()
    .positive()
    .transform((id) => String(id)),
  z.string().regex(/^[1-9]\d{0,19}$/),
]);
const ToldPaymentId = PaymentId.nullable().catch(null);
/** Signed in lower case, and written in upper case everywhere else. */
export const OrderId = z
  .string()
  .regex(/^ORD[0-9A-Z]{1,61}$/i)
  .transform((id) => id.toUpperCase());
const ToldNotificationId = z
  .union([z.int().transform(String), z.string().min(1).max(128)])
  .nullable()
  .catch(null);

export const Notification = z.looseObject({
  id: ToldNotificationId,
  type: z.string().min(1).max(128),
  data: toldObject({ id: z.union([PaymentId, OrderId]).nullable().catch(null), payment_id: ToldPaymentId }),
});

export const Payment = z.looseObject({
  id: PaymentId,
  status: z.string().min(1).max(64),
  status_detail: ToldText,
  date_created: ToldTime,
  date_approved: ToldTime,
  date_last_updated: ToldTime,
  currency_id: ToldText,
  transaction_amount: ToldDecimal,
  transaction_amount_refunded: ToldDecimal,
  payment_method_id: ToldText,
  payment_type_id: ToldText,
  external_reference: ToldText,
  metadata: toldObject({ signalbox_decision: ToldText, signalbox_transaction: ToldText }),
  fee_details: z
    .array(z.looseObject({ amount: z.number(), fee_payer: ToldText }))
    .nullable()
    .catch(null),
});
export type Payment = z.output<typeof Payment>;

const OrderPayment = z.looseObject({
  /** `PAY` and a ULID, so that ids are in the order in which they were given out. */
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  /** The payment's id where it is a number; the reference shows other forms, too, which name nothing that we know. */
  reference_id: ToldPaymentId,
  status: z.string().min(1).max(64),
  status_detail: ToldText,
  amount: ToldDecimal,
  refunded_amount: ToldDecimal,
  payment_method: toldObject({ id: ToldText, type: ToldText }),
});
export type OrderPayment = z.output<typeof OrderPayment>;

export const Order = z.looseObject({
  id: OrderId,
  external_reference: ToldText,
  country_code: ToldText,
  currency: ToldText,
  created_date: ToldTime,
  last_updated_date: ToldTime,
  transactions: z.looseObject({ payments: z.array(OrderPayment).nullish() }).nullish(),
});
export type Order = z.output<typeof Order>;
