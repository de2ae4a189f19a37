// Where former days' outcomes say that a rate jumps as an hour of the day begins: a hidden chain of levels from hour to hour, smoothed from both sides.
import { CELLS, FAILURES, RATES } from './rate-grid.ts';

export const HOURS = 24;
/** Chance, per hour, that a level changes. */
const CHANGE = 0.02;
/** How much of a change leads anywhere; the rest leads to where some hour of the day is. */
const ANYWHERE = 0.2;
/** Hours looked at on either side. */
const REACH = 12;
/** Outcomes of an hour that count: no two days are quite alike. */
const WORTH = 200;
/** Cells that a jump has to lead over, and how likely one has to be. */
const JUMP_CELLS = 2;
const JUMP_MIN = 0.1;

const LOG_RATES = RATES.map(Math.log);
const LOG_FAILURES = FAILURES.map(Math.log);

/** Outcomes of former days, by hour of the day. */
export interface PastHours {
  readonly approved: Float32Array;
  readonly outcomes: Float32Array;
}

/** By cell: how likely the rate jumps from there, and where a jump leads (sums to 1). */
export interface HourJump {
  readonly leaves: Float64Array;
  readonly target: Float64Array;
}

/** `hour`: of the day, 0-23, the one that begins. `null`: former days know of no jump there. */
export function jumpAt(past: PastHours, hour: number): HourJump | null {
  if (past.outcomes.every((count) => count === 0)) return null;
  const seen = Array.from({ length: HOURS }, (_, slot) => likelihoodOf(past, slot));
  const levels = levelsOf(past, seen);
  const behind = levelBefore(seen, levels, hour);
  const ahead = fitFrom(seen, levels, hour);
  const changes = CHANGE * productSum(levels, ahead);
  if (farJumps(behind, levels, ahead) < JUMP_MIN * ((1 - CHANGE) * productSum(behind, ahead) + changes)) return null;
  return {
    leaves: ahead.map((fit) => changes / ((1 - CHANGE) * fit + changes)),
    target: normalised(levels.map((mass, cell) => mass * ahead[cell]!)),
  };
}

/** How well each rate fits an hour's outcomes; 1 is best. */
function likelihoodOf({ approved, outcomes }: PastHours, slot: number): Float64Array {
  const count = Math.min(WORTH, outcomes[slot]!);
  if (count === 0) return new Float64Array(CELLS).fill(1);
  const approvals = Math.min(1, Math.max(0, approved[slot]! / outcomes[slot]!)) * count;
  const fits = new Float64Array(CELLS);
  for (let cell = 0; cell < CELLS; cell++)
    fits[cell] = approvals * LOG_RATES[cell]! + (count - approvals) * LOG_FAILURES[cell]!;
  const top = Math.max(...fits);
  for (let cell = 0; cell < CELLS; cell++) fits[cell] = Math.exp(fits[cell]! - top);
  return fits;
}

/** Where a change leads: to the levels of the day's hours, mostly. */
function levelsOf({ outcomes }: PastHours, seen: readonly Float64Array[]): Float64Array {
  const levels = new Float64Array(CELLS);
  for (const [slot, fits] of seen.entries()) {
    const weight = Math.min(WORTH, outcomes[slot]!);
    const masses = normalised(fits);
    for (let cell = 0; cell < CELLS; cell++) levels[cell]! += weight * masses[cell]!;
  }
  return normalised(levels).map((mass) => (1 - ANYWHERE) * mass + ANYWHERE / CELLS);
}

/** Mass of each level at the end of the hour before, by that hour and those before it. */
function levelBefore(seen: readonly Float64Array[], levels: Float64Array, hour: number): Float64Array {
  let masses = new Float64Array(CELLS).fill(1 / CELLS);
  for (let slot = hour + HOURS - REACH; slot < hour + HOURS; slot++) {
    const fits = seen[slot % HOURS]!;
    masses = normalised(masses.map((mass, cell) => fits[cell]! * ((1 - CHANGE) * mass + CHANGE * levels[cell]!)));
  }
  return masses;
}

/** How well each level at the beginning of the hour fits it and those after it. */
function fitFrom(seen: readonly Float64Array[], levels: Float64Array, hour: number): Float64Array {
  let fits = new Float64Array(CELLS).fill(1 / CELLS);
  for (let slot = hour + REACH - 1; slot >= hour; slot--) {
    const own = seen[slot % HOURS]!;
    const changed = CHANGE * productSum(levels, fits);
    fits = normalised(fits.map((fit, cell) => own[cell]! * ((1 - CHANGE) * fit + changed)));
  }
  return fits;
}

/** Mass of the changes that lead over several cells: two days' hours never have quite the same outcomes. */
function farJumps(behind: Float64Array, levels: Float64Array, ahead: Float64Array): number {
  const all = productSum(levels, ahead);
  let mass = 0;
  for (let from = 0; from < CELLS; from++) {
    let near = 0;
    for (let to = Math.max(0, from - JUMP_CELLS + 1); to < Math.min(CELLS, from + JUMP_CELLS); to++)
      near += levels[to]! * ahead[to]!;
    mass += behind[from]! * CHANGE * (all - near);
  }
  return mass;
}

function productSum(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) sum += left[cell]! * right[cell]!;
  return sum;
}

function normalised(masses: Float64Array): Float64Array<ArrayBuffer> {
  let sum = 0;
  for (let cell = 0; cell < CELLS; cell++) sum += masses[cell]!;
  const parts = new Float64Array(CELLS);
  for (let cell = 0; cell < CELLS; cell++) parts[cell] = masses[cell]! / sum;
  return parts;
}
