// What a processor's object stores of its state now and then; the commands of since are in its journal.
import type { AlertSignal } from './alert-book.ts';
import type { BreakerTransition } from './health-detail.ts';
import type { LedgerCounts } from '../results/ledger.ts';
import type { PageBlob } from '../results/dedupe-pages.ts';
import type { ProcessorAddress } from './processor-address.ts';
import type { ScopeState } from './scope-state.ts';
import type { SegmentKey } from '../identity.ts';
import type { SegmentSnapshot } from './segment-state.ts';
import type { Streak } from './health-score.ts';
import type { Timeline } from './timeline.ts';
import type { TrafficMix } from './traffic-mix.ts';
import type { UnsettledDrawer } from '../results/unsettled-attempts.ts';

/** Plain JSON: what a checkpoint holds beside the dedupe pages and the unsettled attempts. */
export interface StoredState {
  readonly format: 4;
  readonly address: ProcessorAddress;
  readonly salt: string;
  readonly counts: LedgerCounts;
  readonly version: number;
  readonly trips: number;
  readonly streak: Streak;
  readonly segments: readonly (readonly [SegmentKey, SegmentSnapshot])[];
  readonly scopes: readonly (readonly [SegmentKey, ScopeState])[];
  readonly timeline: Timeline;
  readonly transitions: readonly BreakerTransition[];
  readonly outbox: readonly AlertSignal[];
  readonly lastResultAtMs: number | null;
  readonly mix: TrafficMix;
  /** Of each shard the newest sequence that was applied; left out: there never was one. */
  readonly heardOf?: readonly (readonly [shard: number, sequence: number])[];
}

export interface Checkpoint {
  readonly text: string;
  readonly changedPages: readonly PageBlob[];
  readonly droppedPages: readonly number[];
  readonly changedDrawers: readonly UnsettledDrawer[];
}
