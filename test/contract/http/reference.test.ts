import { beforeAll, describe, expect, test } from 'vitest';
import { type DeclaredRoute, listRoutes } from '../../../src/http/endpoint.ts';
import { problemOf } from '../../../src/http/problem.ts';
import { SAMPLES } from '../../../src/http/reference/problem-samples.ts';
import { type Caller, createCaller, type Reply, RESULT } from '../../harness/http-caller.ts';

let caller: Caller;
let routes: readonly DeclaredRoute[];
beforeAll(async () => {
  caller = await createCaller();
  routes = listRoutes(caller.app);
});

type Json = Readonly<Record<string, unknown>>;
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security: readonly Json[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

describe('/openapi.json', () => {
  let document: Json;
  let operations: readonly (readonly [route: DeclaredRoute, operation: Operation])[];
  beforeAll(async () => {
    const reply = await caller.call('GET', '/openapi.json', { key: null });
    document = reply.json;
    const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    operations = routes.map((route) => [route, paths[route.path]?.[route.method] as Operation] as const);
  });

  test('is OpenAPI 3.1 with every route and no other', () => {
    expect(document['openapi']).toBe('3.1.0');
    expect(operations.filter(([, operation]) => operation === undefined)).toEqual([]);
    const listed = Object.entries(document['paths'] as Record<string, Json>).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(listed.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test('every $ref leads somewhere', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(refs.length).toBeGreaterThan(50);
    const dangling = refs.filter(
      (path) => path.split('/').reduce<unknown>((at, part) => (at as Json | undefined)?.[part], document) === undefined,
    );
    expect(dangling).toEqual([]);
  });

  test('every operation has its own id, a summary, a known tag and described answers', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = (document['tags'] as { name: string }[]).map(({ name }) => name);
    for (const [, { summary, tags: own, responses }] of operations) {
      expect(summary.length).toBeGreaterThan(5);
      expect(tags).toContain(own[0]);
      expect(Object.values(responses).every(({ description }) => description.length > 3)).toBe(true);
      expect(responses).toHaveProperty('default');
    }
  });

  test('every placeholder of a path is a required parameter', () => {
    for (const [{ path }, { parameters = [] }] of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = parameters
        .filter((parameter) => parameter.in === 'path' && parameter.required)
        .map(({ name }) => name);
      expect(declared).toEqual(named);
    }
  });

  test('says of every field of a result that is kept for the history alone that it is', () => {
    const schemas = (document['components'] as { schemas: Record<string, { properties: Record<string, Json> }> })
      .schemas;
    const properties = schemas['Transaction']!.properties;
    const kept = Object.keys(properties).filter((name) =>
      /history alone/.test(String(properties[name]!['description'])),
    );
    expect(kept.sort()).toEqual(['bin', 'customer_ref', 'initiator', 'three_ds']);
  });

  test('security follows the scope that is enforced', () => {
    for (const [{ scope }, { security, responses }] of operations) {
      const keyed = scope !== 'public' && scope !== 'ticket' && scope !== 'signature';
      expect(security).toEqual(keyed ? [{ apiKey: [scope] }] : []);
      expect(Object.hasOwn(responses, '401')).toBe(keyed || scope === 'signature');
    }
    expect((document['components'] as { securitySchemes: Json }).securitySchemes).toHaveProperty('apiKey');
  });
});

describe('/docs', () => {
  let reply: Reply;
  beforeAll(async () => {
    reply = await caller.call('GET', '/docs', { key: null });
  });

  test('shows every endpoint with a command to try it', () => {
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const { method, path } of routes) {
      expect(reply.text).toContain(`<span class="m ${method}">${method}</span>`);
      expect(reply.text.replaceAll('<wbr />', '')).toContain(`>${path}</a>`);
    }
    expect(reply.text.match(/curl /g)!.length).toBeGreaterThanOrEqual(routes.length);
  });

  test('explains every code where its `type` leads', () => {
    for (const code of Object.keys(SAMPLES)) expect(reply.text).toContain(`id="problem-${code}"`);
  });

  test('every link leads somewhere and nothing is loaded from elsewhere', () => {
    const ids = new Set([...reply.text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...reply.text.matchAll(/ href="([^"]+)"/g)].map(([, href]) => href!);
    expect(links.filter((href) => (href.startsWith('#') ? !ids.has(href.slice(1)) : href !== '/openapi.json'))).toEqual(
      [],
    );
    expect(reply.text).not.toMatch(/\ssrc=|@import|url\(|https?:\/\//);
  });

  test('runs under a policy that allows its own style and script by their hashes, and nothing else', async () => {
    const policy = reply.headers.get('content-security-policy')!;
    expect(policy).not.toMatch(/unsafe|\*/);
    for (const [tag, directive] of [
      ['style', 'style-src'],
      ['script', 'script-src'],
    ] as const) {
      const found = [...reply.text.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))];
      expect(found).toHaveLength(1);
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(found[0]![1]));
      expect(policy).toContain(`${directive} 'sha256-${Buffer.from(digest).toString('base64')}'`);
    }
    expect(reply.text).not.toMatch(/ style="| on\w+="/);
  });

  test('no backtick of the sources is shown as such', () => {
    const shown = reply.text.replace(/<(style|script|pre)>[\s\S]*?<\/\1>/g, '');
    expect(shown).not.toContain('`');
  });

  test('names the variables of its commands before the first of them', () => {
    const first = reply.text.indexOf('curl ');
    for (const name of ['$SIGNALBOX', '$SIGNALBOX_KEY']) {
      expect(reply.text.indexOf(`<code>${name}</code>`)).toBeGreaterThan(0);
      expect(reply.text.indexOf(`<code>${name}</code>`)).toBeLessThan(first);
    }
  });

  test('every endpoint and every code can be found, each leads somewhere, and so does the list', () => {
    const hits = [...reply.text.matchAll(/<(?:article|tr) id="[^"]+" data-hit>/g)];
    expect(hits).toHaveLength(routes.length + Object.keys(SAMPLES).length);
    const listed = [...reply.text.matchAll(/<li>\s*<a href="#/g)];
    expect(listed).toHaveLength(routes.length + 1);
  });

  test('is where a browser that asks for the service itself is led, without a key', async () => {
    const { status, headers } = await caller.call('GET', '/', { key: null });
    expect({ status, location: headers.get('location') }).toEqual({ status: 302, location: '/docs' });
  });

  test('every opened element is closed', () => {
    const open: string[] = [];
    const VOID = new Set(['meta', 'input', 'br', 'wbr']);
    const markup = reply.text.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '').replace(/<!doctype html>/, '');
    for (const [, slash, name, selfClosed] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
      if (slash === '/') expect(open.pop()).toBe(name);
      else if (!VOID.has(name!) && selfClosed !== '/') open.push(name!);
    }
    expect(open).toEqual([]);
  });
});

describe('problems', () => {
  test.each(Object.entries(SAMPLES))('%s says what it is and what to do', (code, sample) => {
    const { status, title, detail, headers, ...told } = problemOf(sample);
    expect(told.code).toBe(code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z]/);
    expect(detail).toMatch(/^\S.*[\w.`)]$/);
    if (status === 503 || status === 429) expect(headers).toHaveProperty('Retry-After');
    if (status === 401 && code !== 'ticket_refused') expect(headers).toHaveProperty('WWW-Authenticate');
    if (status === 405) expect(headers).toHaveProperty('Allow');
  });
});

describe('/metrics', () => {
  const NAME = /^[a-z][a-z0-9_]*$/;
  const SAMPLE = /^([a-z][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

  interface Family {
    readonly name: string;
    readonly type: string;
    readonly samples: readonly { readonly labels: string; readonly value: number }[];
  }
  const parse = (text: string): readonly Family[] => {
    expect(text.endsWith('\n')).toBe(true);
    const blocks = text.split(/^(?=# HELP )/m);
    return blocks.map((block) => {
      const [help, type, ...lines] = block.trimEnd().split('\n');
      const name = /^# HELP (\S+) .+\.$/.exec(help!)![1]!;
      expect(type).toMatch(new RegExp(`^# TYPE ${name} (counter|gauge)$`));
      const samples = lines.map((line) => {
        const [, sampled, labels, value] = SAMPLE.exec(line) ?? [];
        expect(sampled).toBe(name);
        return { labels: labels ?? '', value: Number(value) };
      });
      return { name, type: type!.split(' ').at(-1)!, samples };
    });
  };

  test('are valid Prometheus text with bounded labels', async () => {
    const own = await createCaller();
    const results = ['approved', 'approved', 'declined', 'error'].map((result) => ({
      ...RESULT,
      result,
      latency_ms: 250,
    }));
    await own.call('POST', '/api/v1/transactions', { body: { transactions: results } });
    const reply = await own.call('GET', '/metrics', { key: own.keys.read });
    expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parse(reply.text);
    const names = families.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type, samples } of families) {
      expect(name).toMatch(NAME);
      expect(name.startsWith('signalbox_')).toBe(true);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(name).not.toMatch(/_(ms|milliseconds|minutes|percent|kb|mb)(_|$)/);
      expect(new Set(samples.map(({ labels }) => labels)).size).toBe(samples.length);
      expect(samples.every(({ value }) => Number.isFinite(value))).toBe(true);
    }
    const labels = families.flatMap(({ samples }) =>
      samples.flatMap((sample) => [...sample.labels.matchAll(/([a-z_]+)=/g)].map(([, label]) => label)),
    );
    expect([...new Set(labels)].sort()).toEqual(['percentile', 'processor', 'result', 'state', 'status', 'version']);
    const valueOf = (name: string, label: string): number | undefined =>
      families.find((family) => family.name === name)?.samples.find((sample) => sample.labels.includes(label))?.value;
    expect(valueOf('signalbox_attempts_total', 'result="approved"')).toBe(2);
    expect(valueOf('signalbox_attempts_total', 'result="timeout"')).toBe(0);
    expect(valueOf('signalbox_authorization_ratio', 'processor_a')).toBeCloseTo(2 / 3, 12);
    expect(valueOf('signalbox_processor_latency_seconds', 'p50')).toBeCloseTo(0.25, 2);
    expect(valueOf('signalbox_breaker_state', 'state="CLOSED"')).toBe(1);
  });

  test('[BRD-11] tell of the copies of the table by region, and of none where there are none', async () => {
    const own = await createCaller();
    const familiesOf = async (): Promise<readonly Family[]> =>
      parse((await own.call('GET', '/metrics')).text).filter(({ name }) => name.startsWith('signalbox_table_copy'));
    expect(await familiesOf()).toEqual([]);
    own.set.copies = [
      { region: 'main', takenAtMs: own.set.now - 90_000, failures: 3 },
      { region: 'other', takenAtMs: null, failures: 8 },
    ];
    expect(await familiesOf()).toEqual([
      {
        name: 'signalbox_table_copy_age_seconds',
        type: 'gauge',
        samples: [{ labels: 'region="main"', value: 90 }],
      },
      {
        name: 'signalbox_table_copy_failures_total',
        type: 'counter',
        samples: [
          { labels: 'region="main"', value: 3 },
          { labels: 'region="other"', value: 8 },
        ],
      },
    ]);
  });

  test('of a service without traffic are valid too', async () => {
    const own = await createCaller({ registered: false });
    expect(parse((await own.call('GET', '/metrics')).text).map(({ name }) => name)).toContain(
      'signalbox_table_age_seconds',
    );
  });
});
