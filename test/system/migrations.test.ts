// The migrations against a real PostgreSQL: what they make is what the code believes, and their past cannot be edited.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getTableColumns, getTableName } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import * as schema from '../../src/db/schema.ts';
import { migrate, type Migration, readMigrations } from '../../tools/postgres/migrations.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';
import { tryProgram } from '../../tools/run-program.ts';

const database = useHistoryDatabase();
const query = (text: string, ...parameters: unknown[]) => rowsOf(database().databaseUrl, text, parameters);
const tables: readonly PgTable[] = Object.values(schema);

interface ColumnShape {
  readonly type: string;
  readonly isNullable: boolean;
  readonly hasDefault: boolean;
}

/** As PostgreSQL spells a type; Drizzle puts a space in one of them. */
const spelled = (type: string): string => type.replace('timestamp (', 'timestamp(');

function inCode(table: PgTable): Record<string, ColumnShape> {
  const columns = Object.values(getTableColumns(table)).map((column) => [
    column.name,
    { type: spelled(column.getSQLType()), isNullable: !column.notNull, hasDefault: column.hasDefault },
  ]);
  return Object.fromEntries(columns) as Record<string, ColumnShape>;
}

async function inDatabase(name: string): Promise<Record<string, ColumnShape>> {
  const rows = await query(
    `SELECT attname, format_type(atttypid, atttypmod) AS type, attnotnull, atthasdef FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    name,
  );
  const columns = rows.map(({ attname, type, attnotnull, atthasdef }) => [
    attname,
    { type, isNullable: attnotnull === false, hasDefault: atthasdef },
  ]);
  return Object.fromEntries(columns) as Record<string, ColumnShape>;
}

/** Columns of the primary key, in its order. */
async function keyOf(name: string): Promise<string[]> {
  const rows = await query(
    `SELECT attname FROM pg_index, unnest(indkey) WITH ORDINALITY AS key(attnum, place)
     JOIN pg_attribute USING (attnum) WHERE indrelid = $1::regclass AND attrelid = indrelid AND indisprimary ORDER BY place`,
    name,
  );
  return rows.map(({ attname }) => String(attname));
}

describe('tables', () => {
  test('[HIS-14] code and migrations know the same tables', async () => {
    const rows = await query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
    );
    expect(rows.map(({ relname }) => relname).sort()).toEqual(tables.map((table) => getTableName(table)).sort());
  });

  test.each(tables.map((table) => [getTableName(table), table] as const))(
    '[HIS-14] %s has the same columns, types, nullability, defaults and key in both',
    async (name, table) => {
      expect(inCode(table)).toEqual(await inDatabase(name));
      const { columns, primaryKeys } = getTableConfig(table);
      const own = columns.filter(({ primary }) => primary).map((column) => column.name);
      const joint = primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
      expect(await keyOf(name)).toEqual([...own, ...joint]);
    },
  );

  test('[HIS-14] a column that only one of them has, of another type or nullability, is a difference', async () => {
    const before = await inDatabase('audit');
    await query(
      `ALTER TABLE audit ADD COLUMN extra text, ALTER COLUMN version TYPE integer, ALTER COLUMN before SET NOT NULL`,
    );
    const after = await inDatabase('audit');
    const changed = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
    expect(changed.sort()).toEqual(['before', 'extra', 'version']);
    await query(
      `ALTER TABLE audit DROP COLUMN extra, ALTER COLUMN version TYPE bigint, ALTER COLUMN before DROP NOT NULL`,
    );
  });
});

/** Numbers and tables that no migration of ours has. */
const later = (name: string, ...statements: readonly string[]): Migration => ({
  name,
  checksum: `of ${statements.join()}`,
  statements,
});

describe('migrating', () => {
  const known = readMigrations();
  const run = (...more: readonly Migration[]) => migrate(database().databaseUrl, [...known, ...more]);
  const forget = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) await query(`DELETE FROM schema_migrations WHERE name = $1`, name);
    await query(`DROP TABLE IF EXISTS t1, t2`);
  };

  test('[HIS-13] each runs once, by two at once as well, in the order of their numbers', async () => {
    const one = later('8001_create_one.sql', 'CREATE TABLE t1 (a int)');
    const two = later('8002_create_two.sql', 'CREATE TABLE t2 AS SELECT * FROM t1');
    const both = await Promise.all([run(one, two), run(one, two)]);
    expect(both.flat().sort()).toEqual([one.name, two.name]);
    expect(await run(one, two)).toEqual([]);
    await forget(one.name, two.name);
  });

  test('[HIS-13] one that fails half way leaves nothing, and is named', async () => {
    const broken = later('8001_create_one.sql', 'CREATE TABLE t1 (a int)', 'SELECT nonsense');
    await expect(run(broken)).rejects.toThrow(/8001_create_one\.sql was refused and nothing of it done: .*nonsense/);
    expect(await query(`SELECT to_regclass('t1') AS t1`)).toEqual([{ t1: null }]);
    expect(await query(`SELECT 1 FROM schema_migrations WHERE name = $1`, broken.name)).toEqual([]);
  });

  test('[HIS-13] one that was changed after it was run is refused by name, and nothing else runs', async () => {
    const edited = known.map((each) => ({ ...each, checksum: 'f'.repeat(64) }));
    const next = later('8001_create_one.sql', 'CREATE TABLE t1 (a int)');
    await expect(migrate(database().databaseUrl, [...edited, next])).rejects.toThrow(
      `${known[0]!.name} was changed after the database had run it`,
    );
    expect(await query(`SELECT to_regclass('t1') AS t1`)).toEqual([{ t1: null }]);
  });

  test('[HIS-13] a database that is ahead of this code is refused, and one that would be overtaken', async () => {
    const ahead = later('8005_create_one.sql', 'CREATE TABLE t1 (a int)');
    await run(ahead);
    await expect(run()).rejects.toThrow(/8005_create_one\.sql, which is not in migrations\//);
    const late = later('8003_create_two.sql', 'CREATE TABLE t2 (a int)');
    await expect(run(late, ahead)).rejects.toThrow(/8003_create_two\.sql was never run, but the later 8005/);
    await forget(ahead.name);
  });

  test('[HIS-13] a file with a wrong name, or a number that another has, is refused by name', () => {
    const directory = mkdtempSync(join(tmpdir(), 'migrations-'));
    try {
      writeFileSync(join(directory, '0001_create_a.sql'), 'SELECT 1;\r\n--> statement-breakpoint\r\nSELECT 2;\r\n');
      writeFileSync(join(directory, 'README.md'), 'no migration');
      const [read] = readMigrations(directory);
      expect(read!.statements.map((statement) => statement.trim())).toEqual(['SELECT 1;', 'SELECT 2;']);
      writeFileSync(join(directory, '0001_create_b.sql'), 'SELECT 1');
      expect(() => readMigrations(directory)).toThrow('0001_create_a.sql and 0001_create_b.sql have the same number');
      rmSync(join(directory, '0001_create_b.sql'));
      writeFileSync(join(directory, 'b.sql'), 'SELECT 1');
      expect(() => readMigrations(directory)).toThrow('b.sql is not named NNNN_verb_noun.sql');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('npm run migrate', () => {
  const tool = (env: Record<string, string>, ...args: string[]) =>
    tryProgram('node', ['tools/migrate.ts', ...args], { env });

  test('[HIS-13] the tool runs what is waiting and says so, and without a database says what is missing', async () => {
    const databaseUrl = database().databaseUrl;
    expect(await tool({ DATABASE_URL: databaseUrl })).toEqual({
      code: 0,
      output: expect.stringContaining('nothing to run'),
    });
    await query(`UPDATE schema_migrations SET checksum = 'other'`);
    const edited = await tool({ DATABASE_URL: databaseUrl });
    expect(edited).toEqual({ code: 1, output: expect.stringMatching(/^0001_create_history\.sql was changed/) });
    const nowhere = await tool({ DATABASE_URL: 'postgres://a:b@127.0.0.1:9/c' });
    expect(nowhere).toEqual({ code: 1, output: expect.stringMatching(/^the history database cannot be reached: /) });
    const home = mkdtempSync(join(tmpdir(), 'home-'));
    const none = await tool({ DATABASE_URL: '' }, '--home', home);
    rmSync(home, { recursive: true });
    expect(none).toEqual({ code: 1, output: expect.stringContaining('set DATABASE_URL, or run npm start once') });
    expect((await tool({}, '--help')).output).toContain('npm run migrate');
  });
});
