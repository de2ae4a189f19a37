// The parts of Paystack's events that say something about an attempt. Source: the event samples of its documentation.
import { z } from 'zod';
import { fromText } from '../hmac.ts';
import { ToldTime, ToldWhole } from '../told-values.ts';
import { AttemptId, jsonOf, ToldCountry, ToldText, toldObject } from '../wire.ts';

/** An object, the same as text, `0`, an empty text or null. */
const Metadata = z.preprocess(
  (value) => (typeof value === 'string' ? parsed(value) : value),
  toldObject({ signalbox_decision: ToldText }),
);

function parsed(text: string): unknown {
  const json = jsonOf(fromText(text));
  return json.ok ? json.value : null;
}

const transactionFields = {
  reference: AttemptId,
  channel: ToldText,
  currency: ToldText,
  metadata: Metadata,
};

export const Envelope = z.looseObject({ event: z.string().min(1).max(128) });

export const ChargeEvent = z.looseObject({
  data: z.looseObject({
    ...transactionFields,
    amount: ToldWhole,
    fees: ToldWhole,
    paid_at: ToldTime,
    captured_at: ToldTime,
    authorization: toldObject({
      channel: ToldText,
      brand: ToldText,
      country_code: ToldCountry,
      signature: ToldText,
    }),
  }),
});
export type ChargeEvent = z.output<typeof ChargeEvent>;

export const RefundEvent = z.looseObject({
  data: z.looseObject({ transaction_reference: AttemptId, amount: ToldWhole, currency: ToldText }),
});

export const DisputeEvent = z.looseObject({
  data: z.looseObject({
    transaction: z.looseObject(transactionFields),
    resolution: ToldText,
    refund_amount: ToldWhole,
    currency: ToldText,
    created_at: ToldTime,
  }),
});
