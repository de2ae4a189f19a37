// The messages by which a routing table travels: from the Registry and the processors to boards, from boards to isolates.
import type { ApiKeyRecord, Configuration } from '../configuration/configuration.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { SegmentRate, Silence } from './routing-table.ts';
import type { StatusRow } from '../health/status-row.ts';

/** What the isolate already has: the board answers with the difference. */
export interface TableCursor {
  readonly boardId: string;
  /** The board's own change counter at the last refill; 0: nothing yet. */
  readonly sequence: number;
  readonly configVersion: number;
  readonly keysVersion: number;
}

/** Decisions since the last report, per processor and segment: without them silence cannot be told from rest. */
export interface DecisionCount {
  readonly processorId: ProcessorId;
  readonly segment: SegmentKey;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

export interface TableDelta {
  readonly cursor: TableCursor;
  readonly asOfMs: number;
  /** `null`: unchanged. */
  readonly configuration: Configuration | null;
  readonly keys: readonly ApiKeyRecord[] | null;
  readonly bootstrapVoid: boolean;
  /** Rows changed since the cursor. */
  readonly rows: readonly StatusRow[];
  readonly silences: readonly Silence[];
  readonly segmentRates: readonly SegmentRate[];
  /** There are more rows than one call carries: they are asked for with this cursor, and only then is this a table. */
  readonly hasMore?: true;
}

/** One answer of two that the same board gave, the second to the cursor of the first. */
export const joinParts = (first: TableDelta, second: TableDelta): TableDelta => ({
  ...second,
  asOfMs: first.asOfMs,
  configuration: second.configuration ?? first.configuration,
  keys: second.keys ?? first.keys,
  rows: [...first.rows, ...second.rows],
});

/** What the Registry tells boards on every change, and what a board pulls when it starts or has heard nothing for 5 s. */
export interface RegistryUpdate {
  readonly configuration: Configuration;
  readonly keys: readonly ApiKeyRecord[];
  readonly keysVersion: number;
  /** The bootstrap key no longer opens anything: an admin key exists. */
  readonly bootstrapVoid: boolean;
}
