// How a cause lifts the rates of the leaves it holds: by a share that is lost on top, or by a factor on the odds; whichever tells the counts better.
import { bounded } from './usual-rates.ts';
import type { LeafIndex } from './leaf-index.ts';

/** `share`: of what would have gone well, so much is lost. `odds`: each leaf's odds are multiplied. */
export interface Lift {
  readonly kind: 'share' | 'odds';
  readonly size: number;
}

export const NO_LIFT: Lift = { kind: 'share', size: 0 };
const STEPS = 8;

export function lifted(rate: number, { kind, size }: Lift): number {
  return bounded(kind === 'share' ? rate + size * (1 - rate) : (rate * size) / (1 - rate + rate * size));
}

/** The lift under which as many hits are expected in these rows as there were; none where there were fewer. */
export function liftOf(index: LeafIndex, rates: Float64Array, rows: Int32Array): Lift {
  let [trials, hits, expected] = [0, 0, 0];
  for (const row of rows) {
    trials += index.trials[row]!;
    hits += index.hits[row]!;
    expected += index.trials[row]! * rates[row]!;
  }
  if (hits <= expected || trials === 0) return NO_LIFT;
  const share: Lift = { kind: 'share', size: (hits - expected) / (trials - expected) };
  const odds: Lift = { kind: 'odds', size: oddsRatioOf(index, rates, rows, hits) };
  return likelihoodOf(index, rates, rows, odds) > likelihoodOf(index, rates, rows, share) ? odds : share;
}

/** By Newton's steps in the logarithm, none farther than 2. */
function oddsRatioOf(index: LeafIndex, rates: Float64Array, rows: Int32Array, hits: number): number {
  let log = 0;
  for (let step = 0; step < STEPS; step++) {
    const lift: Lift = { kind: 'odds', size: Math.exp(log) };
    let [expected, slope] = [0, 0];
    for (const row of rows) {
      const rate = lifted(rates[row]!, lift);
      expected += index.trials[row]! * rate;
      slope += index.trials[row]! * rate * (1 - rate);
    }
    if (slope === 0) break;
    log = Math.min(25, log + Math.max(-2, Math.min(2, (hits - expected) / slope)));
  }
  return Math.exp(log);
}

/** In nats, without the number of orders. */
export function likelihoodOf(index: LeafIndex, rates: Float64Array, rows: Int32Array, lift: Lift): number {
  let sum = 0;
  for (const row of rows) {
    if (index.trials[row] === 0) continue;
    const rate = lifted(rates[row]!, lift);
    const hits = index.hits[row]!;
    sum += hits * Math.log(rate) + (index.trials[row]! - hits) * Math.log1p(-rate);
  }
  return sum;
}
