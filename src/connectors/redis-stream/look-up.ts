// Finds what a path names in an entry: keys with dots between them, through objects and through texts that hold JSON.
import { parseExactly } from '../exact-json.ts';
import type { StreamEntry } from '../../ports/stream-port.ts';

export interface Found {
  readonly path: string;
  /** Never null, undefined or an empty text: those count as not there. */
  readonly value: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** The first of these fields that holds a JSON object; else the entry's fields themselves. */
export function payloadOf(fields: StreamEntry['fields'], payloadFields: readonly string[]): Fields {
  // Without a prototype: a field named `__proto__` is a field.
  const own: Record<string, unknown> = Object.assign(Object.create(null), Object.fromEntries(fields));
  for (const name of payloadFields) {
    const held = Object.hasOwn(own, name) ? objectOf(own[name]) : null;
    if (held !== null) return held;
  }
  return own;
}

/** A whole path that is one key wins over the way through objects: flat streams write dots into their field names. */
export function lookUp(payload: unknown, path: string): Found | null {
  const value = valueAt(payload, path) ?? null;
  return value === null || value === '' ? null : { path, value };
}

function valueAt(holder: unknown, path: string): unknown {
  const object = objectOf(holder);
  if (object === null) return undefined;
  if (Object.hasOwn(object, path)) return object[path];
  const dot = path.indexOf('.');
  if (dot === -1) return undefined;
  const head = path.slice(0, dot);
  return Object.hasOwn(object, head) ? valueAt(object[head], path.slice(dot + 1)) : undefined;
}

function objectOf(value: unknown): Fields | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return null;
  try {
    const read = parseExactly(value);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Fields) : null;
  } catch {
    return null;
  }
}
