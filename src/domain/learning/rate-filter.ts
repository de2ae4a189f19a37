// Foretells a rate that keeps its level, jumps or drifts: the forward filter of a hidden Markov model over the cells of the grid.
import { betaMass, CELL_RADIANS, CELLS } from './rate-grid.ts';

/** Chance, per payment of the segment, that a rate jumps to another level: one that is calm, one that is jumpy, one that drifts. */
const JUMPS = { calm: 5e-5, jumpy: 1e-3, drifting: 2e-4 } as const;
/** How likely each kind is before anything is known. */
const KINDS = { calm: 0.5, jumpy: 0.3, drifting: 0.2 } as const;
/** A drifting rate moves this far a payment, in radians. */
const DRIFT_RADIANS = 4e-5;
/** Chance, per payment, that the kind is settled anew. */
const REGIME = 1e-5;
/** Chance, per payment, that a drift turns round. */
const TURN = 2e-4;
/** The mean of the jumps: how fast an outcome ceases to say anything of now. */
export const JUMP = KINDS.calm * JUMPS.calm + KINDS.jumpy * JUMPS.jumpy + KINDS.drifting * JUMPS.drifting;
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

/** Probability of each cell together with each kind (all sum to 1), and the levels of the past. */
export interface RateFilter {
  /** Keeping its level, and seldom jumping. */
  readonly calm: Float32Array;
  /** Keeping its level between jumps, which come often. */
  readonly jumpy: Float32Array;
  readonly rising: Float32Array;
  readonly falling: Float32Array;
  /** Where the rate has been, in outcomes. */
  readonly memory: Float32Array;
  memoryWeight: number;
}

export function createFilter(prior: readonly number[]): RateFilter {
  const times = (factor: number): Float32Array => Float32Array.from(prior, (mass) => mass * factor);
  const direction = times(KINDS.drifting / 2);
  return filterOf([times(KINDS.calm), times(KINDS.jumpy), direction, direction.slice(), times(MEMORY_WORTH)]);
}

/** Where a jump may lead, by cell. */
function jumpTo(filter: RateFilter, cell: number): number {
  return RETURN * (filter.memory[cell]! / filter.memoryWeight) + (1 - RETURN) * ANYWHERE[cell]!;
}

/** Lets `payments` (> 0) of the segment go by: the rate may have jumped, drifted or turned meanwhile. */
export function elapse(filter: RateFilter, payments: number): void {
  const { calm, jumpy, rising, falling } = filter;
  const moved = (payments * DRIFT_RADIANS) / CELL_RADIANS;
  const passes = Math.ceil(moved / PASS_MAX);
  for (let pass = 0; pass < passes; pass++) drift(filter, moved / passes);
  const calmStays = (1 - JUMPS.calm) ** payments;
  const jumpyStays = (1 - JUMPS.jumpy) ** payments;
  const driftingStays = (1 - JUMPS.drifting) ** payments;
  const dealt = 1 - (1 - REGIME) ** payments;
  const turns = (1 - (1 - 2 * TURN) ** payments) / 2;
  const calmJumps = (1 - calmStays) * sumOf(calm);
  const jumpyJumps = (1 - jumpyStays) * sumOf(jumpy);
  const risingJumps = (1 - driftingStays) * sumOf(rising);
  const fallingJumps = (1 - driftingStays) * sumOf(falling);
  for (let cell = 0; cell < CELLS; cell++) {
    const target = jumpTo(filter, cell);
    const still = calmStays * calm[cell]! + calmJumps * target;
    const jumping = jumpyStays * jumpy[cell]! + jumpyJumps * target;
    const up = driftingStays * rising[cell]! + risingJumps * target;
    const down = driftingStays * falling[cell]! + fallingJumps * target;
    const anew = dealt * (still + jumping + up + down);
    const turned = turns * (down - up);
    calm[cell] = (1 - dealt) * still + KINDS.calm * anew;
    jumpy[cell] = (1 - dealt) * jumping + KINDS.jumpy * anew;
    rising[cell] = (1 - dealt) * (up + turned) + (KINDS.drifting / 2) * anew;
    falling[cell] = (1 - dealt) * (down - turned) + (KINDS.drifting / 2) * anew;
  }
}

