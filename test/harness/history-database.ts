// A PostgreSQL of its own for one test file, behind the proxy that stands in for Neon, and what is read from it.
import { afterAll, beforeAll } from 'vitest';
import { leaveOnSignal } from './leave-on-signal.ts';
import { migrate, readMigrations } from '../../tools/postgres/migrations.ts';
import { type NeonProxy, startNeonProxy } from '../../tools/postgres/neon-proxy.ts';
import { neon } from '../../src/db/neon-endpoint.ts';
import { type LocalPostgres, openPostgres } from '../../tools/postgres/open-postgres.ts';

export interface HistoryUnderTest extends LocalPostgres {
  /** Of a proxy of its own, which behaves whatever the other one does. */
  readonly readUrl: string;
}

/** Started and migrated before the file's tests and stopped after them; call the function inside a test to reach it. */
export function useHistoryDatabase(): () => HistoryUnderTest {
  let held: HistoryUnderTest | null = null;
  let reader: NeonProxy | null = null;
  leaveOnSignal();
  beforeAll(async () => {
    const postgres = await openPostgres();
    reader = await startNeonProxy(postgres.server.address);
    held = { ...postgres, readUrl: postgres.databaseUrl.replace(/:\d+\//, `:${reader.port}/`) };
    await migrate(held.databaseUrl, readMigrations());
  });
  afterAll(async () => {
    await reader?.close();
    await held?.close();
  });
  return () => {
    if (held === null) throw new Error('the database is up only while tests run');
    return held;
  };
}

type Row = Readonly<Record<string, unknown>>;

export async function rowsOf(databaseUrl: string, query: string, parameters: unknown[] = []): Promise<Row[]> {
  return await neon(databaseUrl).query(query, parameters);
}
