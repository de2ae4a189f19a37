// With which probability each processor is drawn: what is to be won against what is to be lost by it, kept within the bounds of probing.
import { kindsOf, massesBelow, spreadOf, type Spread } from './spread.ts';
import type { Belief } from '../health/status-row.ts';

export interface ChoiceBounds {
  /** Smallest share of each that might be the best, 0-1; at most an equal share. */
  readonly floor: number;
  /** Largest share of all unproven ones together while a proven one is ahead, 0-1. */
  readonly explorationMax: number;
}

/** What choosing an arm is worth by its probability of approval p: `gain` x p - `cost`, in one unit for all arms; `gain` >= 0. */
export interface Stake {
  readonly gain: number;
  readonly cost: number;
}

/** At 1 an arm gets what its prospect is worth, which explores more than it gains, since the floor explores too; at 2 outages end too late. */
const CAUTION = 1.3;
/** Outcomes below which an arm is unproven (Belief.weight). */
const PROVEN_WEIGHT = 10;
/** All floors together, 0-1: fifty processors would pay a tenth of all payments for looking around. */
const FLOORS_MAX = 0.02;
/** What looking at an arm may cost, in success (or in mean gains), whose usual worth is known and below the leader's: its floor is so much lower. */
const FLOOR_COST = 5e-5;
/** The lowest such floor. */
const FLOOR_MIN = 2e-4;
/** From here on an arm's long-run level is known (Belief.weight); until then it may be by so many deviations better than it looks. */
const KNOWN_WEIGHT = 30;
const OPTIMISM = 2;
/** Places at which the distributions are read. */
const STEPS = 96;
/** Means this near are equal, whatever rounding made of them. */
const TIE = 1e-9;
/** Where neither gain nor loss is to be expected, as between two certainties. */
const GAIN_MIN = 1e-12;
type ChoiceBelief = Pick<Belief, 'mean' | 'sd' | 'weight' | 'baseline' | 'regimes'>;

/** What is known of an arm's worth, and whether by enough outcomes. */
interface Arm {
  readonly spread: Spread;
  readonly proven: boolean;
  /** At the best that its long-run level may be. */
  readonly usualWorth: number;
}

/** One probability per belief, in order; they sum to 1. `stakes`, in the same order, make the best the one that is worth most; `null`: the likeliest. */
export function choiceProbabilities(
  beliefs: readonly ChoiceBelief[],
  bounds: ChoiceBounds,
  stakes: readonly Stake[] | null = null,
): number[] {
  if (beliefs.length === 0) return [];
  const arms = armsOf(beliefs, stakes);
  const shares = boundUnproven(prospects(arms), arms, bounds.explorationMax);
  raiseToFloors(shares, floorsOf(arms, Math.min(bounds.floor, FLOORS_MAX / arms.length)));
  return summedToOne(shares);
}

/** Worth is told in units of the mean gain, so that widths stay of the size that probabilities have. */
function armsOf(beliefs: readonly ChoiceBelief[], stakes: readonly Stake[] | null): Arm[] {
  const kinds = kindsOf(beliefs);
  const unit = stakes === null ? 1 : stakes.reduce((sum, { gain }) => sum + gain, 0) / stakes.length || 1;
  return beliefs.map((belief, arm) => {
    const { gain, cost } = stakes?.[arm] ?? { gain: 1, cost: 0 };
    const worth = (rate: number): number => (gain * rate - cost) / unit;
    return {
      spread: spreadOf(belief, kinds, worth),
      proven: belief.weight >= PROVEN_WEIGHT,
      usualWorth: worth(usualRateAtBest(belief)),
    };
  });
}

function usualRateAtBest({ baseline, weight }: ChoiceBelief): number {
  const doubt = Math.max(0, 1 - weight / KNOWN_WEIGHT);
  // The weight counts a young arm's outcomes twice: for what the belief is sure of, and for the memory of levels.
  return Math.min(1, baseline + OPTIMISM * doubt * Math.sqrt((baseline * (1 - baseline)) / (weight / 2 + 1)));
}

/**
 * What choosing an arm is expected to win over the best of the others, as a part of what it is expected to win or lose, to the power of CAUTION.
 * E(max(0, X - Y)) is the integral of P(X > x) P(Y <= x); what is lost follows from E(max(0, Y - X)) = E(max(0, X - Y)) + E(Y) - E(X).
 */
