// The Registry on workerd: what it accepted is on disk, what it refused is nowhere, and the boards hear of it if they can.
import { env } from 'cloudflare:workers';
import { evictDurableObject, reset } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import { createRegistryClient, registryStub } from '../../durable-objects/registry-client.ts';
import { boardStub } from '../../durable-objects/board-client.ts';
import { ROUTING_SETTINGS_DEFAULT } from '../../src/domain/configuration/configuration.ts';
import type { ConfigurationChange } from '../../src/domain/configuration/configuration-change.ts';
import { PART_MAX } from '../../src/domain/configuration/stored-configuration.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { override, processor, rule, sampleDocument } from '../domain/configuration/sample-configuration.ts';
import stored from '../domain/configuration/stored-format-0.json';
import { PIX_BR } from '../harness/results.ts';
import { ACTOR, newRegistryStub, withRegistry } from './registry-harness.ts';

const create = (id: string): ConfigurationChange => ({ op: 'put_processor', processor: processor(id), mode: 'create' });
const importSample: ConfigurationChange = { op: 'import', document: sampleDocument() };

// Real objects share the region's one board: what a test told it must not reach the next.
beforeEach(async () => await reset());

describe('changes', () => {
  test('[CFG-23] an accepted change survives an eviction, one after the other', async () => {
    const stub = newRegistryStub();
    for (const [at, id] of ['a', 'b', 'c'].entries()) {
      expect(await stub.change(create(id), ACTOR, at)).toMatchObject({ ok: true, configuration: { version: at + 1 } });
      await evictDurableObject(stub);
    }
    const { version, processors } = await stub.configuration();
    expect({ version, ids: processors.map(({ id }) => id) }).toEqual({ version: 3, ids: ['a', 'b', 'c'] });
  });

  test('[CFG-23] of 20 callers who saw the same version one lands and 19 are told the newer one', async () => {
    const stub = newRegistryStub();
    const ids = Array.from({ length: 20 }, (_, at) => `p${at}`);
    const replies = await Promise.all(ids.map(async (id) => await stub.change(create(id), ACTOR, 0)));
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1);
    const refused = replies.filter(({ ok }) => !ok);
    expect(refused).toEqual(
      Array.from({ length: 19 }, () => ({ ok: false, reason: 'stale_version', currentVersion: 1 })),
    );
    expect((await stub.configuration()).processors).toHaveLength(1);
  });

  test('[CFG-23] a trial run answers what would come out and leaves no trace', async () => {
    await withRegistry(async (registry, told, again) => {
      const reply = await registry.change(importSample, ACTOR, null, true);
      expect(reply).toMatchObject({ ok: true, configuration: { version: 1, processors: [{ id: 'a' }, { id: 'b' }] } });
      for (const object of [registry, again()]) {
        expect(await object.configuration()).toMatchObject({ version: 0, processors: [] });
        expect((await object.audit(null, 10)).items).toEqual([]);
      }
      expect(told.updates).toEqual([]);
    });
  });

  test('[PRI-8] priors that are so already leave no trace', async () => {
    await withRegistry(async (registry, told, again) => {
      const priors = [{ processorId: asProcessorId('a'), segment: PIX_BR, prior: { mean: 0.9, weight: 40 } }];
      await registry.change(create('a'), ACTOR, null);
      await registry.change({ op: 'put_priors', priors }, ACTOR, null);
      const updates = told.updates.length;
      for (const same of [priors, []]) {
        const reply = await registry.change({ op: 'put_priors', priors: same }, ACTOR, 2);
        expect(reply).toMatchObject({
          ok: true,
          configuration: { version: 2, processors: [{ priors: [{ mean: 0.9 }] }] },
        });
      }
      expect((await again().audit(null, 10)).items).toHaveLength(2);
      expect(told.updates).toHaveLength(updates);
    });
  });

  test('[CFG-23] a refused change leaves no trace', async () => {
    await withRegistry(async (registry, told, again) => {
      const removal = { op: 'delete_rule', id: 'x' } as const;
      expect(await registry.change(removal, ACTOR, null)).toEqual({ ok: false, reason: 'not_found' });
      expect(await again().configuration()).toMatchObject({ version: 0 });
      expect((await registry.audit(null, 10)).items).toEqual([]);
      expect(told.updates).toEqual([]);
    });
  });

  test('[CFG-23] a change that cannot be written whole is written not at all, in memory as on disk', async () => {
    await withRegistry(async (registry, told, again, { storage }) => {
      storage.sql.exec('ALTER TABLE audit RENAME TO elsewhere');
      await expect(registry.change(create('a'), ACTOR, null)).rejects.toThrow('audit');
      storage.sql.exec('ALTER TABLE elsewhere RENAME TO audit');
      for (const object of [registry, again()]) expect(await object.configuration()).toMatchObject({ version: 0 });
      expect(told.updates).toEqual([]);
    });
  });

  test('[CFG-12] an override past its time is not shown, though nothing has changed since', async () => {
    await withRegistry(async (registry) => {
      await registry.change(importSample, ACTOR, null);
      const now = Date.now();
      const short = override('o', { createdAtMs: now, expiresAtMs: now + 1_000 });
      await registry.change({ op: 'put_override', override: short }, ACTOR, null);
      expect((await registry.configuration()).overrides).toHaveLength(1);
      await new Promise((done) => setTimeout(done, 1_050));
      expect((await registry.configuration()).overrides).toEqual([]);
      expect((await registry.snapshot()).configuration.overrides).toEqual([]);
    });
  });
});

