// Runs a Redis of its own as a child: loopback, a random port and password, nothing written but into one directory.
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createClient, ErrorReply, RESP_TYPES } from '@redis/client';
import { endProgram, startProgram } from '../run-program.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory } from '../temporary-directories.ts';
import { type RedisBackend, type RedisCommand, RedisFault, type RedisReply } from './redis-backend.ts';

/** Another program can take the port between its being found free and being used. */
const PORTS_TRIED = 5;
const READY = 'Ready to accept connections';
const PORT_TAKEN = 'Address already in use';

interface Place {
  /** Of this run alone: its password stands there. */
  readonly directory: string;
  readonly dataDirectory: string;
  readonly isKept: boolean;
}

type Start =
  | { readonly started: true; readonly child: ChildProcess }
  | { readonly started: false; readonly why: 'no_program' | 'port_taken' };

/** What it holds stays in `home`; without one it goes with the server. `null`: this machine has no redis-server. */
export async function startRedisServer(home: string | null = null): Promise<RedisBackend | null> {
  for (let tried = 0; tried < PORTS_TRIED; tried++) {
    const directory = makeTemporaryDirectory('signalbox-redis');
    const place = { directory, dataDirectory: home ?? directory, isKept: home !== null };
    const port = await freePort();
    const password = randomBytes(24).toString('hex');
    const start = await startOn(port, password, place);
    if (start.started) return await connect(start.child, { port, password, directory });
    removeTemporaryDirectory(directory);
    if (start.why === 'no_program') return null;
  }
  throw new Error(`redis-server found none of ${PORTS_TRIED} ports free`);
}

/** The password stands in a file of the owner alone: a command line can be read by everybody on the machine. */
function startOn(port: number, password: string, { directory, dataDirectory, isKept }: Place): Promise<Start> {
  const file = join(directory, 'redis.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `requirepass ${password}`,
    `dir "${dataDirectory}"`,
    'save ""',
    `appendonly ${isKept ? 'yes' : 'no'}`,
    'logfile ""',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return new Promise((resolve, reject) => {
    const child = startProgram('redis-server', [file]);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      if (output.includes(READY)) return;
      output += chunk.toString('utf8');
      if (output.includes(READY)) resolve({ started: true, child });
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ started: false, why: 'no_program' });
      else reject(error);
    });
    child.once('close', () => {
      if (output.includes(PORT_TAKEN)) resolve({ started: false, why: 'port_taken' });
      else reject(new Error(`redis-server ended before it was ready:\n${output}`));
    });
  });
}

async function connect(
  child: ChildProcess,
  { port, password, directory }: { port: number; password: string; directory: string },
): Promise<RedisBackend> {
  // RESP2 and raw commands: Upstash answers with flat lists, which RESP3 and the client's own commands would turn into maps.
  const client = createClient({
    RESP: 2,
    socket: { host: '127.0.0.1', port, reconnectStrategy: false },
    password,
    disableClientInfo: true,
  }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  // Every command in flight fails as well, and tells it to whoever waits.
  client.on('error', () => undefined);
  await client.connect();
  const send = async (command: RedisCommand): Promise<RedisReply> => {
    try {
      return replyOf(await client.sendCommand([...command]));
    } catch (error) {
      if (error instanceof ErrorReply) return new RedisFault(error.message);
      throw error;
    }
  };
  return {
    kind: 'redis',
    processIds: child.pid === undefined ? [] : [child.pid],
    run: (commands) => Promise.all(commands.map(send)),
    transact: async (commands) => {
      // Queued in one turn of the event loop, and one connection keeps the order: nothing comes between.
      const sent = [['MULTI'], ...commands, ['EXEC']].map(send);
      const replies = await Promise.all(sent);
      const done = replies.at(-1);
      return Array.isArray(done) ? (done as readonly RedisReply[]) : asFault(done);
    },
    close: async () => {
      client.destroy();
      await endProgram(child);
      removeTemporaryDirectory(directory);
    },
  };
}

function replyOf(reply: unknown): RedisReply {
  if (Array.isArray(reply)) return reply.map(replyOf);
  if (reply instanceof ErrorReply) return new RedisFault(reply.message);
  if (reply === null || typeof reply === 'string' || typeof reply === 'number' || Buffer.isBuffer(reply)) return reply;
  throw new Error(`RESP2 knows no ${typeof reply}`);
}

const asFault = (reply: RedisReply | undefined): RedisFault =>
  reply instanceof RedisFault ? reply : new RedisFault('EXECABORT Transaction discarded.');

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
