// What one would do by hand: the one combination whose failures rose most beyond its usual rate, of all with one attribute or two.
import {
  ATTRIBUTES,
  trialsOf,
  type Attribute,
  type Combination,
  type CountWindow,
  type Measure,
} from '../../src/domain/localisation/leaf-table.ts';

/** The largest rise of a rate among combinations with at least this share of the attempts. */
const SHARE_MIN = 0.01;

export function naiveWorst(baseline: CountWindow, anomalous: CountWindow, measure: Measure): Combination[] {
  const choices: Attribute[][] = ATTRIBUTES.flatMap((first, place) => [
    [first],
    ...ATTRIBUTES.slice(place + 1).map((second) => [first, second]),
  ]);
  let best: { readonly rise: number; readonly found: Combination[] } = { rise: 0, found: [] };
  for (const choice of choices) {
    const sums = new Map<string, { before: [number, number]; after: [number, number] }>();
    for (const [window, name] of [[baseline, 'before'] as const, [anomalous, 'after'] as const])
      for (const leaf of window.leaves) {
        const key = JSON.stringify(choice.map((attribute) => leaf[attribute]));
        if (!sums.has(key)) sums.set(key, { before: [0, 0], after: [0, 0] });
        const { trials, hits } = trialsOf(leaf, measure);
        sums.get(key)![name][0] += trials;
        sums.get(key)![name][1] += hits;
      }
    const all = [...sums.values()].reduce((sum, { after }) => sum + after[0], 0);
    for (const [key, { before, after }] of sums) {
      if (after[0] < SHARE_MIN * all || before[0] === 0) continue;
      const rise = after[1] / after[0] - before[1] / before[0];
      const values = JSON.parse(key) as string[];
      if (rise > best.rise)
        best = { rise, found: [Object.fromEntries(choice.map((attribute, place) => [attribute, values[place]!]))] };
    }
  }
  return best.found;
}
