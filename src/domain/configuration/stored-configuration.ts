// Reads a configuration as any version of this code has stored it; every older format is brought up step by step.
import { type Configuration, ROUTING_SETTINGS_DEFAULT } from './configuration.ts';

/** Format 0 knew no routing settings: the strategy was always `learned`. */
type Format0 = Omit<Configuration, 'format' | 'routing'> & { readonly format: 0 };
type Stored = Configuration | Format0;

/** Throws on a format of newer code: guessing at it would write what was not understood back in the old shape. */
export function readConfiguration(text: string): Configuration {
  const stored = JSON.parse(text) as Stored;
  switch (stored.format) {
    case 0:
      return { ...stored, format: 1, routing: ROUTING_SETTINGS_DEFAULT };
    case 1:
      return stored;
    default:
      throw new Error(`unknown configuration format ${String((stored as { format: unknown }).format)}`);
  }
}

/** A stored row holds at most 2 MB; in pure ASCII a character is a byte and no cut falls inside one. */
export const PART_MAX = 1_500_000;

export function writeConfiguration(configuration: Configuration): readonly string[] {
  return inParts(configuration);
}

/** Of a value without a bound: as JSON, for as many rows as it takes. */
export function inParts(value: unknown): readonly string[] {
  const text = JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Array.from({ length: Math.ceil(text.length / PART_MAX) }, (_, part) =>
    text.slice(part * PART_MAX, (part + 1) * PART_MAX),
  );
}
