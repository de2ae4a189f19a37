// Weighted ridge regression from sums that grow row by row, so that one pass over a series serves every origin of a backtest.

/** Below it a pivot is rounding: the columns before it say all that this one could. */
const PIVOT_MIN = 1e-12;

export class RidgeSums {
  readonly size: number;
  readonly #products: Float64Array;
  readonly #targets: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#products = new Float64Array(size * size);
    this.#targets = new Float64Array(size);
  }

  /** `row` may be longer than `size`; only its beginning counts. */
  add(row: Float64Array, target: number, weight: number): void {
    const { size } = this;
    const products = this.#products;
    const targets = this.#targets;
    for (let i = 0; i < size; i++) {
      const scaled = weight * row[i]!;
      targets[i]! += scaled * target;
      const start = i * size;
      for (let j = 0; j <= i; j++) products[start + j]! += scaled * row[j]!;
    }
  }

  clear(): void {
    this.#products.fill(0);
    this.#targets.fill(0);
  }

  /** Coefficients of least squares with `penalty` on each one's square (Hoerl and Kennard 1970), by Cholesky's decomposition. */
  solve(penalty: number): Float64Array {
    const { size } = this;
    const lower = this.#products.slice();
    for (let i = 0; i < size; i++) lower[i * size + i]! += penalty;
    for (let j = 0; j < size; j++) {
      for (let i = j; i < size; i++) {
        let sum = lower[i * size + j]!;
        for (let q = 0; q < j; q++) sum -= lower[i * size + q]! * lower[j * size + q]!;
        if (i === j) lower[j * size + j] = Math.sqrt(Math.max(sum, PIVOT_MIN));
        else lower[i * size + j] = sum / lower[j * size + j]!;
      }
    }
    const solution = this.#targets.slice();
    for (let i = 0; i < size; i++) {
      let sum = solution[i]!;
      for (let q = 0; q < i; q++) sum -= lower[i * size + q]! * solution[q]!;
      solution[i] = sum / lower[i * size + i]!;
    }
    for (let i = size - 1; i >= 0; i--) {
      let sum = solution[i]!;
      for (let q = i + 1; q < size; q++) sum -= lower[q * size + i]! * solution[q]!;
      solution[i] = sum / lower[i * size + i]!;
    }
    return solution;
  }
}

export function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
  return sum;
}
