// Adtributor (Bhagwan et al., NSDI 2014), the derived-measure form for failures of attempts: the known method that ours is measured against.
import {
  ATTRIBUTES,
  trialsOf,
  type Combination,
  type CountWindow,
  type Measure,
} from '../../src/domain/localisation/leaf-table.ts';

/** The paper's thresholds: explanatory power of a set and of an element. */
const SET_POWER = 0.67;
const ELEMENT_POWER = 0.1;

interface Element {
  readonly value: string;
  readonly power: number;
  readonly surprise: number;
}

/** The most surprising set of one attribute's values that explains enough, in order of surprise. */
export function adtributor(baseline: CountWindow, anomalous: CountWindow, measure: Measure): Combination[] {
  let best: { readonly surprise: number; readonly found: Combination[] } = { surprise: -Infinity, found: [] };
  for (const attribute of ATTRIBUTES) {
    const elements = elementsOf(baseline, anomalous, (leaf) => ({
      ...trialsOf(leaf, measure),
      value: leaf[attribute],
    }));
    let [power, surprise] = [0, 0];
    const found: Combination[] = [];
    for (const element of elements.toSorted((left, right) => right.surprise - left.surprise)) {
      if (element.power <= ELEMENT_POWER) continue;
      found.push({ [attribute]: element.value });
      power += element.power;
      surprise += element.surprise;
      if (power > SET_POWER) break;
    }
    if (power > SET_POWER && surprise > best.surprise) best = { surprise, found };
  }
  return best.found;
}

type Read = (leaf: CountWindow['leaves'][number]) => {
  readonly trials: number;
  readonly hits: number;
  readonly value: string;
};

function elementsOf(baseline: CountWindow, anomalous: CountWindow, read: Read): Element[] {
  const scale = anomalous.minutes / baseline.minutes;
  const sums = new Map<string, { trials: [number, number]; hits: [number, number] }>();
  const all = { trials: [0, 0] as [number, number], hits: [0, 0] as [number, number] };
  for (const [place, window] of [baseline, anomalous].entries())
    for (const leaf of window.leaves) {
      const { trials, hits, value } = read(leaf);
      if (!sums.has(value)) sums.set(value, { trials: [0, 0], hits: [0, 0] });
      const factor = place === 0 ? scale : 1;
      for (const sum of [sums.get(value)!, all]) {
        sum.trials[place]! += factor * trials;
        sum.hits[place]! += factor * hits;
      }
    }
  const powers = [...sums.values()].map(({ trials, hits }) => {
    const [moreHits, moreTrials] = [hits[1] - hits[0], trials[1] - trials[0]];
    const below = all.trials[0] * (all.trials[0] + moreTrials);
    return below === 0 ? 0 : (moreHits * all.trials[0] - moreTrials * all.hits[0]) / below;
  });
  const total = powers.reduce((sum, power) => sum + power, 0);
  return [...sums].map(([value, { trials, hits }], place) => ({
    value,
    power: total === 0 ? 0 : powers[place]! / total,
    surprise:
      surpriseOf(hits[0] / all.hits[0], hits[1] / all.hits[1]) +
      surpriseOf(trials[0] / all.trials[0], trials[1] / all.trials[1]),
  }));
}

/** One element's part of Jensen and Shannon's divergence. */
function surpriseOf(p: number, q: number): number {
  const part = (of: number): number => (of > 0 ? of * Math.log((2 * of) / (p + q)) : 0);
  return (part(p) + part(q)) / 2;
}
