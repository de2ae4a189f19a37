// Whether the caller may use an endpoint: its key, the key's scopes and its share of requests, decided anew on every request.
import type { MiddlewareHandler } from 'hono';
import { allows, isLiving, keyByHash } from '../../domain/configuration/access.ts';
import type { Scope } from '../../domain/configuration/configuration.ts';
import type { HeldKeys } from '../../ports/table-source.ts';
import type { World } from '../../ports/world.ts';
import type { HttpEnv } from '../context.ts';
import { refuse } from '../problem.ts';
import type { Refusal } from '../refusal.ts';
import { hashOfPresented, rememberedHash } from './key-hash.ts';

/** Keys are refilled at least this often while a board can be reached; older ones mean that none can. */
const KEYS_FRESH_MS = 5_000;

export function authorize(scope: Scope): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const world = c.get('world');
    const found = await authenticate(world, c.req.header('authorization'), scope, c.get('now'));
    if ('reason' in found) return refuse(c, found);
    c.set('keyId', found.keyId);
    c.header('RateLimit-Policy', ratePolicy(world));
    if (!(await world.withinRate(found.keyId))) {
      return refuse(c, { reason: 'rate_limited', ...world.settings.rateLimit });
    }
    if (!found.allowed) return refuse(c, { reason: 'missing_scope', scope });
    return next();
  };
}

export const ratePolicy = ({ settings: { rateLimit } }: World): string =>
  `"default";q=${rateLimit.quota};w=${rateLimit.windowSeconds}`;

type Found = { readonly keyId: string; readonly allowed: boolean } | Refusal;

/** At once, where nothing need be waited for. */
export function authenticate(
  world: World,
  header: string | undefined,
  scope: Scope,
  now: number,
): Found | Promise<Found> {
  const hash = header === undefined ? undefined : rememberedHash(header);
  const keys = hash === undefined ? null : world.tables.keysNow(now);
  if (hash === undefined || keys === null) return authenticateAnew(world, header, scope, now);
  return foundAmong(keys, hash, { world, scope, now });
}

async function authenticateAnew(world: World, header: string | undefined, scope: Scope, now: number): Promise<Found> {
  if (header === undefined || header.trim() === '') return { reason: 'missing_key' };
  const hash = await hashOfPresented(header);
  if (hash === null) return { reason: 'malformed_key' };
  const keys = await world.tables.keys(now);
  // Fails closed: an isolate that never heard of any key cannot tell a good one from an invented one.
  if (keys === null) return { reason: 'keys_unverifiable' };
  return foundAmong(keys, hash, { world, scope, now });
}

interface Call {
  readonly world: World;
  readonly scope: Scope;
  readonly now: number;
}

function foundAmong(keys: HeldKeys, hash: string, { world, scope, now }: Call): Found {
  const bootstrap = { hash: world.settings.bootstrapKeyHash, isVoid: keys.bootstrapVoid };
  const record = keyByHash(keys.byHash, hash, bootstrap);
  if (record === null) return { reason: 'unknown_key' };
  if (!isLiving(record, now)) return { reason: 'expired_key' };
  if (!isTrusted(keys, scope, world.settings.keyGraceMs)) return { reason: 'keys_unverifiable' };
  return { keyId: record.id, allowed: allows(record, scope, now) };
}

/**
 * While no board can be reached a revocation cannot arrive. Payments must go on, so `route` and `ingest` (and `read`, which
 * changes nothing) fail open for the grace time; what could do lasting harm in the wrong hands fails closed at once.
 */
function isTrusted({ ageMs }: HeldKeys, scope: Scope, graceMs: number): boolean {
  if (ageMs <= KEYS_FRESH_MS) return true;
  return scope !== 'operate' && scope !== 'admin' && ageMs <= graceMs;
}
