// Both windows as columns of numbers, one row per leaf, with the group of every leaf in each choice of attributes.
import {
  ATTRIBUTES,
  trialsOf,
  UNKNOWN,
  type Attribute,
  type Combination,
  type CountWindow,
  type Leaf,
  type Measure,
} from './leaf-table.ts';

export interface LeafIndex {
  readonly rows: number;
  /** In the anomalous window. */
  readonly trials: Float64Array;
  readonly hits: Float64Array;
  /** In the baseline. */
  readonly usualTrials: Float64Array;
  readonly usualHits: Float64Array;
  /** Places in `values`, by attribute in the order of ATTRIBUTES. */
  readonly codes: readonly Int32Array[];
  readonly values: readonly (readonly string[])[];
}

/** One choice of attributes: the leaves that share their values there form a group. */
export interface Cuboid {
  readonly attributes: readonly number[];
  readonly groups: number;
  readonly groupOf: Int32Array;
  /** A leaf of each group, by which its values are read. */
  readonly sample: Int32Array;
  /** 0 where a value is unknown: such a group is no cause. */
  readonly isNamed: Uint8Array;
}

/** Groups are numbered by a table up to this size, beyond it by a map. */
const TABLE_MAX = 4_000_000;

export function indexLeaves(baseline: CountWindow, anomalous: CountWindow, measure: Measure): LeafIndex {
  const leaves = [...anomalous.leaves, ...baseline.leaves];
  const columns = ATTRIBUTES.map((attribute) => codesOf(leaves, attribute));
  const values = columns.map((column) => column.values);
  const keyOfLeaf = new Float64Array(leaves.length);
  for (const { codes, values: known } of columns)
    for (let leaf = 0; leaf < leaves.length; leaf++) keyOfLeaf[leaf] = keyOfLeaf[leaf]! * known.length + codes[leaf]!;
  const keys = keyOfLeaf.toSorted().filter((key, place, sorted) => key !== sorted[place - 1]);
  const counts = [0, 1, 2, 3].map(() => new Float64Array(keys.length));
  for (const [place, leaf] of leaves.entries()) {
    const row = placeIn(keys, keyOfLeaf[place]!);
    const { trials, hits } = trialsOf(leaf, measure);
    const offset = place < anomalous.leaves.length ? 0 : 2;
    counts[offset]![row]! += trials;
    counts[offset + 1]![row]! += hits;
  }
  let below = 1;
  const codes = values.toReversed().map(({ length }) => {
    const step = below;
    below *= length;
    const column = new Int32Array(keys.length);
    for (let row = 0; row < keys.length; row++) column[row] = Math.floor(keys[row]! / step) % length;
    return column;
  });
  const [trials, hits, usualTrials, usualHits] = counts as [Float64Array, Float64Array, Float64Array, Float64Array];
  return { rows: keys.length, trials, hits, usualTrials, usualHits, codes: codes.toReversed(), values };
}

/** Values in the order of their names, so that the order of the input is of no consequence. */
function codesOf(leaves: readonly Leaf[], attribute: Attribute): { codes: Int32Array; values: string[] } {
  const met = new Map<string, number>();
  const codes = new Int32Array(leaves.length);
  for (let leaf = 0; leaf < leaves.length; leaf++) {
    const value = leaves[leaf]![attribute];
    const code = met.get(value) ?? met.size;
    if (code === met.size) met.set(value, code);
    codes[leaf] = code;
  }
  const values = [...met.keys()].toSorted();
  const places = new Int32Array(values.length);
  for (const [place, value] of values.entries()) places[met.get(value)!] = place;
  return { codes: codes.map((code) => places[code]!), values };
}

/** By halving: `key` is among them. */
function placeIn(keys: Float64Array, key: number): number {
  let [low, high] = [0, keys.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every choice among the attributes that differ at all, the empty one (everything) first. */
export function cuboidsOf(index: LeafIndex): Cuboid[] {
  const varying = ATTRIBUTES.map((_, place) => place).filter((place) => index.values[place]!.length > 1);
  const choices = Array.from({ length: 2 ** varying.length }, (_, mask) =>
    varying.filter((_place, bit) => (mask & (1 << bit)) !== 0),
  );
  return choices.toSorted((left, right) => left.length - right.length).map((choice) => cuboidOf(index, choice));
}

function cuboidOf(index: LeafIndex, attributes: readonly number[]): Cuboid {
  const { rows, codes, values } = index;
  const keys = new Float64Array(rows);
  for (const place of attributes) {
    const [column, length] = [codes[place]!, values[place]!.length];
    for (let row = 0; row < rows; row++) keys[row] = keys[row]! * length + column[row]!;
  }
  const size = attributes.reduce((product, place) => product * values[place]!.length, 1);
  const { groupOf, sample } = size <= TABLE_MAX ? numberByTable(keys, size) : numberByMap(keys);
  const isNamed = new Uint8Array(sample.length).fill(1);
  for (const place of attributes) {
    const unknown = values[place]!.indexOf(UNKNOWN);
    if (unknown === -1) continue;
    for (const [group, row] of sample.entries()) if (codes[place]![row] === unknown) isNamed[group] = 0;
  }
  return { attributes, groups: sample.length, groupOf, sample, isNamed };
}

interface Numbered {
  readonly groupOf: Int32Array;
  readonly sample: Int32Array;
}

function numberByTable(keys: Float64Array, size: number): Numbered {
  // Numbered from 1: an empty place is 0.
  const table = new Int32Array(size);
  const groupOf = new Int32Array(keys.length);
  const sample = new Int32Array(keys.length);
  let groups = 0;
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row]!;
    if (table[key] === 0) {
      sample[groups] = row;
      table[key] = ++groups;
    }
    groupOf[row] = table[key]! - 1;
  }
  return { groupOf, sample: sample.slice(0, groups) };
}

function numberByMap(keys: Float64Array): Numbered {
  const numbers = new Map<number, number>();
  const sample: number[] = [];
  const groupOf = Int32Array.from(keys, (key, row) => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return sample.push(row) - 1;
  });
  return { groupOf, sample: Int32Array.from(sample) };
}

export function combinationOf(
  { codes, values }: LeafIndex,
  { attributes, sample }: Cuboid,
  group: number,
): Combination {
  return Object.fromEntries(
    attributes.map((place) => [ATTRIBUTES[place]!, values[place]![codes[place]![sample[group]!]!]!]),
  );
}

export function rowsOf({ groupOf }: Cuboid, group: number): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < groupOf.length; row++) if (groupOf[row] === group) rows.push(row);
  return Int32Array.from(rows);
}
