// Adyen's signature stands inside each item and covers eight of its fields, and no time: a batch holds if every item does.
import type { Delivery, SourceSettings, Verification } from '../../ports/webhook-adapter.ts';
import { fromBase64, fromHex, fromText, hmacHolds, type Bytes } from '../hmac.ts';
import { jsonOf } from '../wire.ts';
import { ItemWrapper, Notification, SignedItem } from './wire-schema.ts';

/**
 * The one check that has to parse first: there is nothing else that is signed. One item that does not hold refuses the batch; Adyen sends
 * it again, and the good ones are duplicates then. What holds and is not understood is for the reading to say.
 */
export async function verifyItems({ rawBody }: Delivery, { secrets }: SourceSettings): Promise<Verification> {
  const json = jsonOf(rawBody);
  const notification = json.ok ? Notification.safeParse(json.value) : null;
  if (!notification?.success) return { ok: false, reason: 'bad_signature' };
  const keys = secrets.map(fromHex).filter((key) => key !== null);
  for (const wrapped of notification.data.notificationItems) {
    const wrapper = ItemWrapper.safeParse(wrapped);
    const item = SignedItem.safeParse(wrapper.data?.NotificationRequestItem);
    if (!item.success) return { ok: false, reason: 'bad_signature' };
    const text = item.data.additionalData?.hmacSignature ?? null;
    if (text === null) return { ok: false, reason: 'missing_signature' };
    if (!(await itemHolds(item.data, text, keys))) return { ok: false, reason: 'bad_signature' };
  }
  return { ok: true };
}

async function itemHolds(item: SignedItem, signatureText: string, keys: readonly Bytes[]): Promise<boolean> {
  const signature = fromBase64(signatureText);
  const message = fromText(signedText(item));
  return signature !== null && (await hmacHolds({ algorithm: 'sha256', message, signature }, keys));
}

function signedText(item: SignedItem): string {
  return [
    item.pspReference,
    item.originalReference,
    item.merchantAccountCode,
    item.merchantReference,
    item.amount.value,
    item.amount.currency,
    item.eventCode,
    item.success,
  ].join(':');
}

/** Adyen's Customer Area shows the key as hex digits. */
export function isHmacKey(secret: string): boolean {
  return (fromHex(secret)?.length ?? 0) >= 16;
}
