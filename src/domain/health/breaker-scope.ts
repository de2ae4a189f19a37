// Which breaker an attempt feeds, and which of two governs a request: the segment's or the processor's.
import type { BreakerState } from './breaker.ts';
import type { BreakerView } from './status-row.ts';
import { RESIDUAL } from '../segment.ts';
import type { SegmentKey } from '../identity.ts';

/** Attempts in the 10-minute window that earn a segment a breaker of its own. */
export const SEGMENT_VOLUME_MIN = 10;
/** The processor as a whole is open when this many segments with this share of its window traffic are. */
const OPEN_SEGMENTS_MIN = 2;
const OPEN_SHARE_MIN = 0.5;

export interface ScopeEvidence {
  readonly segment: SegmentKey;
  /** In the segment's 10-minute window, this attempt included. */
  readonly attemptsInWindow: number;
  /** `null`: the segment has no breaker yet. */
  readonly segmentState: BreakerState['state'] | null;
  readonly residualState: BreakerState['state'];
  /** A detector or an alert of the segment's own scope is on. */
  readonly segmentWatched: boolean;
}

/**
 * The one breaker an attempt feeds. A segment whose detector or alert is on keeps its attempts as well: shed to a few a
 * minute it would else never see its own recovery. A segment's breaker that is not CLOSED keeps its attempts though its window empties,
 * else nothing could close it. A residual that is not CLOSED stops the whole processor, so any attempt is its trial.
 */
export function breakerScope(evidence: ScopeEvidence): SegmentKey {
  const { segment, attemptsInWindow, segmentState, residualState, segmentWatched } = evidence;
  if (segmentState === 'OPEN' || segmentState === 'HALF_OPEN') return segment;
  if (residualState !== 'CLOSED') return RESIDUAL;
  if (segmentWatched) return segment;
  return attemptsInWindow >= SEGMENT_VOLUME_MIN ? segment : RESIDUAL;
}

/** Whether the segments that are OPEN are so many that the processor's own (residual) breaker opens too. `shares` are 0-1, from windowShares. */
export function opensProcessor(
  states: ReadonlyMap<SegmentKey, BreakerState['state']>,
  shares: ReadonlyMap<SegmentKey, number>,
): boolean {
  let open = 0;
  let share = 0;
  for (const [segment, state] of states) {
    if (segment === RESIDUAL || state !== 'OPEN') continue;
    open += 1;
    share += shares.get(segment) ?? 0;
  }
  // Shares are sums of fiftieths: a half must not be missed by a rounding.
  return open >= OPEN_SEGMENTS_MIN && share >= OPEN_SHARE_MIN - 1e-9;
}

/** A breaker and the scope under which the object is asked for a permit of it. */
export interface GoverningBreaker {
  readonly view: BreakerView;
  readonly scope: SegmentKey;
}

/**
 * The breaker that rules a request in one segment. While the processor's is OPEN it stops everything; once it may be
 * tried, a segment whose own breaker is not CLOSED is tried under its own permits, the others under the processor's.
 */
export function governingBreaker(
  segment: SegmentKey,
  segmentView: BreakerView,
  processorView: BreakerView,
  now: number,
): GoverningBreaker {
  const shut = processorView.state === 'OPEN' && now < processorView.reopensAt;
  if (!shut && segmentView.state !== 'CLOSED') return { view: segmentView, scope: segment };
  return { view: processorView, scope: RESIDUAL };
}
