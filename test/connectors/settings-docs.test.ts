// docs/webhooks.md, held to the code: every setting of an adapter that it names is one, and none is missing.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { ADAPTERS } from '../../src/connectors/adapters.ts';
import { customSettings } from '../../src/connectors/custom-hmac/settings.ts';

const DOCUMENT = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
const SECTION = DOCUMENT.split('\n## Settings of an adapter\n')[1]!.split('\n## ')[0]!;
const ROWS = [...SECTION.matchAll(/^\| `own\.([^`]+)` +\| `([a-z-]+)`/gm)].map(([, name, id]) => [id!, name!] as const);

const messageOf = (id: string, own: Record<string, unknown>, field: string): string | undefined => {
  const adapter = ADAPTERS.find(({ declaration }) => declaration.id === id)!;
  return adapter.settingsFaults(own, ['x'.repeat(40)]).find((fault) => fault.field === field)?.message;
};

test.each(ROWS.filter(([, name]) => !name.includes('.')))('[WHK-18] %s has the setting %s', (id, name) => {
  expect(messageOf(id, { [name]: Symbol('none') }, `own.${name}`)).toMatch(/^(?:must|has)/);
});

test('[WHK-18] adapters of which no setting is named have none', () => {
  const named = new Set(ROWS.map(([id]) => id));
  const others = ADAPTERS.filter(({ declaration }) => !named.has(declaration.id));
  expect(others.map(({ declaration }) => declaration.id)).toEqual([
    'stripe',
    'hyperswitch',
    'paystack',
    'standard-webhooks',
  ]);
  for (const adapter of others)
    expect(adapter.settingsFaults({}, []).filter(({ field }) => field.startsWith('own'))).toEqual([]);
});

test('[WHK-18] of custom-hmac every setting and every field is named', () => {
  const { signature, items, fields } = customSettings.shape;
  const timestamp = (signature.shape.timestamp.def.innerType as unknown as { unwrap(): z.ZodObject }).unwrap();
  const names = [
    ...Object.keys(customSettings.shape),
    ...Object.keys(signature.shape).map((name) => `signature.${name}`),
    ...Object.keys(timestamp.shape).map((name) => `signature.timestamp.${name}`),
  ].filter((name) => name !== 'signature');
  expect(items).toBeDefined();
  const told = ROWS.flatMap(([id, name]) => (id === 'custom-hmac' ? [name] : []));
  expect(told.toSorted()).toEqual(names.toSorted());
  for (const name of Object.keys(fields.shape)) expect(SECTION).toContain(`\`${name}\``);
});
