// Turns a processor's slots towards as many owners as there are to be, one move at a time, each step on disk before the next begins: who is killed in the middle
// is woken, and takes the last step again. Nothing is lost, for nobody records of a slot between its two owners. Rules: SPEC.md [SHD].
import {
  aimedAt,
  begun,
  done,
  isTurning,
  isUndivided,
  mapToBe,
  perSlotMax,
  readTurn,
  type SlotTurn,
} from '../src/domain/shards/slot-turn.ts';
import { LEDGER_LIMITS } from '../src/domain/results/ledger.ts';
import { askWithin } from './time-limit.ts';
import type { Delta } from '../src/domain/shards/delta.ts';
import type { ObjectAlarm } from './object-alarm.ts';
import type { ProcessorAddress } from '../src/ports/processor-port.ts';
import type { SlotMove } from '../src/domain/shards/slot-map.ts';
import { shardName, type ShardObject } from './shard-client.ts';

const TURN = 'slot_turn';
const STEP_WAIT_MS = 10_000;
/** Who is killed, or finds a shard away, goes on so much later; results of the slots that are between two owners wait meanwhile. */
const AGAIN_MS = 1_000;
/** Three numbers a key: some 500 kB in a journal's row, of 2 MB. */
const NUMBERS_AT_ONCE = 3 * 16_384;

/** The processor's own object, as an end of moves. */
export interface OwnEnd {
  /** All that was taken of these slots is recorded, and no more is. */
  release(move: SlotMove, perSlotMax: number): readonly number[];
  adopt(keys: readonly number[]): void;
  /** Answers the newest sequence of the shard that is applied. */
  hear(shard: number, deltas: readonly Delta[]): number;
}

export interface TurnerOptions {
  readonly storage: DurableObjectStorage;
  readonly alarm: ObjectAlarm;
  readonly own: OwnEnd;
  readonly shard: (shard: number) => ShardObject;
  readonly changed: (turn: SlotTurn) => void;
}

export class SlotTurner {
  readonly #options: TurnerOptions;
  #turn: SlotTurn | undefined;
  #isUndivided: boolean;
  #stepping: Promise<void> | null = null;

  constructor(options: TurnerOptions) {
    this.#options = options;
    this.#turn = options.storage.kv.get<SlotTurn>(TURN);
    this.#isUndivided = this.#turn === undefined || isUndivided(this.#turn);
  }

  /** As far as is known here, of whichever life. */
  get isUndivided(): boolean {
    return this.#isUndivided;
  }

  get isTurning(): boolean {
    return this.#turn !== undefined && isTurning(this.#turn);
  }

  get shardsEver(): number {
    return this.#turn?.shardsEver ?? 0;
  }

  /** Of a former life nothing is left but what its shards have still to tell history. */
  of(life: number, salt: string): SlotTurn {
    const turn = readTurn(this.#turn, life, salt);
    if (this.#turn !== undefined) this.#keep(turn);
    return turn;
  }

  aim(turn: SlotTurn, count: number): void {
    this.#keep(aimedAt(turn, count));
  }

  /** Until everything is where it is to be; goes on by itself where somebody was away. */
  async step(address: ProcessorAddress): Promise<void> {
    this.#stepping ??= this.#steps(address).finally(() => {
      this.#stepping = null;
    });
    await this.#stepping;
  }

  async #steps(address: ProcessorAddress): Promise<void> {
    try {
      while (this.#turn !== undefined && this.#turn.map.life === address.epoch && isTurning(this.#turn)) {
        // On disk before anybody is asked for anything.
        await this.#options.alarm.wakeIn(AGAIN_MS);
        this.#keep(begun(this.#turn));
        await this.#move(address, this.#turn);
      }
    } catch {
      // Somebody was away.
      await this.#options.alarm.wakeIn(AGAIN_MS);
    }
  }

  async #move(address: ProcessorAddress, turn: SlotTurn): Promise<void> {
    const { move } = turn;
    if (move === null) return;
    const perSlot = perSlotMax(turn, LEDGER_LIMITS.resultsMax);
    const keys =
      move.from === 0 ? this.#options.own.release(move, perSlot) : await this.#released(address, turn, perSlot);
    if (move.to !== 0) await this.#handOver(address, turn, keys);
    // Others may have been asked meanwhile: that a processor was deleted, or that there are to be more or fewer.
    if (this.#turn?.move === null || this.#turn?.map.life !== address.epoch) return;
    if (move.to === 0) for (const part of partsOf(keys)) this.#options.own.adopt(part);
    this.#keep(done(this.#turn));
  }

  async #released(address: ProcessorAddress, turn: SlotTurn, perSlot: number): Promise<readonly number[]> {
    const { move } = turn;
    if (move === null) return [];
    let heardOf = this.#options.own.hear(move.from, []);
    for (;;) {
      const call = { map: mapToBe(turn), move, perSlotMax: perSlot, heardOf };
      const { keys, deltas, isMore } = await this.#ask(
        address,
        move.from,
        async (shard) => await shard.release(address, call),
      );
      // A new life of the processor has nothing to hear from the former one.
      if (this.#turn?.map.life !== address.epoch) throw new Error('the processor began anew');
      heardOf = this.#options.own.hear(move.from, deltas);
      if (!isMore) return keys;
    }
  }

  async #handOver(address: ProcessorAddress, turn: SlotTurn, keys: readonly number[]): Promise<void> {
    const { move } = turn;
    if (move === null) return;
    const map = mapToBe(turn);
    for (const part of partsOf(keys))
      await this.#ask(address, move.to, async (shard) => await shard.adopt(address, map, move.to, part));
    await this.#ask(address, move.to, async (shard) => await shard.own(address, map));
  }

  async #ask<Value>(
    address: ProcessorAddress,
    shard: number,
    ask: (shard: ShardObject) => Promise<Value>,
  ): Promise<Value> {
    return await askWithin(
      STEP_WAIT_MS,
      shardName(address.id, shard),
      async () => await ask(this.#options.shard(shard)),
    );
  }

  #keep(turn: SlotTurn): void {
    if (turn === this.#turn) return;
    this.#options.storage.kv.put(TURN, turn);
    this.#turn = turn;
    this.#isUndivided = isUndivided(turn);
    this.#options.changed(turn);
  }
}

/** At least one: a shard that gets slots without hashes is told of them, too. */
function partsOf(keys: readonly number[]): readonly (readonly number[])[] {
  const parts = Math.max(1, Math.ceil(keys.length / NUMBERS_AT_ONCE));
  return Array.from({ length: parts }, (_, part) => keys.slice(part * NUMBERS_AT_ONCE, (part + 1) * NUMBERS_AT_ONCE));
}
