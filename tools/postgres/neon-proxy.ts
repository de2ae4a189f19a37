// Speaks Neon's SQL-over-HTTP protocol on loopback in front of a PostgreSQL: one query or one transaction a request; misbehaves when a test asks for it.
// Source: the requests of @neondatabase/serverless 1.2.0 (`httpQuery.ts`) and what it makes of the answers, read 2026-11.
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { bodyOf, tell, type Told } from '../json-over-http.ts';
import type { AddressInfo } from 'node:net';
import { neonConfig, Pool, type PoolClient } from '@neondatabase/serverless';
import type { PostgresAddress } from './postgres-server.ts';
import { SocketBeneath } from './socket-beneath.ts';

/** `hang`: never answers and does nothing. `server_error`: 500. `cut`: does what it was asked and then closes the connection, so that the caller cannot know. */
export type ProxyFault = 'hang' | 'server_error' | 'cut';

export interface NeonProxy {
  readonly port: number;
  /** How many requests have come, whatever became of them. */
  readonly requests: number;
  /** Of those that hang: how many still do, and how many have been given up by who asked. */
  readonly hanging: { readonly open: number; readonly givenUp: number };
  /** For so many requests from now on, if it is not for ever; `null`: well again. */
  misbehave(fault: ProxyFault | null, requests?: number): void;
  close(): Promise<void>;
}

/** Neon's own limit for a request or an answer. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const CONNECTIONS_MAX = 16;
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 60_000;
const ISOLATION: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

interface Query {
  readonly query: string;
  readonly params: unknown[];
}

/** As `libpq` reports a refusal, and as Neon hands it on. */
interface SqlRefusal extends Error {
  readonly code: string;
  readonly severity: string;
}

/** `wantedPort`: another is taken where that one is no longer free. */
export async function startNeonProxy(address: PostgresAddress, wantedPort: number | null = null): Promise<NeonProxy> {
  const pool = createPool(address);
  let fault: { readonly kind: ProxyFault; left: number } | null = null;
  let requests = 0;
  const hanging = { open: 0, givenUp: 0 };
  const server = createServer((request, response) => {
    requests += 1;
    const kind = fault !== null && fault.left-- > 0 ? fault.kind : null;
    if (kind === 'hang') {
      hanging.open += 1;
      response.once('close', () => {
        hanging.open -= 1;
        hanging.givenUp += 1;
      });
    }
    serve({ pool, address, fault: kind }, request, response).catch((error: unknown) => {
      if (!response.headersSent) tell(response, { status: 500, body: { message: String(error) } });
    });
  });
  if (wantedPort === null || !(await listens(server, wantedPort))) await listens(server, 0);
  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests;
    },
    get hanging() {
      return { ...hanging };
    },
    misbehave: (kind, count = Infinity) => {
      fault = kind === null ? null : { kind, left: count };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}

function createPool({ host, port, user, password, database }: PostgresAddress): Pool {
  neonConfig.webSocketConstructor = SocketBeneath;
  neonConfig.wsProxy = (its, port) => `${its}:${port}`;
  neonConfig.useSecureWebSocket = false;
  neonConfig.pipelineConnect = false;
  const pool = new Pool({
    host,
    port,
    user,
    password,
    database,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  // A connection that breaks while nobody uses it; the next request takes another.
  pool.on('error', () => undefined);
  return pool;
}

/** False: the port is not to be had. */
function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const refused = (): void => resolve(false);
    server.once('error', refused);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', refused);
      resolve(true);
    });
  });
}

interface Desk {
  readonly pool: Pool;
  readonly address: PostgresAddress;
  readonly fault: ProxyFault | null;
}

async function serve(
  { pool, address, fault }: Desk,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = await bodyOf(request, BODY_BYTES_MAX);
  if (fault === 'hang') return;
  if (fault === 'server_error') return tell(response, { status: 500, body: { message: 'control plane' } });
  if (request.method !== 'POST' || request.url !== '/sql')
    return tell(response, { status: 404, body: { message: 'this proxy knows POST /sql only' } });
  if (text === null) return tell(response, { status: 413, body: { message: 'request is too large' } });
  if (!isInvited(request, address)) {
    const message = `password authentication failed for user '${address.user}'`;
    return tell(response, { status: 400, body: { message, code: '28P01', severity: 'FATAL' } });
  }
  const told = await answer(pool, request, text);
  if (fault === 'cut') response.destroy();
  else tell(response, told);
}

function isInvited(request: IncomingMessage, { user, password }: PostgresAddress): boolean {
  const asked = request.headers['neon-connection-string'];
  if (typeof asked !== 'string' || !URL.canParse(asked)) return false;
  const url = new URL(asked);
  const [given, wanted] = [Buffer.from(decodeURIComponent(url.password)), Buffer.from(password)];
  return decodeURIComponent(url.username) === user && given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function answer(pool: Pool, request: IncomingMessage, text: string): Promise<Told> {
  const asked = JSON.parse(text) as Query | { readonly queries: readonly Query[] };
  let client: PoolClient | null = null;
  try {
    client = await pool.connect();
    if (!('queries' in asked)) return { status: 200, body: await run(client, asked) };
    return { status: 200, body: { results: await runTogether(client, asked.queries, request) } };
  } catch (error) {
    if (isSqlRefusal(error)) return { status: 400, body: { ...error, message: error.message } };
    const why = error instanceof Error ? error.message : 'no connection';
    return { status: 500, body: { message: `PostgreSQL is out of reach: ${why}` } };
  } finally {
    client?.release();
  }
}

async function runTogether(
  client: PoolClient,
  queries: readonly Query[],
  request: IncomingMessage,
): Promise<unknown[]> {
  const isolation = ISOLATION[String(request.headers['neon-batch-isolation-level'])] ?? 'READ COMMITTED';
  const access = request.headers['neon-batch-read-only'] === 'true' ? 'READ ONLY' : 'READ WRITE';
  await client.query(`BEGIN ISOLATION LEVEL ${isolation} ${access}`);
  try {
    const results = [];
    for (const query of queries) results.push(await run(client, query));
    await client.query('COMMIT');
    return results;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Values stay as PostgreSQL writes them: the driver reads them itself. */
async function run(client: PoolClient, { query, params }: Query): Promise<unknown> {
  const { fields, rows, rowCount, command } = await client.query({
    text: query,
    values: params,
    rowMode: 'array',
    types: { getTypeParser: () => (value: unknown) => value },
  });
  return { fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })), rows, rowCount, command };
}

/** Said by PostgreSQL about what it was asked; of its own state (class 57: it is shutting down) Neon tells as of a fault. */
const isSqlRefusal = (error: unknown): error is SqlRefusal =>
  error instanceof Error &&
  typeof (error as Partial<SqlRefusal>).code === 'string' &&
  typeof (error as Partial<SqlRefusal>).severity === 'string' &&
  !(error as SqlRefusal).code.startsWith('57P');
