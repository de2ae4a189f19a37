// A processor's budget for technical retries, as its object keeps it: counted by every result, drawn on before an answer is given.
import {
  allowsRetry,
  FRESH_BUDGET,
  withResult,
  withRetry,
  type RetryBudget,
} from '../src/domain/retries/retry-budget.ts';
import type { CanonicalResult, RecordOutcome } from '../src/domain/results/canonical-result.ts';

const KEY = 'retry_budget';
/** A draw is written at once, requests at most so often: what an eviction forgets of them only makes the budget smaller. */
const WRITE_EVERY_MS = 5_000;

export class KeptBudget {
  readonly #storage: DurableObjectStorage;
  #budget: RetryBudget;
  #writtenAtMs = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#budget = storage.kv.get<RetryBudget>(KEY) ?? FRESH_BUDGET;
    if (this.#budget.format !== FRESH_BUDGET.format) throw new Error('a retry budget of newer code is not known');
  }

  get budget(): RetryBudget {
    return this.#budget;
  }

  /** Results that were recorded, and not those that were known already. */
  count(results: readonly CanonicalResult[], outcomes: readonly RecordOutcome[], now: number): void {
    const recorded = results.filter((_, index) => outcomes[index]?.outcome === 'recorded');
    this.#budget = recorded.reduce(withResult, this.#budget);
    if (now - this.#writtenAtMs >= WRITE_EVERY_MS) this.#write(now);
  }

  /** Takes one retry; false: there is none. */
  draw(now: number): boolean {
    if (!allowsRetry(this.#budget)) return false;
    this.#budget = withRetry(this.#budget);
    this.#write(now);
    return true;
  }

  /** For a processor that was removed, or registered anew. */
  forget(): void {
    this.#budget = FRESH_BUDGET;
    this.#storage.kv.delete(KEY);
  }

  #write(now: number): void {
    this.#writtenAtMs = now;
    this.#storage.kv.put(KEY, this.#budget);
  }
}
