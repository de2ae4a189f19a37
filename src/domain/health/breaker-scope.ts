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
}

/**
 * The one breaker an attempt feeds. A segment's breaker that is not CLOSED keeps its attempts though its window empties,
 * else nothing could close it. A residual that is not CLOSED stops the whole processor, so any attempt is its trial.
 */
export function breakerScope({ segment, attemptsInWindow, segmentState, residualState }: ScopeEvidence): SegmentKey {
  if (segmentState === 'OPEN' || segmentState === 'HALF_OPEN') return segment;
  if (residualState !== 'CLOSED') return RESIDUAL;
  return attemptsInWindow >= SEGMENT_VOLUME_MIN ? segment : RESIDUAL;
}

/**
 * The processor-wide breaker, as its row shows it: the residual's, or OPEN where two open segments carry half of the
 * traffic, until the first of them may be tried. `shares` are 0-1, from windowShares.
 */
export function effectiveBreaker(
  segmentViews: ReadonlyMap<SegmentKey, BreakerView>,
  residualView: BreakerView,
  shares: ReadonlyMap<SegmentKey, number>,
): BreakerView {
  if (residualView.state !== 'CLOSED') return residualView;
  const open: Extract<BreakerView, { state: 'OPEN' }>[] = [];
  let share = 0;
  for (const [segment, view] of segmentViews) {
    if (view.state !== 'OPEN') continue;
    open.push(view);
    share += shares.get(segment) ?? 0;
  }
  // Shares are sums of fiftieths: a half must not be missed by a rounding.
  if (open.length < OPEN_SEGMENTS_MIN || share < OPEN_SHARE_MIN - 1e-9) return { state: 'CLOSED' };
  return {
    state: 'OPEN',
    openedAt: Math.max(...open.map(({ openedAt }) => openedAt)),
    reopensAt: Math.min(...open.map(({ reopensAt }) => reopensAt)),
    relapses: Math.max(...open.map(({ relapses }) => relapses)),
  };
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
