// AegisPay's circuit breaker with its documented defaults: when a gateway is left alone, and how it comes back.

const FAILURES_IN_A_ROW = 5;
const FAILURE_RATE = 0.5;
/** The document gives no volume; below five results a rate would open it at the first failure ever, which would flatter us. */
const RATE_VOLUME_MIN = 5;
const OPEN_MS = 60_000;
const HALF_OPEN_MS = 30_000;
const HALF_OPEN_ATTEMPTS = 5;
const HALF_OPEN_SUCCESSES = 3;

type State =
  | { readonly state: 'CLOSED' }
  | { readonly state: 'OPEN'; readonly until: number }
  | { readonly state: 'HALF_OPEN'; readonly until: number; attempts: number; successes: number };

export class AegisBreaker {
  #state: State = { state: 'CLOSED' };
  #results = 0;
  #failures = 0;
  #failuresInARow = 0;

  get state(): State['state'] {
    return this.#state.state;
  }

  /** Open ones become half-open when their time is up; a half-open round without a verdict is followed by another. */
  admits(now: number): boolean {
    const state = this.#state;
    if (state.state === 'CLOSED') return true;
    if (now >= state.until) this.#state = { state: 'HALF_OPEN', until: now + HALF_OPEN_MS, attempts: 0, successes: 0 };
    return this.#state.state === 'HALF_OPEN' && this.#state.attempts < HALF_OPEN_ATTEMPTS;
  }

  /** An attempt begins; true if it is one of a half-open round. */
  begin(): boolean {
    if (this.#state.state !== 'HALF_OPEN') return false;
    this.#state.attempts += 1;
    return true;
  }

  /** True if it opens by this result. */
  record(approved: boolean, now: number): boolean {
    const state = this.#state;
    if (state.state === 'OPEN') return false;
    if (state.state === 'HALF_OPEN') {
      if (approved && ++state.successes >= HALF_OPEN_SUCCESSES) this.#close();
      return !approved && this.#open(now);
    }
    this.#results += 1;
    this.#failures += approved ? 0 : 1;
    this.#failuresInARow = approved ? 0 : this.#failuresInARow + 1;
    const rateTooHigh = this.#results >= RATE_VOLUME_MIN && this.#failures >= FAILURE_RATE * this.#results;
    return (this.#failuresInARow >= FAILURES_IN_A_ROW || rateTooHigh) && this.#open(now);
  }

  #open(now: number): true {
    this.#state = { state: 'OPEN', until: now + OPEN_MS };
    return true;
  }

  #close(): void {
    this.#state = { state: 'CLOSED' };
    this.#results = 0;
    this.#failures = 0;
    this.#failuresInARow = 0;
  }
}
