// Reads a stored state of any format this code ever wrote, and brings it to the present one.
import { createTrafficMix } from './traffic-mix.ts';
import { ResultDelay } from './result-delay.ts';
import type { LatencySnapshot } from './latency.ts';
import type { SegmentKey } from '../identity.ts';
import type { SegmentSnapshot } from './segment-state.ts';
import type { StoredState } from './processor-state.ts';

/** Format 2: delays as percentiles of the last ten minutes, which say nothing of the slow ones. */
type StoredState2 = Omit<StoredState, 'format' | 'segments'> & {
  readonly format: 2;
  readonly segments: readonly (readonly [
    SegmentKey,
    Omit<SegmentSnapshot, 'delay'> & { readonly delay: LatencySnapshot },
  ])[];
};
/** Format 1 (before money at risk) kept no traffic mix either. */
type StoredState1 = Omit<StoredState2, 'format' | 'mix'> & { readonly format: 1 };

/** Throws on a format of newer code: after a rollback it is better to stop than to misread. */
export function upgradeState(stored: StoredState | StoredState2 | StoredState1): StoredState {
  switch (stored.format) {
    case 1:
      return upgradeState({ ...stored, format: 2, mix: createTrafficMix() });
    case 2: {
      const delay = new ResultDelay().snapshot();
      return { ...stored, format: 3, segments: stored.segments.map(([key, segment]) => [key, { ...segment, delay }]) };
    }
    case 3:
      return stored;
    default:
      throw new Error(`state format ${String((stored as { format: unknown }).format)} is not known to this code`);
  }
}
