// Finds the fewest combinations of attributes that tell where a rate rose, by what each gains in likelihood over what it costs to name.
import { combinationOf, cuboidsOf, rowsOf, type Cuboid, type LeafIndex } from './leaf-index.ts';
import {
  ATTRIBUTE_COST_SHARE,
  gainOf,
  groupSums,
  namingCost,
  sumOfProducts,
  type Candidate,
  type GroupSums,
} from './group-sums.ts';
import type { Combination } from './leaf-table.ts';
import { lifted, liftOf, likelihoodOf, NO_LIFT, type Lift } from './lift.ts';
import { usualRates } from './usual-rates.ts';

/** Nats over the cost: below it, it may well be chance. */
const GAIN_MIN = 6;
/** Of all that rose; more is asked of what lies mostly within another explanation, for it may only mend what that one tells wrongly. */
const SHARE_MIN = 0.003;
const MENDING_SHARE_MIN = 0.08;
/** Of each one's gain, for every explanation beside it. */
const EXPLANATION_COST_SHARE = 0.01;
const EXPLANATIONS_MAX = 6;
/** What is added may drive out what was there; with counts beyond all measure that could go on for ever, a little better each time. */
const ROUNDS_MAX = 12;
/** How many first explanations the search is begun with. */
const BEGINNINGS = 2;
/** How many of the best next ones are tried at each step. */
const NEXT_TRIED = 2;

export interface Found {
  readonly combination: Combination;
  /** The very same leaves under other names, of as many attributes. */
  readonly sameLeaves: readonly Combination[];
  readonly rows: Int32Array;
  /** Nats, over the cost of naming it, beside the other explanations. */
  readonly gain: number;
  /** Hits beyond what was expected beside the other explanations. */
  readonly excess: number;
}

interface Search {
  readonly index: LeafIndex;
  readonly usual: Float64Array;
  readonly cuboids: readonly Cuboid[];
  readonly sums: readonly GroupSums[];
}

interface Chosen {
  readonly place: number;
  readonly group: number;
  readonly rows: Int32Array;
  readonly lift: Lift;
  readonly gain: number;
  readonly excess: number;
}

interface Choice {
  readonly chosen: readonly Chosen[];
  readonly worth: number;
}

const NOTHING: Choice = { chosen: [], worth: 0 };

export function findExplanations(index: LeafIndex): Found[] {
  if (index.rows === 0) return [];
  const usual = usualRates(index);
  const cuboids = cuboidsOf(index);
  const search: Search = { index, usual, cuboids, sums: cuboids.map((cuboid) => groupSums(index, cuboid, usual)) };
  const choices = candidatesOf(search, usual, BEGINNINGS).map((beginning) => chooseFrom(search, beginning));
  const best = choices.reduce((left, right) => (right.worth > left.worth ? right : left), NOTHING);
  return best.chosen
    .map((each) => foundOf(search, each))
    .toSorted((left, right) => right.excess - left.excess || right.gain - left.gain);
}

/** Adds whatever makes the whole worth most, until nothing does. */
function chooseFrom(search: Search, beginning: Candidate): Choice {
  let choice = extended(search, NOTHING, beginning);
  for (let round = 0; round < ROUNDS_MAX && choice.chosen.length < EXPLANATIONS_MAX; round++) {
    const next = candidatesOf(search, ratesUnder(search, choice.chosen), NEXT_TRIED);
    const grown = next.map((candidate) => extended(search, choice, candidate));
    const best = grown.reduce((left, right) => (right.worth > left.worth ? right : left), choice);
    if (best === choice) break;
    choice = best;
  }
  return choice;
}

function extended(search: Search, choice: Choice, { place, group }: Candidate): Choice {
  const { chosen } = choice;
  if (chosen.some((each) => each.place === place && each.group === group)) return choice;
  const rows = rowsOf(search.cuboids[place]!, group);
  const grown = refit(search, [...chosen, { place, group, rows, lift: NO_LIFT, gain: 0, excess: 0 }]);
  return { chosen: grown, worth: worthOf(search, grown) };
}

