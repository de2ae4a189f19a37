// One payment processor's object: keeps its results on disk by group commit, its health in memory, and tells the boards.
import { DurableObject } from 'cloudflare:workers';
import { createCredentialLedgerClient } from './credential-ledger-client.ts';
import { KeptBudget } from './kept-budget.ts';
import { KeptUnknowns, type PendingNote } from './kept-unknowns.ts';
import { ProcessorJournal } from './processor-journal.ts';
import { ProcessorState, type Applied, type ProcessorCommand } from '../src/domain/health/processor-state.ts';
import { RowPublisher } from './row-publisher.ts';
import { registryStub } from './registry-client.ts';
import { overdueSignal } from '../src/domain/unknowns/overdue.ts';
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult } from '../src/domain/results/canonical-result.ts';
import type { HealthDetail, LateReply, ProcessorAddress, RecordReply } from '../src/ports/processor-port.ts';
import type { RetryBudget } from '../src/domain/retries/retry-budget.ts';
import type { SegmentKey } from '../src/domain/identity.ts';
import type { ProcessorUnknowns, UnknownQuery } from '../src/domain/unknowns/unknown-page.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';
import type { Undone } from '../src/domain/unknowns/unknown-attempt.ts';

/** Results wait at most this long for others to share their row: at most 50 rows a second, however many callers. */
const GROUP_COMMIT_MS = 20;
/** Characters of JSON in one row, unless a single call brings more: a row may have 2 MB, a character up to 3 bytes. */
const CHARACTERS_PER_COMMIT = 600_000;
/** Waiting results beyond this are refused: a queue that only grows helps nobody. */
const WAITING_MAX = 20_000;
const OUTBOX_RETRY_MS = 5_000;

interface Waiting {
  /** The life of the processor they were sent to: if it ends before they are committed, they were of no one. */
  readonly state: ProcessorState;
  /** As they will stand in the journal. */
  readonly text: string;
  readonly results: readonly CanonicalResult[];
  /** As many as results. */
  readonly tellings: readonly (AttemptTelling | null)[];
  readonly answer: (reply: RecordReply) => void;
}

export class Processor extends DurableObject<Env> {
  readonly #journal: ProcessorJournal;
  readonly #publisher: RowPublisher;
  readonly #retries: KeptBudget;
  readonly #unknowns: KeptUnknowns;
  #state: ProcessorState | null = null;
  #retiredEpoch = 0;
  #waiting: Waiting[] = [];
  #waitingResults = 0;
  #commitScheduled = false;
  #lastCommitAt = 0;
  #sendingSignals = false;
  #sendingNotes = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#journal = new ProcessorJournal(ctx.storage);
    this.#publisher = new RowPublisher(env, (work) => ctx.waitUntil(work));
    this.#retries = new KeptBudget(ctx.storage);
    this.#unknowns = new KeptUnknowns(ctx.storage);
    this.#retiredEpoch = ctx.storage.kv.get<number>('retired_epoch') ?? 0;
    const loaded = this.#journal.load();
    if (loaded !== null) {
      this.#state = ProcessorState.restore(loaded.state, loaded.pages, loaded.unsettled);
      for (const command of loaded.commands) this.#state.apply(command);
      // What was decided before the crash and perhaps never told.
      if (this.#state.outbox.length > 0 || this.#unknowns.hasNotes) void ctx.storage.setAlarm(Date.now());
    }
  }

