// How a scope of a processor stands at this moment, and who else could take its traffic: what every remedy has to know first.
import { cappedShare, overridesOf } from '../routing/admission.ts';
import { governingBreaker } from '../health/breaker-scope.ts';
import type { BreakerView, SegmentRow } from '../health/status-row.ts';
import type { HouseSnapshot } from './snapshot.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RecentResult } from '../health/health-detail.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import { RESIDUAL, segmentKey } from '../segment.ts';
import { reachesSegment } from '../routing/candidate.ts';
import { serves } from '../configuration/prior-change.ts';
import { strongestOverride } from '../configuration/override-strength.ts';

const CLOSED: BreakerView = { state: 'CLOSED' };

/** What this very sweep has planned to stop already: `<processor> <segment>`, or `<processor> *`. */
export type Stopping = ReadonlySet<string>;
export const NOTHING_STOPS: Stopping = new Set();

export const segmentsOf = ({ paymentMethods, countries }: RegisteredProcessor): SegmentKey[] =>
  paymentMethods.flatMap((method) => countries.map((country) => segmentKey(method, country)));

/** The segments that a scope stands for. */
export const segmentsIn = (processor: RegisteredProcessor, scope: SegmentKey): SegmentKey[] =>
  scope === RESIDUAL ? segmentsOf(processor) : [scope];

export function segmentRowOf(house: HouseSnapshot, id: ProcessorId, segment: SegmentKey): SegmentRow | null {
  const detail = house.processors.get(id)?.detail ?? null;
  return detail?.row.segments.find((row) => row.segment === segment) ?? null;
}

/** Of the scope itself: a segment's own, or the processor's. */
export function breakerOf(house: HouseSnapshot, id: ProcessorId, scope: SegmentKey): BreakerView {
  const row = house.processors.get(id)?.detail?.row;
  return (scope === RESIDUAL ? row?.breaker : segmentRowOf(house, id, scope)?.breaker) ?? CLOSED;
}

/** Neither its own breaker nor the processor's stops it. */
export function flows(house: HouseSnapshot, id: ProcessorId, segment: SegmentKey): boolean {
  const segmentView = breakerOf(house, id, segment);
  const { view } = governingBreaker(segment, segmentView, breakerOf(house, id, RESIDUAL), house.now);
  return view.state === 'CLOSED';
}

export function isStopped({ configuration, now }: HouseSnapshot, id: ProcessorId, segment: SegmentKey): boolean {
  const strongest = strongestOverride(overridesOf(configuration.overrides, id, segment), now);
  return strongest?.kind === 'drain' || strongest?.kind === 'force_open';
}

/** Those who would take a segment's traffic without this one: healthy, admitted, neither silent nor held to a share themselves. */
export function othersAble(
  house: HouseSnapshot,
  id: ProcessorId,
  segment: SegmentKey,
  stopping: Stopping = NOTHING_STOPS,
): readonly ProcessorId[] {
  return house.configuration.processors
    .filter((processor) => processor.id !== id && isAble(house, processor, segment, stopping))
    .map((processor) => processor.id);
}

function isAble(
  house: HouseSnapshot,
  processor: RegisteredProcessor,
  segment: SegmentKey,
  stopping: Stopping,
): boolean {
  const { id, enabled, maxShare } = processor;
  if (!enabled || maxShare === 0 || !serves(processor, segment)) return false;
  if (stopping.has(`${id} ${segment}`) || stopping.has(`${id} ${RESIDUAL}`)) return false;
  const detail = house.processors.get(id)?.detail ?? null;
  if (detail === null || !flows(house, id, segment) || isStopped(house, id, segment)) return false;
  if (cappedShare(overridesOf(house.configuration.overrides, id, segment), house.now) < 1) return false;
  if ((segmentRowOf(house, id, segment)?.effectiveStatus ?? 'HEALTHY') === 'DOWN') return false;
  return !house.silences.some(
    (silence) => silence.processorId === id && reachesSegment(silence.segment, segment) && house.now < silence.untilMs,
  );
}

export interface ResultsSince {
  readonly total: number;
  readonly failed: number;
}

export const isFailure = ({ result }: RecentResult): boolean => result === 'error' || result === 'timeout';

/** Of the last 50 results of the processor, those of the scope that came after a moment. */
export function recentSince(
  house: HouseSnapshot,
  id: ProcessorId,
  scope: SegmentKey,
  sinceMs: number,
): readonly RecentResult[] {
  const recent = house.processors.get(id)?.detail?.recent ?? [];
  return recent.filter(({ segment, timeMs }) => timeMs > sinceMs && (scope === RESIDUAL || segment === scope));
}

export function resultsSince(house: HouseSnapshot, id: ProcessorId, scope: SegmentKey, sinceMs: number): ResultsSince {
  const own = recentSince(house, id, scope, sinceMs);
  return { total: own.length, failed: own.filter(isFailure).length };
}

/** In the windows of some processors together, of at most the last ten minutes. */
export function resultsInWindows(
  house: HouseSnapshot,
  ids: readonly ProcessorId[],
  segments: readonly SegmentKey[],
): ResultsSince {
  const windows = ids.flatMap((id) => segments.flatMap((segment) => segmentRowOf(house, id, segment)?.window ?? []));
  return {
    total: windows.reduce((sum, { total }) => sum + total, 0),
    failed: windows.reduce((sum, { error, timeout }) => sum + error + timeout, 0),
  };
}

export const failedShare = ({ total, failed }: ResultsSince): number => (total === 0 ? 0 : failed / total);

/** The earliest failure that is still among the last 50 results. */
export function firstFailureAt(house: HouseSnapshot, id: ProcessorId, scope: SegmentKey): number {
  const recent = house.processors.get(id)?.detail?.recent ?? [];
  const failures = recent.filter((one) => isFailure(one) && (scope === RESIDUAL || one.segment === scope));
  return failures.reduce((first, { timeMs }) => Math.min(first, timeMs), house.now);
}
