// Schema steps on a real object's SQLite: each runs once, all that are due or none.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { migrateSchema } from '../../durable-objects/schema.ts';

let serial = 0;
/** The storage of an object that has never been used for anything else. */
async function withStorage(run: (storage: DurableObjectStorage) => void): Promise<void> {
  serial += 1;
  const stub = env.REGISTRY.get(env.REGISTRY.idFromName(`schema-${serial}`));
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec('DELETE FROM _schema');
    run(storage);
  });
}

const reached = (storage: DurableObjectStorage): unknown[] =>
  storage.sql
    .exec('SELECT version FROM _schema')
    .toArray()
    .map(({ version }) => version);
const fruits = (storage: DurableObjectStorage): unknown[] =>
  storage.sql.exec('SELECT name, taste FROM fruit ORDER BY name').toArray();

const FIRST = ['CREATE TABLE fruit (name TEXT PRIMARY KEY)', `INSERT INTO fruit (name) VALUES ('fig')`];
const SECOND = [`ALTER TABLE fruit ADD COLUMN taste TEXT NOT NULL DEFAULT 'sweet'`];

test('[CFG-22] a step runs once, and a later one runs on what the earlier ones left', async () => {
  await withStorage((storage) => {
    migrateSchema(storage, [FIRST]);
    migrateSchema(storage, [FIRST]);
    expect(reached(storage)).toEqual([1]);
    migrateSchema(storage, [FIRST, SECOND]);
    expect(reached(storage)).toEqual([2]);
    expect(fruits(storage)).toEqual([{ name: 'fig', taste: 'sweet' }]);
  });
});

test('[CFG-22] an object that is up to date writes nothing when it wakes', async () => {
  await withStorage((storage) => {
    migrateSchema(storage, [FIRST, SECOND]);
    const changes = (): unknown => storage.sql.exec('SELECT total_changes() AS count').one()['count'];
    const before = changes();
    migrateSchema(storage, [FIRST, SECOND]);
    expect(changes()).toBe(before);
  });
});

test('[CFG-22] a step that fails leaves everything as it was', async () => {
  await withStorage((storage) => {
    migrateSchema(storage, [FIRST]);
    const broken = [`INSERT INTO fruit (name) VALUES ('kiwi')`, 'INSERT INTO nowhere VALUES (1)'];
    expect(() => migrateSchema(storage, [FIRST, SECOND, broken])).toThrow('nowhere');
    expect(reached(storage)).toEqual([1]);
    expect(storage.sql.exec('SELECT * FROM fruit').toArray()).toEqual([{ name: 'fig' }]);
  });
});

test('[CFG-22] state of newer code is refused', async () => {
  await withStorage((storage) => {
    migrateSchema(storage, [FIRST, SECOND]);
    expect(() => migrateSchema(storage, [FIRST])).toThrow('schema version 2 is newer than this code, which knows 1');
    expect(reached(storage)).toEqual([2]);
  });
});
