// The table a decision reads: configuration and status rows of one moment, as an isolate or a board holds them.
import type { Configuration } from '../configuration/configuration.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { StatusRow } from '../health/status-row.ts';

/** A processor whose results stopped coming (health/silence.ts); lifted by an answer, or at `untilMs` where nothing more is heard. */
export interface Silence {
  readonly processorId: ProcessorId;
  readonly segment: SegmentKey;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Mean time between two payments that are sent there all the same, to see whether it answers. */
  readonly trialEveryMs: number;
}

/** Decisions a second in a segment over all isolates, as the board last saw it. */
export interface SegmentRate {
  readonly segment: SegmentKey;
  readonly perSecond: number;
  /** The part of it that went to each processor with a `maxTps`; those that got none are left out. */
  readonly toLimited: readonly { readonly processorId: ProcessorId; readonly perSecond: number }[];
}

/** The data of a table: plain, cloneable, mergeable from differences. */
export interface TableData {
  readonly configuration: Configuration;
  /** Newest row per processor; processors without one have never reported. */
  readonly rows: ReadonlyMap<ProcessorId, StatusRow>;
  readonly silences: readonly Silence[];
  readonly segmentRates: ReadonlyMap<SegmentKey, SegmentRate>;
  /** When the source last knew this to be true (ms); age is measured from here. */
  readonly asOfMs: number;
}
