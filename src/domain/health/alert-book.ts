// Which changes people are told of: one alert per real change, at its widest scope, from breaker trips and detectors only.
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { Status } from './window-summary.ts';

export interface Alert {
  /** `alt_...` */
  readonly id: string;
  /** `*` when all processors that serve the segment share it (issuer-wide). */
  readonly processorId: ProcessorId | '*';
  /** RESIDUAL (`*`) when it is the whole processor. */
  readonly segment: SegmentKey;
  readonly kind: 'breaker' | 'technical' | 'approval' | 'approval_collapse' | 'silent' | 'source_silent';
  readonly fromStatus: Status;
  readonly toStatus: Status;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly closedAtMs: number | null;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, number | string>>;
  /** Approvals lost an hour times the mean amount at the segment's present volume, per currency in minor units. */
  readonly moneyAtRisk: { readonly minorPerHour: number; readonly currency: string } | null;
}

/** What a processor's object or a board saw begin or end; the book turns signals into alerts. */
export interface AlertSignal {
  readonly processorId: ProcessorId;
  readonly epoch: number;
  readonly scope: SegmentKey;
  readonly kind: Alert['kind'];
  /** `off` only after the breaker has been CLOSED and the detector quiet for 60 s and 50 results. */
  readonly state: 'on' | 'off';
  readonly atMs: number;
  readonly fromStatus: Status;
  readonly toStatus: Status;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, number | string>>;
  readonly moneyAtRisk: Alert['moneyAtRisk'];
}
