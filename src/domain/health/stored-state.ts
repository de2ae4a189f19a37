// Reads a stored state of any format this code ever wrote, and brings it to the present one.
import { createLearner, snapshotLearner, type LearnerPrior, type LearnerSnapshot } from '../learning/posterior.ts';
import { createTrafficMix } from './traffic-mix.ts';
import { ResultDelay } from './result-delay.ts';
import { restoreDetector, type RestorableDetector } from './detector.ts';
import type { LatencySnapshot } from './latency.ts';
import type { ScopeState } from './scope-state.ts';
import type { SegmentKey } from '../identity.ts';
import type { SegmentSnapshot } from './segment-state.ts';
import type { StoredState } from './checkpoint.ts';

/**
 * Format 3: four experts with memories of different length, whose long-run baseline is all that is taken over; and detectors of another test,
 * of which baseline and alarm are.
 */
type StoredState3 = Omit<StoredState, 'format' | 'segments' | 'scopes'> & {
  readonly format: 3;
  readonly scopes: readonly (readonly [SegmentKey, ScopeState3])[];
  readonly segments: readonly (readonly [SegmentKey, SegmentSnapshot3])[];
};
type ScopeState3 = Omit<ScopeState, 'technical' | 'approval'> & {
  readonly technical: RestorableDetector;
  readonly approval: RestorableDetector;
};
interface Learner3 {
  readonly prior: LearnerPrior;
  readonly baseline: { readonly approved: number; readonly weight: number };
  readonly clock: number;
}
type SegmentSnapshot3 = Omit<SegmentSnapshot, 'learner' | 'retryLearner'> & {
  readonly learner: Learner3;
  readonly retryLearner: Learner3;
};

/** Format 2: delays as percentiles of the last ten minutes, which say nothing of the slow ones. */
type StoredState2 = Omit<StoredState3, 'format' | 'segments'> & {
  readonly format: 2;
  readonly segments: readonly (readonly [
    SegmentKey,
    Omit<SegmentSnapshot3, 'delay'> & { readonly delay: LatencySnapshot },
  ])[];
};
/** Format 1 (before money at risk) kept no traffic mix either. */
type StoredState1 = Omit<StoredState2, 'format' | 'mix'> & { readonly format: 1 };

/** Throws on a format of newer code: after a rollback it is better to stop than to misread. */
export function upgradeState(stored: StoredState | StoredState3 | StoredState2 | StoredState1): StoredState {
  switch (stored.format) {
    case 1:
      return upgradeState({ ...stored, format: 2, mix: createTrafficMix() });
    case 2: {
      const delay = new ResultDelay().snapshot();
      return upgradeState({
        ...stored,
        format: 3,
        segments: stored.segments.map(([key, segment]) => [key, { ...segment, delay }]),
      });
    }
    case 3:
      return {
        ...stored,
        format: 4,
        segments: stored.segments.map(([key, segment]) => [
          key,
          { ...segment, learner: learnerOf(segment.learner), retryLearner: learnerOf(segment.retryLearner) },
        ]),
        scopes: stored.scopes.map(([key, scope]) => [
          key,
          { ...scope, technical: restoreDetector(scope.technical), approval: restoreDetector(scope.approval) },
        ]),
      };
    case 4:
      return stored;
    default:
      throw new Error(`state format ${String((stored as { format: unknown }).format)} is not known to this code`);
  }
}

/** What the long-run baseline of former formats is worth to its successor, in outcomes. */
const BASELINE_WORTH = 100;

/** Outcomes of before cannot be corrected any more: the learner begins anew at its clock. */
function learnerOf({ prior, baseline, clock }: Learner3): LearnerSnapshot {
  if (clock === 0) return snapshotLearner(createLearner());
  const weight = baseline.weight + prior.weight;
  const mean = (baseline.approved + prior.mean * prior.weight) / weight;
  const known = createLearner({ mean, weight: Math.min(BASELINE_WORTH, weight) });
  return snapshotLearner({ ...known, clock, restartedAt: clock });
}
