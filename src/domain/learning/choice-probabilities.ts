// With which probability each processor is drawn: what is to be won against what is to be lost by it, kept within the bounds of probing.
import type { Belief } from '../health/status-row.ts';

export interface ChoiceBounds {
  /** Smallest share of each, 0-1; at most an equal share. */
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
const CAUTION = 1.5;
/** Outcomes below which an arm is unproven (Belief.weight). */
const PROVEN_WEIGHT = 10;
/** All floors together, 0-1: fifty processors would pay a tenth of all payments for looking around. */
const FLOORS_MAX = 0.02;
/** Places at which the distributions are read. */
const STEPS = 96;
/** Narrower than this is a certainty, and still has to have a width. */
const SPREAD_MIN = 1e-6;
/** Where neither gain nor loss is to be expected, as between two certainties. */
const GAIN_MIN = 1e-12;
/** What a belief without quantiles is taken to have: those of the normal distribution in 16 equal parts. */
const NORMAL_QUANTILES = [
  -1.8627, -1.318, -1.01, -0.7764, -0.5791, -0.4023, -0.2372, -0.0784, 0.0784, 0.2372, 0.4023, 0.5791, 0.7764, 1.01,
  1.318, 1.8627,
];

type ChoiceBelief = Pick<Belief, 'mean' | 'sd' | 'weight' | 'quantiles'>;

/** One probability per belief, in order; they sum to 1. `stakes`, in the same order, make the best the one that is worth most; `null`: the likeliest. */
export function choiceProbabilities(
  approvals: readonly ChoiceBelief[],
  bounds: ChoiceBounds,
  stakes: readonly Stake[] | null = null,
): number[] {
  if (approvals.length === 0) return [];
  const beliefs = stakes === null ? approvals : valued(approvals, stakes);
  const shares = boundUnproven(prospects(beliefs), beliefs, bounds.explorationMax);
  raiseToFloor(shares, Math.min(bounds.floor, FLOORS_MAX / shares.length));
  return summedToOne(shares);
}

/** In units of the mean gain, so that widths stay of the size that probabilities have. */
function valued(approvals: readonly ChoiceBelief[], stakes: readonly Stake[]): ChoiceBelief[] {
  const unit = stakes.reduce((sum, { gain }) => sum + gain, 0) / stakes.length || 1;
  return approvals.map(({ mean, sd, weight, quantiles }, arm) => {
    const { gain, cost } = stakes[arm]!;
    const worth = (rate: number): number => (gain * rate - cost) / unit;
    return { mean: worth(mean), sd: (gain * sd) / unit, weight, ...(quantiles && { quantiles: quantiles.map(worth) }) };
  });
}

/**
 * What choosing an arm is expected to win over the best of the others, as a part of what it is expected to win or lose, to the power of CAUTION.
 * E(max(0, X - Y)) is the integral of P(X > x) P(Y <= x); what is lost follows from E(max(0, Y - X)) = E(max(0, X - Y)) + E(Y) - E(X).
 */
function prospects(beliefs: readonly ChoiceBelief[]): number[] {
  if (beliefs.length === 1) return [1];
  const ramps = beliefs.map(rampOf);
  const { gains, bestOthers } = comparisons(ramps);
  const powers = ramps.map((ramp, arm) => {
    const gain = gains[arm]!;
    const loss = Math.max(0, gain + bestOthers[arm]! - meanOf(ramp));
    return (gain / (gain + loss + GAIN_MIN)) ** CAUTION;
  });
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * A distribution function in straight pieces: rate `i` of the list has (i - 1/2)/n below it, n = quantiles; the first and the last are where it begins and ends,
 * half a part beyond the outermost quantiles.
 */
type Ramp = readonly number[];

function rampOf({ mean, sd, quantiles }: ChoiceBelief): Ramp {
  const inner = quantiles ?? NORMAL_QUANTILES.map((deviations) => mean + deviations * Math.max(SPREAD_MIN, sd));
  const last = inner.length - 1;
  const before = Math.max(SPREAD_MIN, (inner[1]! - inner[0]!) / 2);
  const after = Math.max(SPREAD_MIN, (inner[last]! - inner[last - 1]!) / 2);
  return [inner[0]! - before, ...inner, inner[last]! + after];
}

/** Pieces have the mass of one part; the first and the last, of half a one. */
function meanOf(ramp: Ramp): number {
  const last = ramp.length - 1;
  let sum = 0;
  for (let piece = 0; piece < last; piece++) sum += (pieceMass(piece, last) * (ramp[piece]! + ramp[piece + 1]!)) / 2;
  return sum / (last - 1);
}

const pieceMass = (piece: number, last: number): number => (piece === 0 || piece === last - 1 ? 0.5 : 1);

/** Of each arm, over its belief and those of the others: E(max(0, its rate - the best other)), and E(the best other). */
function comparisons(ramps: readonly Ramp[]): { gains: number[]; bestOthers: number[] } {
  // Below the second highest start at least two arms are certain to be above, whichever is left out.
  const from = ramps.map((ramp) => ramp[0]!).sort((one, other) => other - one)[1]!;
  const to = Math.max(...ramps.map((ramp) => ramp.at(-1)!));
  const width = (to - from) / STEPS;
  const gains = ramps.map(() => 0);
  const bestOthers = ramps.map(() => from);
  const places = ramps.map(() => 0);
  for (let step = 0; step < STEPS; step++) {
    const at = from + (step + 0.5) * width;
    const masses = ramps.map((ramp, arm) => below(ramp, at, places, arm));
    const product = masses.reduce((total, mass) => total * mass, 1);
    for (const [arm, mass] of masses.entries()) {
      const others = mass > 0 ? product / mass : productWithout(masses, arm);
      gains[arm]! += (1 - mass) * others * width;
      bestOthers[arm]! += (1 - others) * width;
    }
  }
  return { gains, bestOthers };
}

const productWithout = (masses: readonly number[], left: number): number =>
  masses.reduce((total, mass, arm) => (arm === left ? total : total * mass), 1);

/** Part of the mass below `at`. `places` remembers where each arm's reading stopped: readings only go up. */
function below(ramp: Ramp, at: number, places: number[], arm: number): number {
  const last = ramp.length - 1;
  let place = places[arm]!;
  while (place < last && ramp[place + 1]! <= at) place += 1;
  places[arm] = place;
  if (place === last) return 1;
  if (at <= ramp[0]!) return 0;
  const width = ramp[place + 1]! - ramp[place]!;
  const within = (at - ramp[place]!) / width;
  return (Math.max(0, place - 0.5) + pieceMass(place, last) * within) / (last - 1);
}

/**
 * A processor with little behind it may cost at most `explorationMax` of the traffic while a proven one is at least as good by its mean; the others then
 * share the rest as if they were alone. Proven ones share freely (equals and a doubtful leader must), and if no proven one is ahead nobody is held back.
 */
function boundUnproven(shares: readonly number[], beliefs: readonly ChoiceBelief[], explorationMax: number): number[] {
  const provenMean = Math.max(...beliefs.map(({ mean, weight }) => (weight >= PROVEN_WEIGHT ? mean : -Infinity)));
  const held = beliefs.map(({ mean, weight }) => weight < PROVEN_WEIGHT && mean <= provenMean);
  const heldSum = shares.reduce((sum, share, arm) => (held[arm] ? sum + share : sum), 0);
  if (heldSum <= explorationMax) return [...shares];
  const free = prospects(beliefs.filter((_, arm) => !held[arm]));
  let next = 0;
  return shares.map((share, arm) =>
    held[arm] ? (share * explorationMax) / heldSum : free[next++]! * (1 - explorationMax),
  );
}

/** What is missing to the floor is taken from those above it, in proportion to what they have above it. */
function raiseToFloor(shares: number[], floor: number): void {
  let lacking = 0;
  let above = 0;
  for (const share of shares) {
    if (share < floor) lacking += floor - share;
    else above += share - floor;
  }
  if (lacking === 0) return;
  const kept = above > lacking ? 1 - lacking / above : 0;
  for (let i = 0; i < shares.length; i++) shares[i] = floor + Math.max(0, shares[i]! - floor) * kept;
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
