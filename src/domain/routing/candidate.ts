// One processor as a decision sees it in one segment: its configuration, what is known of its health, its bounds.
import { summarize } from '../health/status.ts';
import { expectedFees, type Tariff } from './net-value.ts';
import { RESIDUAL } from '../segment.ts';
import type { Belief, SegmentRow, StatusRow } from '../health/status-row.ts';
import type { ContextOffsets } from '../learning/context-effects.ts';
import type { LatencySummary, WindowSummary } from '../health/window-summary.ts';
import type { Override } from '../configuration/configuration.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';

export interface Candidate {
  readonly index: number;
  readonly id: ProcessorId;
  readonly config: RegisteredProcessor;
  readonly row: StatusRow | null;
  readonly segmentRow: SegmentRow | null;
  readonly belief: Belief;
  /** What a payment's circumstances add to its odds; `null`: nothing. */
  readonly offsets: ContextOffsets | null;
  readonly latency: LatencySummary | null;
  /** What was told of its fees here; `null`: nothing. */
  readonly tariff: Tariff | null;
  /** As its results told. */
  readonly meanFeeMinor: number | null;
  /** Those of this processor that reach this segment; the ended ones among them are ignored when read. */
  readonly overrides: readonly Override[];
  readonly silentUntilMs: number;
  /** Share of the segment's payments that try it while it is silent, 0-1. */
  readonly silentTrialShare: number;
  /** Largest share that `maxShare` and `maxTps` leave it at the present traffic, 0-1. */
  readonly capShare: number;
  /** What `maxTps` alone leaves it. */
  readonly limitShare: number;
  readonly minShare: number;
  /** Far below its own baseline, and the others are not. */
  readonly collapsed: boolean;
  /** No override and both breakers closed: the usual case, told once. */
  readonly quiet: boolean;
}

export const UNKNOWN_WINDOW: WindowSummary = summarize([]);

/** Past `validUntilMs` the published window has changed by expiry alone: nothing is said of it any more. */
export function windowOf(candidate: Candidate, now: number): WindowSummary {
  if (candidate.segmentRow === null || candidate.row === null || now > candidate.row.validUntilMs)
    return UNKNOWN_WINDOW;
  return candidate.segmentRow.window;
}

/** Expected fees of one attempt in minor units: by the configured tariff, else as observed; `null`: nobody knows. `approval`: as it is believed now. */
export function expectedFeeMinor(
  { tariff, meanFeeMinor }: Candidate,
  amountMinor: number | null,
  approval: number,
): number | null {
  if (tariff === null) return meanFeeMinor ?? 0;
  if (amountMinor !== null) return Math.round(expectedFees(tariff, amountMinor, approval));
  return meanFeeMinor ?? (tariff.feeBps === 0 ? Math.round(expectedFees(tariff, 0, approval)) : null);
}

export const reachesSegment = (scope: SegmentKey | null, segment: SegmentKey): boolean =>
  scope === null || scope === RESIDUAL || scope === segment;