export function sumOf(masses: Float32Array): number {
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) sum += masses[cell]!;
  return sum;
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
export function condition({ calm, jumpy, rising, falling }: RateFilter, likelihood: ArrayLike<number>): void {
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const factor = likelihood[cell]!;
    calm[cell]! *= factor;
    jumpy[cell]! *= factor;
    rising[cell]! *= factor;
    falling[cell]! *= factor;
    sum += calm[cell]! + jumpy[cell]! + rising[cell]! + falling[cell]!;
  }
  const scale = 1 / sum;
  for (let cell = 0; cell < CELLS; cell++) {
    calm[cell]! *= scale;
    jumpy[cell]! *= scale;
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
  const { calm, jumpy, rising, falling, memory } = filter;
  const kept = MEMORY_KEPT ** weight;
  for (let cell = 0; cell < CELLS; cell++)
    memory[cell] = memory[cell]! * kept + weight * (calm[cell]! + jumpy[cell]! + rising[cell]! + falling[cell]!);
  filter.memoryWeight = sumOf(memory);
}

/** As after a jump that certainly was. */
export function forgetPresent(filter: RateFilter): void {
  const { calm, jumpy, rising, falling } = filter;
  for (let cell = 0; cell < CELLS; cell++) {
    const mass = jumpTo(filter, cell);
    calm[cell] = KINDS.calm * mass;
    jumpy[cell] = KINDS.jumpy * mass;
    rising[cell] = falling[cell] = (KINDS.drifting / 2) * mass;
  }
}

/** Each kind jumps, from each cell with a chance of its own, to `target`: nothing is learned of the kinds. */
export function jumpWithin(
  { calm, jumpy, rising, falling }: RateFilter,
  leaves: ArrayLike<number>,
  target: ArrayLike<number>,
): void {
  for (const masses of [calm, jumpy, rising, falling]) {
    let jumped = 0;
    for (let cell = 0; cell < CELLS; cell++) {
      jumped += masses[cell]! * leaves[cell]!;
      masses[cell]! *= 1 - leaves[cell]!;
    }
    for (let cell = 0; cell < CELLS; cell++) masses[cell]! += jumped * target[cell]!;
  }
}

export const copyFilter = (filter: RateFilter): RateFilter => filterOf(listsOf(filter).map((list) => list.slice()));

/** Probability of each cell. */
export function massOf({ calm, jumpy, rising, falling }: RateFilter): number[] {
  const masses = new Array<number>(CELLS);
  for (let cell = 0; cell < CELLS; cell++) masses[cell] = calm[cell]! + jumpy[cell]! + rising[cell]! + falling[cell]!;
  return masses;
}

/** A kind of rate: how likely it is before anything is known, and the mass of each cell under it. */
export interface Regime {
  readonly prior: number;
  readonly masses: Float32Array;
}

/** Calm, jumpy and drifting, in this order. */
export function regimesOf({ calm, jumpy, rising, falling }: RateFilter): Regime[] {
  const drifting = new Float32Array(CELLS);
  for (let cell = 0; cell < CELLS; cell++) drifting[cell] = rising[cell]! + falling[cell]!;
  return [
    { prior: KINDS.calm, masses: calm },
    { prior: KINDS.jumpy, masses: jumpy },
    { prior: KINDS.drifting, masses: drifting },
  ];
}

/** All that it holds, for keeping. */
export const listsOf = ({ calm, jumpy, rising, falling, memory }: RateFilter): Float32Array[] => [
  calm,
  jumpy,
  rising,
  falling,
  memory,
];
export const LISTS = 5;

export function filterOf(lists: readonly Float32Array[]): RateFilter {
  const [calm, jumpy, rising, falling, memory] = lists as readonly [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { calm, jumpy, rising, falling, memory, memoryWeight: sumOf(memory) };
}
