// What a processor's posterior begins with in one segment, where somebody knows better than the default: from a log of former results.
import type { LearnerPrior } from './posterior.ts';
import type { SegmentKey } from '../identity.ts';

export interface SegmentPrior extends LearnerPrior {
  readonly segment: SegmentKey;
}

/** `undefined`: nobody said anything, and the default holds. */
export function priorOf(priors: readonly SegmentPrior[] | undefined, segment: SegmentKey): LearnerPrior | undefined {
  const found = priors?.find((prior) => prior.segment === segment);
  return found && { mean: found.mean, weight: found.weight };
}
