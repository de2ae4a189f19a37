// The objects of the night demo's processors: the real states behind the port, what they recorded on its way to history, and the alerts they raise.
import { type Alert, type AlertBook, applySignal, EMPTY_ALERT_BOOK } from '../../../src/domain/health/alert-book.ts';
import {
  type AttemptRow,
  type BreakerChangeRow,
  historyNote,
  historyRows,
} from '../../../src/domain/history/history-rows.ts';
import type { Applied, ProcessorCommand } from '../../../src/domain/health/processor-state.ts';
import type { HistoryPort, HistoryReply } from '../../../src/ports/history-port.ts';
import type { ProcessorAddress, ProcessorPort } from '../../../src/ports/processor-port.ts';
import type { ProcessorId } from '../../../src/domain/identity.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { absent } from './absent.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** Secret of the ledgers' hashes; here nothing is secret. */
const SALT = '0123456789abcdef';
const ROWS_AT_ONCE = 5_000;
const WRITE_TRIES = 5;
const WRITE_AGAIN_MS = 500;

export class NightProcessors {
  readonly states = new Map<ProcessorId, ProcessorState>();
  /** Of breakers, oldest first. */
  readonly turns: BreakerChangeRow[] = [];
  /** As they are now, by id. */
  readonly alerts = new Map<string, Alert>();
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
        return Promise.resolve({ ok: true, outcomes, row: this.#stateOf(address).row(this.#now()) });
      },
      requestPermit: (address, scope, nonce) =>
        Promise.resolve(this.#apply(address, { kind: 'permit', at: this.#now(), scope, nonce }).granted),
      health: (address) => Promise.resolve(this.#stateOf(address).detail(this.#now())),
      unknowns: () => Promise.resolve(null),
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
      await kept(async () => await history.writeAttempts(attempts.slice(at, at + ROWS_AT_ONCE)));
    await kept(async () => await history.writeBreakerChanges(changes));
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
    for (const signal of signals) {
      const { book, changed } = applySignal(this.#book, signal, this.#now(), `alt_${this.alerts.size + 1}`);
      this.#book = book;
      for (const alert of changed) this.alerts.set(alert.id, alert);
    }
    state.signalsSent(signals);
  }
}

/** Rows that are there already stay as they are: what may have arrived is sent once more. */
async function kept(write: () => Promise<HistoryReply<number>>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const reply = await write();
    if (reply.ok) return;
    if (tries === WRITE_TRIES) throw new Error(`history took no attempts: ${reply.fault.reason}`);
    await sleep(WRITE_AGAIN_MS);
  }
}
