// How strongly counts before and after say that a rate rose.
import { bounded } from './usual-rates.ts';

/** Nats by which two rates tell both windows better than one: the likelihood ratio of two samples. 0 where the rate did not rise. */
export function riseEvidence(
  before: { readonly trials: number; readonly rate: number },
  after: { readonly trials: number; readonly hits: number },
): number {
  const rate = bounded(after.hits / after.trials);
  if (!(rate > before.rate)) return 0;
  const both = (before.trials * before.rate + after.trials * rate) / (before.trials + after.trials);
  return before.trials * divergence(before.rate, both) + after.trials * divergence(rate, both);
}

/** Kullback and Leibler's, of two rates, in nats. */
function divergence(p: number, q: number): number {
  return p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
}