/** Judges each beside the others, the latest first, and drops what they leave nothing to explain. */
function refit(search: Search, chosen: readonly Chosen[]): Chosen[] {
  let kept = [...chosen];
  for (let round = 0; round < 2; round++)
    for (let i = kept.length - 1; i >= 0; i--) {
      const { place, group, rows } = kept[i]!;
      const others = kept.filter((_, other) => other !== i);
      const rates = ratesUnder(search, others);
      let told = 0;
      for (const row of rows) told += search.index.trials[row]! * rates[row]!;
      const judged = gainOf(search.cuboids[place]!, search.sums[place]!, group, told);
      if (judged === null || judged.gain < GAIN_MIN) {
        kept = others;
        continue;
      }
      const lift = liftOf(search.index, rates, rows);
      const excess = search.sums[place]!.hits[group]! - judged.expected;
      kept[i] = { place, group, rows, lift, gain: judged.gain, excess };
    }
  const rose = kept.reduce((sum, { excess }) => sum + excess, 0);
  return kept.filter((each) => {
    const mends = kept.some((other) => other.excess > each.excess && isWithin(search.index, each, other));
    return each.excess >= (mends ? MENDING_SHARE_MIN : SHARE_MIN) * rose;
  });
}

/** Most of the one lies within the other. */
function isWithin({ trials }: LeafIndex, one: Chosen, other: Chosen): boolean {
  const within = new Set(other.rows);
  let [inside, all] = [0, 0];
  for (const row of one.rows) {
    all += trials[row]!;
    if (within.has(row)) inside += trials[row]!;
  }
  return inside > all / 2;
}

function ratesUnder({ usual }: Search, chosen: readonly Chosen[]): Float64Array {
  const rates = usual.slice();
  for (const { rows, lift } of chosen) for (const row of rows) rates[row] = lifted(rates[row]!, lift);
  return rates;
}

/** Nats by which the leaves are told better than by their usual rates, less what naming costs. */
function worthOf(search: Search, chosen: readonly Chosen[]): number {
  const { index, usual, cuboids } = search;
  const told = ratesUnder(search, chosen);
  const rows = Int32Array.from(new Set(chosen.flatMap((each) => [...each.rows])));
  const better = likelihoodOf(index, told, rows, NO_LIFT) - likelihoodOf(index, usual, rows, NO_LIFT);
  return chosen.reduce((sum, { place, gain }) => {
    const share =
      ATTRIBUTE_COST_SHARE * cuboids[place]!.attributes.length + EXPLANATION_COST_SHARE * (chosen.length - 1);
    return sum - namingCost(cuboids[place]!) - GAIN_MIN - share * gain;
  }, better);
}

/** The best groups that are worth naming, best first; of twins, the one with fewer attributes. */
function candidatesOf({ index, cuboids, sums }: Search, rates: Float64Array, most: number): Candidate[] {
  const best: Candidate[] = [];
  for (const [place, cuboid] of cuboids.entries()) {
    const told = sumOfProducts(cuboid, index.trials, rates);
    for (let group = 0; group < cuboid.groups; group++) {
      const judged = gainOf(cuboid, sums[place]!, group, told[group]!);
      if (judged === null || judged.gain < GAIN_MIN) continue;
      if (best.length === most && judged.gain <= best.at(-1)!.gain) continue;
      if (best.length === most) best.pop();
      best.push({ place, ...judged });
      best.sort((left, right) => right.gain - left.gain);
    }
  }
  return best;
}

function foundOf({ index, cuboids }: Search, { place, group, rows, gain, excess }: Chosen): Found {
  const cuboid = cuboids[place]!;
  const sameLeaves = cuboids.flatMap((other) => {
    if (other === cuboid || other.attributes.length !== cuboid.attributes.length) return [];
    const twin = other.groupOf[rows[0]!]!;
    const isTwin = other.isNamed[twin] === 1 && rows.every((row) => other.groupOf[row] === twin);
    return isTwin && rowsOf(other, twin).length === rows.length ? [combinationOf(index, other, twin)] : [];
  });
  return { combination: combinationOf(index, cuboid, group), sameLeaves, rows, gain, excess };
}
