// One shard of a processor, `<processor>#<k>`: records the results of the slots that it owns by group commit, knows what was recorded before, and tells the
// processor's own object, which alone knows health, breakers and learning. Rules: SPEC.md [SHD].
import { answerAll, countOf, freshOf, outcomesOfAll, resultsOf, tellingsOf, type Waiting } from './commit-batch.ts';
import { AddressReader, replyText, resultsIn, toldIn, type ObjectReply, type RecordCall } from './record-wire.ts';
import { CommitQueue } from './commit-queue.ts';
import { DeltaCourier, RESULTS_PER_FLIGHT } from './delta-courier.ts';
import { dividedStub, type HearReply, type Released, type ReleaseCall, type ShardObject } from './shard-client.ts';
import { firstOf } from '../src/domain/shards/delta.ts';
import { HistoryDrain } from './history-drain.ts';
import { historyNote } from '../src/domain/history/history-rows.ts';
import { isNewer, type SlotMap } from '../src/domain/shards/slot-map.ts';
import { LoadWindow, type LoadReading } from '../src/domain/scaling/load-window.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { ProcessorJournal } from './processor-journal.ts';
import { ShardState, type ShardCommand } from '../src/domain/shards/shard-state.ts';
import { askWithin } from './time-limit.ts';
import { ToldRows } from './told-rows.ts';
import { WakenObject } from './waken-object.ts';
import type { CanonicalResult, RecordOutcome } from '../src/domain/results/canonical-result.ts';
import type { FinalsHeld } from './processor-books.ts';
import type { HistoryPort } from '../src/ports/history-port.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { ProcessorAddress } from '../src/ports/processor-port.ts';

const ADDRESS = 'address';
const RETIRED = 'retired_epoch';
/** Of its processor's own object. */
const ASK_WAIT_MS = 5_000;
/** Results that wait to be told on; beyond it no more are taken, as where the processor's own object is away and there are no shards. */
const UNTOLD_MAX = 50_000;

interface Brought {
  readonly text: string;
  readonly results: readonly CanonicalResult[];
  readonly told: ReturnType<typeof toldIn>;
}

