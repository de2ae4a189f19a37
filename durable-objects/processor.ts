// One payment processor's object: keeps its results on disk by group commit, its health in memory, and tells the boards.
import { attemptsOf, replayInto } from '../src/domain/scaling/attempt-count.ts';
import { callsForOneRow, freshOf, heardOf, outcomesOfAll, type Waiting } from './commit-batch.ts';
import { HistoryDrain } from './history-drain.ts';
import { KeptArms } from './kept-arms.ts';
import { KeptBudget } from './kept-budget.ts';
import { KeptKeys } from './kept-keys.ts';
import { KeptUnknowns } from './kept-unknowns.ts';
import { LedgerNotes, OUTBOX_RETRY_MS } from './ledger-notes.ts';
import { LoadWindow, type LoadReading } from '../src/domain/scaling/load-window.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { ProcessorJournal } from './processor-journal.ts';
import { ProcessorState, type Applied, type ProcessorCommand } from '../src/domain/health/processor-state.ts';
import { RowPublisher } from './row-publisher.ts';
import { historyNote } from '../src/domain/history/history-rows.ts';
import { registryStub } from './registry-client.ts';
import { overdueSignal } from '../src/domain/unknowns/overdue.ts';
import type { ArmTallies } from '../src/domain/experiments/arm-tally.ts';
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult } from '../src/domain/results/canonical-result.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { HistoryPort } from '../src/ports/history-port.ts';
import type { HealthDetail, LateReply, ProcessorAddress, RecordReply } from '../src/ports/processor-port.ts';
import type { RetryBudget } from '../src/domain/retries/retry-budget.ts';
import type { SegmentKey } from '../src/domain/identity.ts';
import type { ProcessorUnknowns, UnknownQuery } from '../src/domain/unknowns/unknown-page.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';
import type { LedgerNote, OwnWord, Undone, Watched } from '../src/domain/unknowns/unknown-attempt.ts';
import { WakenObject } from './waken-object.ts';

/** Results wait at most this long for others to share their row: at most 50 rows a second, however many callers. */
const GROUP_COMMIT_MS = 20;
/** Waiting results beyond this are refused: a queue that only grows helps nobody. */
const WAITING_MAX = 20_000;
const NOTHING_APPLIED: Applied = { outcomes: [], transitions: [], granted: false };

