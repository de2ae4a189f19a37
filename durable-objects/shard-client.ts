// The way to a processor's shards, and what they and the processor's own object say to each other.
import type { AskedRepeats, FinalsHeld } from './processor-books.ts';
import type { AlarmedObject } from './alarm-check.ts';
import type { Delta, Flight } from '../src/domain/shards/delta.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { LoadReading } from '../src/domain/scaling/load-window.ts';
import { processorIds, shardIds } from './object-ids.ts';
import type { RecordCall } from './record-wire.ts';
import type { ProcessorAddress } from '../src/ports/processor-port.ts';
import type { ProcessorId } from '../src/domain/identity.ts';
import type { RecordOutcome } from '../src/domain/results/canonical-result.ts';
import type { SlotMap, SlotMove } from '../src/domain/shards/slot-map.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';

/** What a shard that gives slots away hands over: it has recorded nothing of them since. */
export interface Released {
  /** Three numbers a key, as `Ledger.keysOf`. */
  readonly keys: readonly number[];
  /** What its processor has not heard of yet: to be applied before anybody else records of these slots. */
  readonly deltas: readonly Delta[];
  /** There are more than that: the keys come with the last of them. */
  readonly isMore: boolean;
}

export interface ReleaseCall {
  /** As it will be after the move. */
  readonly map: SlotMap;
  readonly move: SlotMove;
  /** Of each slot at most so many keys, the newest. */
  readonly perSlotMax: number;
  /** Of this shard: what is applied already. */
  readonly heardOf: number;
}

export interface ShardObject extends AlarmedObject {
  recordText(...call: RecordCall): Promise<string>;
  release(address: ProcessorAddress, call: ReleaseCall): Promise<Released>;
  /** Part of the hashes of slots that come. */
  adopt(address: ProcessorAddress, map: SlotMap, shard: number, keys: readonly number[]): Promise<void>;
  /** All hashes are here: from now on the slots of the map are its own. */
  own(address: ProcessorAddress, map: SlotMap): Promise<void>;
  finals(address: ProcessorAddress, ids: readonly string[]): Promise<FinalsHeld>;
  load(): Promise<LoadReading>;
  retire(epoch: number): Promise<void>;
  unsentSince(): Promise<number | null>;
  historyStanding(): Promise<HistoryStanding>;
  statistics(): Promise<{ readonly rowsWritten: number; readonly results: number; readonly waiting: number }>;
}

export type HearReply =
  | { readonly ok: true; readonly heardOf: number; readonly row: StatusRow }
  | { readonly ok: false; readonly reason: 'deleted' };

/** What the processor's own object answers its shards and those who look for them. */
export interface DividedObject {
  recordText(...call: RecordCall): Promise<string>;
  hearFlight(address: ProcessorAddress, flight: Flight): Promise<HearReply>;
  repeats(address: ProcessorAddress, asked: AskedRepeats): Promise<readonly (RecordOutcome | null)[]>;
  /** `null`: it was deleted. */
  slots(address: ProcessorAddress): Promise<SlotMap | null>;
  /** Without its being told to anybody else. */
  peek(address: ProcessorAddress): Promise<StatusRow | null>;
}

/** No processor's id holds a `#`. */
export const shardName = (id: ProcessorId, shard: number): string => `${id}#${shard}`;

/** New ones for every call: after an exception a stub stays broken. */
export function shardStub(env: Pick<Env, 'PROCESSOR_SHARD'>, id: ProcessorId, shard: number): ShardObject {
  return env.PROCESSOR_SHARD.get(shardIds.idOf(env.PROCESSOR_SHARD, shardName(id, shard))) as unknown as ShardObject;
}

export function dividedStub(env: Pick<Env, 'PROCESSOR'>, id: ProcessorId): DividedObject {
  return env.PROCESSOR.get(processorIds.idOf(env.PROCESSOR, id)) as unknown as DividedObject;
}
