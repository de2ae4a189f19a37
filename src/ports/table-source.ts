// What a request needs of the isolate's own memory: the routing table and the keys, refilled behind its back.
import type { ApiKeyRecord } from '../domain/configuration/configuration.ts';
import type { ProcessorId, SegmentKey } from '../domain/identity.ts';
import type { RoutingTable } from '../domain/routing/compile-table.ts';

export interface HeldTable {
  readonly table: RoutingTable;
  readonly ageMs: number;
  /**
   * `memory`: fresh enough as held. `board`: refilled for this request. `replica`: the board is away, this is the copy outside of it.
   * `stale`: older than 2 s and no source answered.
   */
  readonly source: 'memory' | 'board' | 'replica' | 'stale';
}

export interface HeldKeys {
  /** By hex SHA-256 of the key text. */
  readonly byHash: ReadonlyMap<string, ApiKeyRecord>;
  readonly ageMs: number;
  readonly bootstrapVoid: boolean;
}

export interface TableSource {
  /** `null` only on a cold isolate that no source answers. Never takes more than 150 ms. */
  table(now: number): Promise<HeldTable | null>;
  keys(now: number): Promise<HeldKeys | null>;
  /** As `table` and `keys` would answer at once, without the promise; `null`: ask them, there is something to wait for. */
  tableNow(now: number): HeldTable | null;
  keysNow(now: number): HeldKeys | null;
  /** Forces a refill: after a change made through this isolate its own next answer must show it. */
  refresh(now: number): Promise<void>;
  /** Counts a decision, reported to the board with the next refill. */
  noteDecision(processorId: ProcessorId, segment: SegmentKey, now: number): void;
}
