// A processor's row as people are told it: the published one, or that of one which never reported, under the overrides in force.
import { effectiveStatus } from '../health/effective-status.ts';
import { healthScore, NO_STREAK } from '../health/health-score.ts';
import { summarize } from '../health/status.ts';
import { beliefOf, createLearner } from '../learning/posterior.ts';
import type { BreakerView, SegmentRow, StatusRow } from '../health/status-row.ts';
import type { Override } from './configuration.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import { RESIDUAL } from '../segment.ts';
import type { Status } from '../health/window-summary.ts';
import { strongestOverride } from './override-strength.ts';

export type ToldBreaker = BreakerView | { readonly state: 'FORCED_OPEN' | 'DISABLED' | 'METRICS_ONLY' };

export interface ToldSegment extends Omit<SegmentRow, 'breaker'> {
  readonly breaker: ToldBreaker;
  /** The one that holds; `null`: none. */
  readonly override: Override | null;
}

export interface ToldRow
  extends Pick<
    StatusRow,
    'window' | 'effectiveStatus' | 'healthScore' | 'latency' | 'meanFeeMinor' | 'lastResultAtMs'
  > {
  readonly processorId: ProcessorId;
  /** `null`: it has never reported. */
  readonly publishedAtMs: number | null;
  readonly breaker: ToldBreaker;
  readonly override: Override | null;
  readonly segments: readonly ToldSegment[];
}

const CLOSED = { state: 'CLOSED' } as const;
const UNTESTED = { window: summarize([]), breaker: CLOSED, effectiveStatus: 'HEALTHY' } as const;
const UNMEASURED = { latency: null, meanFeeMinor: null, lastResultAtMs: null } as const;
const NO_ROW = { ...UNTESTED, ...UNMEASURED, publishedAtMs: null, healthScore: 1, segments: [] } as const;

/** `all`: every override of the configuration; those of others and those whose time is over count for nothing. */
export function toldRow(id: ProcessorId, row: StatusRow | null, all: readonly Override[], now: number): ToldRow {
  const own = all.filter(({ processorId, expiresAtMs }) => processorId === id && now < expiresAtMs);
  const published = row ?? NO_ROW;
  const override = strongestOverride(own.filter(isWhole), now);
  const segments = segmentsOf(published.segments, own).map((segment) => toldSegment(segment, own, now));
  const isCutOff = segments.some((segment) => stops(segment.override));
  const told = overridden(published, override, published.segments.some(hasSignals));
  return {
    processorId: id,
    publishedAtMs: published.publishedAtMs,
    window: published.window,
    latency: published.latency,
    meanFeeMinor: published.meanFeeMinor,
    lastResultAtMs: published.lastResultAtMs,
    breaker: told.breaker,
    // A processor of which one segment is cut off is not well, though the others go on.
    effectiveStatus: isCutOff && told.effectiveStatus === 'HEALTHY' ? 'DEGRADED' : told.effectiveStatus,
    healthScore: stops(override) ? scoreCutOff(published) : published.healthScore,
    override,
    segments,
  };
}

const isWhole = ({ segment }: Override): boolean => segment === null || segment === RESIDUAL;
const hasSignals = ({ signals }: SegmentRow): boolean => signals.length > 0;
const stops = (override: Override | null): boolean => override?.kind === 'force_open' || override?.kind === 'drain';

/** Those that have reported, and those that an override names before any result came. */
function segmentsOf(rows: readonly SegmentRow[], own: readonly Override[]): readonly SegmentRow[] {
  const known = new Set(rows.map(({ segment }) => segment));
  const named = own.flatMap((override) => (isWhole(override) || override.segment === null ? [] : [override.segment]));
  const untold = [...new Set(named)].filter((segment) => !known.has(segment));
  return untold.length === 0 ? rows : [...rows, ...untold.map(untestedSegment)];
}

const untestedSegment = (segment: SegmentKey): SegmentRow => ({
  segment,
  ...UNTESTED,
  ...UNMEASURED,
  belief: beliefOf(createLearner()),
  resultDelayP99Ms: null,
  signals: [],
});

function toldSegment(row: SegmentRow, own: readonly Override[], now: number): ToldSegment {
  const reaching = own.filter((override) => isWhole(override) || override.segment === row.segment);
  const override = strongestOverride(reaching, now);
  return { ...row, ...overridden(row, override, hasSignals(row)), override };
}

interface Standing {
  readonly breaker: ToldBreaker;
  readonly effectiveStatus: Status;
}

function overridden(
  row: Pick<SegmentRow, 'window' | 'breaker' | 'effectiveStatus'>,
  override: Override | null,
  isSignalled: boolean,
): Standing {
  const { window, breaker } = row;
  // The breaker stops nothing: what is left of the status is the table's word and the detectors'.
  const unstopped =
    breaker.state === 'CLOSED' ? row.effectiveStatus : effectiveStatus(window.status, 'CLOSED', isSignalled);
  switch (override?.kind) {
    case 'drain':
      return { breaker, effectiveStatus: 'DOWN' };
    case 'force_open':
      return { breaker: { state: 'FORCED_OPEN' }, effectiveStatus: 'DOWN' };
    case 'force_close':
      return { breaker: { state: 'DISABLED' }, effectiveStatus: unstopped };
    case 'metrics_only':
      return { breaker: { state: 'METRICS_ONLY' }, effectiveStatus: unstopped };
    case 'pin':
    case 'cap':
    case undefined:
      return { breaker, effectiveStatus: row.effectiveStatus };
  }
}

/** The score as it would be with an open breaker: without what the state it is in adds to it. */
function scoreCutOff({ healthScore: score, breaker }: Pick<StatusRow, 'healthScore' | 'breaker'>): number {
  const added = healthScore(breaker.state, null, NO_STREAK) - healthScore('OPEN', null, NO_STREAK);
  return Math.max(0, score - added);
}
