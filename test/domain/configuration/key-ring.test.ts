import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allows } from '../../../src/domain/configuration/access.ts';
import {
  granted,
  isBootstrapVoid,
  livingKeys,
  OVERLAP_MAX_MS,
  revoked,
  type Ring,
  rotated,
} from '../../../src/domain/configuration/key-ring.ts';
import { apiKey, NOW } from './sample-configuration.ts';

const HOUR = 3_600_000;
const successor = { id: 'next', hash: 'f'.repeat(64) };
const rotate = (ring: Ring, id: string, overlapMs: number, now = NOW) =>
  rotated(ring, { id, now, overlapMs, successor });

describe('rotation', () => {
  const ring = [apiKey('old', { name: 'checkout', scopes: ['route'] }), apiKey('other')];

  test('[CFG-18] the successor lasts under the same name and scopes, the old key works for the overlap', () => {
    const reply = rotate(ring, 'old', HOUR, NOW + 5);
    const key = apiKey('next', { name: 'checkout', scopes: ['route'], hash: successor.hash, createdAtMs: NOW + 5 });
    const ending = apiKey('old', { name: 'checkout', scopes: ['route'], expiresAtMs: NOW + 5 + HOUR });
    expect(reply).toEqual({ ok: true, key, ring: [ending, apiKey('other'), key] });
    expect([NOW + 4 + HOUR, NOW + 5 + HOUR].map((now) => allows(ending, 'route', now))).toEqual([true, false]);
  });

  test.each([
    [0, null],
    [-5, null],
    [OVERLAP_MAX_MS, NOW + OVERLAP_MAX_MS],
    [OVERLAP_MAX_MS + 1, NOW + OVERLAP_MAX_MS],
  ])('[CFG-18] an overlap of %d ms ends the old key at %s', (overlapMs, expiresAtMs) => {
    const reply = rotate(ring, 'old', overlapMs);
    expect(reply.ok && (reply.ring.find(({ id }) => id === 'old')?.expiresAtMs ?? null)).toBe(expiresAtMs);
    expect(reply.ok && reply.ring.length).toBe(expiresAtMs === null ? 2 : 3);
  });

  test('[CFG-18] a key that ends already is not rotated again, and its successor is', () => {
    const once = rotate(ring, 'old', HOUR);
    const held = once.ok ? once.ring : [];
    const third = { id: 'third', hash: 'e' };
    const again = rotated(held, { id: 'old', now: NOW + 1, overlapMs: 9 * HOUR, successor: third });
    expect(again).toEqual({ ok: false, reason: 'already_rotated' });
    const onward = rotated(held, { id: 'next', now: NOW + 1, overlapMs: HOUR, successor: third });
    expect(onward).toMatchObject({ ok: true, key: { id: 'third', expiresAtMs: null } });
  });

  test('[CFG-18] an unknown and an expired key are not rotated', () => {
    expect(rotate(ring, 'nobody', HOUR)).toEqual({ ok: false, reason: 'not_found' });
    expect(rotate([apiKey('old', { expiresAtMs: NOW })], 'old', HOUR)).toEqual({ ok: false, reason: 'not_found' });
  });
});

describe('revocation', () => {
  test('[CFG-17] the last lasting admin key stays, though an ending one is still there', () => {
    const ring = [
      apiKey('last'),
      apiKey('ending', { expiresAtMs: NOW + HOUR }),
      apiKey('reader', { scopes: ['read'] }),
    ];
    expect(revoked(ring, 'last', NOW)).toEqual({ ok: false, reason: 'last_admin' });
    expect(revoked(ring, 'ending', NOW)).toMatchObject({ ok: true, ring: [ring[0], ring[2]] });
    expect(revoked(ring, 'reader', NOW)).toMatchObject({ ok: true, ring: [ring[0], ring[1]] });
    expect(revoked([...ring, apiKey('second')], 'last', NOW)).toMatchObject({ ok: true });
  });

  test('[CFG-17] without any admin key every key may go: the bootstrap key still opens', () => {
    const ring = [apiKey('reader', { scopes: ['read'] })];
    expect(revoked(ring, 'reader', NOW)).toMatchObject({ ok: true, ring: [] });
  });

  test('[CFG-17] an unknown and an expired key are not found', () => {
    expect(revoked([], 'nobody', NOW)).toEqual({ ok: false, reason: 'not_found' });
    expect(revoked([apiKey('k', { expiresAtMs: NOW })], 'k', NOW)).toEqual({ ok: false, reason: 'not_found' });
  });
});

describe('the ring', () => {
  test('[CFG-16] only a lasting admin key voids the bootstrap key', () => {
    expect(isBootstrapVoid([])).toBe(false);
    expect(isBootstrapVoid([apiKey('k', { scopes: ['operate', 'read'] })])).toBe(false);
    expect(isBootstrapVoid([apiKey('k', { expiresAtMs: NOW + HOUR })])).toBe(false);
    expect(isBootstrapVoid([apiKey('k')])).toBe(true);
  });

  const step = fc.record({
    act: fc.constantFrom('grant', 'rotate', 'revoke'),
    of: fc.nat(5),
    isAdmin: fc.boolean(),
    waitMs: fc.constantFrom(0, 1, HOUR, 8 * 24 * HOUR),
  });
  test('[CFG-16] whatever is granted, rotated and revoked, the bootstrap key once void stays void and an admin can get in', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let ring: Ring = [];
        let now = NOW;
        let wasVoid = false;
        steps.forEach(({ act, of, isAdmin, waitMs }, at) => {
          now += waitMs;
          const id = ring[of % Math.max(ring.length, 1)]?.id ?? 'nobody';
          const fresh = { id: `k${at}`, hash: `h${at}` };
          if (act === 'grant')
            ring = granted(ring, apiKey(fresh.id, { scopes: [isAdmin ? 'admin' : 'read'], createdAtMs: now }));
          const reply =
            act === 'rotate'
              ? rotated(ring, { id, now, overlapMs: HOUR, successor: fresh })
              : act === 'revoke'
                ? revoked(ring, id, now)
                : null;
          if (reply?.ok) ring = reply.ring;
          if (wasVoid) expect(isBootstrapVoid(ring)).toBe(true);
          wasVoid = isBootstrapVoid(ring);
          if (wasVoid)
            expect(livingKeys(ring, now + 365 * 24 * HOUR).some((key) => allows(key, 'admin', now))).toBe(true);
        });
      }),
    );
  });
});
