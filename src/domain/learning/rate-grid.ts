// The rates that a processor's approval may have, as cells of equal width in arc sine: there the same number of outcomes tells any two neighbours apart.

/** Cells. 128 lose as little in the lab and cost twice as much. */
export const CELLS = 64;
/** Width of a cell in radians: rate = sin^2(angle). */
export const CELL_RADIANS = Math.PI / 2 / CELLS;

const rateAt = (place: number): number => Math.sin(place * CELL_RADIANS) ** 2;
/** Rate in the middle of each cell. */
export const RATES: readonly number[] = Array.from({ length: CELLS }, (_, cell) => rateAt(cell + 0.5));
export const FAILURES: readonly number[] = RATES.map((rate) => 1 - rate);
const LOG_RATES = RATES.map(Math.log);
const LOG_FAILURES = FAILURES.map(Math.log);
/** Where cells begin; the last entry is where the last one ends. */
const EDGES: readonly number[] = Array.from({ length: CELLS + 1 }, (_, cell) => rateAt(cell));

/** Most that the exponents of a Beta are moved by, and to what part of a whole outcome. */
const SHIFT_MAX = 16;
const SHIFT_STEPS = 40;

/** The same few priors begin every learner of every table; when so many are known, they are all forgotten. */
const KNOWN_MAX = 1_000;
const known = new Map<string, readonly number[]>();

/** Mass of a Beta of this mean (0.001-0.999), worth `weight` outcomes (> 0), in each cell; sums to 1, and has that mean on the grid too. */
export function betaMass(mean: number, weight: number): readonly number[] {
  const key = `${mean} ${weight}`;
  const masses = known.get(key) ?? centredBetaMass(mean, weight);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, masses);
  return masses;
}

function centredBetaMass(mean: number, weight: number): readonly number[] {
  // Cells tell little of a light prior near 0 or 1, whose mass lies at the very end of one: a part of an outcome more or less puts its mean right.
  let low = -SHIFT_MAX;
  let high = SHIFT_MAX;
  for (let step = 0; step < SHIFT_STEPS; step++) {
    const shift = (low + high) / 2;
    if (meanOf(shiftedBetaMass(mean, weight, shift)) < mean) low = shift;
    else high = shift;
  }
  return shiftedBetaMass(mean, weight, (low + high) / 2);
}

const meanOf = (masses: readonly number[]): number => masses.reduce((sum, mass, cell) => sum + mass * RATES[cell]!, 0);

function shiftedBetaMass(mean: number, weight: number, shift: number): number[] {
  // The density of a Beta over the angle has both exponents half higher.
  const approvals = mean * weight - 0.5 + shift;
  const failures = (1 - mean) * weight - 0.5 - shift;
  const logs = LOG_RATES.map((log, cell) => approvals * log + failures * LOG_FAILURES[cell]!);
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
