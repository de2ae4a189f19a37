// Runs a PostgreSQL of its own as a child: loopback, a free port, one database, nothing written but into one directory.
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { endProgram, startProgram } from '../run-program.ts';
import { findPostgresPlace, type PostgresPlace } from './postgres-place.ts';

export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface PostgresServer {
  readonly address: PostgresAddress;
  /** After `stop` or `kill`: the same data at the same address. */
  start(): Promise<void>;
  /** Lets nobody finish. */
  stop(): Promise<void>;
  /** SIGKILL, as a power cut. */
  kill(): Promise<void>;
  /** Stops it, and removes the data if they were temporary. */
  close(): Promise<void>;
}

const READY = 'database system is ready to accept connections';
const PORT_TAKEN = 'Address already in use';
const PORTS_TRIED = 5;
/** The cluster's first user, and the name of its first database beside `template1`. */
const USER = 'signalbox';
const DATABASE = 'postgres';

/** What it holds stays in `home`; without one it goes with the server. */
export async function startPostgresServer(home: string | null = null): Promise<PostgresServer> {
  const place = await findPostgresPlace(home);
  const password = await initialise(place);
  for (let tried = 0; tried < PORTS_TRIED; tried += 1) {
    const port = await freePort();
    const child = await startOn(port, place);
    if (child === null) continue;
    return serverOf(child, place, { host: '127.0.0.1', port, user: USER, password, database: DATABASE });
  }
  throw new Error(`PostgreSQL found none of ${PORTS_TRIED} ports free`);
}

/** Makes the cluster if it is not there; the password lies beside the data, where only its owner looks. */
async function initialise(place: PostgresPlace): Promise<string> {
  const { dataDirectory, initdb, user, directory } = place;
  const kept = join(dataDirectory, 'signalbox-password');
  if (existsSync(join(dataDirectory, 'PG_VERSION')) && existsSync(kept)) return readFileSync(kept, 'utf8').trim();
  const password = randomBytes(24).toString('hex');
  const file = join(directory, 'password');
  writeFileSync(file, `${password}\n`, { mode: 0o644 });
  // Only this run's own directory opens to it, and that only to its owner.
  chmodSync(directory, 0o700);
  const child = startProgram(
    initdb,
    [
      `--pgdata=${dataDirectory}`,
      `--username=${USER}`,
      '--auth=scram-sha-256',
      `--pwfile=${file}`,
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--locale=C.UTF-8',
      '--no-sync',
    ],
    { ...(user && { user }), env: { LC_ALL: 'C' } },
  );
  const [code, output] = await ended(child);
  if (code !== 0) throw new Error(`initdb ended with ${code}:\n${output}`);
  writeFileSync(kept, `${password}\n`, { mode: 0o600 });
  return password;
}

async function ended(child: ChildProcess): Promise<[code: number | null, output: string]> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number | null];
  return [code, output];
}

/** `null`: the port is taken. */
function startOn(port: number, { postgres, dataDirectory, user }: PostgresPlace): Promise<ChildProcess | null> {
  const settings = {
    listen_addresses: '127.0.0.1',
    // No socket in a directory that others share.
    unix_socket_directories: '',
    max_connections: '40',
    // Two cores and a laptop's memory.
    shared_buffers: '128MB',
    max_wal_size: '512MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return new Promise((resolve, reject) => {
    const child = startProgram(postgres, ['-D', dataDirectory, '-p', String(port), ...args], {
      ...(user && { user }),
      env: { LC_ALL: 'C' },
      // SIGTERM would wait for every connection to leave by itself.
      endSignal: 'SIGINT',
    });
    let output = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (output.includes(READY)) return;
      output += chunk.toString('utf8');
      if (output.includes(READY)) resolve(child);
    });
    child.once('error', reject);
    child.once('close', () => {
      if (output.includes(PORT_TAKEN)) resolve(null);
      else reject(new Error(`PostgreSQL ended before it was ready:\n${output}`));
    });
  });
}

function serverOf(first: ChildProcess, place: PostgresPlace, address: PostgresAddress): PostgresServer {
  let child: ChildProcess | null = first;
  const stop = async (): Promise<void> => {
    const ending = child;
    child = null;
    if (ending !== null) await endProgram(ending);
  };
  return {
    address,
    start: async () => {
      if (child !== null) return;
      child = await startOn(address.port, place);
      if (child === null) throw new Error(`port ${address.port} was taken while PostgreSQL was stopped`);
    },
    stop,
    kill: async () => {
      const dying = child;
      child = null;
      if (dying === null || dying.exitCode !== null || dying.signalCode !== null) return;
      const closed = once(dying, 'close');
      dying.kill('SIGKILL');
      await closed;
    },
    close: async () => {
      await stop();
      place.leave();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
