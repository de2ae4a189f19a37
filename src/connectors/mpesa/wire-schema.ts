// The two bodies by which Daraja tells of money coming in: the result of an STK push, and a C2B confirmation.
import { z } from 'zod';
import { ToldDecimal } from '../told-values.ts';
import { AttemptId, ToldText } from '../wire.ts';

/** `20221117155745`, as number or text, in East Africa Time, which knows no summer. */
const EAST_AFRICA_OFFSET_MS = 3 * 3_600_000;
const ToldLocalTime = z
  .union([z.int().transform(String), z.string()])
  .transform(localTimeMs)
  .nullable()
  .catch(null);

function localTimeMs(text: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (parts === null) return null;
  const iso = `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`;
  const atMs = Date.parse(iso);
  return Number.isNaN(atMs) ? null : atMs - EAST_AFRICA_OFFSET_MS;
}

/** Numbers for an STK push; other services have codes like `SFC_IC0003`. */
const ResultCode = z.union([z.int().transform(String), z.string().regex(/^[A-Za-z0-9_.]{1,32}$/)]);

/** Of its list of names and values, the two that say something; a phone number never leaves here. */
const Metadata = z
  .looseObject({ Item: z.array(z.looseObject({ Name: z.string(), Value: z.unknown().optional() })) })
  .transform(({ Item }) => {
    const valueOf = (name: string): unknown => Item.find((item) => item.Name === name)?.Value ?? null;
    return {
      amount: ToldDecimal.parse(valueOf('Amount')),
      eventTimeMs: ToldLocalTime.parse(valueOf('TransactionDate')),
    };
  })
  .nullable()
  .catch(null);

export const StkResult = z.looseObject({
  Body: z.looseObject({
    stkCallback: z.looseObject({ CheckoutRequestID: AttemptId, ResultCode, CallbackMetadata: Metadata }),
  }),
});

export const C2bPayment = z.looseObject({
  TransID: AttemptId,
  TransTime: ToldLocalTime,
  TransAmount: ToldDecimal,
  BillRefNumber: ToldText,
});
