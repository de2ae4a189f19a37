// Senders that sign the raw body and nothing else: an HMAC in hex in one header, no time, so a delivery does not grow old.
import type { Delivery, SourceSettings, Verification } from '../ports/webhook-adapter.ts';
import { fromHex, fromText, hmacHolds, type HmacAlgorithm } from './hmac.ts';

export async function verifyBodySignature(
  delivery: Delivery,
  settings: SourceSettings,
  header: string,
  algorithm: HmacAlgorithm,
): Promise<Verification> {
  const text = delivery.headers.get(header);
  if (text === undefined || text === '') return { ok: false, reason: 'missing_signature' };
  const signature = fromHex(text);
  const signed =
    signature !== null &&
    (await hmacHolds({ algorithm, message: delivery.rawBody, signature }, settings.secrets.map(fromText)));
  return signed ? { ok: true } : { ok: false, reason: 'bad_signature' };
}
