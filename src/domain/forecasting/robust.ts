// How much a row is trusted, from how far it lies from what was expected.

/** Huber 1964: 95% as efficient as least squares where errors are normal. */
const HUBER_WIDTH = 1.345;
/** Of the normal distribution. */
const MEDIAN_PER_SIGMA = 0.6745;

/** Weights from `start` on: 1 near what was expected, less beyond; 0 where nothing is known. */
export function huberWeights(residuals: Float64Array, known: Uint8Array, start: number): Float64Array<ArrayBuffer> {
  const sizes = residuals.slice(start).filter((_, i) => known[start + i] === 1);
  for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(sizes[i]!);
  sizes.sort();
  const limit = (HUBER_WIDTH / MEDIAN_PER_SIGMA) * (sizes[sizes.length >> 1] ?? 0);
  const weights = new Float64Array(residuals.length);
  for (let t = start; t < residuals.length; t++) {
    const size = Math.abs(residuals[t]!);
    weights[t] = known[t] === 0 ? 0 : size <= limit ? 1 : limit / size;
  }
  return weights;
}
