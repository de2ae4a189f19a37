// What the Registry keeps beside the configuration, on workerd: API keys, the audit log and alerts.
import { describe, expect, test } from 'vitest';
import { parseKeyText } from '../../src/domain/configuration/access.ts';
import type { KeyReply } from '../../src/ports/registry-port.ts';
import { asProcessorId, type SegmentKey } from '../../src/domain/identity.ts';
import { processor, sampleDocument } from '../domain/configuration/sample-configuration.ts';
import { ACTOR, everythingStored, signal, withRegistry } from './registry-harness.ts';

const HOUR = 3_600_000;

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function given(reply: KeyReply) {
  if (!reply.ok) throw new Error(reply.reason);
  return reply;
}

describe('keys', () => {
  test('[CFG-14] a key is shown once and stored as its hash alone, and works after an eviction', async () => {
    await withRegistry(async (registry, told, again, state) => {
      const { key, secret } = given(await registry.createKey('checkout', ['ingest', 'route', 'route'], ACTOR));
      expect(parseKeyText(secret)).toEqual({ id: key.id, text: secret });
      expect(key).toMatchObject({
        name: 'checkout',
        scopes: ['route', 'ingest'],
        hash: await sha256(secret),
        expiresAtMs: null,
      });
      expect(await again().listKeys()).toEqual([key]);
      expect(everythingStored(state)).toContain(key.hash);
      expect(everythingStored(state)).not.toContain(secret.slice(13));
      expect(JSON.stringify(told)).not.toContain(secret.slice(13));
    });
  });

  test('[CFG-16] the first admin key voids the bootstrap key on every board, and the keys have a version of their own', async () => {
    await withRegistry(async (registry, told, again) => {
      expect(await registry.snapshot()).toMatchObject({ keysVersion: 0, bootstrapVoid: false });
      await registry.createKey('reader', ['read'], ACTOR);
      const { key } = given(await registry.createKey('ops', ['admin'], ACTOR));
      const east = told.updates.filter(({ region }) => region === 'east').map(({ update }) => update);
      expect(east.map(({ keysVersion, bootstrapVoid }) => [keysVersion, bootstrapVoid])).toEqual([
        [1, false],
        [2, true],
      ]);
      expect(await registry.revokeKey(key.id, ACTOR)).toEqual({ ok: false, reason: 'last_admin' });
      expect(await again().snapshot()).toEqual(east[1]);
    });
  });

  test('[CFG-18] a key that ends already is not rotated again: two keys live, not three', async () => {
    await withRegistry(async (registry, told) => {
      const { key } = given(await registry.createKey('checkout', ['route'], ACTOR));
      await registry.rotateKey(key.id, HOUR, ACTOR);
      const heard = told.updates.length;
      expect(await registry.rotateKey(key.id, HOUR, ACTOR)).toEqual({ ok: false, reason: 'already_rotated' });
      expect(await registry.listKeys()).toHaveLength(2);
      expect(told.updates).toHaveLength(heard);
    });
  });

  test('[CFG-18] a rotated key and its successor both travel until the overlap is over', async () => {
    await withRegistry(async (registry, told) => {
      const old = given(await registry.createKey('checkout', ['route'], ACTOR));
      const fresh = given(await registry.rotateKey(old.key.id, 50, ACTOR));
      expect(fresh.key).toMatchObject({ name: 'checkout', scopes: ['route'], hash: await sha256(fresh.secret) });
      expect(fresh.key.id).not.toBe(old.key.id);
      expect(told.updates.at(-1)?.update.keys.map(({ id }) => id)).toEqual([old.key.id, fresh.key.id]);
      await new Promise((done) => setTimeout(done, 80));
      expect((await registry.listKeys()).map(({ id }) => id)).toEqual([fresh.key.id]);
      expect(await registry.rotateKey(old.key.id, HOUR, ACTOR)).toEqual({ ok: false, reason: 'not_found' });
    });
  });

  test('[CFG-17] a revoked key is gone from the next announcement', async () => {
    await withRegistry(async (registry, told, again) => {
      const { key } = given(await registry.createKey('checkout', ['route'], ACTOR));
      expect(await registry.revokeKey(key.id, ACTOR)).toEqual({ ok: true });
      expect(told.updates.at(-1)?.update).toMatchObject({ keysVersion: 2, keys: [] });
      expect(await again().listKeys()).toEqual([]);
      expect(await registry.revokeKey(key.id, ACTOR)).toEqual({ ok: false, reason: 'not_found' });
    });
  });
});

