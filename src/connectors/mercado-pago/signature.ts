// Mercado Pago's signature: `x-signature: ts=<time>,v1=<hex>` over a manifest of the id in the query, the request's id and the time. The body is not covered.
import type { Delivery, SourceSettings, Verification } from '../../ports/webhook-adapter.ts';
import { fromHex, fromText, hmacHolds } from '../hmac.ts';

export const REPLAY_WINDOW_MS = 300_000;

const HEADER = /^ts=(?<time>[1-9]\d{9,12}),v1=(?<hash>[0-9a-f]{64})$/;
/** No semicolon and no colon: or `id:1;request-id:2;` could be the parts of another delivery, cut anew. */
const PART = /^[A-Za-z0-9_-]{1,128}$/;

export async function verifySignature(delivery: Delivery, settings: SourceSettings): Promise<Verification> {
  const header = delivery.headers.get('x-signature');
  if (header === undefined || header === '') return { ok: false, reason: 'missing_signature' };
  const { time, hash } = HEADER.exec(header)?.groups ?? {};
  const manifest = time === undefined ? null : manifestOf(delivery, time);
  const signature = hash === undefined ? null : fromHex(hash);
  if (time === undefined || manifest === null || signature === null) return { ok: false, reason: 'bad_signature' };
  const signed = { algorithm: 'sha256', message: fromText(manifest), signature } as const;
  if (!(await hmacHolds(signed, settings.secrets.map(fromText)))) return { ok: false, reason: 'bad_signature' };
  const ageMs = delivery.receivedAtMs - millisecondsOf(time);
  return Math.abs(ageMs) <= REPLAY_WINDOW_MS ? { ok: true } : { ok: false, reason: 'stale' };
}

/** The one id that is signed; lower case, as Mercado Pago signs it. */
export function signedIdOf(delivery: Delivery): string | null {
  return delivery.query.get('data.id')?.toLowerCase() ?? null;
}

/** What a delivery does not have is left out, by the vendor's rule. */
function manifestOf(delivery: Delivery, time: string): string | null {
  const parts: readonly (readonly [name: string, value: string | null])[] = [
    ['id', signedIdOf(delivery)],
    ['request-id', delivery.headers.get('x-request-id') ?? null],
  ];
  if (!parts.every(([, value]) => value === null || PART.test(value))) return null;
  return [...parts, ['ts', time] as const].map(([name, value]) => (value === null ? '' : `${name}:${value};`)).join('');
}

/** Its documentation says milliseconds and shows seconds; its SDK reads seconds. Thirteen digits are milliseconds until the year 2286. */
function millisecondsOf(time: string): number {
  return time.length >= 13 ? Number(time) : Number(time) * 1_000;
}
