// The history database of `npm start`: a PostgreSQL of this machine, migrated, unless DATABASE_URL names another.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate, readMigrations } from './migrations.ts';
import { openPostgres } from './open-postgres.ts';

export interface LocalHistory {
  readonly databaseUrl: string;
  /** Where PostgreSQL itself listens, for psql and the like; `null`: it is another's. */
  readonly psqlUrl: string | null;
}

/** One that is named is left as it is: whoever names it migrates it. Its own keeps its port, for people connect to it. */
export async function openHistory(directory: string, named: string | undefined): Promise<LocalHistory> {
  if (named !== undefined && named !== '') return { databaseUrl: named, psqlUrl: null };
  const portFile = join(directory, 'port');
  const port = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : null;
  const postgres = await openPostgres({ directory, port });
  writeFileSync(portFile, String(postgres.proxy.port));
  await migrate(postgres.databaseUrl, readMigrations());
  const { user, password, host, port: its, database } = postgres.server.address;
  return { databaseUrl: postgres.databaseUrl, psqlUrl: `postgres://${user}:${password}@${host}:${its}/${database}` };
}
