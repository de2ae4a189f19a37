// The interval of a rate from its counts (Wilson 1927): inside 0-1, and honest where next to nothing, or next to everything, happened.

const Z_95 = 1.959964;

export interface RateBounds {
  readonly low: number;
  readonly high: number;
}

/** 95%; `count` > 0. */
export function wilson(happened: number, count: number): RateBounds {
  const observed = happened / count;
  const shrink = 1 + (Z_95 * Z_95) / count;
  const middle = (observed + (Z_95 * Z_95) / (2 * count)) / shrink;
  const half = (Z_95 / shrink) * Math.sqrt((observed * (1 - observed)) / count + (Z_95 * Z_95) / (4 * count * count));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
