// With which probability each processor is drawn: how likely it is the best, kept within the bounds of probing.
import type { Belief } from '../health/status-row.ts';

export interface ChoiceBounds {
  /** Smallest share of each, 0-1; at most an equal share. */
  readonly floor: number;
  /** Largest share of all unproven ones together while a proven one is ahead, 0-1. */
  readonly explorationMax: number;
}

/** Half the posterior's deviation lost least in the lab: full draws explore more than forgetting experts need. */
const DRAW_SCALE = 0.5;
/** Outcomes below which an arm is unproven (Belief.weight). */
const PROVEN_WEIGHT = 30;
const SD_MIN = 1e-4;
/** An arm this many deviations behind the surest one has no chance worth the sum (1e-9). */
const REACH = 6;
/** Width of a cell of the grid in deviations of the narrowest arm that is still undecided there; every cell is read at both ends and in the middle. */
const CELL = 1;
/** The normal distribution is read from a table: at most 50 x 100 readings have to fit into 0.2 ms. */
const TABLE_STEPS = 128;

/** One probability per belief, in order; they sum to 1. */
export function choiceProbabilities(
  beliefs: readonly Pick<Belief, 'mean' | 'sd' | 'weight'>[],
  bounds: ChoiceBounds,
): number[] {
  if (beliefs.length === 0) return [];
  const shares = bestProbabilities(beliefs);
  boundUnproven(shares, beliefs, bounds.explorationMax);
  raiseToFloor(shares, Math.min(bounds.floor, 1 / shares.length));
  return summedToOne(shares);
}

interface Arm {
  readonly mean: number;
  readonly sd: number;
}

/**
 * P(arm is best) for independent normals of half the posterior deviation: the integral of the others' distributions over the arm's own, on one grid
 * for all. Below `from` the surest arm all but certainly is; cells grow as narrow arms are passed. Trapezoids of one and of two half cells,
 * extrapolated (Richardson), are exact to 1e-3 with room to spare.
 */
function bestProbabilities(beliefs: readonly Pick<Belief, 'mean' | 'sd'>[]): number[] {
  const arms: Arm[] = beliefs.map(({ mean, sd }) => ({ mean, sd: Math.max(SD_MIN, sd * DRAW_SCALE) }));
  const from = Math.max(...arms.map(({ mean, sd }) => mean - REACH * sd));
  const undecided = arms.filter(({ mean, sd }) => mean + REACH * sd > from).sort((left, right) => left.sd - right.sd);
  const shares = arms.map(() => 0);
  let before = distributionsAt(arms, from);
  for (let at = from; ; ) {
    const narrowest = undecided.find(({ mean, sd }) => mean + REACH * sd > at);
    if (!narrowest) break;
    const middle = distributionsAt(arms, at + (CELL / 2) * narrowest.sd);
    at += CELL * narrowest.sd;
    const after = distributionsAt(arms, at);
    for (let i = 0; i < shares.length; i++) {
      const fine = trapezoid(before, middle, i) + trapezoid(middle, after, i);
      shares[i]! += (4 * fine - trapezoid(before, after, i)) / 3;
    }
    before = after;
  }
  const positive = shares.map((share) => Math.max(0, share));
  const sum = positive.reduce((total, share) => total + share, 0);
  return positive.map((share) => share / sum);
}

/** P(each arm <= at), and of all of them together. */
interface Distributions {
  readonly each: readonly number[];
  readonly product: number;
}

function distributionsAt(arms: readonly Arm[], at: number): Distributions {
  const each: number[] = [];
  let product = 1;
  for (const { mean, sd } of arms) {
    const value = normalDistribution((at - mean) / sd);
    each.push(value);
    product *= value;
  }
  return { each, product };
}

function trapezoid(left: Distributions, right: Distributions, arm: number): number {
  const leftOwn = left.each[arm]!;
  const rightOwn = right.each[arm]!;
  return ((rightOwn - leftOwn) * (left.product / leftOwn + right.product / rightOwn)) / 2;
}

const NORMAL_TABLE = Array.from({ length: 2 * REACH * TABLE_STEPS + 2 }, (_, i) => normalTail(REACH - i / TABLE_STEPS));

/** Never 0: the grid begins where every arm has its 1e-9. */
function normalDistribution(z: number): number {
  if (z >= REACH) return 1;
  const place = Math.max(0, z + REACH) * TABLE_STEPS;
  const index = Math.floor(place);
  const lower = NORMAL_TABLE[index]!;
  return lower + (NORMAL_TABLE[index + 1]! - lower) * (place - index);
}

/** P(Z > z) by the Chebyshev fit of Press et al., Numerical Recipes: relative error below 1.2e-7 in both tails. */
function normalTail(z: number): number {
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
    -1.26551223,
  ];
  const x = Math.abs(z) * Math.SQRT1_2;
  const t = 1 / (1 + 0.5 * x);
  const tail = 0.5 * t * Math.exp(coefficients.reduce((fit, coefficient) => fit * t + coefficient, 0) - x * x);
  return z < 0 ? 1 - tail : tail;
}

/**
 * A processor with little behind it may cost at most `explorationMax` of the traffic while a proven one is at least as good by its mean.
 * Proven ones share freely (equals and a doubtful leader must), and if no proven one is ahead nobody is held back.
 */
function boundUnproven(
  shares: number[],
  beliefs: readonly Pick<Belief, 'mean' | 'weight'>[],
  explorationMax: number,
): void {
  const provenMean = Math.max(...beliefs.map(({ mean, weight }) => (weight >= PROVEN_WEIGHT ? mean : -Infinity)));
  const held = beliefs.map(({ mean, weight }) => weight < PROVEN_WEIGHT && mean <= provenMean);
  let heldSum = 0;
  for (let i = 0; i < shares.length; i++) if (held[i]) heldSum += shares[i]!;
  if (heldSum <= explorationMax) return;
  const heldScale = explorationMax / heldSum;
  const freeScale = (1 - explorationMax) / (1 - heldSum);
  for (let i = 0; i < shares.length; i++) shares[i]! *= held[i] ? heldScale : freeScale;
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
