// Foretells a rate that may stay, jump or drift, exactly: the forward filter of a hidden Markov model over the cells of the grid.
import { betaMass, CELL_RADIANS, CELLS, RATES } from './rate-grid.ts';

/** Chance, per payment of the segment, that the rate jumps to another level. */
export const JUMP = 2e-4;
/** A drifting rate moves this far a payment, in radians. */
const DRIFT_RADIANS = 4e-5;
/** How likely a rate is to stay rather than to drift, before anything is known. */
const STEADY = 0.8;
/** Chance, per payment, that staying or drifting is settled anew. */
const REGIME = 3e-5;
/** Chance, per payment, that a drift turns round. */
const TURN = 2e-4;
/** How much of a jump leads to a level where the rate has been before; the rest leads anywhere. */
const RETURN = 0.9;
/** Where a jump leads that leads anywhere: two approvals to one failure. */
const ANYWHERE = betaMass(2 / 3, 3);
/** Outcomes after which the memory of levels counts half. */
const MEMORY_HALF_LIFE = 5_000;
const MEMORY_KEPT = 2 ** (-1 / MEMORY_HALF_LIFE);
/** Outcomes that the memory of levels is worth before it has any. */
export const MEMORY_WORTH = 5;
/** Most of a cell's mass that moves to its neighbour in one pass. */
const PASS_MAX = 0.5;

/** Probability of each cell together with staying, rising and falling (all sum to 1), and the levels of the past. */
export interface RateFilter {
  readonly steady: Float32Array;
  readonly rising: Float32Array;
  readonly falling: Float32Array;
  /** Where the rate has been, in outcomes. */
  readonly memory: Float32Array;
  memoryWeight: number;
}

export function createFilter(prior: readonly number[]): RateFilter {
  const times = (factor: number): Float32Array => Float32Array.from(prior, (mass) => mass * factor);
  return filterOf([times(STEADY), times((1 - STEADY) / 2), times((1 - STEADY) / 2), times(MEMORY_WORTH)]);
}

/** Where a jump may lead, by cell. */
function jumpTo(filter: RateFilter, cell: number): number {
  return RETURN * (filter.memory[cell]! / filter.memoryWeight) + (1 - RETURN) * ANYWHERE[cell]!;
}

/** Lets `payments` (> 0) of the segment go by: the rate may have jumped, drifted or turned meanwhile. */
export function elapse(filter: RateFilter, payments: number): void {
  const { steady, rising, falling } = filter;
  const moved = (payments * DRIFT_RADIANS) / CELL_RADIANS;
  const passes = Math.ceil(moved / PASS_MAX);
  for (let pass = 0; pass < passes; pass++) drift(filter, moved / passes);
  const stays = (1 - JUMP) ** payments;
  const dealt = 1 - (1 - REGIME) ** payments;
  const turns = (1 - (1 - 2 * TURN) ** payments) / 2;
  let steadySum = 0;
  let risingSum = 0;
  let fallingSum = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    steadySum += steady[cell]!;
    risingSum += rising[cell]!;
    fallingSum += falling[cell]!;
  }
  for (let cell = 0; cell < CELLS; cell++) {
    const jumped = (1 - stays) * jumpTo(filter, cell);
    const still = stays * steady[cell]! + jumped * steadySum;
    const up = stays * rising[cell]! + jumped * risingSum;
    const down = stays * falling[cell]! + jumped * fallingSum;
    const anew = dealt * (still + up + down);
    const turned = turns * (down - up);
    steady[cell] = (1 - dealt) * still + STEADY * anew;
    rising[cell] = (1 - dealt) * (up + turned) + ((1 - STEADY) / 2) * anew;
    falling[cell] = (1 - dealt) * (down - turned) + ((1 - STEADY) / 2) * anew;
  }
}

/** Cell by cell, at random moments: the part `moved` of each cell goes on to the next. */
function drift({ rising, falling }: RateFilter, moved: number): void {
  rising[CELLS - 1]! += moved * rising[CELLS - 2]!;
  for (let cell = CELLS - 2; cell > 0; cell--)
    rising[cell] = rising[cell]! + moved * (rising[cell - 1]! - rising[cell]!);
  rising[0]! *= 1 - moved;
  falling[0]! += moved * falling[1]!;
  for (let cell = 1; cell < CELLS - 1; cell++)
    falling[cell] = falling[cell]! + moved * (falling[cell + 1]! - falling[cell]!);
  falling[CELLS - 1]! *= 1 - moved;
}

/** `likelihood`, by cell: how well each rate foretold what was seen. Any common factor will do. */
export function condition({ steady, rising, falling }: RateFilter, likelihood: ArrayLike<number>): void {
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const factor = likelihood[cell]!;
    steady[cell]! *= factor;
    rising[cell]! *= factor;
    falling[cell]! *= factor;
    sum += steady[cell]! + rising[cell]! + falling[cell]!;
  }
  const scale = 1 / sum;
  for (let cell = 0; cell < CELLS; cell++) {
    steady[cell]! *= scale;
    rising[cell]! *= scale;
    falling[cell]! *= scale;
  }
}

/** A cell that is set free may grow so many times at once. */
const GROWTH_MAX = 1.1;

/**
 * As if `likelihood` had never been seen. What a cell has left may be no more than what jumps brought there since: it grows to where a jump might
 * have led at most, lest the unlikeliest cells, divided by next to nothing, be taken for certain.
 */
export function takeOut(filter: RateFilter, likelihood: readonly number[]): void {
  const before = massOf(filter);
  const foretold = likelihood.reduce((sum, factor, cell) => sum + factor * before[cell]!, 0);
  condition(
    filter,
    likelihood.map((factor, cell) => {
      const held = before[cell]!;
      if (held === 0) return 1;
      const grown = (held / factor) * foretold;
      return Math.min(grown, Math.max(GROWTH_MAX * held, jumpTo(filter, cell))) / held;
    }),
  );
}

/** Adds where the rate is believed to be now to where it has been; `weight` in outcomes. */
export function remember(filter: RateFilter, weight: number): void {
  const { steady, rising, falling, memory } = filter;
  const kept = MEMORY_KEPT ** weight;
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const mass = memory[cell]! * kept + weight * (steady[cell]! + rising[cell]! + falling[cell]!);
    memory[cell] = mass;
    // As rounded: a filter that was kept and read again must go on bit for bit.
    sum += memory[cell]!;
  }
  filter.memoryWeight = sum;
}

/** As after a jump that certainly was. */
export function forgetPresent(filter: RateFilter): void {
  const { steady, rising, falling } = filter;
  for (let cell = 0; cell < CELLS; cell++) {
    const mass = jumpTo(filter, cell);
    steady[cell] = STEADY * mass;
    rising[cell] = falling[cell] = ((1 - STEADY) / 2) * mass;
  }
}

/** Probability of each cell. */
export function massOf({ steady, rising, falling }: RateFilter): number[] {
  return RATES.map((_, cell) => steady[cell]! + rising[cell]! + falling[cell]!);
}

/** All that it holds, for keeping. */
export const listsOf = ({ steady, rising, falling, memory }: RateFilter): Float32Array[] => [
  steady,
  rising,
  falling,
  memory,
];

export function filterOf(lists: readonly Float32Array[]): RateFilter {
  const [steady, rising, falling, memory] = lists as [Float32Array, Float32Array, Float32Array, Float32Array];
  return { steady, rising, falling, memory, memoryWeight: memory.reduce((sum, mass) => sum + mass, 0) };
}
