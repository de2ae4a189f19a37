// A keyed hash over the raw body, or over the body and a time that a header tells, as the settings say.
import type { Delivery, SourceSettings, Verification } from '../../ports/webhook-adapter.ts';
import { fromBase64, fromHex, fromText, hmacHolds, joined, type Bytes } from '../hmac.ts';
import { customSettings, type SignatureSettings } from './settings.ts';

export async function verifySignature(delivery: Delivery, settings: SourceSettings): Promise<Verification> {
  const parsed = customSettings.safeParse(settings.own);
  // Settings that cannot be read verify nothing.
  if (!parsed.success) return { ok: false, reason: 'bad_signature' };
  const { signature: how } = parsed.data;
  const text = delivery.headers.get(how.header) ?? '';
  const time = how.timestamp === null ? null : (delivery.headers.get(how.timestamp.header) ?? '');
  if (text === '' || time === '') return { ok: false, reason: 'missing_signature' };
  const signature = text.startsWith(how.prefix) ? decode[how.encoding](text.slice(how.prefix.length)) : null;
  const message = messageOf(how, delivery.rawBody, time);
  const keys = settings.secrets.map((secret) => keyOf(secret, how)).filter((key) => key !== null);
  if (signature === null || message === null || !(await hmacHolds({ ...how, message, signature }, keys)))
    return { ok: false, reason: 'bad_signature' };
  return isFresh(how, time, delivery.receivedAtMs) ? { ok: true } : { ok: false, reason: 'stale' };
}

const decode = { hex: fromHex, base64: fromBase64 };

/** `null`: a text that is no secret in the encoding of the settings. White space is none in any. */
export function keyOf(secret: string, { secret_encoding: encoding }: SignatureSettings): Bytes | null {
  if (secret.trim() === '') return null;
  return encoding === 'text' ? fromText(secret) : decode[encoding](secret);
}

/** The time as it was written, so that each time has one text; digits only. */
function messageOf(how: SignatureSettings, body: Uint8Array, time: string | null): Uint8Array | null {
  if (how.timestamp === null) return body;
  if (time === null || !/^[1-9]\d{0,15}$/.test(time)) return null;
  const [before, after] = how.timestamp.join.split('{body}').map((part) => part.replace('{timestamp}', time));
  return joined([fromText(before!), body, fromText(after!)]);
}

function isFresh({ timestamp }: SignatureSettings, time: string | null, receivedAtMs: number): boolean {
  if (timestamp === null) return true;
  const sentAtMs = Number(time) * (timestamp.unit === 's' ? 1000 : 1);
  return Math.abs(receivedAtMs - sentAtMs) <= timestamp.window_seconds * 1000;
}
