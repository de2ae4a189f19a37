// Brings each result to whichever object records its slot. An isolate learns who owns what from refusals, and needs to know nothing to begin with. Rules: SPEC.md [SHD].
import { dividedStub, shardStub } from './shard-client.ts';
import { newerOf } from '../src/domain/shards/slot-turn.ts';
import { OWN_OBJECT, type SlotMap, type SlotOwner } from '../src/domain/shards/slot-map.ts';
import { recordCallOf, replyIn, type ObjectReply } from './record-wire.ts';
import { slotFinder } from '../src/domain/results/slots.ts';
import { withinTime } from './time-limit.ts';
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult } from '../src/domain/results/canonical-result.ts';
import type { PortOutcome, ProcessorAddress, RecordReply } from '../src/ports/processor-port.ts';
import type { ProcessorId } from '../src/domain/identity.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';

const RECORD_WAIT_MS = 10_000;
const MAP_WAIT_MS = 500;
/** While a slot is between two owners: twice as long each time, up to the second. */
const PAUSE_MIN_MS = 10;
const PAUSE_MAX_MS = 320;

type Objects = Pick<Env, 'PROCESSOR' | 'PROCESSOR_SHARD'>;
type Tellings = readonly (AttemptTelling | null)[];

/** Of divided processors; all of it may vanish at any moment. */
const maps = new Map<ProcessorId, SlotMap>();

export function learnMap(id: ProcessorId, map: SlotMap | null): void {
  const known = newerOf(maps.get(id) ?? null, map);
  if (known !== null) maps.set(id, known);
}

const isDivided = (map: SlotMap | undefined): boolean => map?.owners.some((owner) => owner !== OWN_OBJECT) ?? false;

interface Item {
  readonly result: CanonicalResult;
  readonly telling: AttemptTelling | null;
  readonly place: number;
}

/** Each part of the call is recorded or not by itself; only a processor that was deleted refuses all of it. */
export async function recordBySlot(
  env: Objects,
  address: ProcessorAddress,
  results: readonly CanonicalResult[],
  told: Tellings,
): Promise<RecordReply> {
  if (!isDivided(maps.get(address.id))) {
    const reply = await callOwner(env, address, OWN_OBJECT, results, told);
    if (reply.ok || reply.reason !== 'moved') return reply;
    learnMap(address.id, reply.map);
  }
  const search = new OwnerSearch(env, address);
  return await search.record(results.map((result, place) => ({ result, telling: told[place] ?? null, place })));
}

/** One call's way to the owners of its slots, as long as it takes within the time limit. */
class OwnerSearch {
  readonly #env: Objects;
  readonly #address: ProcessorAddress;
  readonly #untilMs = Date.now() + RECORD_WAIT_MS;
  readonly #outcomes: PortOutcome[] = [];
  #row: StatusRow | null = null;
  #isDeleted = false;

  constructor(env: Objects, address: ProcessorAddress) {
    this.#env = env;
    this.#address = address;
  }

  async record(items: readonly Item[]): Promise<RecordReply> {
    let left = items;
    for (let pauseMs = PAUSE_MIN_MS; left.length > 0; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      const before = maps.get(this.#address.id)?.epoch;
      const groups = this.#byOwner(left);
      const refused = await Promise.all([...groups].map(async ([owner, its]) => await this.#hand(owner, its)));
      left = refused.flat();
      if (this.#isDeleted) return { ok: false, reason: 'deleted' };
      if (left.length === 0) break;
      if (Date.now() > this.#untilMs) this.#giveUp(left, 'unreachable');
      if (Date.now() > this.#untilMs) break;
      // Who was told something new goes there at once; else the slot has no owner yet, or all that is known here is old.
      if (maps.get(this.#address.id)?.epoch !== before) continue;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (pauseMs > PAUSE_MIN_MS) await this.#askForMap();
    }
    return { ok: true, outcomes: this.#outcomes, row: items.length === 1 ? this.#row : null };
  }

  #byOwner(items: readonly Item[]): ReadonlyMap<SlotOwner, readonly Item[]> {
    const map = maps.get(this.#address.id);
    if (map === undefined) return new Map([[OWN_OBJECT, items]]);
    const slotOf = slotFinder(map.salt);
    const groups = new Map<SlotOwner, Item[]>();
    for (const item of items) {
      const owner = map.owners[slotOf(item.result.transactionId)]!;
      groups.set(owner, [...(groups.get(owner) ?? []), item]);
    }
    return groups;
  }

  /** Answers those that are still to be recorded. */
  async #hand(owner: SlotOwner, items: readonly Item[]): Promise<readonly Item[]> {
    const results = items.map(({ result }) => result);
    const told = items.map(({ telling }) => telling);
    const reply = await callOwner(this.#env, this.#address, owner, results, told);
    if (reply.ok) {
      this.#row = reply.row ?? this.#row;
      items.forEach(({ place }, index) => {
        this.#outcomes[place] = reply.outcomes[index]!;
      });
      return [];
    }
    switch (reply.reason) {
      case 'moved':
        learnMap(this.#address.id, reply.map);
        return items;
      case 'deleted':
        this.#isDeleted = true;
        return [];
      case 'overloaded':
      case 'unreachable':
        this.#giveUp(items, reply.reason);
        return [];
    }
  }

  #giveUp(items: readonly Item[], reason: 'overloaded' | 'unreachable'): void {
    for (const { place } of items) this.#outcomes[place] = { outcome: 'not_recorded', reason };
  }

  async #askForMap(): Promise<void> {
    const { id } = this.#address;
    const map = await withinTime(MAP_WAIT_MS, async () => await dividedStub(this.#env, id).slots(this.#address));
    learnMap(id, map);
  }
}

async function callOwner(
  env: Objects,
  address: ProcessorAddress,
  owner: SlotOwner,
  ...[results, told]: readonly [results: readonly CanonicalResult[], told: Tellings]
): Promise<ObjectReply> {
  const call = recordCallOf(address, results, told);
  const object = owner === OWN_OBJECT ? dividedStub(env, address.id) : shardStub(env, address.id, owner);
  const reply = await withinTime(RECORD_WAIT_MS, async () => await object.recordText(...call));
  return reply === null ? { ok: false, reason: 'unreachable' } : replyIn(reply);
}
