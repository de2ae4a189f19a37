// What a processor's object remembers of one segment: its window, latency, delay, fees, and what it has learned of approval.
import { createLearner, type LearnerState } from '../learning/posterior.ts';
import { RecentLatency, latencySummary, type LatencySnapshot } from './latency.ts';
import { SegmentWindow, type WindowSnapshot } from './window.ts';

/** Fees are averaged over about this many attempts. */
const FEE_MEMORY = 200;
/** A delay nobody has measured yet is taken for short: permits and silence have floors of their own. */
const DELAY_UNKNOWN_MS = 1_000;

export interface SegmentState {
  readonly window: SegmentWindow;
  readonly latency: RecentLatency;
  /** From decision (else event) to recorded result. */
  readonly delay: RecentLatency;
  /** Approval of first attempts, which routing ranks by. */
  readonly learner: LearnerState;
  /** Approval of retries: other payments, other odds. */
  readonly retryLearner: LearnerState;
  meanFeeMinor: number | null;
  /** Of the newest amount: what money at risk is told in. */
  currency: string | null;
  lastResultAtMs: number;
}

export interface SegmentSnapshot extends Omit<SegmentState, 'window' | 'latency' | 'delay'> {
  readonly window: WindowSnapshot;
  readonly latency: LatencySnapshot;
  readonly delay: LatencySnapshot;
}

export function createSegment(): SegmentState {
  return {
    window: new SegmentWindow(),
    latency: new RecentLatency(),
    delay: new RecentLatency(),
    learner: createLearner(),
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

export function delayP99Ms(segment: SegmentState, now: number): number {
  return latencySummary([segment.delay], now)?.p99Ms ?? DELAY_UNKNOWN_MS;
}

export function snapshotSegment(segment: SegmentState): SegmentSnapshot {
  return {
    ...segment,
    window: segment.window.snapshot(),
    latency: segment.latency.snapshot(),
    delay: segment.delay.snapshot(),
  };
}

export function restoreSegment(snapshot: SegmentSnapshot): SegmentState {
  return {
    ...snapshot,
    window: SegmentWindow.restore(snapshot.window),
    latency: RecentLatency.restore(snapshot.latency),
    delay: RecentLatency.restore(snapshot.delay),
  };
}
