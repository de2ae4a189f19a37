// Moves of slots with a kill before and after every single step of them: nothing is lost, nothing is counted twice, and the next start goes on.
import { expect, test } from 'vitest';
import { addressOf, resultOf } from '../harness/results.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import { isOwn, mapToBe, type SlotTurn } from '../../src/domain/shards/slot-turn.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import { ShardState } from '../../src/domain/shards/shard-state.ts';
import type { ResultKind } from '../../src/domain/results/canonical-result.ts';
import { slotFinder } from '../../src/domain/results/slots.ts';
import { slotCounts } from '../../src/domain/shards/slot-map.ts';
import { SlotTurner, type OwnEnd, type TurnerOptions } from '../../durable-objects/slot-turner.ts';
import type { ShardObject } from '../../durable-objects/shard-client.ts';

const SALT = '0123456789abcdef';
const ADDRESS = addressOf('p');
const slotOf = slotFinder(SALT);

/** A processor's object and its shards on a disk that outlives them. `stepsLeft`: of whatever is written or asked; then it is killed. */
class MortalHouse {
  readonly own = ProcessorState.create(ADDRESS, SALT);
  readonly shards = new Map<number, ShardState>();
  readonly #kept = new Map<string, unknown>();
  stepsLeft = Infinity;
  alarms = 0;
  #at = 1_770_000_000_000;

