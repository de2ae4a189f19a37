// A processor divided into shards, without a platform: its own state, its shards' states, and the deltas between them, delivered as a test wants.
import { addressOf } from '../../harness/results.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { ShardState } from '../../../src/domain/shards/shard-state.ts';
import {
  aimedAt,
  begun,
  done,
  mapToBe,
  perSlotMax,
  type SlotTurn,
  undivided,
} from '../../../src/domain/shards/slot-turn.ts';
import { LEDGER_LIMITS } from '../../../src/domain/results/ledger.ts';
import type { PageBlob } from '../../../src/domain/results/dedupe-pages.ts';
import type { CanonicalResult, RecordOutcome } from '../../../src/domain/results/canonical-result.ts';

export const SALT = '0123456789abcdef';

export class DividedProcessor {
  readonly own = ProcessorState.create(addressOf('p'), SALT);
  readonly shards = new Map<number, ShardState>();
  turn: SlotTurn = undivided(1, SALT);
  readonly #pages = new Map<number, Map<number, PageBlob>>();

  /** Every slot where it is to be, with its hashes. */
  divideInto(count: number, at: number): void {
    this.turn = begun(aimedAt(this.turn, count));
    while (this.turn.move !== null) {
      this.takeMove(at);
      this.turn = begun(this.turn);
    }
  }

  /** The move under way, from end to end. */
  takeMove(at: number): void {
    const { from, to, slots } = this.turn.move!;
    const map = mapToBe(this.turn);
    if (from !== 0) {
      this.#shard(from).apply({ kind: 'map', at, map });
      this.deliver(from, at);
    }
    const ledger = from === 0 ? this.own.ledger : this.#shard(from).ledger;
    const keys = ledger.keysOf(new Set(slots), perSlotMax(this.turn, LEDGER_LIMITS.resultsMax));
    if (to === 0) this.own.apply({ kind: 'adopt', at, keys });
    else {
      this.#shard(to).apply({ kind: 'adopt', at, keys });
      this.#shard(to).apply({ kind: 'map', at, map });
    }
    this.turn = done(this.turn);
  }

  /** One commit of each owner that the results belong to; nothing is delivered yet. */
  record(results: readonly CanonicalResult[], at: number): RecordOutcome[] {
    const slotOf = this.#anySlot();
    const outcomes = new Array<RecordOutcome>(results.length);
    const owners = results.map(({ transactionId }) => this.turn.map.owners[slotOf(transactionId)]!);
    for (const owner of new Set(owners)) {
      const places = results.flatMap((_, index) => (owners[index] === owner ? [index] : []));
      const command = { kind: 'results', at, results: places.map((index) => results[index]!) } as const;
      const told = owner === 0 ? this.own.apply(command).outcomes : this.#shard(owner).apply(command);
      places.forEach((place, index) => {
        outcomes[place] = told[index]!;
      });
    }
    return outcomes;
  }

  /** `acknowledge`: whether the shard hears that it was applied; if not, the same goes again. */
  deliver(shard: number, at: number, { resultsMax = 1_000_000, acknowledge = true } = {}): void {
    const flight = this.#shard(shard).flight(resultsMax);
    if (flight === null) return;
    this.own.apply({ kind: 'delta', at, ...flight });
    if (acknowledge) this.#shard(shard).acknowledged(this.own.heardOf.get(shard)!);
  }

  deliverAll(at: number): void {
    for (const shard of this.shards.keys()) this.deliver(shard, at);
  }

  /** As after a kill: what was acknowledged since is forgotten, what was recorded is not. */
  restart(shard: number): void {
    const { text, changedPages } = this.#shard(shard).checkpoint();
    const pages = this.#pages.get(shard) ?? new Map<number, PageBlob>();
    for (const page of changedPages) pages.set(page.page, page);
    this.#pages.set(shard, pages);
    this.shards.set(shard, ShardState.restore(text, [...pages.values()]));
  }

  #anySlot(): (transactionId: string) => number {
    return ShardState.create(0, this.turn.map).slotOf;
  }

  #shard(shard: number): ShardState {
    const state = this.shards.get(shard) ?? ShardState.create(shard, { ...this.turn.map, epoch: -1, owners: [] });
    this.shards.set(shard, state);
    return state;
  }
}
