import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SCOPES, type Scope } from '../../../src/domain/configuration/configuration.ts';
import { type Access, type DeclaredRoute, listRoutes } from '../../../src/http/endpoint.ts';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { createInMemoryWorld, drawKeyText, sha256, START } from '../../harness/in-memory-world.ts';
import { createApp } from '../../../src/http/app.ts';

const routes = listRoutes(createApp(() => createInMemoryWorld().world));
const keyed = routes.filter(({ scope }) => scope !== 'public' && scope !== 'ticket' && scope !== 'signature');
const pathOf = ({ path }: DeclaredRoute): string => path.replace(/\{\w+\}/g, 'processor_a');

/** From the text of the rule, not from the code: `admin` opens everything, `operate` opens `read` too. */
const OPENED_BY: Readonly<Record<Scope, readonly Access[]>> = {
  route: ['route'],
  ingest: ['ingest'],
  read: ['read'],
  operate: ['operate', 'read'],
  admin: [...SCOPES],
};

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

describe.each(keyed)('$method $path', (route) => {
  const method = route.method.toUpperCase();

  test.each([
    ['no key', null, 'missing_key'],
    ['an empty key', '', 'malformed_key'],
    ['a text that is no key', 'sbx_short', 'malformed_key'],
    ['another scheme of key', 'sk_live_0123456789abcdef0123456789abcdef', 'malformed_key'],
    ['an unknown key', drawKeyText().text, 'unknown_key'],
  ])('%s is refused with 401', async (_, key, code) => {
    const { status, json, headers } = await caller.call(method, pathOf(route), { key });
    expect({ status, code: json['code'] }).toEqual({ status: 401, code });
    expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="signalbox"/);
  });

  test.each(SCOPES.filter((scope) => !OPENED_BY[scope].includes(route.scope)))(
    'a key with only `%s` is refused with 403',
    async (scope) => {
      const { status, json } = await caller.call(method, pathOf(route), { key: caller.keys[scope] });
      expect({ status, code: json['code'], scope: json['scope'] }).toEqual({
        status: 403,
        code: 'missing_scope',
        scope: route.scope,
      });
      expect(json['detail']).toContain(`\`${route.scope}\``);
    },
  );

  test.each(SCOPES.filter((scope) => OPENED_BY[scope].includes(route.scope)))(
    'a key with `%s` is let in',
    async (scope) => {
      const { status } = await caller.call(method, pathOf(route), { key: caller.keys[scope] });
      expect([401, 403]).not.toContain(status);
    },
  );
});