describe('what is stored', () => {
  test('[CFG-20] a configuration of format 0 on disk is read, and stored as format 1 with the next change', async () => {
    await withRegistry(async (_, __, again, { storage }) => {
      storage.sql.exec('INSERT INTO configuration (part, text) VALUES (0, ?)', JSON.stringify(stored));
      const upgraded = again();
      expect(await upgraded.configuration()).toMatchObject({
        format: 1,
        version: stored.version,
        routing: ROUTING_SETTINGS_DEFAULT,
      });
      expect(await upgraded.change(create('new'), ACTOR, stored.version)).toMatchObject({ ok: true });
      const { text } = storage.sql.exec<{ text: string }>('SELECT text FROM configuration').one();
      expect(JSON.parse(text)).toMatchObject({
        format: 1,
        version: stored.version + 1,
        routing: ROUTING_SETTINGS_DEFAULT,
      });
    });
  });

  test('[CFG-20] a configuration beyond one row is kept in parts, and no part outlives a smaller one', async () => {
    await withRegistry(async (registry, _, again, { storage }) => {
      const name = '₿'.repeat(200);
      const countries = Array.from({ length: 250 }, (__, at) =>
        String.fromCharCode(65 + Math.floor(at / 26), 65 + (at % 26)),
      );
      const rules = Array.from({ length: 1_000 }, (__, at) => rule(`r${at}`, { name, countries }));
      const big: ConfigurationChange = { op: 'import', document: sampleDocument({ rules }) };
      expect(await registry.change(big, ACTOR, null)).toMatchObject({ ok: true });
      const sizes = (): number[] =>
        storage.sql
          .exec<{ size: number }>('SELECT length(text) AS size FROM configuration ORDER BY part')
          .toArray()
          .map(({ size }) => size);
      expect(sizes().length).toBeGreaterThan(1);
      expect(Math.max(...sizes())).toBe(PART_MAX);
      expect((await again().configuration()).rules).toEqual(rules);
      await registry.change(importSample, ACTOR, null);
      expect(sizes()).toHaveLength(1);
      expect((await again().configuration()).rules).toEqual([rule('big')]);
    });
  });
});

