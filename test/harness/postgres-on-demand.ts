// A PostgreSQL for tests inside workerd, which cannot start one: it is started when the first of them asks, and migrated.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type LocalPostgres, openPostgres } from '../../tools/postgres/open-postgres.ts';
import { migrate, readMigrations } from '../../tools/postgres/migrations.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A request to it is answered with the address of the database. */
    postgresOnDemand: string;
  }
}

/** For `globalSetup`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let opening: Promise<LocalPostgres> | null = null;
  const open = async (): Promise<LocalPostgres> => {
    const postgres = await openPostgres();
    await migrate(postgres.databaseUrl, readMigrations());
    return postgres;
  };
  const server = createServer((_, response) => {
    opening ??= open();
    opening.then(
      ({ databaseUrl }) => response.end(databaseUrl),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('postgresOnDemand', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const postgres = await (opening as Promise<LocalPostgres> | null)?.catch(() => null);
    await postgres?.close();
  };
}