describe('the routes', () => {
  test('every handler that is mounted is a declared endpoint with a scope', () => {
    const app = createApp(() => createInMemoryWorld().world);
    const mounted = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
    const declared = routes.map(({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    expect([...new Set(mounted)].sort()).toEqual([...declared].sort());
    expect(routes.filter(({ scope }) => ![...SCOPES, 'public', 'ticket', 'signature'].includes(scope))).toEqual([]);
  });

  test('only signs of life and the reference need no key', () => {
    const open = routes.filter(({ scope }) => scope === 'public').map(({ path }) => path);
    expect(open.sort()).toEqual(['/', '/docs', '/healthz', '/openapi.json']);
  });

  test('only webhooks come with a signature in place of a key', () => {
    const signed = routes.filter(({ scope }) => scope === 'signature').map(({ path }) => path);
    expect(signed.every((path) => path.startsWith('/webhooks/{source}'))).toBe(true);
    expect(signed).toHaveLength(3);
  });

  test('everything under /api/v1 takes a key or a ticket', () => {
    expect(
      routes.filter(({ path, scope }) => path.startsWith('/api/') && (scope === 'public' || scope === 'signature')),
    ).toEqual([]);
  });
});

describe('a key', () => {
  test('that expired is refused', async () => {
    const key = await caller.grant(['read'], START + 1_000);
    expect((await caller.call('GET', '/api/v1/health', { key })).status).toBe(200);
    caller.set.now = START + 1_000;
    expect((await caller.call('GET', '/api/v1/health', { key })).json['code']).toBe('expired_key');
  });

  test('that was revoked is refused at once where the change was made', async () => {
    const made = await caller.call('POST', '/api/v1/keys', { body: { name: 'checkout', scopes: ['route', 'read'] } });
    const { key, secret } = made.json as { key: { id: string }; secret: string };
    expect((await caller.call('GET', '/api/v1/health', { key: secret })).status).toBe(200);
    expect((await caller.call('DELETE', `/api/v1/keys/${key.id}`)).status).toBe(204);
    expect((await caller.call('GET', '/api/v1/health', { key: secret })).json['code']).toBe('unknown_key');
  });

  test('is shown once and its hash never', async () => {
    const made = await caller.call('POST', '/api/v1/keys', { body: { name: 'checkout', scopes: ['route'] } });
    const secret = String(made.json['secret']);
    const later = await Promise.all(
      ['/api/v1/keys', '/api/v1/audit', '/api/v1/config'].map((path) => caller.call('GET', path)),
    );
    for (const text of later.map((reply) => reply.text)) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(await sha256(secret));
    }
  });

  test('that is rotated works beside its successor for the overlap', async () => {
    const old = await caller.grant(['read']);
    const { id } = caller.set.keys.at(-1)!;
    const rotated = await caller.call('POST', `/api/v1/keys/${id}/rotate`, { body: { overlap_seconds: 60 } });
    expect(rotated.status).toBe(201);
    expect((await caller.call('GET', '/api/v1/health', { key: String(rotated.json['secret']) })).status).toBe(200);
    caller.set.now += 59_999;
    expect((await caller.call('GET', '/api/v1/health', { key: old })).status).toBe(200);
    caller.set.now += 1;
    expect((await caller.call('GET', '/api/v1/health', { key: old })).status).toBe(401);
  });

  test('that is rotated is not rotated again: its successor is', async () => {
    await caller.grant(['read']);
    const { id } = caller.set.keys.at(-1)!;
    const made = await caller.call('POST', `/api/v1/keys/${id}/rotate`);
    const living = caller.set.keys.length;
    const again = await caller.call('POST', `/api/v1/keys/${id}/rotate`);
    expect({ status: again.status, code: again.json['code'] }).toEqual({ status: 409, code: 'already_rotated' });
    expect(caller.set.keys).toHaveLength(living);
    const successor = (made.json['key'] as { id: string }).id;
    expect((await caller.call('POST', `/api/v1/keys/${successor}/rotate`)).status).toBe(201);
  });

  test('that is the last of the admins cannot be revoked', async () => {
    const admin = caller.set.keys.find(({ scopes }) => scopes.includes('admin'))!;
    const { status, json } = await caller.call('DELETE', `/api/v1/keys/${admin.id}`);
    expect({ status, code: json['code'] }).toEqual({ status: 409, code: 'last_admin' });
  });

  test('of a hash is not a key', async () => {
    const { hash } = caller.set.keys[0]!;
    expect((await caller.call('GET', '/api/v1/health', { key: `sbx_${hash}` })).status).toBe(401);
  });
});

describe('the bootstrap key', () => {
  test('is an admin until an admin key exists', async () => {
    const bare = await createCaller({ registered: false });
    const { text } = drawKeyText();
    bare.set.keys = [];
    bare.set.bootstrapKeyHash = await sha256(text);
    const made = await bare.call('POST', '/api/v1/keys', { key: text, body: { name: 'first', scopes: ['admin'] } });
    expect(made.status).toBe(201);
    expect(bare.set.audit[0]).toMatchObject({ keyId: 'bootstrap', action: 'create_key' });
    expect((await bare.call('GET', '/api/v1/keys', { key: text })).json['code']).toBe('unknown_key');
    expect((await bare.call('GET', '/api/v1/keys', { key: String(made.json['secret']) })).status).toBe(200);
  });
});

describe('while no board can be reached', () => {
  const CALLS: readonly (readonly [Scope, string, string])[] = [
    ['route', 'GET', '/api/v1/routing/recommend?payment_method=PIX&country=BR'],
    ['ingest', 'POST', '/api/v1/transactions'],
    ['read', 'GET', '/api/v1/status'],
    ['operate', 'POST', '/api/v1/processors/processor_a/breaker/force-open'],
    ['admin', 'GET', '/api/v1/keys'],
  ];
  const refusedAt = async (scope: Scope, ageMs: number): Promise<boolean> => {
    const [, method, path] = CALLS.find(([each]) => each === scope)!;
    caller.set.tableAgeMs = ageMs;
    const reply = await caller.call(method, path, { key: caller.keys[scope] });
    if (reply.json['code'] === 'keys_unverifiable') expect(reply.headers.get('retry-after')).toBe('1');
    return reply.json['code'] === 'keys_unverifiable';
  };

  test.each([
    ['route', [false, false, false, true]],
    ['ingest', [false, false, false, true]],
    ['read', [false, false, false, true]],
    ['operate', [false, true, true, true]],
    ['admin', [false, true, true, true]],
  ] as const)('`%s` after 5 s, just over 5 s, 15 min, just over 15 min is refused: %s', async (scope, refused) => {
    const ages = [5_000, 5_001, 900_000, 900_001];
    const found = [];
    for (const age of ages) found.push(await refusedAt(scope, age));
    expect(found).toEqual(refused);
  });

  test('an isolate that knows no key lets nobody in', async () => {
    caller.set.cold = true;
    for (const [scope, method, path] of CALLS) {
      const { status, json } = await caller.call(method, path, { key: caller.keys[scope] });
      expect({ status, code: json['code'] }).toEqual({ status: 503, code: 'keys_unverifiable' });
    }
  });
});

describe('the rate limit', () => {
  test('is published on every authenticated answer and on no other', async () => {
    const paths = ['/api/v1/health', '/metrics', '/api/v1/processors/nobody'];
    for (const path of paths) {
      expect((await caller.call('GET', path)).headers.get('ratelimit-policy')).toBe('"default";q=60000;w=60');
    }
    expect((await caller.call('GET', '/healthz', { key: null })).headers.get('ratelimit-policy')).toBeNull();
    expect((await caller.call('GET', '/api/v1/health', { key: null })).headers.get('ratelimit-policy')).toBeNull();
  });

  test('refuses with 429, Retry-After and the violated policy', async () => {
    caller.set.withinRate = false;
    const { status, json, headers } = await caller.call('GET', '/api/v1/health');
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('60');
    expect(headers.get('ratelimit-policy')).toBe('"default";q=60000;w=60');
    expect(json).toMatchObject({
      'type': 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'code': 'rate_limited',
      'violated-policies': ['default'],
    });
  });
});

describe('the live socket', () => {
  let ticket: string;
  beforeAll(async () => {
    expect(routes.find(({ path }) => path === '/api/v1/live')?.scope).toBe('ticket');
  });
  beforeEach(async () => {
    const made = await caller.call('POST', '/api/v1/live/tickets', { key: caller.keys.read });
    ticket = String(made.json['ticket']);
    expect(made.json['expires_at']).toBe('2026-11-20T12:00:30.000Z');
  });
  const connect = async (query: string, headers: Record<string, string>) => {
    const response = await caller.app.request(`/api/v1/live${query}`, { headers });
    const text = await response.text();
    return { status: response.status, code: text.startsWith('{') ? (JSON.parse(text) as { code: string }).code : text };
  };

  test('opens once for a ticket, without a key', async () => {
    const upgrade = { Upgrade: 'websocket' };
    expect(await connect(`?ticket=${ticket}`, upgrade)).toEqual({ status: 200, code: 'connected' });
    expect(await connect(`?ticket=${ticket}`, upgrade)).toEqual({ status: 401, code: 'ticket_refused' });
  });

  test('refuses what is no upgrade and what has no ticket', async () => {
    expect(await connect(`?ticket=${ticket}`, {})).toEqual({ status: 426, code: 'upgrade_required' });
    expect(await connect('', { Upgrade: 'websocket' })).toEqual({ status: 422, code: 'missing_field' });
  });
});