  /** All results are of this processor; the answer comes when they are on disk. */
  async record(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[] = [],
  ): Promise<RecordReply> {
    const state = this.#adopt(address);
    if (state === null) return { ok: false, reason: 'deleted' };
    if (this.#waitingResults + results.length > WAITING_MAX) return { ok: false, reason: 'overloaded' };
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
    this.#tellLedgers();
    return { ok: true, outcomes };
  }

  async undo(address: ProcessorAddress, undone: readonly Undone[]): Promise<void> {
    if (this.#adopt(address) === null) return;
    this.#unknowns.undo(undone, address.id, Date.now());
    this.#tellLedgers();
  }

  async unknowns(address: ProcessorAddress, query: UnknownQuery): Promise<ProcessorUnknowns> {
    return this.#adopt(address) === null ? { unknowns: [], total: 0, forgotten: 0 } : this.#unknowns.page(query);
  }

  /** Asked now and then: tells people what has been unknown for too long, and lets go what was settled long ago. */
  async sweepUnknowns(address: ProcessorAddress): Promise<void> {
    if (this.#adopt(address) === null) return;
    const now = Date.now();
    this.#unknowns.forgetSettled(now);
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
      await this.ctx.storage.deleteAlarm();
      this.#tellLedgers();
    }
  }

  /** What the object has written and holds: for tests, benches and `/status`. */
  async statistics(): Promise<{ rowsWritten: number; results: number }> {
    return { rowsWritten: this.#journal.rowsWritten, results: this.#state?.resultsRecorded ?? 0 };
  }

  override async alarm(): Promise<void> {
    await this.#sendSignals();
    await this.#sendNotes();
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
    if (this.#waiting.length > 0) this.#scheduleCommit(this.#lastCommitAt);
    const state = this.#state;
    const batch = taken.filter((waiting) => waiting.state === state);
    for (const waiting of taken) if (waiting.state !== state) waiting.answer({ ok: false, reason: 'deleted' });
    if (state === null || batch.length === 0) return;
    const command = {
      kind: 'results',
      at: this.#lastCommitAt,
      results: batch.flatMap(({ results }) => results),
    } as const;
    const applied = this.#saveOrRestart(state, command, batch);
    this.#retries.count(command.results, applied.outcomes, command.at);
    this.#tellLedgers();
    let start = 0;
    for (const { results, answer } of batch) {
      const outcomes = applied.outcomes.slice(start, start + results.length);
      start += results.length;
      const touched = new Set(results.map(({ segment }) => segment));
      answer({ ok: true, outcomes, row: state.row(this.#lastCommitAt, touched) });
    }
    this.#act(state, applied);
  }

  /** Whole calls, oldest first, as many as fit one row. */
  #takeWaiting(): Waiting[] {
    let characters = 0;
    let calls = 0;
    for (const { text } of this.#waiting) {
      if (calls > 0 && characters + text.length > CHARACTERS_PER_COMMIT) break;
      characters += text.length;
      calls += 1;
    }
    const taken = this.#waiting.slice(0, calls);
    this.#waiting = this.#waiting.slice(calls);
    for (const { results } of taken) this.#waitingResults -= results.length;
    return taken;
  }

  /** Decide, then save: no await in between, so a crash leaves both or neither. The output gate holds the answer until it is on disk. */
  #save(state: ProcessorState, command: ProcessorCommand, text: string = JSON.stringify(command)): Applied {
    const applied = state.apply(command);
    this.#journal.append(command, text);
    if (this.#journal.checkpointDue) this.#checkpoint(state);
    return applied;
  }

  /** A fault half way through leaves memory and disk apart: the object starts again from disk, and its callers hear that nothing was kept. */
  #saveOrRestart(
    state: ProcessorState,
    command: Extract<ProcessorCommand, { readonly kind: 'results' }>,
    batch: readonly Waiting[],
  ): Applied {
    try {
      const applied = this.#save(state, command, journalText(command.at, batch));
      const tellings = batch.flatMap((waiting) => waiting.tellings);
      const heard = command.results.map((result, index) => ({
        result,
        outcome: applied.outcomes[index]!.outcome,
        telling: tellings[index] ?? null,
      }));
      this.#unknowns.hear(heard, (transactionId) => state.ledger.heldFinal(transactionId), command.at);
      return applied;
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
    this.#unknowns.wipe();
  }

  /** The alarm goes to disk with what is to be told: who is killed here is woken for it. */
  #tellLedgers(): void {
    if (!this.#unknowns.hasNotes) return;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(Date.now() + OUTBOX_RETRY_MS));
    this.ctx.waitUntil(this.#sendNotes());
  }

  /** Told twice a ledger knows no more: what was told and not crossed off is told again. */
  async #sendNotes(): Promise<void> {
    if (this.#sendingNotes) return;
    this.#sendingNotes = true;
    try {
      const credentials = createCredentialLedgerClient(this.env);
      const byLedger = new Map<string, PendingNote[]>();
      for (const note of this.#unknowns.notes())
        byLedger.set(note.ledgerKey, [...(byLedger.get(note.ledgerKey) ?? []), note]);
      await Promise.all(
        [...byLedger].map(async ([fingerprint, notes]) => {
          const attempts = notes.map(({ attempt }) => attempt);
          this.#unknowns.noted(notes, await credentials.note([{ fingerprint, attempts }]));
        }),
      );
    } finally {
      this.#sendingNotes = false;
    }
    if (this.#unknowns.hasNotes) await this.ctx.storage.setAlarm(Date.now() + OUTBOX_RETRY_MS);
  }

  #act(state: ProcessorState, applied: Applied): void {
    this.#publisher.publish(state, applied.transitions.length > 0);
    if (state.outbox.length === 0) return;
    // To disk with what was decided: who is killed before it is told is woken for it.
    this.ctx.waitUntil(this.ctx.storage.setAlarm(Date.now() + OUTBOX_RETRY_MS));
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
      await this.ctx.storage.setAlarm(Date.now() + OUTBOX_RETRY_MS);
    } finally {
      this.#sendingSignals = false;
    }
    if (state.outbox.length > 0) await this.ctx.storage.setAlarm(Date.now() + OUTBOX_RETRY_MS);
  }
}

/** The command as JSON, from the texts of its calls: what is long is written out once. */
function journalText(at: number, batch: readonly Waiting[]): string {
  const results = batch.map(({ text }) => text.slice(1, -1)).filter((text) => text !== '');
  return `{"kind":"results","at":${at},"results":[${results.join(',')}]}`;
}
