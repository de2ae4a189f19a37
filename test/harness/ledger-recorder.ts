// An event recorder over the real attempt ledger, for one processor: counts what a reader hands it, once.
import { resultOf } from './results.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import { Ledger } from '../../src/domain/results/ledger.ts';
import type { AttemptEvent } from '../../src/domain/results/attempt-event.ts';
import type { ResultKind } from '../../src/domain/results/canonical-result.ts';
import type { EventOutcome, EventRecorder } from '../../src/ports/event-recorder.ts';

export class LedgerRecorder implements EventRecorder {
  readonly ledger: Ledger;
  readonly #now: () => number;

  constructor(now: () => number, ledger: Ledger = Ledger.create('0123456789abcdef')) {
    this.#now = now;
    this.ledger = ledger;
  }

  /** Finals that count. */
  get counted(): number {
    const { approved, declined, error } = this.ledger.counts();
    return approved + declined + error;
  }

  record(events: readonly AttemptEvent[]): Promise<readonly EventOutcome[]> {
    return Promise.resolve(events.map((event) => this.#take(event)));
  }

  #take(event: AttemptEvent): EventOutcome {
    const result = RESULTS[event.kind];
    if (result === undefined) return { outcome: 'ignored' };
    const transactionId = asTransactionId(event.transactionId ?? event.attemptKey);
    const eventTimeMs = event.eventTimeMs ?? this.#now();
    const verdict = this.ledger.admit(resultOf('p', { transactionId, result, eventTimeMs }), this.#now());
    if (verdict.kind === 'conflict') return { outcome: 'refused', reason: 'conflicting_body', field: null };
    return { outcome: verdict.kind === 'duplicate' ? 'duplicate' : 'recorded' };
  }
}

const RESULTS: Partial<Record<AttemptEvent['kind'], ResultKind>> = {
  authorised: 'approved',
  declined: 'declined',
  error: 'error',
  refunded: 'refunded',
  disputed: 'disputed',
};
