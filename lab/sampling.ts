// Exact draws from the normal, gamma and beta distributions, made of uniform ones that the caller supplies.

/** Marsaglia's polar method; the second of each pair is thrown away, so that a draw depends on nothing before it. */
export function drawNormal(draw: () => number): number {
  for (;;) {
    const x = 2 * draw() - 1;
    const y = 2 * draw() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/** Scale 1, shape > 0. Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). */
export function drawGamma(shape: number, draw: () => number): number {
  if (shape < 1) return drawGamma(shape + 1, draw) * (1 - draw()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(draw);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = 1 - draw();
    const square = x * x;
    if (u < 1 - 0.0331 * square * square) return d * v;
    if (Math.log(u) < 0.5 * square + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** `hits` and `misses` > 0. */
export function drawBeta(hits: number, misses: number, draw: () => number): number {
  const left = drawGamma(hits, draw);
  return left / (left + drawGamma(misses, draw));
}
