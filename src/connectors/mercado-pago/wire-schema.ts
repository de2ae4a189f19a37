// Mercado Pago's notification, which carries ids, and the payment that GET /v1/payments/{id} answers with.
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
const ToldNotificationId = z
  .union([z.int().transform(String), z.string().min(1).max(128)])
  .nullable()
  .catch(null);

export const Notification = z.looseObject({
  id: ToldNotificationId,
  type: z.string().min(1).max(128),
  data: toldObject({ id: ToldPaymentId, payment_id: ToldPaymentId }),
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
