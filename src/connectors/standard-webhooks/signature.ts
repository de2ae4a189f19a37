// The signature of standardwebhooks.com, v1: made by the specification's own package, compared in constant time, aged by the delivery's arrival.
import { Webhook } from 'standardwebhooks';
import type { Delivery, SourceSettings, Verification } from '../../ports/webhook-adapter.ts';
import { isSameText } from '../hmac.ts';
import { textOf } from '../wire.ts';

export const REPLAY_WINDOW_MS = 300_000;
const SIGNATURES_MAX = 16;
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;

/** The package's `verify` asks its own clock and reads a time of `1700000000x` as the number; its `sign` is all that is needed. */
export function verifySignature(delivery: Delivery, { secrets }: SourceSettings): Verification {
  const [id, time, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => delivery.headers.get(name) ?? '',
  ) as [string, string, string];
  if (id === '' || time === '' || signatures === '') return { ok: false, reason: 'missing_signature' };
  const body = textOf(delivery.rawBody);
  if (body === null || !/^[1-9]\d{0,10}$/.test(time)) return { ok: false, reason: 'bad_signature' };
  const seconds = Number(time);
  const expected = secrets.map(hookOf).flatMap((hook) => hook?.sign(id, new Date(seconds * 1000), body) ?? []);
  const told = signatures.split(' ');
  if (told.length > SIGNATURES_MAX || !told.every((text) => /^v\w+,\S+$/.test(text)))
    return { ok: false, reason: 'bad_signature' };
  const matches = expected.flatMap((signature) => told.map((text) => isSameText(signature, text)));
  if (!matches.includes(true)) return { ok: false, reason: 'bad_signature' };
  const ageMs = delivery.receivedAtMs - seconds * 1000;
  return Math.abs(ageMs) <= REPLAY_WINDOW_MS ? { ok: true } : { ok: false, reason: 'stale' };
}

/** `whsec_` and base64 of 24 to 64 bytes. */
export function isSecret(secret: string): boolean {
  const [prefix, base64] = [secret.slice(0, 6), secret.slice(6)];
  if (prefix !== 'whsec_' || hookOf(secret) === null) return false;
  const bytes = Math.floor((base64.replace(/=+$/, '').length * 3) / 4);
  return bytes >= SECRET_BYTES_MIN && bytes <= SECRET_BYTES_MAX;
}

/** `null` for a text that is no key: the package throws on it. */
function hookOf(secret: string): Webhook | null {
  try {
    return new Webhook(secret);
  } catch {
    return null;
  }
}
