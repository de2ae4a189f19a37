import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ROUTING_SETTINGS_DEFAULT } from '../../../src/domain/configuration/configuration.ts';
import {
  PART_MAX,
  readConfiguration,
  writeConfiguration,
} from '../../../src/domain/configuration/stored-configuration.ts';
import { processor, rule, sampleConfiguration } from './sample-configuration.ts';

const FORMAT_0 = readFileSync(new URL('stored-format-0.json', import.meta.url), 'utf8');

test('[CFG-20] a configuration of format 0 is read as format 1 with the default routing settings', () => {
  const upgraded = readConfiguration(FORMAT_0);
  const { format: _, ...stored } = JSON.parse(FORMAT_0) as Record<string, unknown>;
  expect(upgraded).toEqual({ ...stored, format: 1, routing: ROUTING_SETTINGS_DEFAULT });
  expect(readConfiguration(writeConfiguration(upgraded).join(''))).toEqual(upgraded);
});

test('[CFG-20] a format that is not known is refused', () => {
  expect(() => readConfiguration(JSON.stringify({ ...sampleConfiguration(), format: 2 }))).toThrow('format 2');
  expect(() => readConfiguration('{}')).toThrow('format undefined');
});

test('[CFG-20] what is written is read back as it was, in parts of ASCII that a row can hold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (name) => {
      const configuration = { ...sampleConfiguration(), rules: [rule('r', { name: `é€😀${name}` })] };
      const parts = writeConfiguration(configuration);
      expect(parts).toHaveLength(1);
      expect(Buffer.byteLength(parts[0] ?? '')).toBe(parts[0]?.length);
      expect(readConfiguration(parts.join(''))).toEqual(JSON.parse(JSON.stringify(configuration)));
    }),
  );
});

test('[CFG-20] a configuration beyond 1.5 MB is cut into parts, even in the middle of a character', () => {
  const name = `${'x'.repeat(150)}é😀`;
  const rules = Array.from({ length: 6_000 }, (_, at) => rule(`r${at}`, { name }));
  const configuration = { ...sampleConfiguration(), rules, processors: [{ ...processor('a'), epoch: 1, revision: 1 }] };
  const parts = writeConfiguration(configuration);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.slice(0, -1).every(({ length }) => length === PART_MAX)).toBe(true);
  expect(readConfiguration(parts.join(''))).toEqual(configuration);
});
