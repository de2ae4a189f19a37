// What an operator says of one stream, in the API's words: its name, its group, and how its entries are read. Judged field by field.
import { z } from 'zod';
import type { SettingsFault } from '../../ports/webhook-adapter.ts';
import { schemaFaults, shapeFaults } from '../settings-faults.ts';
import { KNOWN_MAPPINGS } from './known-mappings.ts';
import { OWN_KEYS } from './own-keys.ts';
import { type StreamMapping, StreamMappingSchema } from './stream-mapping.ts';

const NAMES = KNOWN_MAPPINGS.map(({ name }) => name);
const OneLine = z.string().regex(/^[^\p{Cc}]{1,200}$/u, 'must have 1 to 200 characters and no line break');

const Settings = z.strictObject({
  stream: OneLine.refine(
    (name) => !name.startsWith(OWN_KEYS),
    `must not begin with \`${OWN_KEYS}\`: so do the keys that Signalbox itself writes`,
  ),
  group: OneLine.default('signalbox'),
  /** The name of a known mapping, or one of the operator's own. */
  mapping: z
    .union([z.string(), z.record(z.string(), z.unknown())], 'must be the name of a mapping, or a mapping')
    .default('hyperswitch'),
});

export interface StreamSettings {
  readonly stream: string;
  readonly group: string;
  readonly mapping: StreamMapping;
  /** Whose words its decline codes are, where the mapping tells. */
  readonly family: string | null;
}

type Own = Readonly<Record<string, unknown>>;

export function streamFaults(own: Own): readonly SettingsFault[] {
  const read = Settings.safeParse(own);
  if (!read.success) return shapeFaults(Settings, own);
  const { mapping } = read.data;
  if (typeof mapping !== 'string') return mappingFaults(mapping);
  if (NAMES.includes(mapping)) return [];
  return [{ field: 'own.mapping', message: `must be one of ${NAMES.join(', ')}, or a mapping of your own` }];
}

/** `null`: settings that were never accepted, or by other code than this. */
export function streamSettingsOf(own: Own): StreamSettings | null {
  if (streamFaults(own).length > 0) return null;
  const { stream, group, mapping } = Settings.parse(own);
  if (typeof mapping !== 'string')
    return { stream, group, mapping: StreamMappingSchema.parse(inOurWords(mapping)), family: null };
  const known = KNOWN_MAPPINGS.find(({ name }) => name === mapping)!;
  return { stream, group, mapping: known.mapping, family: mapping === 'hyperswitch' ? mapping : null };
}

function mappingFaults(told: Own): readonly SettingsFault[] {
  const field = (...path: readonly string[]): string => ['own', 'mapping', ...path].join('.');
  const capital = [
    ...Object.keys(told).map((name) => [name]),
    ...Object.keys(fieldsOf(told)).map((name) => ['fields', name]),
  ]
    .filter((path) => /[A-Z]/.test(path.at(-1)!))
    .map((path) => ({ field: field(...path), message: 'is not a setting: their names have small letters' }));
  const words = inOurWords(told);
  const read = StreamMappingSchema.safeParse(words);
  if (!read.success) return [...capital, ...schemaFaults(read.error, words, (path) => field(...pathInTheirs(path)))];
  const missing = (['kind', 'attemptKey'] as const)
    .filter((name) => read.data.fields[name] === undefined)
    .map((name) => ({ field: field('fields', snakeOf(name)), message: 'must be given: no event is without it' }));
  return [...capital, ...missing];
}

/** The names of settings are translated; what they are set to is the producer's, and stays. */
function inOurWords(told: Own): Own {
  const fields = translated(fieldsOf(told));
  return { ...translated(told), ...(isObject(told['fields']) && { fields }) };
}

const translated = (words: Own): Own =>
  Object.fromEntries(Object.entries(words).map(([name, value]) => [camelOf(name), value]));

const fieldsOf = (told: Own): Own => (isObject(told['fields']) ? told['fields'] : {});

const isObject = (value: unknown): value is Own => typeof value === 'object' && value !== null && !Array.isArray(value);

const pathInTheirs = (path: readonly PropertyKey[]): string[] =>
  path.map(String).map((part, at) => (at === 0 || (at === 1 && path[0] === 'fields') ? snakeOf(part) : part));

const camelOf = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snakeOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
