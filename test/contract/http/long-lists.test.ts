// No body, however long its lists and however wrong their entries, is more than a refusal that names where they are.
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from '@hono/zod-openapi';
import { type Caller, createCaller, type Reply } from '../../harness/http-caller.ts';
import { itemsMaxOf } from '../../../src/http/middleware/bound-lists.ts';

let caller: Caller;
beforeAll(async () => {
  caller = await createCaller();
});
/** `endpoint`: method and path. */
function send(endpoint: string, body: unknown): Promise<Reply> {
  const [method = '', path = ''] = endpoint.split(' ');
  return caller.call(method, path, { body });
}
const many = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
const EMPTY = { processors: [], rules: [], experiments: [], routing: {} };

/** The lists in a schema that have no end. */
function endlessIn(schema: z.core.$ZodType, path: string): readonly string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'array':
      return [...(itemsMaxOf(def) <= 5_000 ? [] : [path]), ...endlessIn(def.element, `${path}[]`)];
    case 'object':
      return Object.entries(def.shape).flatMap(([name, inner]) => endlessIn(inner, `${path}.${name}`));
    case 'union':
      return def.options.flatMap((option) => endlessIn(option, path));
    case 'tuple':
      return def.items.flatMap((item) => endlessIn(item, `${path}[]`));
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      return endlessIn(def.innerType, path);
    case 'record':
      return endlessIn(def.valueType, `${path}.*`);
    case 'pipe':
    case 'lazy':
    case 'readonly':
    case 'catch':
    case 'intersection':
    case 'set':
    case 'map':
      throw new Error(`${path}: a ${def.type} is not looked into for its lists`);
    default:
      return [];
  }
}

test('every list of every body has an end', () => {
  const bodies = caller.app.openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== 'route') return [];
    const { method, path, request } = definition.route;
    const content = request?.body?.content['application/json'];
    return content && 'schema' in content ? [{ path: `${method} ${path} `, schema: content.schema as z.ZodType }] : [];
  });
  expect(bodies.length).toBeGreaterThan(12);
  expect(bodies.flatMap(({ path, schema }) => endlessIn(schema, path))).toEqual([]);
});

describe('a list that is too long is refused whole, before its entries are read', () => {
  test.each<[string, unknown, string, number]>([
    ['POST /api/v1/ml/priors', { priors: many(5_001, {}) }, 'priors', 5_000],
    ['POST /api/v1/ml/priors', { priors: many(60_000, {}) }, 'priors', 5_000],
    ['POST /api/v1/ml/priors', { priors: many(200_000, {}) }, 'priors', 5_000],
    ['PUT /api/v1/config', { ...EMPTY, processors: many(100_000, {}) }, 'processors', 200],
    ['PUT /api/v1/config', { ...EMPTY, rules: many(100_000, {}) }, 'rules', 1_000],
    ['PUT /api/v1/config', { ...EMPTY, experiments: many(100_000, {}) }, 'experiments', 100],
    ['PUT /api/v1/config', { ...EMPTY, rules: [{}, { countries: many(257, 1) }] }, 'rules[1].countries', 256],
    ['POST /api/v1/processors', { payment_methods: many(200_000, 1) }, 'payment_methods', 256],
    ['POST /api/v1/processors', { currencies: many(201, 1) }, 'currencies', 200],
    ['POST /api/v1/processors', { fee: { by_segment: many(257, {}) } }, 'fee.by_segment', 256],
    ['PUT /api/v1/processors/processor_a', { amount_limits: many(201, {}) }, 'amount_limits', 200],
    ['POST /api/v1/rules', { when: { status_in: many(17, 1) } }, 'when.status_in', 16],
    ['POST /api/v1/rules', { action: { kind: 'pin', processors: many(201, 1) } }, 'action.processors', 200],
    ['POST /api/v1/rules/prebuilt', { template: 'cost', processors: many(201, 1) }, 'processors', 200],
    ['POST /api/v1/keys', { scopes: many(200_000, 1) }, 'scopes', 16],
    ['POST /api/v1/routing/recommend', { eligible_processors: many(201, 1) }, 'eligible_processors', 200],
    ['POST /api/v1/routing/simulate', { eligible_processors: many(201, 1) }, 'eligible_processors', 200],
  ])('%s, case %#', async (endpoint, body, field, itemsMax) => {
    const { status, json } = await send(endpoint, body);
    expect({ status, code: json['code'], field: json['field'] }).toEqual({
      status: 422,
      code: 'too_many_items',
      field,
    });
    expect(json['detail']).toContain(`at most ${itemsMax} entries`);
    expect(json).not.toHaveProperty('errors');
  });
});

describe('of very many faults 100 are named and the others counted', () => {
  const codes = { payment_methods: many(256, 1), countries: many(256, 1), currencies: many(200, 1) };
  const processor = { id: 'x', ...codes };
  const routing = { strategy: 'learned', probe_floor: 0, probe_share_max: 0 };
  const names = Array.from({ length: 90_000 }, (_, index) => [`k${index}`, 1] as const);

  test.each<[string, string, unknown, number]>([
    ['lists in lists', 'PUT /api/v1/config', { ...EMPTY, routing, processors: many(200, processor) }, 200 * 712],
    ['one after the other', 'POST /api/v1/processors', processor, 712],
    ['entries', 'POST /api/v1/ml/priors', { priors: many(5_000, {}) }, 15_000],
    [
      'names',
      'POST /api/v1/routing/recommend',
      { payment_method: 'PIX', country: 'BR', metadata: Object.fromEntries(names) },
      90_000,
    ],
    ['unknown fields', 'POST /api/v1/keys', { name: 'a', scopes: ['read'], ...Object.fromEntries(names) }, 90_000],
  ])('%s', async (_, endpoint, body, count) => {
    const { status, json } = await send(endpoint, body);
    expect({ status, named: (json['errors'] as unknown[]).length }).toEqual({ status: 422, named: 100 });
    expect(json['more_errors']).toBe(count - 100);
    expect(json['detail']).toMatch(new RegExp(` \\(and ${count - 1} more faults\\)$`));
  });

  test('also of those that the configuration itself finds', async () => {
    const { json } = await caller.call('POST', '/api/v1/ml/priors', {
      body: { priors: many(300, { processor_id: 'nobody', segment: 'PIX|BR', prior: null }) },
    });
    // All but the first stand twice, too.
    expect({ named: (json['errors'] as unknown[]).length, more: json['more_errors'] }).toEqual({
      named: 100,
      more: 499,
    });
  });

  test('and of few every one, with nothing said of more', async () => {
    const { json } = await caller.call('POST', '/api/v1/processors', { body: { id: 'x', countries: many(99, 1) } });
    expect((json['errors'] as unknown[]).length).toBe(100);
    expect(json).not.toHaveProperty('more_errors');
    expect(json['detail']).not.toContain('more');
  });
});
