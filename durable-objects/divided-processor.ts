// A processor's object that divides itself: when it gets more results than one object can record, shards of it do, and tell it what they heard; health, breakers,
// permits and learning stay here. With one object nothing differs from a processor that cannot be divided. Rules: SPEC.md [SHD].
import { addStandings, type HistoryStanding } from '../src/domain/history/history-standing.ts';
import { AddressReader, replyText, resultsIn, type RecordCall } from './record-wire.ts';
import { asProcessorId } from '../src/domain/identity.ts';
import { isOwn, isUndivided, mapToBe, type SlotTurn } from '../src/domain/shards/slot-turn.ts';
import { type Delta, type Flight, unheard } from '../src/domain/shards/delta.ts';
import { decideShards } from '../src/domain/scaling/shard-count.ts';
import { type DividedObject, type HearReply, type ShardObject, shardStub } from './shard-client.ts';
import { forceScale } from '../src/domain/scaling/scale-decision.ts';
import { inScalingWords, readShardSettings } from '../src/domain/scaling/shard-settings.ts';
import { Processor } from './processor.ts';
import { readScalingState, type ScalingState } from '../src/domain/scaling/scaling-state.ts';
import { learnMap, recordBySlot } from './slot-router.ts';
import { slotCounts, type SlotMap } from '../src/domain/shards/slot-map.ts';
import { slotFinder } from '../src/domain/results/slots.ts';
import { SlotTurner } from './slot-turner.ts';
import { withinTime } from './time-limit.ts';
import type { AskedRepeats, FinalsHeld } from './processor-books.ts';
import type { LoadReading } from '../src/domain/scaling/load-window.ts';
import type { ProcessorLoad } from '../src/domain/scaling/processor-load.ts';
import type { ProcessorAddress, RecordReply } from '../src/ports/processor-port.ts';
import type { ProcessorState } from '../src/domain/health/processor-state.ts';
import type { RecordOutcome } from '../src/domain/results/canonical-result.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';

const SCALING = 'shard_scaling';
/** How often an object that is asked looks whether it is asked too much; one that is divided looks every minute, asked or not. */
const SIZE_EVERY_MS = 2_000;
const SIZE_IDLE_MS = 60_000;
const ASK_WAIT_MS = 2_000;

type OwnStatistics = Awaited<ReturnType<Processor['statistics']>>;

export interface DividedStatistics {
  /** Objects that record its results: 1 is itself. */
  readonly count: number;
  readonly epoch: number;
  readonly isTurning: boolean;
  /** 0: itself; k: shard k. */
  readonly owners: readonly { readonly shard: number; readonly slots: number }[];
}

