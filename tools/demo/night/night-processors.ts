// The objects of the night demo's processors: the real states behind the port, what they recorded on its way to history, and the alerts they raise.
import {
  type Alert,
  type AlertBook,
  type AlertSignal,
  applySignal,
  EMPTY_ALERT_BOOK,
} from '../../../src/domain/health/alert-book.ts';
import {
  type AttemptRow,
  type BreakerChangeRow,
  historyNote,
  historyRows,
} from '../../../src/domain/history/history-rows.ts';
import type { Applied, ProcessorCommand } from '../../../src/domain/health/processor-state.ts';
import type { HistoryPort } from '../../../src/ports/history-port.ts';
import type { HistoryStanding } from '../../../src/domain/history/history-standing.ts';
import type { ProcessorAddress, ProcessorPort } from '../../../src/ports/processor-port.ts';
import type { ProcessorId } from '../../../src/domain/identity.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import type { StatusRow } from '../../../src/domain/health/status-row.ts';
import { absent } from './absent.ts';
import { keptBy } from './kept-by.ts';
import { NightCounts } from './night-counts.ts';

/** Secret of the ledgers' hashes; here nothing is secret. */
const SALT = '0123456789abcdef';
/** Boards read rows every half minute; whoever tells a result looks at none. */
const NO_ROW = absent<StatusRow>('a row');
const ROWS_AT_ONCE = 5_000;

export class NightProcessors {
  readonly states = new Map<ProcessorId, ProcessorState>();
  /** Of breakers, oldest first. */
  readonly turns: BreakerChangeRow[] = [];
  /** Every word of them, in time. */
  readonly alertWords: { readonly atMs: number; readonly alert: Alert }[] = [];
  readonly #alertIds = new Set<string>();
  /** Beside the states. */
  readonly counts = new NightCounts();
  #book: AlertBook = EMPTY_ALERT_BOOK;
  #attempts: AttemptRow[] = [];
  #changes: BreakerChangeRow[] = [];
  readonly #now: () => number;
  readonly #onTurn: () => void;

  /** `onTurn`: a breaker has moved, of which boards are told at once. */
  constructor(now: () => number, onTurn: () => void) {
    this.#now = now;
    this.#onTurn = onTurn;
  }

  port(): ProcessorPort {
    return {
      ...absent<ProcessorPort>('a processor'),
      record: (address, results) => {
        const { outcomes } = this.#apply(address, { kind: 'results', at: this.#now(), results });
        this.counts.hear(address.id, { results, outcomes }, this.#now());
        return Promise.resolve({ ok: true, outcomes, row: NO_ROW });
      },
      requestPermit: (address, scope, nonce) =>
        Promise.resolve(this.#apply(address, { kind: 'permit', at: this.#now(), scope, nonce }).granted),
      health: (address) => Promise.resolve(this.#stateOf(address).detail(this.#now())),
      unknowns: ({ id }, query) => Promise.resolve(this.counts.unknowns(id, query, this.#now())),
      arms: ({ id }, runs) => Promise.resolve(this.counts.arms(id, runs)),
      load: ({ id }) => Promise.resolve(this.counts.load(id, this.#now())),
      resetBreaker: (address, scope) => {
        this.#apply(address, { kind: 'reset', at: this.#now(), scope });
        return Promise.resolve(true);
      },
    };
  }

  /** What was recorded since the last time, as the objects' outboxes do it. */
  async drainTo(history: HistoryPort): Promise<void> {
    const [attempts, changes] = [this.#attempts, this.#changes];
    [this.#attempts, this.#changes] = [[], []];
    for (let at = 0; at < attempts.length; at += ROWS_AT_ONCE)
      await keptBy(async () => await history.writeAttempts(attempts.slice(at, at + ROWS_AT_ONCE)));
    if (changes.length > 0) await keptBy(async () => await history.writeBreakerChanges(changes));
  }

  /** What is still to be sent. */
  standing(processorId: ProcessorId): HistoryStanding {
    const attempts = this.#attempts.filter(({ result }) => result.processorId === processorId);
    const changes = this.#changes.filter((row) => row.processorId === processorId);
    return { waiting: attempts.length + changes.length, dropped: 0, refused: 0 };
  }

  /** As its object does it when it is asked: people are told of what has been unknown for too long. */
  sweepUnknowns(address: ProcessorAddress): void {
    const signal = this.counts.sweepUnknowns(address, this.#now());
    if (signal !== null) this.signal([signal]);
  }

  /** As the Registry hears them. */
  signal(signals: readonly AlertSignal[]): void {
    for (const signal of signals) {
      const { book, changed } = applySignal(this.#book, signal, this.#now(), `alt_${this.#alertIds.size + 1}`);
      this.#book = book;
      for (const alert of changed) {
        this.#alertIds.add(alert.id);
        this.alertWords.push({ atMs: this.#now(), alert });
      }
    }
  }

  #stateOf(address: ProcessorAddress): ProcessorState {
    const known = this.states.get(address.id);
    if (known !== undefined) {
      if (address.revision > known.revision) known.apply({ kind: 'configure', at: this.#now(), address });
      return known;
    }
    const fresh = ProcessorState.create(address, SALT);
    this.states.set(address.id, fresh);
    return fresh;
  }

  #apply(address: ProcessorAddress, command: ProcessorCommand): Applied {
    const state = this.#stateOf(address);
    const applied = state.apply(command);
    const { id: processorId, epoch } = address;
    const rows = historyRows({ processorId, epoch, command, note: historyNote(applied) });
    this.#attempts.push(...rows.attempts);
    this.#changes.push(...rows.breakerChanges);
    this.turns.push(...rows.breakerChanges);
    this.#raise(state);
    if (applied.transitions.length > 0) this.#onTurn();
    return applied;
  }

  #raise(state: ProcessorState): void {
    const signals = state.outbox;
    this.signal(signals);
    state.signalsSent(signals);
  }
}
