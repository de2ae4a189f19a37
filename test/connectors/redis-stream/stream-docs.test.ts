// docs/streams.md, held to the code: its example is registered and read as it says, and it names every setting there is.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adapter } from '../../../src/connectors/redis-stream/adapter.ts';
import { KNOWN_MAPPINGS } from '../../../src/connectors/redis-stream/known-mappings.ts';
import { MAPPED_FIELDS, StreamMappingSchema } from '../../../src/connectors/redis-stream/stream-mapping.ts';
import { readEntry } from '../../../src/connectors/redis-stream/read-entry.ts';
import { SourceBody } from '../../../src/http/schemas/sources.ts';
import { streamSettingsOf } from '../../../src/connectors/redis-stream/stream-settings.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/streams.md', import.meta.url), 'utf8');

function example(name: string): Record<string, unknown> {
  const [, text] = new RegExp(`^\`\`\`json ${name}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(DOCUMENT)!;
  return JSON.parse(text!) as Record<string, unknown>;
}

/** What stands in the first column under a heading. */
function namesUnder(first: string): readonly string[] {
  const table = DOCUMENT.split(new RegExp(`^\\| ${first} +\\|.*\\n`, 'm'))[1]!.split('\n\n')[0]!;
  return [...table.matchAll(/^\| (`[^|]+`) +\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  );
}

const snakeOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

test('[STR-20] the example of the documentation is a source, and its entry is read as it says', () => {
  const source = SourceBody.parse(example('source'));
  expect(adapter.settingsFaults(source.own, [])).toEqual([]);
  const { stream, mapping } = streamSettingsOf(source.own)!;
  expect(stream).toBe('gateway:results');
  const entry = example('entry');
  const read = (payload: object) =>
    readEntry({ id: '1795262400123-0', fields: [['json', JSON.stringify(payload)]], deliveries: 1 }, mapping);
  expect(read(entry)).toMatchObject({ kind: 'event', event: example('event') });
  const unanswered = { ...entry, reason: { code: 'no_answer' } };
  expect(read(unanswered)).toMatchObject({ kind: 'event', event: { kind: 'unknown' } });
});

test('[STR-20] the documentation names every setting of a mapping, every part of an event and every mapping', () => {
  expect(namesUnder('Setting').toSorted()).toEqual(Object.keys(StreamMappingSchema.shape).map(snakeOf).toSorted());
  expect(namesUnder('Part of an event').toSorted()).toEqual(MAPPED_FIELDS.map(snakeOf).toSorted());
  expect(namesUnder('Name')).toEqual(KNOWN_MAPPINGS.map(({ name }) => name));
  for (const { name, mapping } of KNOWN_MAPPINGS)
    expect(DOCUMENT).toMatch(
      new RegExp(
        `\\| \`${name}\` .*\`${mapping.fields.kind![0]}\` +\\| ${mapping.amountUnit} +\\| \`${mapping.timeUnit}\` +\\|`,
      ),
    );
});

test('[STR-20] the documentation names every field of a source', () => {
  const { secrets: _, own: __, ...fields } = SourceBody.shape;
  const own = ['own.stream', 'own.group', 'own.mapping'];
  expect(namesUnder('Field').toSorted()).toEqual([...Object.keys(fields), ...own].toSorted());
});
