// Adyen's standard webhook: a batch of items. Source: Adyen/adyen-openapi, json/Webhooks-v1.json at aa014f0 (2026-07-01).
import { z } from 'zod';
import { ToldTime } from '../told-values.ts';
import { AttemptId, ToldCountry, ToldText, toldObject } from '../wire.ts';

/**
 * What the signature covers, as it stands: whether it holds is asked before anybody asks what it means. Only the merchant's reference may hold a colon: the signed text joins the fields with colons and
 * escapes none, so that a colon anywhere else would let one signature stand for two items.
 */
const SignedText = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const WithoutColon = SignedText.refine((text) => !text.includes(':'));
/** Of another type the signed text would be the same, and the item another. Beyond 2^53 a number is told by its digits. */
const SignedNumber = z.union([z.number(), z.string().regex(/^-?\d{16,}$/)]).transform(String);

export const SignedItem = z.looseObject({
  pspReference: WithoutColon,
  originalReference: WithoutColon,
  merchantAccountCode: WithoutColon,
  merchantReference: SignedText,
  amount: z.looseObject({ value: SignedNumber, currency: WithoutColon }),
  eventCode: WithoutColon,
  success: WithoutColon,
  additionalData: toldObject({ hmacSignature: ToldText }),
});
export type SignedItem = z.output<typeof SignedItem>;

export const SIGNED_FIELDS = [
  'pspReference',
  'originalReference',
  'merchantAccountCode',
  'merchantReference',
  'amount.value',
  'amount.currency',
  'eventCode',
  'success',
] as const;

/** The eight signed fields are strict. */
export const NotificationItem = z.looseObject({
  pspReference: AttemptId,
  originalReference: z
    .string()
    .max(128)
    .nullish()
    .transform((reference) => reference ?? ''),
  merchantAccountCode: z.string().max(128),
  merchantReference: z
    .string()
    .max(256)
    .nullish()
    .transform((reference) => reference ?? ''),
  amount: z.looseObject({ value: z.int(), currency: z.string().regex(/^[A-Z]{3}$/) }),
  eventCode: z.string().regex(/^[A-Z0-9_]{1,64}$/),
  success: z.enum(['true', 'false']),
  eventDate: ToldTime,
  paymentMethod: ToldText,
  reason: ToldText,
  additionalData: toldObject({
    'modification.action': ToldText,
    'metadata.signalbox_decision': ToldText,
    'refusalReasonRaw': ToldText,
    'merchantAdviceCode': ToldText,
    'shopperCountry': ToldCountry,
    'countryCode': ToldCountry,
    'issuerCountry': ToldCountry,
    'cardIssuingCountry': ToldCountry,
    'PaymentAccountReference': ToldText,
    'alias': ToldText,
  }),
});
export type NotificationItem = z.output<typeof NotificationItem>;

export const Notification = z.looseObject({
  notificationItems: z.array(z.unknown()).min(1).max(1000),
});
export type Notification = z.output<typeof Notification>;
export const ItemWrapper = z.looseObject({ NotificationRequestItem: z.unknown() });
