// The residual scope: which segments share a breaker because each is too small for its own, and whether one of them is to blame for a trip.
import { NEW_BREAKER } from './breaker.ts';
import { SEGMENT_VOLUME_MIN } from './breaker-scope.ts';
import { createScope, type ScopeState } from './scope-state.ts';
import { RESIDUAL } from '../segment.ts';
import { resetDetector } from './detector.ts';
import type { SegmentKey } from '../identity.ts';
import type { SegmentState } from './segment-state.ts';
import { mergeWindows, type SegmentWindow, type WindowEntry } from './window.ts';

/** Share of the newest technical failures that must be one segment's before it alone is blamed. */
const BLAME_SHARE_MIN = 0.8;
/** As many of the newest failures as usually open a breaker. */
const FAILURES_LOOKED_AT = 10;

interface Scoped {
  readonly segments: ReadonlyMap<SegmentKey, SegmentState>;
  readonly scopes: Map<SegmentKey, ScopeState>;
}

/** What the residual breaker's rate rule looks at, newest first. */
export function residualEntries(processor: Scoped, now: number): WindowEntry[] {
  const windows: SegmentWindow[] = [];
  for (const { window } of processor.segments.values()) if (isSmall(window, now)) windows.push(window);
  return mergeWindows(windows, now);
}

/**
 * Moves a trip of the residual to the one segment that caused it, and names that segment; `null` when several did.
 * Without this the first five errors of one payment method, on a processor that has just begun, would stop all the others.
 */
export function handOver(processor: Scoped, now: number): SegmentKey | null {
  const blamed = blamedSegment(processor, now);
  const residual = processor.scopes.get(RESIDUAL);
  if (blamed === null || residual === undefined) return null;
  const scope = processor.scopes.get(blamed) ?? createScope();
  scope.breaker = residual.breaker;
  processor.scopes.set(blamed, scope);
  residual.breaker = { ...NEW_BREAKER, since: now };
  resetDetector(residual.technical);
  return blamed;
}

// One more than the minimum: the attempt under judgement may be the one that makes its segment large.
const isSmall = (window: SegmentWindow, now: number): boolean => window.countWithin(now) <= SEGMENT_VOLUME_MIN;

function smallSegments({ segments }: Scoped, now: number): [SegmentKey, SegmentState][] {
  return [...segments].filter(([, { window }]) => isSmall(window, now));
}

function blamedSegment(processor: Scoped, now: number): SegmentKey | null {
  const failures = smallSegments(processor, now)
    .flatMap(([key, { window }]) => window.entriesWithin(now).map((entry) => ({ key, entry })))
    .filter(({ entry }) => entry.technical)
    .sort((left, right) => right.entry.timeMs - left.entry.timeMs)
    .slice(0, FAILURES_LOOKED_AT);
  const counts = new Map<SegmentKey, number>();
  for (const { key } of failures) counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const [key, count] of counts) if (count >= failures.length * BLAME_SHARE_MIN) return key;
  return null;
}
