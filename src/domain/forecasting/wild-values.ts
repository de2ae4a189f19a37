// Single values that nothing around them or at their time of day resembles: slips of a meter rather than a habit.

/** In standard deviations of what neighbours say; beyond it, among a million normal values there is none. */
const WILD_SIGMAS = 12;
const MEDIAN_PER_SIGMA = 0.6745;
/** More of them than this part are a habit of the series. */
const WILD_PART_MAX = 0.01;
const SEASONS_LOOKED_AT = 2;

/** Marks wild values as not known. A gap is no neighbour. The last value is never judged, nor one that its next resembles: a shift begins like a slip. */
export function forgetWildValues(values: Float64Array, known: Uint8Array, period: number): void {
  const reaches = [1, ...Array.from({ length: SEASONS_LOOKED_AT }, (_, i) => (i + 1) * Math.max(period, 2))];
  const offsets = reaches.flatMap((reach) => [-reach, reach]);
  const places: number[] = [];
  const apart: number[] = [];
  for (let t = 0; t + 1 < values.length; t++) {
    if (known[t] === 0 || known[t + 1] === 0) continue;
    const near = offsets.filter((offset) => known[t + offset] === 1).map((offset) => values[t + offset]!);
    if (near.length < 3) continue;
    places.push(t);
    apart.push(Math.abs(values[t]! - middleOf(near)));
  }
  const limit = (WILD_SIGMAS / MEDIAN_PER_SIGMA) * (apart.length === 0 ? 0 : middleOf(apart));
  const wild = places.filter((t, i) => apart[i]! > limit && Math.abs(values[t]! - values[t + 1]!) > limit);
  if (limit > 0 && wild.length <= WILD_PART_MAX * values.length) for (const t of wild) known[t] = 0;
}

function middleOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
