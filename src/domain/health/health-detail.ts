// What a person sees of one processor: its row, its last hour, its newest results and the turns of its breakers.
import type { ApiResult } from '../results/canonical-result.ts';
import type { SegmentKey } from '../identity.ts';
import type { StatusRow } from './status-row.ts';
import type { TimelinePoint } from './timeline.ts';

export interface RecentResult {
  readonly timeMs: number;
  readonly segment: SegmentKey;
  readonly result: ApiResult;
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
  /** Oldest first. */
  readonly timeline: readonly Readonly<TimelinePoint>[];
  /** The window, newest first. */
  readonly recent: readonly RecentResult[];
  /** Oldest first, the last 50. */
  readonly transitions: readonly BreakerTransition[];
}