function prospects(arms: readonly Arm[]): number[] {
  if (arms.length === 1) return [1];
  const { gains, bestOthers } = comparisons(arms.map(({ spread }) => spread));
  const powers = arms.map(({ spread }, arm) => {
    const gain = gains[arm]!;
    const loss = Math.max(0, gain + bestOthers[arm]! - spread.mean);
    return (gain / (gain + loss + GAIN_MIN)) ** CAUTION;
  });
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Of each arm, over its belief and those of the others: E(max(0, its worth - the best other)), and E(the best other). */
function comparisons(spreads: readonly Spread[]): { gains: number[]; bestOthers: number[] } {
  // Below the second highest start at least two arms are certain to be above, whichever is left out.
  const from = spreads.map((spread) => spread.from).sort((one, other) => other - one)[1]!;
  const width = (Math.max(...spreads.map(({ to }) => to)) - from) / STEPS;
  const tables = spreads.map((spread) => massesBelow(spread, from, width, STEPS));
  const gains = spreads.map(() => 0);
  const bestOthers = spreads.map(() => from);
  for (let step = 0; step < STEPS; step++) {
    let product = 1;
    for (let arm = 0; arm < tables.length; arm++) product *= tables[arm]![step]!;
    for (let arm = 0; arm < tables.length; arm++) {
      const mass = tables[arm]![step]!;
      const others = mass > 0 ? product / mass : productWithout(tables, step, arm);
      gains[arm]! += (1 - mass) * others * width;
      bestOthers[arm]! += (1 - others) * width;
    }
  }
  return { gains, bestOthers };
}

function productWithout(tables: readonly Float64Array[], step: number, left: number): number {
  return tables.reduce((product, table, arm) => (arm === left ? product : product * table[step]!), 1);
}

/**
 * A processor with little behind it may cost at most `explorationMax` of the traffic while a proven one is at least as good by its mean; the others then
 * share the rest as if they were alone. Proven ones share freely (equals and a doubtful leader must), and if no proven one is ahead nobody is held back.
 */
function boundUnproven(shares: readonly number[], arms: readonly Arm[], explorationMax: number): number[] {
  const provenMean = Math.max(...arms.map(({ spread, proven }) => (proven ? spread.mean : -Infinity)));
  const held = arms.map(({ spread, proven }) => !proven && spread.mean <= provenMean + TIE);
  const heldSum = shares.reduce((sum, share, arm) => (held[arm] ? sum + share : sum), 0);
  if (heldSum <= explorationMax) return [...shares];
  const free = prospects(arms.filter((_, arm) => !held[arm]));
  let next = 0;
  return shares.map((share, arm) =>
    held[arm] ? (share * explorationMax) / heldSum : free[next++]! * (1 - explorationMax),
  );
}

/** An arm that has been better before, or may have been, is looked at as often as `floorMax` says; one that never was, more seldom. */
function floorsOf(arms: readonly Arm[], floorMax: number): number[] {
  const lead = Math.max(...arms.map(({ spread }) => spread.mean));
  return arms.map(({ usualWorth }) => {
    const behind = Math.max(GAIN_MIN, lead - usualWorth);
    return Math.min(floorMax, Math.max(FLOOR_MIN, FLOOR_COST / behind));
  });
}

/** What is missing to a floor is taken from those above it, in proportion to what they have above it. */
function raiseToFloors(shares: number[], floors: readonly number[]): void {
  let lacking = 0;
  let above = 0;
  for (const [arm, share] of shares.entries()) {
    const floor = floors[arm]!;
    if (share < floor) lacking += floor - share;
    else above += share - floor;
  }
  if (lacking === 0) return;
  const kept = above > lacking ? 1 - lacking / above : 0;
  for (let i = 0; i < shares.length; i++) shares[i] = floors[i]! + Math.max(0, shares[i]! - floors[i]!) * kept;
}

/** Rounding is put right in the largest, so that a draw below 1 always falls somewhere. */
function summedToOne(shares: number[]): number[] {
  const largest = shares.indexOf(Math.max(...shares));
  for (let round = 0; round < 3; round++) {
    const excess = shares.reduce((total, share) => total + share, 0) - 1;
    if (excess === 0) break;
    shares[largest]! -= excess;
  }
  return shares;
}
