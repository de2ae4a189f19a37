// The rate that each leaf usually has: its own counts, drawn to what its attributes say apart, so that three attempts say little.
import type { LeafIndex } from './leaf-index.ts';

/** Attempts that the rate told by the attributes is worth beside a leaf's own. */
const OWN_ATTEMPTS_HALF = 20;
/** The same for a single attribute's value beside the rate of everything. */
const VALUE_ATTEMPTS_HALF = 50;
export const RATE_MIN = 1e-6;

/** In [RATE_MIN, 1 - RATE_MIN]. The effects of the attributes multiply in odds. */
export function usualRates({ rows, usualTrials, usualHits, codes, values }: LeafIndex): Float64Array {
  const trials = usualTrials.reduce((sum, count) => sum + count, 0);
  const hits = usualHits.reduce((sum, count) => sum + count, 0);
  const overall = bounded((hits + 0.5) / (trials + 1));
  const effects = codes.map((codesOf, place) => {
    const sums = new Float64Array(2 * values[place]!.length);
    for (let row = 0; row < rows; row++) {
      sums[2 * codesOf[row]!]! += usualTrials[row]!;
      sums[2 * codesOf[row]! + 1]! += usualHits[row]!;
    }
    return Float64Array.from({ length: values[place]!.length }, (_, code) => {
      const rate = (sums[2 * code + 1]! + VALUE_ATTEMPTS_HALF * overall) / (sums[2 * code]! + VALUE_ATTEMPTS_HALF);
      return logit(bounded(rate)) - logit(overall);
    });
  });
  return Float64Array.from({ length: rows }, (_, row) => {
    let odds = logit(overall);
    for (const [place, effect] of effects.entries()) odds += effect[codes[place]![row]!]!;
    const told = 1 / (1 + Math.exp(-odds));
    return bounded((usualHits[row]! + OWN_ATTEMPTS_HALF * told) / (usualTrials[row]! + OWN_ATTEMPTS_HALF));
  });
}

export function bounded(rate: number): number {
  return Math.min(1 - RATE_MIN, Math.max(RATE_MIN, rate));
}

function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}