describe('telling the boards', () => {
  test('[CFG-24] every region hears of a change when it is saved, before it is answered', async () => {
    await withRegistry(async (registry, told) => {
      await registry.change(importSample, ACTOR, null);
      expect(told.updates.map(({ region }) => region)).toEqual(['east', 'west']);
      const { update } = told.updates[0] ?? {};
      expect(update).toEqual(await registry.snapshot());
      expect(update?.configuration.version).toBe(1);
    });
  });

  test.each(['throws', 'hangs'] as const)(
    '[CFG-24] a board that %s costs half a second at most, and the change stands',
    async (conduct) => {
      await withRegistry(async (registry, _, again) => {
        const start = performance.now();
        const removeRule = { op: 'delete_rule', id: 'big' } as const;
        for (const change of [importSample, removeRule])
          expect(await registry.change(change, ACTOR, null)).toMatchObject({ ok: true });
        const bury = { op: 'delete_processor', id: asProcessorId('a') } as const;
        expect(await registry.change(bury, ACTOR, null)).toMatchObject({ ok: true });
        expect(performance.now() - start).toBeLessThan(conduct === 'hangs' ? 3 * 500 + 400 : 400);
        expect(await again().configuration()).toMatchObject({ version: 3, processors: [{ id: 'b' }] });
      }, conduct);
    },
  );

  test('[CFG-24] a processor that is deleted or imported away is retired by its epoch, and no object is made for a new one', async () => {
    await withRegistry(async (registry, told) => {
      await registry.change(importSample, ACTOR, null);
      expect(told.processorsTouched).toEqual([]);
      const epochs = Object.fromEntries(
        (await registry.configuration()).processors.map(({ id, epoch }) => [id, epoch]),
      );
      await registry.change({ op: 'delete_processor', id: asProcessorId('b') }, ACTOR, null);
      const other = sampleDocument({ processors: [processor('c')], rules: [] });
      await registry.change({ op: 'import', document: other }, ACTOR, null);
      expect(told.retired).toEqual([
        { id: 'b', epoch: epochs['b'] },
        { id: 'a', epoch: epochs['a'] },
      ]);
    });
  });

  test('[CFG-24] the real board of the region has the change when it is answered', async () => {
    const client = createRegistryClient(env);
    const reply = await client.change(create('real'), ACTOR, null);
    const version = reply.ok ? reply.configuration.version : null;
    const delta = await boardStub(env, 'main').refill(null, []);
    expect(delta.configuration?.version).toBe(version);
    expect(await registryStub(env).snapshot()).toMatchObject({ configuration: { version }, bootstrapVoid: false });
  });
});

describe('the client', () => {
  /** A namespace whose object fails the first `faults` calls. */
  function failing(faults: number, fault: Error) {
    const calls: string[] = [];
    const stubs: object[] = [];
    const call = (name: string) => async () => {
      calls.push(name);
      if (calls.length <= faults) throw fault;
      return { items: [], nextCursor: null };
    };
    const get = (): object => {
      const stub = { audit: call('audit'), change: call('change'), note: call('note') };
      stubs.push(stub);
      return stub;
    };
    const client = createRegistryClient({ REGISTRY: { idFromName: (name: string) => name, get } } as unknown as Env);
    return { client, calls, stubs };
  }

  test('[CFG-25] what only reads is asked once more, of a new stub', async () => {
    const { client, calls, stubs } = failing(1, new Error('reset'));
    expect(await client.audit(null, 5)).toEqual({ items: [], nextCursor: null });
    expect([calls.length, stubs.length]).toEqual([2, 2]);
  });

  test('[CFG-25] a second fault is the answer', async () => {
    const { client, calls } = failing(9, new Error('reset'));
    await expect(client.audit(null, 5)).rejects.toThrow('reset');
    expect(calls).toHaveLength(2);
  });

  test('[CFG-25] an object that is overloaded is not asked again', async () => {
    const { client, calls } = failing(9, Object.assign(new Error('busy'), { overloaded: true }));
    await expect(client.audit(null, 5)).rejects.toThrow('busy');
    expect(calls).toHaveLength(1);
  });

  test('[CFG-25] what changes something is never sent twice', async () => {
    const { client, calls } = failing(9, new Error('reset'));
    await expect(client.change(create('a'), ACTOR, null)).rejects.toThrow('reset');
    await expect(client.note('reset_breaker', 'a', ACTOR)).rejects.toThrow('reset');
    expect(calls).toEqual(['change', 'note']);
  });
});
