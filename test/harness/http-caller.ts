// Calls the HTTP app as a client would, with the mock processors of the seed registered and a key for every scope.
import { createApp } from '../../src/http/app.ts';
import type { App } from '../../src/http/context.ts';
import { throughLanes } from '../../src/http/front.ts';
import type { Scope } from '../../src/domain/configuration/configuration.ts';
import { SCOPES } from '../../src/domain/configuration/configuration.ts';
import { breachOf } from './declared-answer.ts';
import { createInMemoryWorld, type InMemoryWorld } from './in-memory-world.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; a test says what it expects of it. */
  readonly json: Record<string, unknown>;
}

export interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** By default `admin`; `null`: none. */
  readonly key?: string | null;
}

export interface Caller extends InMemoryWorld {
  readonly app: App;
  readonly keys: Readonly<Record<Scope, string>>;
  call(method: string, path: string, sent?: Sent): Promise<Reply>;
}

export const MOCK_PROCESSORS = [
  { id: 'processor_a', name: 'GlobalPay_BR', countries: ['BR'], payment_methods: ['PIX', 'CARD'] },
  { id: 'processor_b', name: 'PayLatam', countries: ['BR', 'MX', 'CO'], payment_methods: ['CARD'] },
  { id: 'processor_c', name: 'PixMaster', countries: ['BR'], payment_methods: ['PIX'] },
  { id: 'processor_d', name: 'MexPago', countries: ['MX'], payment_methods: ['CARD', 'OXXO'] },
  { id: 'processor_e', name: 'ColombiaPS', countries: ['CO'], payment_methods: ['PSE', 'CARD'] },
] as const;

export const RESULT = {
  processor_id: 'processor_a',
  result: 'approved',
  payment_method: 'PIX',
  country: 'BR',
  amount: 150.0,
  currency: 'BRL',
} as const;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

export async function createCaller({ registered = true } = {}): Promise<Caller> {
  const memory = createInMemoryWorld();
  const app = createApp(() => memory.world);
  app.fetch = throughLanes(() => memory.world, app.fetch);
  const granted = await Promise.all(SCOPES.map(async (scope) => [scope, await memory.grant([scope])] as const));
  const keys = Object.fromEntries(granted) as Record<Scope, string>;
  const caller: Caller = {
    ...memory,
    app,
    keys,
    call: async (method, path, { body, headers, key = keys.admin } = {}) => {
      const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const response = await app.request(path, {
        method,
        headers: {
          ...(key !== null && { Authorization: `Bearer ${key}` }),
          // As every client tells it, beside the body itself.
          ...(sent !== undefined && { 'Content-Type': 'application/json', 'Content-Length': String(bytesOf(sent)) }),
          ...headers,
        },
        ...(sent !== undefined && { body: sent }),
      });
      const text = await response.text();
      const breach = breachOf(app, { method, path, response, text });
      if (breach !== null)
        throw new Error(`${method} ${path} answered ${response.status} against its own reference: ${breach}`);
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {},
      };
    },
  };
  if (registered)
    for (const processor of MOCK_PROCESSORS) await caller.call('POST', '/api/v1/processors', { body: processor });
  return caller;
}
