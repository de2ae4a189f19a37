// How a processor's object is addressed: who it is and which life of it, told with every call.
import type { BreakerOptions } from '../processor-config.ts';
import type { ContextEffects } from '../learning/context-effects.ts';
import type { ProcessorId } from '../identity.ts';
import type { SegmentPrior } from '../learning/segment-prior.ts';

/** The identity an object is told with every call, so that it needs no look-up of its own. */
export interface ProcessorAddress {
  readonly id: ProcessorId;
  readonly epoch: number;
  readonly revision: number;
  readonly breaker: BreakerOptions;
  /** What its posteriors begin with; left out: the default everywhere. */
  readonly priors?: readonly SegmentPrior[];
  /** What a payment's circumstances tell, so that its outcome is held against what was to be expected; left out: nothing. */
  readonly context?: ContextEffects;
}
