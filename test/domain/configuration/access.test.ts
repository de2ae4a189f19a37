import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allows, KEY_BYTES, keyByHash, keyTextOf, parseKeyText } from '../../../src/domain/configuration/access.ts';
import { type Scope, SCOPES } from '../../../src/domain/configuration/configuration.ts';
import { apiKey, NOW } from './sample-configuration.ts';

const bytes = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES });

describe('key texts', () => {
  test('[CFG-14] a key text is read back as itself, and holds its 256 secret bits as base64url', () => {
    fc.assert(
      fc.property(bytes, (random) => {
        const key = keyTextOf(random);
        expect(parseKeyText(key.text)).toEqual(key);
        expect(key.text).toMatch(/^sbx_[a-z2-7]{8}_[A-Za-z0-9_-]{43}$/);
        expect(key.id).toBe(`key_${key.text.slice(4, 12)}`);
        expect(key.text.slice(13)).toBe(Buffer.from(random.slice(8)).toString('base64url'));
      }),
    );
  });

  test('[CFG-14] the name is spelled from the first 8 bytes, the secret from the other 32', () => {
    expect(keyTextOf(Uint8Array.from({ length: KEY_BYTES }, (_, at) => at * 6))).toEqual({
      id: 'key_agmsy6ek',
      text: `sbx_agmsy6ek_${Buffer.from(Array.from({ length: 32 }, (_, at) => (at + 8) * 6)).toString('base64url')}`,
    });
  });

  test('[CFG-14] keys of different bytes differ', () => {
    const texts = new Set(Array.from({ length: 256 }, (_, at) => keyTextOf(new Uint8Array(KEY_BYTES).fill(at)).text));
    expect(texts.size).toBe(256);
  });

  const good = keyTextOf(new Uint8Array(KEY_BYTES).fill(7)).text;
  test.each([
    '',
    'sbx_',
    good.slice(1),
    good.slice(0, -1),
    `${good}A`,
    ` ${good}`,
    `${good}\n`,
    good.replace('sbx', 'sbX'),
    good.replace('_', '-'),
  ])('[CFG-14] %j is not a key', (text) => {
    expect(parseKeyText(text)).toBeNull();
  });
});

describe('scopes', () => {
  const opened: Record<Scope, readonly Scope[]> = {
    route: ['route'],
    ingest: ['ingest'],
    read: ['read'],
    operate: ['read', 'operate'],
    admin: ['route', 'ingest', 'read', 'operate', 'admin'],
  };
  test.each(SCOPES)('[CFG-15] %s opens exactly what it opens', (held) => {
    const record = apiKey('k', { scopes: [held] });
    expect(SCOPES.filter((scope) => allows(record, scope, NOW))).toEqual(opened[held]);
  });

  test('[CFG-15] a key without scopes opens nothing, one with two opens both', () => {
    expect(SCOPES.filter((scope) => allows(apiKey('k', { scopes: [] }), scope, NOW))).toEqual([]);
    expect(SCOPES.filter((scope) => allows(apiKey('k', { scopes: ['route', 'ingest'] }), scope, NOW))).toEqual([
      'route',
      'ingest',
    ]);
  });

  test('[CFG-15] a key opens nothing from the moment it expires', () => {
    const record = apiKey('k', { expiresAtMs: NOW });
    expect(allows(record, 'read', NOW - 1)).toBe(true);
    expect(allows(record, 'read', NOW)).toBe(false);
  });
});

describe('the bootstrap key', () => {
  const hash = 'ab'.repeat(32);
  const none = new Map();

  test('[CFG-16] is an admin by its hash while no admin key exists', () => {
    const record = keyByHash(none, hash, { hash: hash.toUpperCase(), isVoid: false });
    expect(record).toMatchObject({ id: 'bootstrap', scopes: ['admin'], expiresAtMs: null });
  });

  test.each([
    ['void', { hash, isVoid: true }],
    ['not set', { hash: null, isVoid: false }],
    ['another', { hash: 'cd'.repeat(32), isVoid: false }],
    ['set to nothing', { hash: '', isVoid: false }],
  ])('[CFG-16] opens nothing when it is %s', (_, bootstrap) => {
    expect(keyByHash(none, hash, bootstrap)).toBeNull();
  });

  test('[CFG-16] a stored key is found whatever became of the bootstrap key', () => {
    const stored = apiKey('k', { hash, scopes: ['route'] });
    expect(keyByHash(new Map([[hash, stored]]), hash, { hash, isVoid: false })).toBe(stored);
  });
});
