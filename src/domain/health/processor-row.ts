// Puts a processor's state into the row that boards and people read, at one moment: everything is recomputed, nothing is remembered.
import { RESIDUAL } from '../segment.ts';
import { beliefOf, createLearner } from '../learning/posterior.ts';
import { breakerView, NEW_BREAKER, nextPermitExpiry } from './breaker.ts';
import { effectiveStatus } from './effective-status.ts';
import { healthScore } from './health-score.ts';
import { mergeWindows, newestEntries, type WindowEntry } from './window.ts';
import { nextExpiryChange, summarize } from './status.ts';
import { hasSignal, signalsOf } from './scope-state.ts';
import { timelineWithin } from './timeline.ts';
import type { SegmentRow, StatusRow } from './status-row.ts';
import type { HealthDetail } from './health-detail.ts';
import type { ProcessorState } from './processor-state.ts';
import type { SegmentKey } from '../identity.ts';
import type { SegmentState } from './segment-state.ts';
import type { Status } from './window-summary.ts';

/** A segment with what its window holds at the moment of the row. */
type Held = readonly [key: SegmentKey, segment: SegmentState, entries: readonly WindowEntry[]];

const NEVER_ASKED = beliefOf(createLearner());

/** `only`: the segments to tell of; `null`: all. The rest of the row is of the whole processor in any case. */
export type RowOf = (only: ReadonlySet<SegmentKey> | null) => StatusRow;

export function processorRow(state: ProcessorState, now: number, only: Parameters<RowOf>[0] = null): StatusRow {
  return processorRows(state, now)(only);
}

/** Rows of one moment for several readers; the state must not change between them. What is of the whole processor is put together once. */
export function processorRows(state: ProcessorState, now: number): RowOf {
  const held = [...state.segments].map(([key, segment]): Held => [key, segment, segment.window.entriesWithin(now)]);
  const entries = newestEntries(held.map(([, , own]) => own));
  const window = summarize(entries);
  const breaker = breakerView(state.scopes.get(RESIDUAL)!.breaker, now, state.address.breaker);
  const { approved, declined, error, timeout, duplicate, conflict } = state.ledger.counts();
  const head = {
    format: 1,
    processorId: state.address.id,
    epoch: state.address.epoch,
    version: state.version,
    publishedAtMs: now,
  } as const;
  const whole = {
    window,
    breaker,
    effectiveStatus: effectiveStatus(window.status, breaker.state, isAiling(state)),
    healthScore: healthScore(breaker.state, window.total === 0 ? null : 1 - technicalShare(entries), state.streak),
    latency: state.latency(now),
    meanFeeMinor: meanFee(state),
    lastResultAtMs: state.lastResultAtMs,
    counters: { approved, declined, error, timeout, duplicate, refused: conflict, trips: state.trips },
    ...(state.shards > 0 && { shards: state.shards }),
  };
  return (only) => {
    const told = only === null ? held : held.filter(([key]) => only.has(key));
    const segments = told.map((segment) => segmentRow(state, segment, now));
    return { ...head, validUntilMs: validUntil(state, entries, told, now), ...whole, segments };
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

/** The effective status of some segments and, under RESIDUAL, of the processor: what an alert says it came from. */
export function effectiveStatuses(
  state: ProcessorState,
  keys: Iterable<SegmentKey>,
  now: number,
): Map<SegmentKey, Status> {
  const statuses = new Map<SegmentKey, Status>();
  for (const key of keys) {
    const segment = state.segments.get(key);
    const entries = segment?.window.entriesWithin(now) ?? [];
    const scope = state.scopes.get(key);
    const breaker = scope?.breaker.state ?? 'CLOSED';
    statuses.set(key, effectiveStatus(summarize(entries).status, breaker, scope !== undefined && hasSignal(scope)));
  }
  const whole = mergeWindows(
    [...state.segments.values()].map(({ window }) => window),
    now,
  );
  const breaker = state.scopes.get(RESIDUAL)!.breaker.state;
  return statuses.set(RESIDUAL, effectiveStatus(summarize(whole).status, breaker, isAiling(state)));
}

/** A processor of which one segment is cut off is not well, though the others go on. */
function isAiling(state: ProcessorState): boolean {
  for (const [key, scope] of state.scopes) {
    if (hasSignal(scope) || (key !== RESIDUAL && scope.breaker.state !== 'CLOSED')) return true;
  }
  return false;
}

function segmentRow(state: ProcessorState, [segment, held, entries]: Held, now: number): SegmentRow {
  const scope = state.scopes.get(segment);
  const breaker = breakerView(scope?.breaker ?? NEW_BREAKER, now, state.address.breaker);
  const signals = scope === undefined ? [] : signalsOf(scope);
  const window = summarize(entries);
  return {
    segment,
    window,
    breaker,
    effectiveStatus: effectiveStatus(window.status, breaker.state, signals.length > 0),
    belief: beliefFor(held, now),
    latency: held.latency.summary(now),
    meanFeeMinor: held.meanFeeMinor,
    lastResultAtMs: held.lastResultAtMs === 0 ? null : held.lastResultAtMs,
    ...(held.newestDecidedAtMs !== undefined && { newestDecidedAtMs: held.newestDecidedAtMs }),
    resultDelayP99Ms: held.delay.p99Ms(),
    signals,
  };
}

/** Retries have a posterior of their own: a segment that has seen nothing else says what nobody knows. */
function beliefFor(segment: SegmentState, now: number): SegmentRow['belief'] {
  return segment.learner.clock > 0 ? beliefOf(segment.learner, now) : NEVER_ASKED;
}

/** Until nothing in the row can have changed by the passing of time alone. */
function validUntil(
  state: ProcessorState,
  entries: readonly WindowEntry[],
  told: readonly Held[],
  now: number,
): number {
  let until = nextExpiryChange(entries, now);
  for (const [, , own] of told) until = Math.min(until, nextExpiryChange(own, now));
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
