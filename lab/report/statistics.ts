// Means over seeds with their 95% intervals.

export interface Estimate {
  readonly mean: number;
  /** 95% interval (Student); `null` with a single value, which says nothing of its own spread. */
  readonly low: number | null;
  readonly high: number | null;
}

export function estimate(values: readonly number[]): Estimate {
  const mean = meanOf(values);
  if (values.length < 2) return { mean, low: null, high: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = studentQuantile(values.length - 1) * Math.sqrt(variance / values.length);
  return { mean, low: mean - half, high: mean + half };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Value at rank `floor(q * (count - 1))`; `null` of nothing. */
export function quantileOf(values: readonly number[], q: number): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? null;
}

/** 97.5% quantile of Student's t: exact for 1 and 2 degrees, else Fisher's expansion about the normal (error below 0.01). */
function studentQuantile(degrees: number): number {
  if (degrees === 1) return 12.706;
  if (degrees === 2) return 4.303;
  const z = 1.959964;
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  );
}
