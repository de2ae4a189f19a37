// What each group of each choice of attributes counted, and how much more it counted than was expected.
import { bounded } from './usual-rates.ts';
import { riseEvidence } from './rise-evidence.ts';
import type { Cuboid, LeafIndex } from './leaf-index.ts';

/** Baseline attempts that what the attributes say is worth where a group has none of its own. */
const TOLD_ATTEMPTS = 10;
/** Draws a group's own baseline to what its leaves are told to have, in hits. */
const HITS_DRAWN = 2;
/** Nats for each attribute named beyond the choice of its value: a simpler explanation is the likelier one. */
const ATTRIBUTE_COST = 1.5;
/** The same as a share of the evidence: with many counts any leaf differs a little from its like. */
export const ATTRIBUTE_COST_SHARE = 0.02;
/** Fewer hits are no cause. */
const HITS_MIN = 4;

export interface GroupSums {
  readonly trials: Float64Array;
  readonly hits: Float64Array;
  readonly usualTrials: Float64Array;
  /** Hits that a group's own baseline adds to what its leaves' usual rates tell. */
  readonly correction: Float64Array;
}

export interface Candidate {
  readonly place: number;
  readonly group: number;
  /** Nats over the cost of naming it. */
  readonly gain: number;
  readonly expected: number;
}

/** Nats. */
export function namingCost({ attributes, groups }: Cuboid): number {
  return Math.log(groups) + ATTRIBUTE_COST * attributes.length;
}

export function groupSums(index: LeafIndex, cuboid: Cuboid, usual: Float64Array): GroupSums {
  const hitsBefore = sumByGroup(cuboid, index.usualHits);
  const toldBefore = sumOfProducts(cuboid, index.usualTrials, usual);
  const usualTold = sumOfProducts(cuboid, index.trials, usual);
  return {
    trials: sumByGroup(cuboid, index.trials),
    hits: sumByGroup(cuboid, index.hits),
    usualTrials: sumByGroup(cuboid, index.usualTrials),
    correction: usualTold.map((told, group) => {
      const ratio = (hitsBefore[group]! + HITS_DRAWN) / (toldBefore[group]! + HITS_DRAWN);
      return told * (ratio - 1);
    }),
  };
}

/** Of trials and rates: hits. */
export function sumOfProducts({ groups, groupOf }: Cuboid, trials: Float64Array, rates: Float64Array): Float64Array {
  const sums = new Float64Array(groups);
  for (let row = 0; row < groupOf.length; row++) sums[groupOf[row]!]! += trials[row]! * rates[row]!;
  return sums;
}

function sumByGroup({ groups, groupOf }: Cuboid, column: Float64Array): Float64Array {
  const sums = new Float64Array(groups);
  for (let row = 0; row < groupOf.length; row++) sums[groupOf[row]!]! += column[row]!;
  return sums;
}

/** Gain of a group whose leaves are told to have `told` hits; `null` where it did not rise or is no cause. */
export function gainOf(
  cuboid: Cuboid,
  { trials, hits, usualTrials, correction }: GroupSums,
  group: number,
  told: number,
): Omit<Candidate, 'place'> | null {
  const [count, counted] = [trials[group]!, hits[group]!];
  if (counted < HITS_MIN || cuboid.isNamed[group] === 0) return null;
  const expected = told + correction[group]!;
  if (counted <= expected) return null;
  const before = { trials: usualTrials[group]! + TOLD_ATTEMPTS, rate: bounded(expected / count) };
  const evidence = riseEvidence(before, { trials: count, hits: counted });
  const kept = 1 - ATTRIBUTE_COST_SHARE * cuboid.attributes.length;
  return { group, gain: kept * evidence - namingCost(cuboid), expected };
}