  turner(): SlotTurner {
    const kv = {
      get: (key: string) => structuredClone(this.#kept.get(key)),
      put: (key: string, value: unknown) => {
        this.#step();
        this.#kept.set(key, structuredClone(value));
      },
    };
    const own: OwnEnd = {
      release: ({ slots }, perSlotMax) => this.own.ledger.keysOf(new Set(slots), perSlotMax),
      adopt: (keys) => {
        this.#step();
        this.own.apply({ kind: 'adopt', at: this.#now(), keys });
      },
      hear: (shard, deltas) => {
        if (deltas.length > 0) this.#step();
        this.own.apply({ kind: 'delta', at: this.#now(), shard, deltas });
        return this.own.heardOf.get(shard) ?? 0;
      },
    };
    const alarm = { wakeIn: async () => void (this.alarms += 1) };
    const shard = (number: number): ShardObject => this.#shardObject(number);
    const options = { storage: { kv }, alarm, own, shard, changed: () => undefined };
    return new SlotTurner(options as unknown as TurnerOptions);
  }

  /** By the owners of this moment; those that are between two owners wait. */
  record(turn: SlotTurn, ids: readonly number[], kind: ResultKind = 'approved'): readonly string[] {
    return ids.map((id) => {
      const at = this.#now();
      const result = resultOf('p', { transactionId: asTransactionId(`txn_${id}`), eventTimeMs: at, result: kind });
      if (isOwn(turn, slotOf(result.transactionId)))
        return this.own.apply({ kind: 'results', at, results: [result] }).outcomes[0]!.outcome;
      for (const shard of this.shards.values())
        if (shard.owns(result.transactionId))
          return shard.apply({ kind: 'results', at, results: [result] })[0]!.outcome;
      return 'waits';
    });
  }

  #shardObject(number: number): ShardObject {
    const ask = async <Value>(work: () => Value): Promise<Value> => {
      this.#step();
      const value = work();
      // What it did stays done, and nobody hears of it.
      this.#step();
      return await Promise.resolve(value);
    };
    const state = (): ShardState => this.shards.get(number)!;
    const object: Pick<ShardObject, 'release' | 'adopt' | 'own'> = {
      release: (_address, { map, move, perSlotMax, heardOf }) =>
        ask(() => {
          state().apply({ kind: 'map', at: this.#now(), map });
          state().acknowledged(heardOf);
          const [first] = state().waiting;
          const isMore = state().waiting.length > 1;
          return {
            keys: isMore ? [] : state().ledger.keysOf(new Set(move.slots), perSlotMax),
            deltas: first ? [first] : [],
            isMore,
          };
        }),
      adopt: (_address, map, shard, keys) =>
        ask(() => {
          const held = this.shards.get(shard) ?? ShardState.create(shard, { ...map, epoch: -1, owners: [] });
          this.shards.set(shard, held);
          held.apply({ kind: 'adopt', at: this.#now(), keys });
        }),
      own: (_address, map) => ask(() => void state().apply({ kind: 'map', at: this.#now(), map })),
    };
    return object as ShardObject;
  }

  #step(): void {
    if (this.stepsLeft <= 0) throw new Error('killed');
    this.stepsLeft -= 1;
  }

  #now(): number {
    return (this.#at += 1);
  }
}

const serials = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

/** Killed after so many steps of each turn, and started again. Answers whether it ever was. */
async function turnedWithKills(steps: number): Promise<boolean> {
  const house = new MortalHouse();
  const turnNow = (turner: SlotTurner): SlotTurn => turner.of(1, SALT);
  let wasKilled = false;
  let next = 0;
  const known = new Set<number>();
  const bring = (turn: SlotTurn): void => {
    const ids = serials(next, 8);
    next += 8;
    house.record(turn, ids).forEach((outcome, index) => {
      if (outcome !== 'waits') expect(outcome).toBe('recorded');
      if (outcome === 'recorded') known.add(ids[index]!);
    });
  };
  for (const count of [2, 3, 1]) {
    bring(turnNow(house.turner()));
    const first = house.turner();
    first.aim(turnNow(first), count);
    house.stepsLeft = steps;
    await first.step(ADDRESS);
    wasKilled ||= first.isTurning;
    house.stepsLeft = Infinity;
    bring(turnNow(house.turner()));
    const again = house.turner();
    await again.step(ADDRESS);
    expect(again.isTurning).toBe(false);
    const { map } = turnNow(again);
    expect(map).toEqual(mapToBe(turnNow(again)));
    expect(slotCounts(map).map(([owner]) => owner)).toEqual(count === 1 ? [0] : serials(1, count));
    const ids = [...known];
    expect(house.record(turnNow(again), ids)).toEqual(ids.map(() => 'duplicate'));
  }
  for (const [number, shard] of house.shards)
    house.own.apply({ kind: 'delta', at: Date.now(), shard: number, deltas: shard.waiting });
  expect(house.own.ledger.counts().approved).toBe(known.size);
  return wasKilled;
}

test('[SHD-9] a kill before or after any step of any move loses nothing and counts nothing twice, and the next start goes on', async () => {
  let steps = 0;
  while (await turnedWithKills(steps)) steps += 1;
  // Every step there is was the last one once.
  expect(steps).toBeGreaterThan(60);
});

test('[SHD-6] what a shard has recorded and not told is applied before its slots have another owner', async () => {
  const house = new MortalHouse();
  const turner = house.turner();
  const turnTo = async (count: number): Promise<SlotTurn> => {
    turner.aim(turner.of(1, SALT), count);
    await turner.step(ADDRESS);
    return turner.of(1, SALT);
  };
  const ids = serials(0, 40);
  house.record(await turnTo(2), ids, 'timeout');
  expect(house.own.ledger.counts().timeout).toBe(0);
  house.record(await turnTo(1), ids);
  for (const [number, shard] of house.shards)
    house.own.apply({ kind: 'delta', at: Date.now(), shard: number, deltas: shard.waiting });
  expect(house.own.ledger.counts()).toMatchObject({ approved: 40, settled: 40, timeout: 0 });
});

test('[SHD-9] a shard that is away is asked again when the alarm rings, and nothing else happens meanwhile', async () => {
  const house = new MortalHouse();
  const turner = house.turner();
  turner.aim(turner.of(1, SALT), 2);
  house.stepsLeft = 1;
  await turner.step(ADDRESS);
  expect([turner.isTurning, turner.isUndivided]).toEqual([true, false]);
  expect(house.alarms).toBeGreaterThan(1);
  house.stepsLeft = Infinity;
  await turner.step(ADDRESS);
  expect(turner.isTurning).toBe(false);
});

test('[SHD-14] of a former life nothing is turned any more', async () => {
  const house = new MortalHouse();
  const turner = house.turner();
  turner.aim(turner.of(1, SALT), 2);
  house.stepsLeft = 3;
  await turner.step(ADDRESS);
  house.stepsLeft = Infinity;
  const anew = turner.of(2, SALT);
  expect(slotCounts(anew.map)).toEqual([[0, 256]]);
  expect([turner.isTurning, turner.isUndivided, turner.shardsEver]).toEqual([false, true, 1]);
});