describe('the audit log', () => {
  test('[CFG-19] every change is there with who, request and version, newest first, and without secrets', async () => {
    await withRegistry(async (registry, _, again) => {
      await registry.change({ op: 'put_processor', processor: processor('a'), mode: 'create' }, ACTOR, null);
      const { key, secret } = given(
        await registry.createKey('ops', ['admin'], { keyId: 'bootstrap', requestId: 'req_2' }),
      );
      const next = given(await registry.rotateKey(key.id, HOUR, ACTOR));
      await registry.revokeKey(key.id, ACTOR);
      await registry.note('reset_breaker', 'a', ACTOR);
      const { items, nextCursor } = await again().audit(null, 10);
      expect(
        items.map(({ action, subject, keyId, requestId, version }) => [action, subject, keyId, requestId, version]),
      ).toEqual([
        ['reset_breaker', 'a', 'key_tester', 'req_1', 1],
        ['revoke_key', key.id, 'key_tester', 'req_1', 3],
        ['rotate_key', key.id, 'key_tester', 'req_1', 2],
        ['create_key', key.id, 'bootstrap', 'req_2', 1],
        ['put_processor', 'a', 'key_tester', 'req_1', 1],
      ]);
      expect(nextCursor).toBeNull();
      const text = JSON.stringify(items);
      for (const hidden of [secret.slice(13), next.secret.slice(13), key.hash, next.key.hash])
        expect(text).not.toContain(hidden);
      expect(items[3]?.after).toContain('"scopes":["admin"]');
      expect(items[2]?.after).toContain(next.key.id);
    });
  });

  test('[CFG-19] pages follow each other without a gap or a repetition, though entries are added meanwhile', async () => {
    await withRegistry(async (registry) => {
      for (let at = 1; at <= 7; at += 1) await registry.note('reset_breaker', `p${at}`, ACTOR);
      const first = await registry.audit(null, 3);
      await registry.note('reset_breaker', 'p8', ACTOR);
      const second = await registry.audit(first.nextCursor, 3);
      const third = await registry.audit(second.nextCursor, 3);
      const subjects = [first, second, third].map(({ items }) => items.map(({ subject }) => subject));
      expect(subjects).toEqual([['p7', 'p6', 'p5'], ['p4', 'p3', 'p2'], ['p1']]);
      expect(third.nextCursor).toBeNull();
    });
  });

  test.each(['', 'nonsense', '1; DROP TABLE audit', '-1'])(
    '[CFG-19] a cursor that was never given out (%j) is an empty page',
    async (cursor) => {
      await withRegistry(async (registry) => {
        await registry.note('reset_breaker', 'a', ACTOR);
        expect(await registry.audit(cursor, 10)).toEqual({ items: [], nextCursor: null });
      });
    },
  );

  test('[CFG-26] the oldest entries go when there are more than 100,000', async () => {
    await withRegistry(async (registry, _, __, { storage }) => {
      storage.sql.exec(`
        WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 100000)
        INSERT INTO audit (at_ms, key_id, request_id, action, subject, version) SELECT n, 'k', 'r', 'note', 's' || n, 1 FROM counter`);
      await registry.note('reset_breaker', 'newest', ACTOR);
      const bounds = storage.sql
        .exec('SELECT COUNT(*) AS count, MIN(id) AS oldest, MAX(id) AS newest FROM audit')
        .one();
      expect(bounds).toEqual({ count: 100_000, oldest: 2, newest: 100_001 });
      expect((await registry.audit(null, 1)).items[0]?.subject).toBe('newest');
    });
  });
});