export class Processor extends WakenObject {
  readonly #alarm: ObjectAlarm;
  readonly #history: HistoryDrain;
  readonly #journal: ProcessorJournal;
  readonly #load = new LoadWindow(Date.now());
  readonly #publisher: RowPublisher;
  readonly #retries: KeptBudget;
  readonly #unknowns: KeptUnknowns;
  readonly #notes: LedgerNotes;
  readonly #keys: KeptKeys;
  readonly #arms: KeptArms;
  #state: ProcessorState | null = null;
  #retiredEpoch = 0;
  #waiting: Waiting[] = [];
  #waitingResults = 0;
  #commitScheduled = false;
  #lastCommitAt = 0;
  #sendingSignals = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new ObjectAlarm(ctx.storage);
    this.#history = new HistoryDrain(ctx.storage, this.history(), this.#alarm, () => this.#state?.address ?? null);
    this.#journal = new ProcessorJournal(ctx.storage, this.#history.outbox);
    const seen = (row: StatusRow): void => this.#history.seeRow(row);
    this.#publisher = new RowPublisher(env, (work) => ctx.waitUntil(work), seen);
    this.#retries = new KeptBudget(ctx.storage);
    this.#unknowns = new KeptUnknowns(ctx.storage);
    this.#notes = new LedgerNotes(ctx, () => this.env, this.#unknowns, this.#alarm);
    this.#keys = new KeptKeys(ctx.storage);
    this.#arms = new KeptArms(ctx.storage);
    this.#retiredEpoch = ctx.storage.kv.get<number>('retired_epoch') ?? 0;
    const loaded = this.#journal.load();
    if (loaded !== null) this.#state = ProcessorState.restore(loaded.state, loaded.pages, loaded.unsettled);
    replayInto(this.#load, this.#state, loaded?.commands ?? []);
    // What was decided before the crash and perhaps never told.
    if (this.#state !== null && (this.#state.outbox.length > 0 || this.#unknowns.hasNotes)) void this.#alarm.wakeIn(0);
    void this.#history.wake();
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
    const state = this.#adopt(address);
    if (state === null) return { ok: false, reason: 'deleted' };
    if (this.#waitingResults + results.length > WAITING_MAX) {
      this.#load.refused(results.length, Date.now());
      return { ok: false, reason: 'overloaded' };
    }
    this.#load.taken(results.length, Date.now());
    return await new Promise((answer) => {
      const tellings = results.map((_, index) => told[index] ?? null);
      this.#waiting.push({ state, text: JSON.stringify(results), results, tellings, answer });
      this.#waitingResults += results.length;
      this.#scheduleCommit(Date.now());
    });
  }

  async requestPermit(address: ProcessorAddress, scope: SegmentKey, nonce: string): Promise<boolean> {
    const state = this.#adopt(address);
    if (state === null) return false;
    const at = Date.now();
    this.#load.askedForPermit(at);
    if (!state.wouldGrant(scope, nonce, at)) return false;
    const applied = this.#save(state, { kind: 'permit', at, scope, nonce });
    this.#act(state, applied);
    return applied.granted;
  }

  async health(address: ProcessorAddress): Promise<HealthDetail | null> {
    return this.#adopt(address)?.detail(Date.now()) ?? null;
  }

  /** For a board that missed a push. */
  async row(address: ProcessorAddress): Promise<StatusRow | null> {
    return this.#adopt(address)?.publishRow(Date.now()) ?? null;
  }

  async resetBreaker(address: ProcessorAddress, scope: SegmentKey | null): Promise<boolean> {
    const state = this.#adopt(address);
    if (state === null) return false;
    this.#act(state, this.#save(state, { kind: 'reset', at: Date.now(), scope }));
    return true;
  }

  async retryBudget(address: ProcessorAddress): Promise<RetryBudget | null> {
    return this.#adopt(address) === null ? null : this.#retries.budget;
  }

  async drawRetry(address: ProcessorAddress): Promise<boolean> {
    return this.#adopt(address) !== null && this.#retries.draw(Date.now());
  }

  /** Finals of attempts that are unknown here; of others nothing is recorded. */
  async settle(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[],
  ): Promise<void> {
    if (this.#adopt(address) === null) return;
    const open = this.#unknowns.openAmong(results.map(({ transactionId }) => transactionId));
    const [its, tellings]: [CanonicalResult[], (AttemptTelling | null)[]] = [[], []];
    results.forEach((result, index) => {
      if (!open.has(result.transactionId)) return;
      its.push(result);
      tellings.push(told[index] ?? null);
    });
    if (its.length > 0) await this.record(address, its, tellings);
  }

  /** Results from beyond the horizon, where a repeat cannot be told from a first report: windows, breaker and learning never see them. */
  async settleLate(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[],
  ): Promise<LateReply> {
    const state = this.#adopt(address);
    if (state === null) return { ok: false, reason: 'deleted' };
    const heard = results.map((result, index) => ({
      result,
      telling: told[index] ?? null,
      final: state.ledger.heldFinal(result.transactionId),
    }));
    const outcomes = this.#unknowns.hearLate(heard, Date.now());
    this.#history.keepLate(address, heard, outcomes);
    this.#arms.hearLate(results, Date.now());
    this.#notes.tell();
    return { ok: true, outcomes };
  }

  /** An attempt that another is to follow: what is heard of it later is told to its payment. Answers what is known of it. */
  async watch(address: ProcessorAddress, word: OwnWord, result: CanonicalResult | null): Promise<Watched | null> {
    if (result !== null) await this.settle(address, [result], [word.telling]);
    const state = this.#adopt(address);
    if (state === null) return null;
    const known = this.#unknowns.watch(word, state.ledger.heldFinal(word.transactionId), address.id, Date.now());
    this.#notes.tell();
    return known;
  }

  async owe(notes: readonly LedgerNote[]): Promise<void> {
    this.#unknowns.owe(notes);
    this.#notes.tell();
  }

  async undo(address: ProcessorAddress, undone: readonly Undone[]): Promise<void> {
    if (this.#adopt(address) === null) return;
    this.#unknowns.undo(undone, address.id, Date.now());
    this.#notes.tell();
  }

  async unknowns(address: ProcessorAddress, query: UnknownQuery): Promise<ProcessorUnknowns> {
    return this.#adopt(address) === null ? { unknowns: [], total: 0, forgotten: 0 } : this.#unknowns.page(query);
  }

  /** Of each run, in the order given. */
  async arms(address: ProcessorAddress, runs: readonly string[]): Promise<readonly ArmTallies[]> {
    return this.#adopt(address) === null ? [] : runs.map((run) => this.#arms.tallies(run));
  }

  /** Asked now and then: tells people what has been unknown for too long, and lets go what was settled long ago. */
  async sweepUnknowns(address: ProcessorAddress): Promise<void> {
    const state = this.#adopt(address);
    if (state === null) return;
    const now = Date.now();
    // Where nothing comes any more, statuses change by expiry alone.
    this.#history.seeRow(state.row(now));
    this.#unknowns.forgetSettled(now);
    this.#keys.forgetOld(now);
    this.#arms.forgetOld(now);
    const overdue = this.#unknowns.overdue(now);
    const signal = overdueSignal(address, overdue, this.#unknowns.overdueTold, now);
    if (signal === null) return;
    await registryStub(this.env).signal([signal]);
    // Only once it has arrived: a sweep that was cut off says it again, and the alert book knows a repeated one.
    this.#unknowns.toldOverdue({ state: signal.state, count: overdue.count, atMs: signal.atMs });
  }

  /** The processor was deleted: its results are refused from here on, whatever table a caller still holds. */
  async retire(epoch: number): Promise<void> {
    if (epoch <= this.#retiredEpoch) return;
    this.#retiredEpoch = epoch;
    this.ctx.storage.kv.put('retired_epoch', epoch);
    if (this.#state !== null && this.#state.epoch <= epoch) {
      this.#forget();
      this.#state = null;
      await this.#alarm.clear();
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
      rowsWritten: this.#journal.rowsWritten + this.#keys.rowsWritten + this.#history.outbox.rowsWritten,
      results: this.#state?.resultsRecorded ?? 0,
      load: this.#load.reading(Date.now()),
    };
  }

  protected override async rung(): Promise<void> {
    this.#alarm.rang();
    try {
      await this.#sendSignals();
      await this.#notes.send();
    } finally {
      await this.#history.step();
    }
  }

  protected override isWaiting(): boolean {
    return (this.#state?.outbox.length ?? 0) > 0 || this.#unknowns.hasNotes || !this.#history.isEmpty;
  }

  /** The state for this address; a newer epoch starts anew, an older one is refused. */
  #adopt(address: ProcessorAddress): ProcessorState | null {
    if (address.epoch <= this.#retiredEpoch) return null;
    const known = this.#state;
    if (known !== null && known.epoch === address.epoch) {
      if (address.revision > known.revision) this.#save(known, { kind: 'configure', at: Date.now(), address });
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

  /** At once if the last commit is long enough ago: a lone result does not wait for company. */
  #scheduleCommit(now: number): void {
    if (this.#commitScheduled) return;
    this.#commitScheduled = true;
    setTimeout(() => this.#commit(), Math.max(0, this.#lastCommitAt + GROUP_COMMIT_MS - now));
  }

  #commit(): void {
    this.#commitScheduled = false;
    const taken = this.#takeWaiting();
    this.#lastCommitAt = Date.now();
    this.#load.committed(taken.flatMap(({ results }) => results).length, this.#lastCommitAt);
    if (this.#waiting.length > 0) this.#scheduleCommit(this.#lastCommitAt);
    const state = this.#state;
    const batch = taken.filter((waiting) => waiting.state === state);
    for (const waiting of taken) if (waiting.state !== state) waiting.answer({ ok: false, reason: 'deleted' });
    if (state === null || batch.length === 0) return;
    const attemptsBefore = attemptsOf(state);
    const applied = this.#saveOrRestart(state, batch, this.#lastCommitAt);
    this.#load.recorded(attemptsOf(state) - attemptsBefore, this.#lastCommitAt);
    const committed = batch.flatMap(({ results }) => results);
    this.#retries.count(committed, applied.outcomes, this.#lastCommitAt);
    this.#notes.tell();
    let start = 0;
    for (const { results, answer } of batch) {
      const outcomes = applied.outcomes.slice(start, start + results.length);
      start += results.length;
      const touched = new Set(results.map(({ segment }) => segment));
      answer({ ok: true, outcomes, row: state.row(this.#lastCommitAt, touched) });
    }
    this.#act(state, applied);
  }

  #takeWaiting(): readonly Waiting[] {
    const taken = callsForOneRow(this.#waiting);
    this.#waiting = this.#waiting.slice(taken.length);
    for (const { results } of taken) this.#waitingResults -= results.length;
    return taken;
  }

  /** Decide, then save: no await in between, so a crash leaves both or neither. The output gate holds the answer until it is on disk. */
  #save(state: ProcessorState, command: ProcessorCommand, text: string = JSON.stringify(command)): Applied {
    const applied = state.apply(command);
    this.#journal.append(command, text, historyNote(applied));
    this.ctx.waitUntil(this.#history.wake());
    if (this.#journal.checkpointDue) this.#checkpoint(state);
    return applied;
  }

  /** A fault half way through leaves memory and disk apart: the object starts again from disk, and its callers hear that nothing was kept. */
  #saveOrRestart(state: ProcessorState, batch: readonly Waiting[], at: number): Applied {
    try {
      const results = batch.flatMap((waiting) => waiting.results);
      const repeats = this.#keys.repeatsAmong(results, state, at);
      const fresh = freshOf(at, batch, repeats.known);
      const applied = fresh === null ? NOTHING_APPLIED : this.#save(state, fresh.command, fresh.text);
      const outcomes = outcomesOfAll(results.length, repeats.known, applied.outcomes);
      this.#keys.keep(results, repeats, state, at);
      this.#arms.hear(results, outcomes, at);
      const finalOf = (transactionId: string) => state.ledger.heldFinal(transactionId);
      const { news, ends } = heardOf(batch, outcomes, repeats.known);
      this.#unknowns.hear(news, finalOf, at);
      const ended = ends.map((each) => ({ ...each, final: finalOf(each.result.transactionId) }));
      if (ended.length > 0) this.#unknowns.hearLate(ended, at);
      return { ...applied, outcomes };
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
    this.#retries.forget();
    this.#unknowns.begunAnew();
    this.#keys.wipe();
    this.#arms.wipe();
  }

  #act(state: ProcessorState, applied: Applied): void {
    this.#publisher.publish(state, applied.transitions.length > 0);
    if (state.outbox.length === 0) return;
    // To disk with what was decided: who is killed before it is told is woken for it.
    this.ctx.waitUntil(this.#alarm.wakeIn(OUTBOX_RETRY_MS));
    this.ctx.waitUntil(this.#sendSignals());
  }

  /** Signals leave through an outbox that is part of the saved state; the alert book knows a repeated one. */
  async #sendSignals(): Promise<void> {
    const state = this.#state;
    if (state === null || state.outbox.length === 0 || this.#sendingSignals) return;
    this.#sendingSignals = true;
    const sending = [...state.outbox];
    try {
      await registryStub(this.env).signal(sending);
      state.signalsSent(sending);
    } catch {
      await this.#alarm.wakeIn(OUTBOX_RETRY_MS);
    } finally {
      this.#sendingSignals = false;
    }
    if (state.outbox.length > 0) await this.#alarm.wakeIn(OUTBOX_RETRY_MS);
  }
}
