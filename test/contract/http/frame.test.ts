import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';

let caller: Caller;
let logged: string[];
beforeEach(async () => {
  logged = [];
  vi.spyOn(console, 'error').mockImplementation((line: unknown) => void logged.push(String(line)));
  caller = await createCaller();
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a request id', () => {
  test('that was sent comes back, in the header and in the problem', async () => {
    const { headers, json } = await caller.call('GET', '/nowhere', { headers: { 'X-Request-Id': 'checkout-42' } });
    expect([headers.get('x-request-id'), json['request_id']]).toEqual(['checkout-42', 'checkout-42']);
  });

  test.each(['', 'with space', 'x'.repeat(65), '<script>', 'a\tb'])('of %j is replaced', async (sent) => {
    const { headers } = await caller.call('GET', '/healthz', { headers: { 'X-Request-Id': sent } });
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
  });
});

describe('what is not there', () => {
  test('is a 404 problem', async () => {
    const { status, json } = await caller.call('GET', '/api/v2/health');
    expect(status).toBe(404);
    expect(json).toMatchObject({
      code: 'unknown_route',
      instance: '/api/v2/health',
      type: '/docs#problem-unknown_route',
    });
  });

  test.each([
    ['PATCH', '/api/v1/processors', 'GET, HEAD, POST'],
    ['DELETE', '/api/v1/health', 'GET, HEAD'],
    ['GET', '/api/v1/transactions', 'POST'],
    ['POST', '/api/v1/processors/processor_a', 'GET, HEAD, PUT, DELETE'],
    ['OPTIONS', '/api/v1/health', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
  ])('as %s %s is a 405 problem that names %s', async (method, path, allow) => {
    const { status, json, headers } = await caller.call(method, path);
    expect({ status, code: json['code'], allow: headers.get('allow') }).toEqual({
      status: 405,
      code: 'method_not_allowed',
      allow,
    });
  });
});

describe('a fault', () => {
  test('of ours is a 500 problem without internals, logged under its request id', async () => {
    caller.set.registryFault = new Error('SELECT * FROM secrets failed at /srv/app.ts:7');
    const { status, text, json } = await caller.call('GET', '/api/v1/config', { headers: { 'X-Request-Id': 'r1' } });
    expect(status).toBe(500);
    expect(json['code']).toBe('internal');
    expect(text).not.toMatch(/SELECT|app\.ts|stack/i);
    const lines = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ event: 'uncaught', request_id: 'r1', error_name: 'Error' });
    const allowed = [
      'event',
      'request_id',
      'method',
      'route',
      'status',
      'code',
      'key_id',
      'error_name',
      'error_message',
      'count',
    ];
    expect(lines.flatMap(Object.keys).filter((field) => !allowed.includes(field))).toEqual([]);
    expect(logged.join()).not.toContain(caller.keys.admin);
  });

  test.each(['retryable', 'overloaded'])('of the platform (%s) is a 503 problem with Retry-After', async (mark) => {
    caller.set.registryFault = Object.assign(new Error('Durable Object reset'), { [mark]: true });
    const { status, json, headers } = await caller.call('POST', '/api/v1/keys', {
      body: { name: 'a', scopes: ['read'] },
    });
    expect({ status, code: json['code'], retryAfter: headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'unavailable',
      retryAfter: '1',
    });
  });
});

describe('every answer', () => {
  test.each(['/api/v1/health', '/nowhere', '/metrics', '/healthz', '/docs'])(
    '%s carries safe headers',
    async (path) => {
      const { headers } = await caller.call('GET', path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/);
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    },
  );

  test('a page carries what browsers ask of pages too', async () => {
    const { headers } = await caller.call('GET', '/docs');
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });

  test('with a key is kept by nobody', async () => {
    expect((await caller.call('GET', '/api/v1/health')).headers.get('cache-control')).toBe('no-store');
  });

  test('a sign of life has no data', async () => {
    const { text, status } = await caller.call('GET', '/healthz', { key: null });
    expect({ status, text }).toEqual({ status: 200, text: '{"ok":true}' });
  });
});

describe('a browser of another origin', () => {
  const preflight = (origin: string) =>
    caller.app.request('/api/v1/health', {
      method: 'OPTIONS',
      headers: { 'Origin': origin, 'Access-Control-Request-Method': 'GET' },
    });

  test('is let in nowhere by default', async () => {
    expect((await preflight('https://shop.example')).headers.get('access-control-allow-origin')).toBeNull();
    const { headers } = await caller.call('GET', '/api/v1/health', { headers: { Origin: 'https://shop.example' } });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('is let in from the configured origins only', async () => {
    caller.set.corsOrigins = ['https://dashboard.example'];
    const allowed = await preflight('https://dashboard.example');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://dashboard.example');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const { headers } = await caller.call('GET', '/api/v1/processors', {
      headers: { Origin: 'https://dashboard.example' },
    });
    expect(headers.get('access-control-expose-headers')).toContain('ETag');
  });
});
