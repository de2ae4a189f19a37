// What the reference says a text must look like is what is taken, no less and no more.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import type { Schema } from '../../../src/http/reference/schema-view.ts';

type Told = Schema & { readonly pattern?: string };
let caller: Caller;
let schemas: Record<string, Told & { readonly properties: Record<string, Told> }>;
let document: unknown;
beforeAll(async () => {
  caller = await createCaller();
  const { json } = await caller.call('GET', '/openapi.json');
  document = json;
  schemas = (json['components'] as { schemas: typeof schemas }).schemas;
});

describe.each([
  ['segment', 'card|us', 'CARD|US'],
  ['segment', 'Card|uS', 'CARD|US'],
  ['segment', 'card|usa', null],
  // In upper case these two would be of A-Z.
  ['segment', 'pıx|br', null],
  ['segment', 'ſ|br', null],
  ['payment_method', 'oxxo', 'OXXO'],
  ['payment_method', 'pıx', null],
  ['country', 'mx', 'MX'],
  ['country', 'ß', null],
  ['currency', 'brl', 'BRL'],
  ['currency', 'ıdr', null],
] as const)('%s %j', (field, text, kept) => {
  test(`is ${kept === null ? 'refused' : 'taken'} as the reference says`, async () => {
    const inList = schemas['PriorsInput']!.properties['priors']!.items as { properties: Record<string, Told> };
    const told = (field === 'segment' ? inList : schemas['RouteRequest']!).properties[field]!;
    expect(new RegExp(told.pattern!).test(text)).toBe(kept !== null);
    const asked = { payment_method: 'CARD', country: 'US', currency: 'USD', [field]: text };
    const { status, json } =
      field === 'segment'
        ? await caller.call('POST', '/api/v1/overrides', {
            body: { processor_id: 'processor_us', segment: text, kind: 'drain', why: 'test', ttl_seconds: 60 },
          })
        : await caller.call('POST', '/api/v1/routing/simulate', { body: asked });
    expect({ taken: status < 300, field: json['field'] }).toEqual(
      kept === null ? { taken: false, field } : { taken: true, field: undefined },
    );
    if (kept !== null && field !== 'currency') expect(json[field]).toBe(kept);
  });

  beforeAll(async () => {
    const us = { id: 'processor_us', payment_methods: ['CARD'], countries: ['US'] };
    await caller.call('POST', '/api/v1/processors', { body: us });
  });
});

test('every example is of the pattern that stands beside it', () => {
  const found: Told[] = [];
  JSON.stringify(document, (_, value: unknown) => {
    if (typeof value === 'object' && value !== null && 'pattern' in value) found.push(value as Told);
    return value;
  });
  const shown = found.filter(({ example }) => typeof example === 'string');
  expect(shown.length).toBeGreaterThan(10);
  for (const { pattern, example } of shown) expect(example).toMatch(new RegExp(pattern!));
});