export class ProcessorShard extends WakenObject implements ShardObject {
  readonly #alarm: ObjectAlarm;
  readonly #history: HistoryDrain;
  readonly #journal: ProcessorJournal<ShardCommand>;
  readonly #courier: DeltaCourier;
  readonly #load = new LoadWindow(Date.now());
  readonly #addresses = new AddressReader();
  readonly #queue = new CommitQueue((taken, now) => this.#commit(taken, now));
  readonly #rows = new ToldRows();
  /** What undated results are by the keys that the processor's own object keeps. */
  readonly #repeats = new WeakMap<CanonicalResult, RecordOutcome>();
  #state: ShardState | null = null;
  #address: ProcessorAddress | null;
  #retiredEpoch: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new ObjectAlarm(ctx.storage);
    this.#history = new HistoryDrain(ctx.storage, this.history(), this.#alarm, () => this.#address);
    this.#journal = new ProcessorJournal(ctx.storage, this.#history.outbox);
    this.#address = ctx.storage.kv.get<ProcessorAddress>(ADDRESS) ?? null;
    this.#retiredEpoch = ctx.storage.kv.get<number>(RETIRED) ?? 0;
    const loaded = this.#journal.load();
    if (loaded !== null) {
      this.#state = ShardState.restore(loaded.state, loaded.pages);
      for (const command of loaded.commands) this.#state.apply(command);
    }
    this.#courier = new DeltaCourier({
      alarm: this.#alarm,
      state: () => this.#state,
      send: async (flight) => await this.#own(async (own, address) => await own.hearFlight(address, flight)),
      heard: (reply) => this.#heard(reply),
    });
    void this.#courier.tell(Date.now());
    void this.#history.wake();
  }

  /** Given by the composition root; without one nothing is kept for it. */
  protected history(): HistoryPort | null {
    return null;
  }

  /** As the processor's own object; and `moved` where it does not own every one of the transactions. */
  async recordText(...[addressText, , toldText, text]: RecordCall): Promise<string> {
    const address = this.#addresses.read(addressText);
    return replyText(await this.#take(address, { text, results: resultsIn(text), told: toldIn(toldText) }));
  }

  async #take(address: ProcessorAddress, brought: Brought): Promise<ObjectReply> {
    const { results } = brought;
    await this.#askAhead(address, brought);
    // From here to the queue nothing is awaited: who owns them now owns them when they are in it, and whoever gives slots away empties it first.
    if (address.epoch <= this.#retiredEpoch) return { ok: false, reason: 'deleted' };
    const state = this.#of(address);
    if (state === null || !results.every(({ transactionId }) => state.owns(transactionId)))
      return { ok: false, reason: 'moved', map: state?.map ?? null };
    // Its processor had none to tell.
    if (results.length === 1 && !this.#rows.isKnown) return { ok: false, reason: 'deleted' };
    const now = Date.now();
    if (!this.#queue.hasRoomFor(results.length) || state.waitingResults > UNTOLD_MAX) {
      this.#load.refused(results.length, now);
      return { ok: false, reason: 'overloaded' };
    }
    if (address.revision > (this.#address?.revision ?? 0)) this.#keepAddress(address);
    this.#load.taken(results.length, now);
    return await new Promise((answer) => this.#queue.add({ state, ...brought, answer }, now));
  }

  /** What only the processor's own object can say, before anything is decided. */
  async #askAhead(address: ProcessorAddress, { results, told }: Brought): Promise<void> {
    const state = this.#of(address);
    if (state === null) return;
    if (results.length === 1 && !this.#rows.isKnown) {
      const row = await this.#own(async (own) => await own.peek(address));
      if (row !== null) this.#rows.told(row);
    }
    if (!results.some(({ isReplayable }) => isReplayable === true)) return;
    const finals = results.map(({ transactionId }) => state.ledger.heldFinal(transactionId));
    const asked = { results, told: results.map((_, index) => told[index] ?? null), finals };
    const keysHeld = state.ledger.sizes().keys;
    const known = await this.#own(async (own) => await own.repeats(address, { ...asked, keysHeld }));
    results.forEach((result, index) => {
      const outcome = known[index] ?? null;
      if (outcome !== null) this.#repeats.set(result, outcome);
    });
  }

  /** Its slots of the move are nobody's until their new owner has what is handed over here. Twice is as once. */
  async release(address: ProcessorAddress, { map, move, perSlotMax, heardOf }: ReleaseCall): Promise<Released> {
    const state = this.#of(address);
    if (state === null) throw new Error('a shard of another life has nothing to give');
    this.#queue.flush();
    if (isNewer(map, state.map)) this.#save(state, { kind: 'map', at: Date.now(), map });
    state.acknowledged(heardOf);
    const deltas = firstOf(state.waiting, RESULTS_PER_FLIGHT);
    const isMore = deltas.length < state.waiting.length;
    return { keys: isMore ? [] : state.ledger.keysOf(new Set(move.slots), perSlotMax), deltas, isMore };
  }

  async adopt(address: ProcessorAddress, map: SlotMap, shard: number, keys: readonly number[]): Promise<void> {
    const state = this.#of(address) ?? this.#begin(address, map, shard);
    if (isNewer(map, state.map)) this.#save(state, { kind: 'adopt', at: Date.now(), keys });
  }

  async own(address: ProcessorAddress, map: SlotMap): Promise<void> {
    const state = this.#of(address);
    if (state === null) throw new Error('slots come after their hashes');
    if (isNewer(map, state.map)) this.#save(state, { kind: 'map', at: Date.now(), map });
  }

  /** Asked by whoever goes on with these attempts: what was recorded of them here is known there when this answers. */
  async finals(address: ProcessorAddress, ids: readonly string[]): Promise<FinalsHeld> {
    const state = this.#of(address);
    if (state === null) return ids.map(() => null);
    await this.#courier.deliver();
    return ids.map((id) => state.ledger.heldFinal(id));
  }

  async load(): Promise<LoadReading> {
    return this.#load.reading(Date.now());
  }

  /** The processor was deleted: what history has not got of it yet is kept for that, and nothing else. */
  async retire(epoch: number): Promise<void> {
    if (epoch <= this.#retiredEpoch) return;
    this.#retiredEpoch = epoch;
    this.ctx.storage.kv.put(RETIRED, epoch);
    if (this.#state !== null && this.#state.map.life <= epoch) this.#forget();
    await this.#history.wake();
  }

  async unsentSince(): Promise<number | null> {
    return this.#history.outbox.oldestAtMs;
  }

  async historyStanding(): Promise<HistoryStanding> {
    return this.#history.standing();
  }

  async statistics(): Promise<{ rowsWritten: number; results: number; waiting: number }> {
    const { approved = 0, declined = 0, error = 0, timeout = 0 } = this.#state?.ledger.counts() ?? {};
    return {
      rowsWritten: this.#journal.rowsWritten + this.#history.outbox.rowsWritten,
      results: approved + declined + error + timeout,
      waiting: this.#state?.waitingResults ?? 0,
    };
  }

  protected override async rung(): Promise<void> {
    this.#alarm.rang();
    // Who finds nobody is woken again for what waits.
    await this.#courier.deliver().catch(() => undefined);
    await this.#courier.tell(Date.now());
    await this.#history.step();
  }

  protected override isWaiting(): boolean {
    return (this.#state?.waiting.length ?? 0) > 0 || !this.#history.isEmpty;
  }

  /** `null`: it knows nothing of this life. */
  #of({ epoch }: ProcessorAddress): ShardState | null {
    return this.#state?.map.life === epoch && epoch > this.#retiredEpoch ? this.#state : null;
  }

  #begin(address: ProcessorAddress, map: SlotMap, shard: number): ShardState {
    if (address.epoch <= this.#retiredEpoch) throw new Error('the processor was deleted');
    if (this.#state !== null) this.#forget();
    this.#keepAddress(address);
    const fresh = ShardState.create(shard, { ...map, epoch: -1, owners: [] });
    this.#state = fresh;
    this.#journal.checkpoint(fresh.checkpoint());
    return fresh;
  }

  #keepAddress(address: ProcessorAddress): void {
    this.#address = address;
    this.ctx.storage.kv.put(ADDRESS, address);
  }

  #forget(): void {
    this.#journal.wipe();
    this.#state = null;
    this.#rows.forget();
  }

  #commit(taken: readonly Waiting[], now: number): void {
    this.#load.committed(countOf(taken), now);
    const state = this.#state;
    const batch = taken.filter((waiting) => waiting.state === state);
    for (const waiting of taken) if (waiting.state !== state) waiting.answer({ ok: false, reason: 'deleted' });
    if (state === null || batch.length === 0) return;
    const outcomes = this.#recorded(state, batch, now);
    answerAll(batch, outcomes, (only) => this.#rows.rowOf(only));
    this.ctx.waitUntil(this.#courier.tell(now));
  }

  /** Decide, then save: no await in between. A fault half way through leaves memory and disk apart: then the object starts again from disk. */
  #recorded(state: ShardState, batch: readonly Waiting[], at: number): readonly RecordOutcome[] {
    try {
      const results = resultsOf(batch);
      const known = new Map<number, RecordOutcome>();
      results.forEach((result, index) => {
        const outcome = this.#repeats.get(result);
        if (outcome !== undefined) known.set(index, outcome);
      });
      const fresh = freshOf(at, batch, results, known);
      if (fresh === null) return outcomesOfAll(results.length, known, []);
      const told = tellingsOf(batch).filter((_, index) => !known.has(index));
      const applied = told.every((telling) => telling === null)
        ? this.#save(state, fresh.command, fresh.text)
        : this.#save(state, { ...fresh.command, told });
      return outcomesOfAll(results.length, known, applied);
    } catch (error) {
      this.ctx.abort(`a commit failed: ${String(error)}`);
      throw error;
    }
  }

  #save(state: ShardState, command: ShardCommand, text = JSON.stringify(command)): readonly RecordOutcome[] {
    const outcomes = state.apply(command);
    this.#journal.append(command, text, historyNote({ outcomes, transitions: [], granted: false }));
    this.ctx.waitUntil(this.#history.wake());
    if (this.#journal.checkpointDue) this.#journal.checkpoint(state.checkpoint());
    return outcomes;
  }

  #heard(reply: HearReply): void {
    if (reply.ok) this.#rows.told(reply.row);
    else this.#forget();
  }

  /** Throws where it does not answer in time. */
  async #own<Value>(
    ask: (own: ReturnType<typeof dividedStub>, address: ProcessorAddress) => Promise<Value>,
  ): Promise<Value> {
    const address = this.#address;
    if (address === null) throw new Error('a shard without a processor has nobody to ask');
    return await askWithin(ASK_WAIT_MS, address.id, async () => await ask(dividedStub(this.env, address.id), address));
  }
}