describe('alerts', () => {
  test('[CFG-27] a signal opens an alert that survives an eviction and is told to every board; the same one again is not', async () => {
    await withRegistry(async (registry, told, again) => {
      const on = signal('a');
      await registry.signal([on]);
      await registry.signal([on, on]);
      await again().signal([on]);
      const { items } = await again().alerts(null, null, 10);
      expect(items).toMatchObject([{ processorId: 'a', segment: 'PIX|BR', kind: 'breaker', closedAtMs: null }]);
      expect(items[0]?.id).toMatch(/^alt_[0-9a-f]{24}$/);
      expect(told.alerts).toEqual([
        { region: 'east', alerts: items },
        { region: 'west', alerts: items },
      ]);
    });
  });

  test('[CFG-27] the end of it closes the alert in its place', async () => {
    await withRegistry(async (registry, told, again) => {
      const on = signal('a');
      await registry.signal([on, signal('b')]);
      await registry.signal([{ ...on, state: 'off', atMs: on.atMs + 1 }]);
      const { items } = await again().alerts(null, null, 10);
      expect(items.map(({ processorId, closedAtMs }) => [processorId, closedAtMs !== null])).toEqual([
        ['a', true],
        ['b', false],
      ]);
      expect(told.alerts.at(-1)?.alerts.map(({ id }) => id)).toEqual([items[0]?.id]);
    });
  });

  test('[CFG-9] signals of a deleted processor open nothing, and its deletion closes what was open', async () => {
    await withRegistry(async (registry, told) => {
      await registry.change({ op: 'import', document: sampleDocument({ rules: [] }) }, ACTOR, null);
      const epoch = (await registry.configuration()).processors.find(({ id }) => id === 'a')?.epoch ?? 0;
      await registry.signal([signal('a', { epoch })]);
      await registry.change({ op: 'delete_processor', id: asProcessorId('a') }, ACTOR, null);
      expect(told.alerts.at(-1)?.alerts).toMatchObject([{ processorId: 'a' }]);
      expect(told.alerts.at(-1)?.alerts[0]?.closedAtMs).not.toBeNull();
      await registry.signal([
        signal('a', { epoch, kind: 'technical', scope: 'CARD|BR' as SegmentKey, atMs: Date.now() + 1 }),
      ]);
      const { items } = await registry.alerts(null, null, 10);
      expect(items.map(({ processorId, closedAtMs }) => [processorId, closedAtMs !== null])).toEqual([['a', true]]);
    });
  });

  test('[CFG-27] pages are in the order of opening, and since leaves out what has not changed since', async () => {
    await withRegistry(async (registry) => {
      const ids = ['a', 'b', 'c', 'd', 'e'];
      for (const id of ids) await registry.signal([signal(id)]);
      const first = await registry.alerts(0, null, 2);
      const second = await registry.alerts(0, first.nextCursor, 2);
      const third = await registry.alerts(0, second.nextCursor, 2);
      const pages = [first, second, third].map(({ items }) => items.map(({ processorId }) => processorId));
      expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
      expect(third.nextCursor).toBeNull();
      await new Promise((done) => setTimeout(done, 20));
      const since = Date.now();
      expect((await registry.alerts(since, null, 10)).items).toEqual([]);
      await registry.signal([signal('b', { state: 'off', atMs: since + 1 })]);
      expect((await registry.alerts(since, null, 10)).items).toMatchObject([{ processorId: 'b' }]);
    });
  });

  test('[CFG-27] without since and cursor the newest page is given, oldest of them first, and it is the last', async () => {
    await withRegistry(async (registry) => {
      for (const id of ['a', 'b', 'c']) await registry.signal([signal(id)]);
      const { items, nextCursor } = await registry.alerts(null, null, 2);
      expect(items.map(({ processorId }) => processorId)).toEqual(['b', 'c']);
      expect(nextCursor).toBeNull();
    });
  });

  test('[CFG-27] of more than 10,000 closed alerts the first that closed go, and none that is open', async () => {
    await withRegistry(async (registry, _, __, { storage }) => {
      await registry.signal([signal('first')]);
      const on = signal('a');
      await registry.signal([on]);
      storage.sql.exec(`
        WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 10000)
        INSERT INTO alert (id, changed_at, body, closed_at) SELECT 'alt_' || n, n, '{}', n FROM counter`);
      await registry.signal([{ ...on, state: 'off', atMs: on.atMs + 1 }]);
      const bounds = storage.sql
        .exec('SELECT COUNT(*) AS count, MIN(sequence) AS oldest, MIN(closed_at) AS first FROM alert')
        .one();
      expect(bounds).toEqual({ count: 10_001, oldest: 1, first: 2 });
    });
  });
});
