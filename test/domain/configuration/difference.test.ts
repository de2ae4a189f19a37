import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Difference, difference } from '../../../src/domain/configuration/difference.ts';
import { processor, rule, sampleDocument } from './sample-configuration.ts';

describe('difference', () => {
  test('[CFG-13] a change is told at the field it is in, entries are named by their id', () => {
    const before = sampleDocument();
    const after = sampleDocument({
      processors: [processor('c'), processor('a', { weight: 5, countries: ['BR'] })],
      rules: [rule('big', { when: { approvalBelow: 0.5 } })],
    });
    expect(difference(before, after)).toEqual([
      { path: 'processors[a].countries', kind: 'changed', before: ['BR', 'MX'], after: ['BR'] },
      { path: 'processors[a].weight', kind: 'changed', before: 1, after: 5 },
      { path: 'processors[b]', kind: 'removed', before: processor('b'), after: null },
      { path: 'processors[c]', kind: 'added', before: null, after: processor('c') },
      { path: 'rules[big].when', kind: 'changed', before: null, after: { approvalBelow: 0.5 } },
    ] satisfies Difference[]);
  });

  test('[CFG-13] neither the order of fields nor that of entries with an id is a difference', () => {
    const before = { list: [{ id: 'a', x: [{ m: 1, n: 2 }] }, { id: 'b' }], kind: 'k' };
    const after = { kind: 'k', list: [{ id: 'b' }, { x: [{ n: 2, m: 1 }], id: 'a' }] };
    expect(difference(before, after)).toEqual([]);
  });

  test('[CFG-13] a field that appears is added, one that goes is removed, null is a value', () => {
    expect(difference({ gone: 1, same: null, set: null }, { same: null, set: 0, new: null })).toEqual([
      { path: 'gone', kind: 'removed', before: 1, after: null },
      { path: 'set', kind: 'changed', before: null, after: 0 },
      { path: 'new', kind: 'added', before: null, after: null },
    ]);
  });

  test('[CFG-13] entries of which two share an id are one value with their list', () => {
    const twins = [
      { id: 'a', x: 1 },
      { id: 'a', x: 2 },
    ];
    expect(difference({ list: twins }, { list: [{ id: 'a', x: 1 }] }).map(({ path }) => path)).toEqual(['list']);
  });

  const name = fc.stringMatching(/^[a-z]{1,3}$/);
  const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), name);
  const entry = fc.record({ x: scalar, list: fc.array(scalar, { maxLength: 2 }) });
  const keyed = fc
    .dictionary(name, entry, { maxKeys: 4 })
    .map((entries) => Object.entries(entries).map(([id, fields]) => ({ id, ...fields })));
  const value = fc.dictionary(name, fc.oneof(scalar, entry, keyed), { maxKeys: 4, noNullPrototype: true });

  test('[CFG-13] the difference applied to the first document gives the second, and is empty only for equal ones', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const changes = difference(before, after);
        expect(sorted(patched(before, changes))).toEqual(sorted(after));
        expect(changes.length === 0).toBe(JSON.stringify(sorted(before)) === JSON.stringify(sorted(after)));
        expect(difference(after, after)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

type Value = unknown;
const isFields = (value: Value): value is Record<string, Value> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function patched(before: Value, changes: readonly Difference[]): Value {
  const result = structuredClone(before);
  for (const { path, kind, after } of changes) put(result, [...path.matchAll(/[a-z]+/g)].map(String), { kind, after });
  return result;
}

function put(target: Value, [name = '', ...rest]: string[], change: Pick<Difference, 'kind' | 'after'>): void {
  if (Array.isArray(target)) return putEntry(target, [name, ...rest], change);
  const fields = target as Record<string, Value>;
  if (rest.length > 0) return put(fields[name], rest, change);
  if (change.kind === 'removed') delete fields[name];
  else fields[name] = structuredClone(change.after);
}

function putEntry(list: Value[], [id, ...rest]: string[], change: Pick<Difference, 'kind' | 'after'>): void {
  const at = list.findIndex((entry) => isFields(entry) && entry['id'] === id);
  if (rest.length > 0) return put(list[at], rest, change);
  if (change.kind === 'removed') list.splice(at, 1);
  else if (at === -1) list.push(structuredClone(change.after));
  else list[at] = structuredClone(change.after);
}

/** Fields and entries with an id in the order of their names: what is left is what counts. */
function sorted(value: Value): Value {
  if (Array.isArray(value)) {
    const entries = value.map(sorted);
    const isKeyed = entries.every((entry) => isFields(entry) && 'id' in entry);
    const idOf = (entry: Value): string => String((entry as Record<string, Value>)['id']);
    return isKeyed ? entries.sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1)) : entries;
  }
  if (!isFields(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}
