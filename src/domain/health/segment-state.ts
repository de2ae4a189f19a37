// What a processor's object remembers of one segment: its window, latency, delay, fees, and what it has learned of approval.
import {
  createLearner,
  restoreLearner,
  snapshotLearner,
  type LearnerPrior,
  type LearnerSnapshot,
  type LearnerState,
} from '../learning/posterior.ts';
import { RecentLatency, type LatencySnapshot } from './latency.ts';
import { ResultDelay, type ResultDelaySnapshot } from './result-delay.ts';
import { SegmentWindow, type WindowSnapshot } from './window.ts';

/** Fees are averaged over about this many attempts. */
const FEE_MEMORY = 200;

export interface SegmentState {
  readonly window: SegmentWindow;
  readonly latency: RecentLatency;
  /** From decision (else event) to recorded result. */
  readonly delay: ResultDelay;
  /** Approval of first attempts, which routing ranks by. */
  learner: LearnerState;
  /** Approval of retries: other payments, other odds. */
  readonly retryLearner: LearnerState;
  meanFeeMinor: number | null;
  /** Of the newest amount: what money at risk is told in. */
  currency: string | null;
  lastResultAtMs: number;
  /** When the youngest payment was decided of which a result has come; left out: none since this is kept. */
  newestDecidedAtMs?: number;
}

export interface SegmentSnapshot
  extends Omit<SegmentState, 'window' | 'latency' | 'delay' | 'learner' | 'retryLearner'> {
  readonly window: WindowSnapshot;
  readonly latency: LatencySnapshot;
  readonly delay: ResultDelaySnapshot;
  readonly learner: LearnerSnapshot;
  readonly retryLearner: LearnerSnapshot;
}

/** The prior is of first attempts; without one the default holds. */
export function createSegment(prior?: LearnerPrior): SegmentState {
  return {
    window: new SegmentWindow(),
    latency: new RecentLatency(),
    delay: new ResultDelay(),
    learner: createLearner(prior),
    retryLearner: createLearner(),
    meanFeeMinor: null,
    currency: null,
    lastResultAtMs: 0,
  };
}

export function noteFee(segment: SegmentState, feeMinor: number): void {
  segment.meanFeeMinor =
    segment.meanFeeMinor === null ? feeMinor : segment.meanFeeMinor + (feeMinor - segment.meanFeeMinor) / FEE_MEMORY;
}

export function snapshotSegment(segment: SegmentState): SegmentSnapshot {
  return {
    ...segment,
    window: segment.window.snapshot(),
    latency: segment.latency.snapshot(),
    delay: segment.delay.snapshot(),
    learner: snapshotLearner(segment.learner),
    retryLearner: snapshotLearner(segment.retryLearner),
  };
}

export function restoreSegment(snapshot: SegmentSnapshot): SegmentState {
  return {
    ...snapshot,
    window: SegmentWindow.restore(snapshot.window),
    latency: RecentLatency.restore(snapshot.latency),
    delay: ResultDelay.restore(snapshot.delay),
    learner: restoreLearner(snapshot.learner),
    retryLearner: restoreLearner(snapshot.retryLearner),
  };
}
