// How far 95% of what comes may lie from a forecast, step by step, from what was missed in the past (conformal: no shape of the errors is assumed).

export interface Widths {
  /** At most zero: how far below the forecast. */
  readonly low: Float64Array;
  /** At least zero. */
  readonly high: Float64Array;
}

const LEVEL = 0.95;
const Z_95 = 1.959964;
/** Steps on either side whose misses speak for a step, too. */
const NEIGHBOURS = 1;
/** Part of a step's scale that is the pooled one, which grows as a + b x sqrt(step). */
const POOLED_PART = 0.5;
/** Part of a bound that is the quantile of its own tail; the rest is that of both tails together, from twice the misses. */
const OWN_TAIL_PART = 0.25;
const SCALE_MIN = 1e-9;

/** `misses`: one row per origin, not a number for a gap. Null: there are none. */
export function missWidths(misses: readonly Float64Array[], horizon: number): Widths | null {
  const scales = scalesOf(misses, horizon);
  if (scales === null) return null;
  const shares: number[] = [];
  for (const row of misses)
    for (const [step, miss] of row.entries()) if (!Number.isNaN(miss)) shares.push(miss / scales[step]!);
  shares.sort((left, right) => left - right);
  const sizes = shares.map(Math.abs).sort((left, right) => left - right);
  const both = quantile(sizes, LEVEL);
  const stretch = fewOriginsStretch(misses.length);
  const below = mixed(-quantile(shares, (1 - LEVEL) / 2), both) * stretch;
  const above = mixed(quantile(shares, (1 + LEVEL) / 2), both) * stretch;
  return { low: scales.map((scale) => -below * scale), high: scales.map((scale) => above * scale) };
}

function mixed(own: number, both: number): number {
  return Math.max(0, OWN_TAIL_PART * own + (1 - OWN_TAIL_PART) * both);
}

/** Mean absolute miss of each step, drawn half way to the pooled line; null where no step has a miss. */
function scalesOf(misses: readonly Float64Array[], horizon: number): Float64Array | null {
  const sums = new Float64Array(horizon);
  const counts = new Float64Array(horizon);
  for (const row of misses)
    for (const [step, miss] of row.entries()) {
      if (Number.isNaN(miss)) continue;
      sums[step]! += Math.abs(miss);
      counts[step]! += 1;
    }
  if (!counts.some((count) => count > 0)) return null;
  const own = sums.map((_, step) => {
    let sum = 0;
    let means = 0;
    for (let near = Math.max(0, step - NEIGHBOURS); near <= Math.min(horizon - 1, step + NEIGHBOURS); near++) {
      if (counts[near] === 0) continue;
      sum += sums[near]! / counts[near]!;
      means += 1;
    }
    return means === 0 ? Number.NaN : sum / means;
  });
  const pooled = pooledLine(own);
  return pooled.map((at, step) => {
    const here = own[step]!;
    return Math.max(SCALE_MIN, Number.isNaN(here) ? at : POOLED_PART * at + (1 - POOLED_PART) * here);
  });
}

/** Least squares of a + b x sqrt(step) with neither below zero, over the steps that were seen, for all. */
function pooledLine(own: Float64Array): Float64Array {
  let count = 0;
  let [x, y, xx, xy] = [0, 0, 0, 0];
  for (const [step, scale] of own.entries()) {
    if (Number.isNaN(scale)) continue;
    const root = Math.sqrt(step + 1);
    count += 1;
    x += root;
    y += scale;
    xx += root * root;
    xy += root * scale;
  }
  const spread = count * xx - x * x;
  const free = spread > 0 ? (count * xy - x * y) / spread : 0;
  // Of one step alone nothing is known of growth: that of a random walk is taken.
  const slope = count === 1 ? y / x : Math.min(y / x, Math.max(0, free));
  const start = (y - slope * x) / count;
  return own.map((_, step) => start + slope * Math.sqrt(step + 1));
}

/** Linear between the ordered values. */
function quantile(sorted: readonly number[], level: number): number {
  const place = level * (sorted.length - 1);
  const at = Math.floor(place);
  const next = sorted[Math.min(at + 1, sorted.length - 1)]!;
  return sorted[at]! + (place - at) * (next - sorted[at]!);
}

/**
 * Misses of one origin go together, so that origins, not misses, are what was drawn: Student's t over normal, at one degree of freedom less
 * than there are origins (Cornish and Fisher's expansion; within 1% from 4 degrees on).
 */
function fewOriginsStretch(origins: number): number {
  const freedom = Math.max(1, origins - 1);
  const z = Z_95 * Z_95;
  return 1 + (z + 1) / (4 * freedom) + (5 * z * z + 16 * z + 3) / (96 * freedom * freedom);
}
