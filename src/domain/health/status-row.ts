// What a Processor object publishes to the boards: all that a decision needs to know of it, and nothing else.
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { LatencySummary, Status, WindowSummary } from './window-summary.ts';

/** A breaker as others see it. Times in ms since the epoch. */
export type BreakerView =
  | { readonly state: 'CLOSED' }
  | {
      readonly state: 'OPEN';
      readonly openedAt: number;
      readonly reopensAt: number;
      readonly relapses: number;
      /** From when on a payment may ask to be the next scout; left out: none before it reopens. */
      readonly scoutsAt?: number;
    }
  | {
      readonly state: 'HALF_OPEN';
      readonly since: number;
      readonly permitsOut: number;
      readonly permitsMax: number;
      readonly relapses: number;
      /** Of this trial; left out: 0. */
      readonly successes?: number;
    };

/** What a rate is if it is of one kind: calm, jumpy or drifting. */
export interface RegimeBelief {
  /** How likely the kind is before anything is known, 0-1. */
  readonly prior: number;
  /** What its outcomes say for the kind, in nats: posterior against prior. */
  readonly evidence: number;
  /** Rates in the middle of 16 parts of equal probability. */
  readonly quantiles: readonly number[];
}

/** A learned probability: mean and standard deviation of the posterior of "this attempt is approved". */
export interface Belief {
  readonly mean: number;
  readonly sd: number;
  /** Outcomes it rests on after forgetting. */
  readonly weight: number;
  /** The processor's own long-run approval in the segment, and its weight. */
  readonly baseline: number;
  /** Its shape, by kind: as many and in the same order for every processor. Without it the belief is taken for normal. */
  readonly regimes?: readonly RegimeBelief[];
}

/** A detector that is on: evidence for alerts and for `approval_collapse`. */
export interface DetectorSignal {
  readonly kind: 'technical' | 'approval';
  readonly sinceMs: number;
  /** Rate (of failures for technical, of approvals for approval) before and since the estimated change. */
  readonly baseline: number;
  readonly recent: number;
  /** Attempts since the estimated change. */
  readonly attempts: number;
}

export interface SegmentRow {
  readonly segment: SegmentKey;
  readonly window: WindowSummary;
  readonly breaker: BreakerView;
  readonly effectiveStatus: Status;
  readonly belief: Belief;
  readonly latency: LatencySummary | null;
  readonly meanFeeMinor: number | null;
  /** Arrival of its newest result; `null`: none yet. */
  readonly lastResultAtMs: number | null;
  /** When the youngest payment was decided of which a result has come; left out: as `lastResultAtMs`. */
  readonly newestDecidedAtMs?: number;
  /** 99th percentile from decision (or event) to recorded result; `null`: nothing to judge it by yet. */
  readonly resultDelayP99Ms: number | null;
  readonly signals: readonly DetectorSignal[];
}

/** Rows are ordered by (epoch, version); a reader drops what is older. After `validUntilMs` its status has changed by expiry alone. */
export interface StatusRow {
  readonly format: 1;
  readonly processorId: ProcessorId;
  readonly epoch: number;
  readonly version: number;
  readonly publishedAtMs: number;
  readonly validUntilMs: number;
  readonly window: WindowSummary;
  readonly breaker: BreakerView;
  readonly effectiveStatus: Status;
  /** AegisPay's score, 0-1. */
  readonly healthScore: number;
  readonly latency: LatencySummary | null;
  readonly meanFeeMinor: number | null;
  readonly lastResultAtMs: number | null;
  /** Lifetime counts, for metrics. */
  readonly counters: Readonly<
    Record<'approved' | 'declined' | 'error' | 'timeout' | 'duplicate' | 'refused' | 'trips', number>
  >;
  readonly segments: readonly SegmentRow[];
  /** That record its results beside its own object; left out: none. */
  readonly shards?: number;
}
