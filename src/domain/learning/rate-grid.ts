// The rates that a processor's approval may have, as cells of equal width in arc sine: there the same number of outcomes tells any two neighbours apart.

/** Cells. 128 lose as little in the lab and cost twice as much. */
export const CELLS = 64;
/** Width of a cell in radians: rate = sin^2(angle). */
export const CELL_RADIANS = Math.PI / 2 / CELLS;

const rateAt = (place: number): number => Math.sin(place * CELL_RADIANS) ** 2;
/** Rate in the middle of each cell. */
export const RATES: readonly number[] = Array.from({ length: CELLS }, (_, cell) => rateAt(cell + 0.5));
export const FAILURES: readonly number[] = RATES.map((rate) => 1 - rate);
/** Where cells begin; the last entry is where the last one ends. */
const EDGES: readonly number[] = Array.from({ length: CELLS + 1 }, (_, cell) => rateAt(cell));

/** Mass of a Beta of this mean, worth `weight` outcomes (> 0), in each cell; sums to 1. */
export function betaMass(mean: number, weight: number): number[] {
  // The density of a Beta over the angle has both exponents half higher.
  const approvals = mean * weight - 0.5;
  const failures = (1 - mean) * weight - 0.5;
  const logs = RATES.map((rate) => approvals * Math.log(rate) + failures * Math.log(1 - rate));
  const top = Math.max(...logs);
  const masses = logs.map((log) => Math.exp(log - top));
  const sum = masses.reduce((total, mass) => total + mass, 0);
  return masses.map((mass) => mass / sum);
}

/** Rates below which 1/2n, 3/2n, ... (2n-1)/2n of the mass lies, n = `count`, to four decimals; even within a cell. `masses` have any sum above 0. */
export function quantilesOf(masses: ArrayLike<number>, count: number): number[] {
  const quantiles: number[] = [];
  let sum = 0;
  for (let i = 0; i < CELLS; i++) sum += masses[i]!;
  let below = 0;
  let cell = 0;
  for (let i = 0; i < count; i++) {
    const wanted = (sum * (i + 0.5)) / count;
    while (cell < CELLS - 1 && below + masses[cell]! < wanted) below += masses[cell++]!;
    const part = Math.min(1, Math.max(0, (wanted - below) / Math.max(masses[cell]!, 1e-12)));
    const rate = EDGES[cell]! + part * (EDGES[cell + 1]! - EDGES[cell]!);
    quantiles.push(Math.round(rate * 1e4) / 1e4);
  }
  return quantiles;
}
