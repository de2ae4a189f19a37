// Opens what stands in for Neon on this machine: a PostgreSQL of its own behind a proxy that speaks Neon's protocol.
import { startNeonProxy, type NeonProxy } from './neon-proxy.ts';
import { startPostgresServer, type PostgresServer } from './postgres-server.ts';

export interface LocalPostgres {
  /** For the Worker and the tools alike; names the proxy. */
  readonly databaseUrl: string;
  readonly server: PostgresServer;
  readonly proxy: NeonProxy;
  close(): Promise<void>;
}

export interface PostgresChoice {
  /** Where it keeps what it holds; default: nowhere, it goes with the server. */
  readonly directory?: string;
  /** Where an earlier proxy was reached, if it can be. */
  readonly port?: number | null;
}

export async function openPostgres({ directory, port }: PostgresChoice = {}): Promise<LocalPostgres> {
  const server = await startPostgresServer(directory ?? null);
  const proxy = await startNeonProxy(server.address, port ?? null);
  const { user, password, database } = server.address;
  return {
    databaseUrl: `postgres://${user}:${password}@127.0.0.1:${proxy.port}/${database}`,
    server,
    proxy,
    close: async () => {
      await proxy.close();
      await server.close();
    },
  };
}