export class DividedProcessor extends Processor implements DividedObject {
  readonly #callers = new AddressReader();
  readonly #turner: SlotTurner;
  #scaling: ScalingState | null;
  #sizedAt = 0;
  #sizing = false;
  #slots: { readonly salt: string; readonly of: (transactionId: string) => number } | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const stored = ctx.storage.kv.get<ScalingState>(SCALING);
    this.#scaling = stored === undefined ? null : readScalingState(stored);
    this.#turner = new SlotTurner({
      storage: ctx.storage,
      alarm: this.wakener,
      own: {
        release: ({ slots }, perSlotMax) => {
          this.queue.flush();
          return this.known().ledger.keysOf(new Set(slots), perSlotMax);
        },
        adopt: (keys) => void this.save(this.known(), { kind: 'adopt', at: Date.now(), keys }),
        hear: (shard, deltas) => this.#hearDeltas(this.known(), shard, deltas),
      },
      shard: (shard) => shardStub(this.env, this.known().address.id, shard),
      changed: (turn) => this.#show(turn),
    });
    if (!this.#turner.isUndivided || this.#turner.isTurning) void this.wakener.wakeIn(0);
    const { state } = this;
    if (state !== null) this.#show(this.#turnOf(state));
  }

  override async recordText(...call: RecordCall): Promise<string> {
    this.#lookAtSize();
    if (!this.#turner.isUndivided) {
      const state = this.adopt(this.#callers.read(call[0]));
      const turn = state === null ? null : this.#turnOf(state);
      if (
        turn !== null &&
        !this.#ownsAll(
          turn,
          resultsIn(call[3]).map(({ transactionId }) => transactionId),
        )
      )
        return replyText({ ok: false, reason: 'moved', map: mapToBe(turn) });
    }
    return await super.recordText(...call);
  }

  /** Callers that know of no shards are served all the same. */
  override async record(...[address, results, told = []]: Parameters<Processor['record']>): Promise<RecordReply> {
    const state = this.#turner.isUndivided ? null : this.adopt(address);
    const turn = state === null ? null : this.#turnOf(state);
    if (
      turn === null ||
      this.#ownsAll(
        turn,
        results.map(({ transactionId }) => transactionId),
      )
    )
      return await super.record(address, results, told);
    learnMap(address.id, mapToBe(turn));
    return await recordBySlot(this.env, address, results, told);
  }

  /** What a shard has recorded. */
  async hearFlight(address: ProcessorAddress, { shard, deltas }: Flight): Promise<HearReply> {
    const state = this.adopt(address);
    if (state === null || state.epoch !== address.epoch) return { ok: false, reason: 'deleted' };
    this.#lookAtSize();
    const heardOf = this.#hearDeltas(state, shard, deltas);
    const segments = new Set(deltas.flatMap(({ heard }) => heard.map(({ result }) => result.segment)));
    return { ok: true, heardOf, row: state.row(Date.now(), segments) };
  }

  async repeats(address: ProcessorAddress, asked: AskedRepeats): Promise<readonly (RecordOutcome | null)[]> {
    const state = this.adopt(address);
    return state === null ? asked.results.map(() => null) : this.repeatsAmong(state, asked);
  }

  async slots(address: ProcessorAddress): Promise<SlotMap | null> {
    const state = this.adopt(address);
    return state === null ? null : mapToBe(this.#turnOf(state));
  }

  async peek(address: ProcessorAddress): Promise<StatusRow | null> {
    return this.adopt(address)?.row(Date.now()) ?? null;
  }

  /** By hand, and let alone for so long; false: there may not be so many. */
  async divideInto(address: ProcessorAddress, count: number, holdMs: number): Promise<boolean> {
    const [state, read] = [this.adopt(address), readShardSettings(this.env)];
    if (state === null || !read.ok) return false;
    const wish = { instances: count, holdMs, why: null };
    const forced = forceScale(this.#known(state), wish, inScalingWords(read.settings), Date.now());
    if (forced.ok) this.#aim(state, forced.state);
    return forced.ok;
  }

  /** By the load of those that record. */
  async size(address: ProcessorAddress): Promise<void> {
    const [state, read] = [this.adopt(address), readShardSettings(this.env)];
    if (state === null || !read.ok || this.#sizing || this.#turner.isTurning) return;
    this.#sizing = true;
    try {
      const owners = slotCounts(this.#turnOf(state).map).map(([owner]) => owner);
      const readings = await Promise.all(owners.map(async (owner) => await this.#loadOf(owner)));
      if (this.state !== state || this.#turner.isTurning) return;
      this.#aim(state, decideShards(this.#known(state), readings, read.settings, Date.now()).state);
    } finally {
      this.#sizing = false;
    }
  }

  override async retire(epoch: number): Promise<void> {
    await super.retire(epoch);
    await this.#eachShardEver(async (shard) => await shard.retire(epoch));
  }

  override async unsentSince(): Promise<number | null> {
    const own = await super.unsentSince();
    const shards = await this.#eachShardEver(async (shard) => await shard.unsentSince());
    const since = [own, ...shards].filter((at) => at !== null);
    return since.length === 0 ? null : Math.min(...since);
  }

  override async historyStanding(): Promise<HistoryStanding> {
    const own = await super.historyStanding();
    return addStandings([own, ...(await this.#eachShardEver(async (shard) => await shard.historyStanding()))]);
  }

  override async statistics(): Promise<OwnStatistics & { load: ProcessorLoad; shards: DividedStatistics }> {
    const { state } = this;
    const own = await super.statistics();
    const turn = state === null ? null : this.#turnOf(state);
    const owners = turn === null ? [] : slotCounts(turn.map).map(([shard, slots]) => ({ shard, slots }));
    const shards = { count: turn?.count ?? 1, epoch: turn?.map.epoch ?? 0, isTurning: this.#turner.isTurning, owners };
    const loads = owners
      .filter(({ shard }) => shard !== 0)
      .map(async ({ shard, slots }) => ({ shard, slots, reading: await this.#loadOf(shard) }));
    const load = loads.length === 0 ? own.load : { ...own.load, shards: await Promise.all(loads) };
    return { ...own, load, shards };
  }

  protected override async rung(): Promise<void> {
    await super.rung();
    const { state } = this;
    if (state === null || this.#turner.isUndivided) return;
    await this.#turner.step(state.address);
    await this.size(state.address);
    await this.#wakeShards();
    await this.wakener.wakeIn(SIZE_IDLE_MS);
  }

  protected override isWaiting(): boolean {
    return super.isWaiting() || (this.state !== null && !this.#turner.isUndivided);
  }

  protected override async recordWhereOwned(...call: Parameters<Processor['record']>): Promise<void> {
    await this.record(...call);
  }

  protected override async finalsOf(
    address: ProcessorAddress,
    state: ProcessorState,
    ids: readonly string[],
  ): Promise<FinalsHeld> {
    const turn = this.#turnOf(state);
    if (isUndivided(turn)) return await super.finalsOf(address, state, ids);
    const slotOf = this.#slotOf(turn.map.salt);
    const owners = ids.map((id) => turn.map.owners[slotOf(id)]!);
    const finals = new Map<string, FinalsHeld[number]>();
    const asked = [...new Set(owners)].map(async (owner) => {
      const its = ids.filter((_, index) => owners[index] === owner);
      const held =
        owner === 0
          ? its.map((id) => state.ledger.heldFinal(id))
          : await shardStub(this.env, address.id, owner).finals(address, its);
      its.forEach((id, index) => finals.set(id, held[index] ?? null));
    });
    await Promise.all(asked);
    return ids.map((id) => finals.get(id) ?? null);
  }

  #hearDeltas(state: ProcessorState, shard: number, deltas: readonly Delta[]): number {
    const before = state.heardOf.get(shard) ?? 0;
    const fresh = unheard(deltas, before);
    if (fresh.length === 0) return before;
    if (fresh[0]!.sequence !== before + 1)
      throw new Error(`shard ${shard} leaves out what follows ${before}: its next is ${fresh[0]!.sequence}`);
    this.hear(state, { kind: 'delta', at: Date.now(), shard, deltas: fresh });
    return state.heardOf.get(shard) ?? before;
  }

  #turnOf(state: ProcessorState): SlotTurn {
    return this.#turner.of(state.epoch, state.salt);
  }

  #ownsAll(turn: SlotTurn, ids: readonly string[]): boolean {
    const slotOf = this.#slotOf(turn.map.salt);
    return ids.every((id) => isOwn(turn, slotOf(id)));
  }

  #slotOf(salt: string): (transactionId: string) => number {
    if (this.#slots?.salt !== salt) this.#slots = { salt, of: slotFinder(salt) };
    return this.#slots.of;
  }

  /** What is known of a former life says how many it had. */
  #known(state: ProcessorState): ScalingState | null {
    return this.#scaling && { ...this.#scaling, instances: this.#turnOf(state).count };
  }

  /** Kept while it matters: an undivided processor that stays so costs no row. */
  #aim(state: ProcessorState, scaling: ScalingState): void {
    const before = this.#turnOf(state);
    const isSettled = scaling.instances === 1 && before.count === 1 && this.#turner.isUndivided;
    this.#scaling = scaling;
    if (!isSettled) this.ctx.storage.kv.put(SCALING, scaling);
    if (scaling.instances === before.count) return;
    this.#turner.aim(before, scaling.instances);
    this.ctx.waitUntil(this.wakener.wakeIn(0));
    this.ctx.waitUntil(this.#turner.step(state.address));
  }

  #lookAtSize(): void {
    const now = Date.now();
    if (Math.abs(now - this.#sizedAt) < SIZE_EVERY_MS || this.state === null) return;
    this.#sizedAt = now;
    this.ctx.waitUntil(this.size(this.state.address));
  }

  async #loadOf(owner: number): Promise<LoadReading | null> {
    if (owner === 0) return this.load.reading(Date.now());
    const { id } = this.known().address;
    return await withinTime(ASK_WAIT_MS, async () => await shardStub(this.env, id, owner).load());
  }

  async #eachShardEver<Value>(ask: (shard: ShardObject) => Promise<Value>): Promise<readonly Value[]> {
    const { name } = this.ctx.id;
    if (name === undefined) return [];
    const shards = Array.from({ length: this.#turner.shardsEver }, (_, index) => index + 1);
    return await Promise.all(shards.map(async (shard) => await ask(shardStub(this.env, asProcessorId(name), shard))));
  }

  /** One whose alarm was lost would tell nobody what waits with it. */
  async #wakeShards(): Promise<void> {
    await this.#eachShardEver(async (shard) => {
      const standing = await withinTime(ASK_WAIT_MS, async () => await shard.alarmStanding());
      if (standing !== null && standing.lostSinceMs !== null)
        await withinTime(ASK_WAIT_MS, async () => await shard.rearm());
    });
  }

  #show({ map }: SlotTurn): void {
    const { state } = this;
    if (state !== null) state.shards = new Set(map.owners.filter((owner) => owner !== 0)).size;
  }
}
