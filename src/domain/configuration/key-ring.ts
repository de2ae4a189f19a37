// The API keys as one value: granting, rotating and revoking them without ever locking the last administrator out.
import { isLiving } from './access.ts';
import type { ApiKeyRecord } from './configuration.ts';

/** A rotation is for rolling a secret out, not for keeping two. */
export const OVERLAP_MAX_MS = 7 * 86_400_000;

export type Ring = readonly ApiKeyRecord[];
type RingReply<Reason extends string> =
  | { readonly ok: true; readonly ring: Ring; readonly key: ApiKeyRecord }
  | { readonly ok: false; readonly reason: Reason };
export type RotationReply = RingReply<'not_found' | 'already_rotated'>;
export type RevocationReply = RingReply<'not_found' | 'last_admin'>;

export const livingKeys = (ring: Ring, now: number): Ring => ring.filter((key) => isLiving(key, now));

/** Of lasting admin keys: a rotated one that still works for an hour is nobody's way back in. */
const lastingAdmins = (ring: Ring): Ring =>
  ring.filter(({ scopes, expiresAtMs }) => scopes.includes('admin') && expiresAtMs === null);

/** Once true it stays true: `revoked` never takes the last lasting admin key away. */
export const isBootstrapVoid = (ring: Ring): boolean => lastingAdmins(ring).length > 0;

export function granted(ring: Ring, key: ApiKeyRecord): Ring {
  return [...livingKeys(ring, key.createdAtMs), key];
}

export interface Rotation {
  readonly id: string;
  readonly now: number;
  /** Cut to 0 - 7 days. */
  readonly overlapMs: number;
  readonly successor: { readonly id: string; readonly hash: string };
}

/** The successor has the old key's name and scopes and lasts; the old one ends with the overlap. A key that ends already has its successor. */
export function rotated(ring: Ring, { id, now, overlapMs, successor }: Rotation): RotationReply {
  const living = livingKeys(ring, now);
  const old = living.find((key) => key.id === id);
  if (!old) return { ok: false, reason: 'not_found' };
  if (old.expiresAtMs !== null) return { ok: false, reason: 'already_rotated' };
  const ending = { ...old, expiresAtMs: now + Math.min(Math.max(overlapMs, 0), OVERLAP_MAX_MS) };
  const key = { ...old, ...successor, createdAtMs: now, expiresAtMs: null };
  const rest = living.map((held) => (held.id === id ? ending : held));
  return { ok: true, ring: livingKeys([...rest, key], now), key };
}

export function revoked(ring: Ring, id: string, now: number): RevocationReply {
  const living = livingKeys(ring, now);
  const key = living.find((held) => held.id === id);
  if (!key) return { ok: false, reason: 'not_found' };
  const rest = living.filter((held) => held.id !== id);
  if (isBootstrapVoid(living) && !isBootstrapVoid(rest)) return { ok: false, reason: 'last_admin' };
  return { ok: true, ring: rest, key };
}
