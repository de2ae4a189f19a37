// One payment processor's object: keeps its results on disk by group commit, its health in memory, and tells the boards.
import { attemptsOf, replayInto } from '../src/domain/scaling/attempt-count.ts';
import { answerAll, countOf, resultsOf, type Fresh, type Taken, type Waiting } from './commit-batch.ts';
import { CommitQueue } from './commit-queue.ts';
import { HistoryDrain } from './history-drain.ts';
import { LedgerNotes, OUTBOX_RETRY_MS } from './ledger-notes.ts';
import { LoadWindow, type LoadReading } from '../src/domain/scaling/load-window.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { ProcessorBooks, type AskedRepeats, type FinalsHeld } from './processor-books.ts';
import { ProcessorJournal } from './processor-journal.ts';
import { ProcessorState, type Applied, type ProcessorCommand } from '../src/domain/health/processor-state.ts';
import { RowPublisher } from './row-publisher.ts';
import { historyNote } from '../src/domain/history/history-rows.ts';
import { AddressReader, replyText, resultsIn, toldIn, type RecordCall } from './record-wire.ts';
import { registryStub } from './registry-client.ts';
import { SignalSender } from './signal-sender.ts';
import { overdueSignal } from '../src/domain/unknowns/overdue.ts';
import type { ArmTallies } from '../src/domain/experiments/arm-tally.ts';
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../src/domain/results/canonical-result.ts';
import type { DeltaCommand } from '../src/domain/shards/delta.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { HistoryPort } from '../src/ports/history-port.ts';
import type { HealthDetail, LateReply, ProcessorAddress, RecordReply } from '../src/ports/processor-port.ts';
import type { RetryBudget } from '../src/domain/retries/retry-budget.ts';
import type { SegmentKey } from '../src/domain/identity.ts';
import type { ProcessorUnknowns, UnknownQuery } from '../src/domain/unknowns/unknown-page.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';
import type { LedgerNote, OwnWord, Undone, Watched } from '../src/domain/unknowns/unknown-attempt.ts';
import { WakenObject } from './waken-object.ts';

