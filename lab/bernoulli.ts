// Bernoulli divergence, the upper bound that klUCB draws from it, and the likelihood ratio of a change.

/** kl(p, q) in nats; infinite where q rules out what p allows. */
export function bernoulliKl(p: number, q: number): number {
  const hit = p > 0 ? p * Math.log(p / q) : 0;
  const miss = p < 1 ? (1 - p) * Math.log((1 - p) / (1 - q)) : 0;
  return hit + miss;
}

const PRECISION = 1e-6;

/**
 * The largest q with kl(mean, q) <= level, to 1e-6. Newton from the right: kl is convex there, so every step stays above the root. It starts at
 * the lower of two bounds, Pinsker's and the one that drops the term of q, which keeps it short of q = 1.
 */
export function klUpperBound(mean: number, level: number): number {
  if (level <= 0) return mean;
  if (mean >= 1) return 1;
  if (mean <= 0) return 1 - Math.exp(-level);
  const entropy = -mean * Math.log(mean) - (1 - mean) * Math.log(1 - mean);
  const gapLeast = Math.exp((-level - entropy) / (1 - mean));
  let q = Math.min(mean + Math.sqrt(level / 2), 1 - gapLeast);
  for (let round = 0; round < 50 && q < 1; round++) {
    const step = ((bernoulliKl(mean, q) - level) * q * (1 - q)) / (q - mean);
    q -= step;
    if (step < PRECISION) break;
  }
  return q;
}

/** x ln x for whole numbers up to `largest`: a likelihood of counts is then a sum of readings. */
export function countEntropies(largest: number): Float64Array {
  return Float64Array.from({ length: largest + 1 }, (_, x) => (x > 0 ? x * Math.log(x) : 0));
}

/** Log likelihood of `hits` in `trials` at their own mean. */
export function ownLogLikelihood(entropies: Float64Array, hits: number, trials: number): number {
  return entropies[hits]! + entropies[trials - hits]! - entropies[trials]!;
}
