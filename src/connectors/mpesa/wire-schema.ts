// The bodies that Daraja sends: the result of an STK push, a C2B confirmation, and the result of its other commands.
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

/** Which of the two bodies came, before either is held to its form. */
export const isCommandResult = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && !Array.isArray(body) && Object.hasOwn(body, 'Result');

const Parameter = z.looseObject({ Key: z.string(), Value: z.unknown().optional() });

/** Of its list of keys and values (a single one comes without a list) what tells which command it was and what it found; no name and no number of a party. */
const Parameters = z
  .looseObject({ ResultParameter: z.union([z.array(Parameter), Parameter.transform((single) => [single])]) })
  .transform(({ ResultParameter: items }) => {
    const has = (key: string): boolean => items.some((item) => item.Key === key);
    const valueOf = (key: string): unknown => items.find((item) => item.Key === key)?.Value ?? null;
    return {
      status: has('TransactionStatus') ? (ToldText.parse(valueOf('TransactionStatus')) ?? '') : null,
      isReversal: has('OriginalTransactionID'),
      isBalance: has('AccountBalance'),
      isPayout: has('TransactionReceipt'),
      amount: ToldDecimal.parse(valueOf('Amount')),
      finalisedMs: ToldLocalTime.parse(valueOf('FinalisedTime')),
      reversedMs: ToldLocalTime.parse(valueOf('TransCompletedTime')),
    };
  });
const NO_PARAMETERS: z.output<typeof Parameters> = {
  status: null,
  isReversal: false,
  isBalance: false,
  isPayout: false,
  amount: null,
  finalisedMs: null,
  reversedMs: null,
};

export const CommandResult = z.looseObject({
  Result: z.looseObject({ ResultCode, ResultParameters: Parameters.catch(NO_PARAMETERS) }),
});