export class Processor extends WakenObject {
  protected readonly wakener: ObjectAlarm;
  readonly #history: HistoryDrain;
  readonly #journal: ProcessorJournal;
  protected readonly load = new LoadWindow(Date.now());
  readonly #publisher: RowPublisher;
  readonly #books: ProcessorBooks;
  readonly #signals: SignalSender;
  readonly #notes: LedgerNotes;
  readonly #addresses = new AddressReader();
  protected readonly queue = new CommitQueue((taken, now) => this.#commit(taken, now));
  #state: ProcessorState | null = null;
  #retiredEpoch = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.wakener = new ObjectAlarm(ctx.storage);
    this.#history = new HistoryDrain(ctx.storage, this.history(), this.wakener, () => this.#state?.address ?? null);
    this.#journal = new ProcessorJournal(ctx.storage, this.#history.outbox);
    const seen = (row: StatusRow): void => this.#history.seeRow(row);
    this.#publisher = new RowPublisher(env, (work) => ctx.waitUntil(work), seen);
    this.#books = new ProcessorBooks(ctx.storage);
    this.#notes = new LedgerNotes(ctx, () => this.env, this.#books.unknowns, this.wakener);
    this.#signals = new SignalSender(
      () => this.env,
      this.wakener,
      () => this.#state,
    );
    this.#retiredEpoch = ctx.storage.kv.get<number>('retired_epoch') ?? 0;
    const loaded = this.#journal.load();
    if (loaded !== null) this.#state = ProcessorState.restore(loaded.state, loaded.pages, loaded.unsettled);
    replayInto(this.load, this.#state, loaded?.commands ?? []);
    // What was decided before the crash and perhaps never told.
    if (this.#state !== null && (this.#state.outbox.length > 0 || this.#books.unknowns.hasNotes))
      void this.wakener.wakeIn(0);
    void this.#history.wake();
  }

  protected get state(): ProcessorState | null {
    return this.#state;
  }

  /** For work that only a processor with a state has begun. */
  protected known(): ProcessorState {
    if (this.#state === null) throw new Error('the processor was deleted');
    return this.#state;
  }

  /** Given by the composition root; without one nothing is remembered beyond what the object itself needs. */
  protected history(): HistoryPort | null {
    return null;
  }

  /** All results are of this processor; the answer comes when they are on disk. */
  async record(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[] = [],
  ): Promise<RecordReply> {
    return await this.#take(address, results.length, () => ({ results, text: JSON.stringify(results), told }));
  }

  /** The same as its client sends it; answers a RecordReply as text. */
  async recordText(...[address, count, told, text]: RecordCall): Promise<string> {
    const read = () => ({ results: resultsIn(text), text, told: toldIn(told) });
    return replyText(await this.#take(this.#addresses.read(address), count, read));
  }

  /** `read`: who is refused is not read. */
  async #take(address: ProcessorAddress, count: number, read: () => Taken): Promise<RecordReply> {
    const state = this.adopt(address);
    if (state === null) return { ok: false, reason: 'deleted' };
    const now = Date.now();
    if (!this.queue.hasRoomFor(count)) {
      this.load.refused(count, now);
      return { ok: false, reason: 'overloaded' };
    }
    this.load.taken(count, now);
    return await new Promise((answer) => this.queue.add({ state, ...read(), answer }, now));
  }

  async requestPermit(address: ProcessorAddress, scope: SegmentKey, nonce: string): Promise<boolean> {
    const state = this.adopt(address);
    if (state === null) return false;
    const at = Date.now();
    this.load.askedForPermit(at);
    if (!state.wouldGrant(scope, nonce, at)) return false;
    const applied = this.save(state, { kind: 'permit', at, scope, nonce });
    this.#act(state, applied);
    return applied.granted;
  }

  async health(address: ProcessorAddress): Promise<HealthDetail | null> {
    return this.adopt(address)?.detail(Date.now()) ?? null;
  }

  /** For a board that missed a push. */
  async row(address: ProcessorAddress): Promise<StatusRow | null> {
    return this.adopt(address)?.publishRow(Date.now()) ?? null;
  }

  async resetBreaker(address: ProcessorAddress, scope: SegmentKey | null): Promise<boolean> {
    const state = this.adopt(address);
    if (state === null) return false;
    this.#act(state, this.save(state, { kind: 'reset', at: Date.now(), scope }));
    return true;
  }

  async retryBudget(address: ProcessorAddress): Promise<RetryBudget | null> {
    return this.adopt(address) === null ? null : this.#books.retries.budget;
  }

  async drawRetry(address: ProcessorAddress): Promise<boolean> {
    return this.adopt(address) !== null && this.#books.retries.draw(Date.now());
  }

  /** Finals of attempts that are unknown here; of others nothing is recorded. */
  async settle(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[],
  ): Promise<void> {
    if (this.adopt(address) === null) return;
    const open = this.#books.unknowns.openAmong(results.map(({ transactionId }) => transactionId));
    const [its, tellings]: [CanonicalResult[], (AttemptTelling | null)[]] = [[], []];
    results.forEach((result, index) => {
      if (!open.has(result.transactionId)) return;
      its.push(result);
      tellings.push(told[index] ?? null);
    });
    if (its.length > 0) await this.recordWhereOwned(address, its, tellings);
  }

  /** By whichever objects record these transactions: here by this one. */
  protected async recordWhereOwned(...call: Parameters<Processor['record']>): Promise<void> {
    await this.record(...call);
  }

  /** Of each transaction the final that its ledger holds. */
  protected async finalsOf(
    _address: ProcessorAddress,
    state: ProcessorState,
    ids: readonly string[],
  ): Promise<FinalsHeld> {
    return ids.map((id) => state.ledger.heldFinal(id));
  }

  /** Results from beyond the horizon, where a repeat cannot be told from a first report: windows, breaker and learning never see them. */
  async settleLate(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[],
  ): Promise<LateReply> {
    const state = this.adopt(address);
    if (state === null) return { ok: false, reason: 'deleted' };
    const finals = await this.finalsOf(
      address,
      state,
      results.map(({ transactionId }) => transactionId),
    );
    const heard = results.map((result, index) => ({
      result,
      telling: told[index] ?? null,
      final: finals[index] ?? null,
    }));
    const outcomes = this.#books.unknowns.hearLate(heard, Date.now());
    this.#history.keepLate(address, heard, outcomes);
    this.#books.arms.hearLate(results, Date.now());
    this.#notes.tell();
    return { ok: true, outcomes };
  }

  /** An attempt that another is to follow: what is heard of it later is told to its payment. Answers what is known of it. */
  async watch(address: ProcessorAddress, word: OwnWord, result: CanonicalResult | null): Promise<Watched | null> {
    if (result !== null) await this.settle(address, [result], [word.telling]);
    const state = this.adopt(address);
    if (state === null) return null;
    const [final = null] = await this.finalsOf(address, state, [word.transactionId]);
    const known = this.#books.unknowns.watch(word, final, address.id, Date.now());
    this.#notes.tell();
    return known;
  }

  async owe(notes: readonly LedgerNote[]): Promise<void> {
    this.#books.unknowns.owe(notes);
    this.#notes.tell();
  }

  async undo(address: ProcessorAddress, undone: readonly Undone[]): Promise<void> {
    if (this.adopt(address) === null) return;
    this.#books.unknowns.undo(undone, address.id, Date.now());
    this.#notes.tell();
  }

  async unknowns(address: ProcessorAddress, query: UnknownQuery): Promise<ProcessorUnknowns> {
    return this.adopt(address) === null ? { unknowns: [], total: 0, forgotten: 0 } : this.#books.unknowns.page(query);
  }

  /** Of each run, in the order given. */
  async arms(address: ProcessorAddress, runs: readonly string[]): Promise<readonly ArmTallies[]> {
    return this.adopt(address) === null ? [] : runs.map((run) => this.#books.arms.tallies(run));
  }

  /** Asked now and then: tells people what has been unknown for too long, and lets go what was settled long ago. */
  async sweepUnknowns(address: ProcessorAddress): Promise<void> {
    const state = this.adopt(address);
    if (state === null) return;
    const now = Date.now();
    // Where nothing comes any more, statuses change by expiry alone.
    this.#history.seeRow(state.row(now));
    this.#books.unknowns.forgetSettled(now);
    this.#books.keys.forgetOld(now);
    this.#books.arms.forgetOld(now);
    const overdue = this.#books.unknowns.overdue(now);
    const signal = overdueSignal(address, overdue, this.#books.unknowns.overdueTold, now);
    if (signal === null) return;
    await registryStub(this.env).signal([signal]);
    // Only once it has arrived: a sweep that was cut off says it again, and the alert book knows a repeated one.
    this.#books.unknowns.toldOverdue({ state: signal.state, count: overdue.count, atMs: signal.atMs });
  }

  /** The processor was deleted: its results are refused from here on, whatever table a caller still holds. */
  async retire(epoch: number): Promise<void> {
    if (epoch <= this.#retiredEpoch) return;
    this.#retiredEpoch = epoch;
    this.ctx.storage.kv.put('retired_epoch', epoch);
    if (this.#state !== null && this.#state.epoch <= epoch) {
      this.#forget();
      this.#state = null;
      await this.wakener.clear();
      await this.#history.wake();
      this.#notes.tell();
    }
  }

  /** Since when history lacks something of it; `null`: it lacks nothing. */
  async unsentSince(): Promise<number | null> {
    return this.#history.outbox.oldestAtMs;
  }

  async historyStanding(): Promise<HistoryStanding> {
    return this.#history.standing();
  }

  /** What the object has written and holds: for tests, benches and `/status`. */
  async statistics(): Promise<{ rowsWritten: number; results: number; load: LoadReading }> {
    return {
      rowsWritten: this.#journal.rowsWritten + this.#books.keys.rowsWritten + this.#history.outbox.rowsWritten,
      results: this.#state?.resultsRecorded ?? 0,
      load: this.load.reading(Date.now()),
    };
  }

  protected override async rung(): Promise<void> {
    this.wakener.rang();
    try {
      await this.#signals.send();
      await this.#notes.send();
    } finally {
      await this.#history.step();
    }
  }

  protected override isWaiting(): boolean {
    return this.#signals.hasSome || this.#books.unknowns.hasNotes || !this.#history.isEmpty;
  }

  /** The state for this address; a newer epoch starts anew, an older one is refused. */
  protected adopt(address: ProcessorAddress): ProcessorState | null {
    if (address.epoch <= this.#retiredEpoch) return null;
    const known = this.#state;
    if (known !== null && known.epoch === address.epoch) {
      if (address.revision > known.revision) this.save(known, { kind: 'configure', at: Date.now(), address });
      return known;
    }
    if (known !== null && known.epoch > address.epoch) return null;
    if (known !== null) this.#forget();
    const salt = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('');
    const fresh = ProcessorState.create(address, salt);
    this.#state = fresh;
    this.#checkpoint(fresh);
    return fresh;
  }

  #commit(taken: readonly Waiting[], now: number): void {
    this.load.committed(countOf(taken), now);
    const state = this.#state;
    const batch = taken.filter((waiting) => waiting.state === state);
    for (const waiting of taken) if (waiting.state !== state) waiting.answer({ ok: false, reason: 'deleted' });
    if (state === null || batch.length === 0) return;
    const attemptsBefore = attemptsOf(state);
    const results = resultsOf(batch);
    const save = ({ command, text }: Fresh): Applied => this.save(state, command, text);
    const applied = this.#orRestart(() => this.#books.commit(state, batch, { results, at: now }, save));
    this.load.recorded(attemptsOf(state) - attemptsBefore, now);
    this.#notes.tell();
    answerAll(batch, applied.outcomes, state.rows(now));
    this.#act(state, applied);
  }

  /** Decide, then save: no await in between, so a crash leaves both or neither. The output gate holds the answer until it is on disk. */
  protected save(state: ProcessorState, command: ProcessorCommand, text: string = JSON.stringify(command)): Applied {
    const applied = state.apply(command);
    this.#journal.append(command, text, historyNote(applied));
    this.ctx.waitUntil(this.#history.wake());
    if (this.#journal.checkpointDue) this.#checkpoint(state);
    return applied;
  }

  /** Commits of a shard that are new here: what they teach is kept in one with their sequence. */
  protected hear(state: ProcessorState, command: DeltaCommand): void {
    const attemptsBefore = attemptsOf(state);
    const applied = this.#orRestart(() => {
      const its = this.save(state, command);
      this.#books.hear(state, command);
      return its;
    });
    this.load.recorded(attemptsOf(state) - attemptsBefore, command.at);
    this.#notes.tell();
    this.#act(state, applied);
  }

  /** Of results whose deliveries nothing dates: what those are that were heard of long ago, by the ledger of a shard. */
  protected repeatsAmong(state: ProcessorState, asked: AskedRepeats): readonly (RecordOutcome | null)[] {
    const answers = this.#books.judge(state, asked, Date.now());
    this.#notes.tell();
    return answers;
  }

  /** A fault half way through leaves memory and disk apart: the object starts again from disk, and its callers hear that nothing was kept. */
  #orRestart<Value>(commit: () => Value): Value {
    try {
      return commit();
    } catch (error) {
      this.ctx.abort(`a commit failed: ${String(error)}`);
      throw error;
    }
  }

  #checkpoint(state: ProcessorState): void {
    this.#journal.checkpoint(state.checkpoint());
  }

  #forget(): void {
    this.#journal.wipe();
    this.#books.wipe();
  }

  #act(state: ProcessorState, applied: Applied): void {
    this.#publisher.publish(state, applied.transitions.length > 0);
    if (state.outbox.length === 0) return;
    // To disk with what was decided: who is killed before it is told is woken for it.
    this.ctx.waitUntil(this.wakener.wakeIn(OUTBOX_RETRY_MS));
    this.ctx.waitUntil(this.#signals.send());
  }
}
