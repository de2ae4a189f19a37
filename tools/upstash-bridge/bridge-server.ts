// Speaks Upstash's REST protocol on loopback in front of a Redis: one command, a pipeline or a transaction per request; misbehaves when a test asks for it.
// Source: the requests of @upstash/redis 1.39.0 and what it makes of the answers; Upstash's documentation of its REST API, read 2026-11.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { bodyOf, tell, type Told } from '../json-over-http.ts';
import type { AddressInfo } from 'node:net';
import { type RedisBackend, type RedisCommand, RedisFault, type RedisReply } from './redis-backend.ts';

/**
 * `hang`: never answers and does nothing. `garbage`: 200 with a page that is no JSON. `server_error`: 500. `wrong_shape`: JSON that answers something
 * else. `cut`: does what it was asked and then closes the connection, so that the caller cannot know.
 */
export type BridgeFault = 'hang' | 'garbage' | 'server_error' | 'wrong_shape' | 'cut';

export interface Bridge {
  readonly url: string;
  readonly token: string;
  readonly kind: RedisBackend['kind'];
  readonly processIds: readonly number[];
  /** How many requests have come, whatever became of them. */
  readonly requests: number;
  /** For so many requests from now on, if it is not for ever; `null`: well again. */
  misbehave(fault: BridgeFault | null, requests?: number): void;
  close(): Promise<void>;
}

/** Upstash's own limit for a request on its pay-as-you-go plan. */
const BODY_BYTES_MAX = 10_000_000;

interface Ask {
  readonly path: string;
  readonly body: unknown;
  readonly wantsBase64: boolean;
}

/** Where it is reached, and with what. */
export interface BridgeAddress {
  readonly port: number;
  readonly token: string;
}

/** `wanted`: as an earlier one was reached; another port is taken where that one is no longer free. */
export async function startBridge(backend: RedisBackend, wanted: BridgeAddress | null = null): Promise<Bridge> {
  const token = wanted?.token ?? randomBytes(24).toString('base64url');
  let fault: { readonly kind: BridgeFault; left: number } | null = null;
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const kind = fault !== null && fault.left-- > 0 ? fault.kind : null;
    serve(backend, token, kind, { request, response }).catch((error: unknown) => {
      if (!response.headersSent) tell(response, { status: 500, body: { error: `ERR bridge: ${String(error)}` } });
    });
  });
  if (wanted === null || !(await listens(server, wanted.port))) await listens(server, 0);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    kind: backend.kind,
    processIds: backend.processIds,
    get requests() {
      return requests;
    },
    misbehave: (kind, count = Infinity) => {
      fault = kind === null ? null : { kind, left: count };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await backend.close();
    },
  };
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

async function serve(
  backend: RedisBackend,
  token: string,
  fault: BridgeFault | null,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const body = await bodyOf(request, BODY_BYTES_MAX);
  if (fault === 'hang') return;
  if (fault === 'garbage') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>502 Bad Gateway</html>');
    return;
  }
  if (fault === 'server_error') return tell(response, { status: 500, body: { error: 'ERR internal error' } });
  if (fault === 'wrong_shape') return tell(response, { status: 200, body: { result: 'NDI=' } });
  const told = await answer(backend, token, request, body);
  if (fault === 'cut') response.destroy();
  else tell(response, told);
}

async function answer(
  backend: RedisBackend,
  token: string,
  request: IncomingMessage,
  body: string | null,
): Promise<Told> {
  if (request.method !== 'POST') return refusal(405, 'ERR this bridge takes POST only');
  if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`))
    return refusal(401, 'WRONGPASS invalid or missing auth token');
  if (body === null) return refusal(413, `ERR max request size exceeded. Limit: ${BODY_BYTES_MAX} bytes`);
  const wantsBase64 = request.headers['upstash-encoding'] === 'base64';
  return await execute(backend, { path: request.url ?? '/', body: jsonOf(body), wantsBase64 });
}

async function execute(backend: RedisBackend, { path, body, wantsBase64 }: Ask): Promise<Told> {
  const shown = (reply: RedisReply): unknown =>
    reply instanceof RedisFault ? { error: reply.message } : { result: encoded(reply, wantsBase64, true) };
  if (path === '/') {
    const command = commandOf(body);
    if (command === null) return refusal(400, 'ERR the body is no command');
    const reply = (await backend.run([command]))[0] ?? null;
    return { status: reply instanceof RedisFault ? 400 : 200, body: shown(reply) };
  }
  if (path !== '/pipeline' && path !== '/multi-exec') return refusal(404, 'ERR no such path');
  const commands = Array.isArray(body) ? body.map(commandOf) : [];
  if (!isWhole(commands)) return refusal(400, 'ERR the body is no list of commands');
  const replies = path === '/pipeline' ? await backend.run(commands) : await backend.transact(commands);
  if (replies instanceof RedisFault) return refusal(400, replies.message);
  return { status: 200, body: replies.map(shown) };
}

const refusal = (status: number, error: string): Told => ({ status, body: { error } });

function isWhole(commands: readonly (RedisCommand | null)[]): commands is readonly RedisCommand[] {
  return commands.length > 0 && commands.every((command) => command !== null);
}

/** Arguments may come as numbers and truth values; Redis takes texts. */
function commandOf(value: unknown): RedisCommand | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every((part) => ['string', 'number', 'boolean'].includes(typeof part)) ? value.map(String) : null;
}

/** The client leaves a bare `OK` undecoded and decodes every other text, an `OK` inside a list among them. */
function encoded(reply: RedisReply, wantsBase64: boolean, isWholeReply: boolean): unknown {
  if (Array.isArray(reply)) return (reply as readonly RedisReply[]).map((each) => encoded(each, wantsBase64, false));
  if (reply instanceof RedisFault) return { error: reply.message };
  if (typeof reply !== 'string' && !Buffer.isBuffer(reply)) return reply;
  const bytes = typeof reply === 'string' ? Buffer.from(reply) : reply;
  if (!wantsBase64 || (isWholeReply && bytes.toString() === 'OK')) return bytes.toString('utf8');
  return bytes.toString('base64');
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
