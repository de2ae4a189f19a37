// Puts a processor's state into the row that boards and people read, at one moment: everything is recomputed, nothing is remembered.
import { RESIDUAL } from '../segment.ts';
import { beliefOf, createLearner } from '../learning/posterior.ts';
import { breakerView, NEW_BREAKER, nextPermitExpiry } from './breaker.ts';
import { delayP99Ms, type SegmentState } from './segment-state.ts';
import { effectiveBreaker } from './breaker-scope.ts';
import { effectiveStatus } from './effective-status.ts';
import { healthScore } from './health-score.ts';
import { latencySummary } from './latency.ts';
import { mergeWindows, windowShares, type SegmentWindow, type WindowEntry } from './window.ts';
import { nextExpiryChange, summarize } from './status.ts';
import { signalsOf } from './scope-state.ts';
import { timelineWithin } from './timeline.ts';
import type { BreakerView, SegmentRow, StatusRow } from './status-row.ts';
import type { HealthDetail } from './health-detail.ts';
import type { ProcessorState } from './processor-state.ts';
import type { SegmentKey } from '../identity.ts';
import type { Status } from './window-summary.ts';

const NEVER_ASKED = beliefOf(createLearner());

export function processorRow(state: ProcessorState, now: number): StatusRow {
  const windows = new Map([...state.segments].map(([key, { window }]) => [key, window] as const));
  const entries = mergeWindows(windows.values(), now);
  const window = summarize(entries);
  const segments = segmentRows(state, now);
  const breaker = wholeBreaker(state, windows, now);
  const residualSignals = signalsOf(state.scopes.get(RESIDUAL)!);
  // A processor of which one segment is cut off is not well, though the others go on.
  const ailing =
    residualSignals.length > 0 ||
    segments.some(({ signals, breaker: part }) => signals.length > 0 || part.state !== 'CLOSED');
  const { approved, declined, error, timeout, duplicate, conflict } = state.ledger.counts();
  return {
    format: 1,
    processorId: state.address.id,
    epoch: state.address.epoch,
    version: state.version,
    publishedAtMs: now,
    validUntilMs: validUntil(state, entries, now),
    window,
    breaker,
    effectiveStatus: effectiveStatus(window.status, breaker.state, ailing),
    healthScore: healthScore(breaker.state, window.total === 0 ? null : 1 - technicalShare(entries), state.streak),
    latency: latencySummary(
      [...state.segments.values()].map(({ latency }) => latency),
      now,
    ),
    meanFeeMinor: meanFee(state),
    lastResultAtMs: state.lastResultAtMs,
    counters: { approved, declined, error, timeout, duplicate, refused: conflict, trips: state.trips },
    segments,
  };
}

export function processorDetail(state: ProcessorState, now: number): HealthDetail {
  const recent = [...state.segments].flatMap(([segment, { window }]) =>
    window.entriesWithin(now).map(({ timeMs, result, latencyMs }) => ({ timeMs, segment, result, latencyMs })),
  );
  return {
    row: processorRow(state, now),
    timeline: timelineWithin(state.timeline, now),
    recent: recent.sort((left, right) => right.timeMs - left.timeMs).slice(0, 50),
    transitions: state.transitions,
  };
}

/** The status and breaker of one segment as the table and its own scope tell it. */
export function segmentEffectiveStatus(row: StatusRow, segment: SegmentKey): Status {
  if (segment === RESIDUAL) return row.effectiveStatus;
  return row.segments.find((candidate) => candidate.segment === segment)?.effectiveStatus ?? row.effectiveStatus;
}

function segmentRows(state: ProcessorState, now: number): SegmentRow[] {
  return [...state.segments].map(([segment, held]) => {
    const scope = state.scopes.get(segment);
    const breaker = breakerView(scope?.breaker ?? NEW_BREAKER, now, state.address.breaker);
    const signals = scope === undefined ? [] : signalsOf(scope);
    const window = summarize(held.window.entriesWithin(now));
    return {
      segment,
      window,
      breaker,
      effectiveStatus: effectiveStatus(window.status, breaker.state, signals.length > 0),
      belief: beliefFor(held),
      latency: latencySummary([held.latency], now),
      meanFeeMinor: held.meanFeeMinor,
      lastResultAtMs: held.lastResultAtMs === 0 ? null : held.lastResultAtMs,
      resultDelayP99Ms: delayP99Ms(held, now),
      signals,
    };
  });
}

/** Retries have a posterior of their own: a segment that has seen nothing else says what nobody knows. */
function beliefFor(segment: SegmentState): SegmentRow['belief'] {
  return segment.learner.clock > 0 ? beliefOf(segment.learner) : NEVER_ASKED;
}

function wholeBreaker(
  state: ProcessorState,
  windows: ReadonlyMap<SegmentKey, SegmentWindow>,
  now: number,
): BreakerView {
  const views = new Map<SegmentKey, BreakerView>();
  for (const [key, scope] of state.scopes) views.set(key, breakerView(scope.breaker, now, state.address.breaker));
  const residual = views.get(RESIDUAL)!;
  views.delete(RESIDUAL);
  return effectiveBreaker(views, residual, windowShares(windows, now));
}

/** Until nothing in the row can have changed by the passing of time alone. */
function validUntil(state: ProcessorState, entries: readonly WindowEntry[], now: number): number {
  let until = nextExpiryChange(entries, now);
  for (const { window } of state.segments.values())
    until = Math.min(until, nextExpiryChange(window.entriesWithin(now), now));
  for (const { breaker } of state.scopes.values()) until = Math.min(until, nextPermitExpiry(breaker, now) ?? until);
  return until;
}

function technicalShare(entries: readonly WindowEntry[]): number {
  return entries.filter(({ technical }) => technical).length / entries.length;
}

function meanFee(state: ProcessorState): number | null {
  const fees = [...state.segments.values()].map(({ meanFeeMinor }) => meanFeeMinor).filter((fee) => fee !== null);
  return fees.length === 0 ? null : fees.reduce((sum, fee) => sum + fee, 0) / fees.length;
}
