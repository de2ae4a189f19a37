// What flows need of the objects that hold one processor each.
import type { BreakerOptions } from '../domain/processor-config.ts';
import type { CanonicalResult, RecordOutcome } from '../domain/results/canonical-result.ts';
import type { ProcessorId, SegmentKey } from '../domain/identity.ts';
import type { StatusRow } from '../domain/health/status-row.ts';

/** The identity an object is told with every call, so that it needs no look-up of its own. */
export interface ProcessorAddress {
  readonly id: ProcessorId;
  readonly epoch: number;
  readonly breaker: BreakerOptions;
}

export type RecordReply =
  | { readonly ok: true; readonly outcomes: readonly RecordOutcome[]; readonly row: StatusRow }
  /** `overloaded`: the queue is full, nothing was recorded. `deleted`: the object belongs to a removed processor. */
  | { readonly ok: false; readonly reason: 'overloaded' | 'deleted' | 'unreachable' };

export interface TimelinePoint {
  /** Start of the minute (ms since the epoch). */
  readonly minuteMs: number;
  readonly approved: number;
  readonly declined: number;
  readonly error: number;
  readonly timeout: number;
}
export interface RecentResult {
  readonly timeMs: number;
  readonly segment: SegmentKey;
  readonly result: 'approved' | 'declined' | 'error' | 'timeout';
  readonly latencyMs: number | null;
}
export interface BreakerTransition {
  readonly atMs: number;
  readonly scope: SegmentKey;
  readonly from: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  readonly to: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  readonly reason: string;
}
export interface HealthDetail {
  readonly row: StatusRow;
  readonly timeline: readonly TimelinePoint[];
  readonly recent: readonly RecentResult[];
  readonly transitions: readonly BreakerTransition[];
}

export interface ProcessorPort {
  /** All results are of this processor. Acknowledged means on disk. Never throws for a platform fault: `unreachable`. */
  record(address: ProcessorAddress, results: readonly CanonicalResult[]): Promise<RecordReply>;
  /** One of the N half-open permits; `false` on refusal, fault or after 100 ms. */
  requestPermit(address: ProcessorAddress, scope: SegmentKey, nonce: string): Promise<boolean>;
  health(address: ProcessorAddress): Promise<HealthDetail | null>;
  /** Closes every breaker of the scope (or all); `false` when the object is out of reach. */
  resetBreaker(address: ProcessorAddress, scope: SegmentKey | null): Promise<boolean>;
}
