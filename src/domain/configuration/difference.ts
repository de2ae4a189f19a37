// What is different between two configurations or documents, in the words of their fields: for an import that is only tried.

export interface Difference {
  /** e.g. `rules[high_value].priority`: entries with an id are named by it, others belong to their list's value. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** `null` when there was nothing (`added`), as `after` is when there is nothing (`removed`). */
  readonly before: unknown;
  readonly after: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Lists whose entries carry an `id` are compared entry by entry and their order is no difference; other lists are one value. */
export function difference(before: unknown, after: unknown): readonly Difference[] {
  return compare(before, after, '');
}

function compare(before: unknown, after: unknown, path: string): readonly Difference[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: 'added', before: null, after }];
  if (after === undefined) return [{ path, kind: 'removed', before, after: null }];
  if (isKeyed(before) && isKeyed(after)) {
    return compareFields(entriesOf(before), entriesOf(after), (id) => `${path}[${id}]`);
  }
  if (isFields(before) && isFields(after)) {
    return compareFields(before, after, (name) => (path === '' ? name : `${path}.${name}`));
  }
  return isSame(before, after) ? [] : [{ path, kind: 'changed', before, after }];
}

function compareFields(before: Fields, after: Fields, pathOf: (name: string) => string): readonly Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => compare(valueOf(before, name), valueOf(after, name), pathOf(name)));
}

const valueOf = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const hasId = (value: unknown): value is Fields & { readonly id: string } =>
  isFields(value) && typeof value['id'] === 'string';

type Keyed = readonly (Fields & { readonly id: string })[];

function isKeyed(value: unknown): value is Keyed {
  return Array.isArray(value) && value.every(hasId) && new Set(value.map(({ id }) => id)).size === value.length;
}

const entriesOf = (entries: Keyed): Fields => Object.fromEntries(entries.map((entry) => [entry.id, entry]));

function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((entry, index) => isSame(entry, other[index]));
  }
  if (isFields(one) && isFields(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => isSame(valueOf(one, name), valueOf(other, name)));
  }
  return one === other;
}
