// How often a processor's row goes to the boards: what must be known at once goes at once, within what a board can take from every processor together.

/** Anything but a transition. */
const QUIET_MS = 1_000;
/** Transitions that go at once, however close they follow, and how long one more takes to become free. */
const BURST = 5;
const FREE_AFTER_MS = 500;
/** A push that failed is made again after this, then twice as long, and so on; after the last the board asks by itself. */
const AGAIN_MS = 250;
const AGAIN_MAX = 6;

export class PushPace {
  #lastAt = -Infinity;
  #free = BURST;
  #countedAt = -Infinity;

  /** How long the next push waits, in milliseconds; 0: it goes now. */
  waitMs(isTransition: boolean, now: number): number {
    this.#refill(now);
    if (isTransition) return this.#free >= 1 ? 0 : Math.ceil((1 - this.#free) * FREE_AFTER_MS);
    const sinceMs = now - this.#lastAt;
    // A push from ahead of the clock is one from before it was set back.
    return sinceMs < 0 ? 0 : Math.max(0, QUIET_MS - sinceMs);
  }

  pushed(isTransition: boolean, now: number): void {
    this.#refill(now);
    if (isTransition) this.#free = Math.max(0, this.#free - 1);
    this.#lastAt = now;
  }

  #refill(now: number): void {
    this.#free = Math.min(BURST, this.#free + Math.max(0, now - this.#countedAt) / FREE_AFTER_MS);
    this.#countedAt = now;
  }
}

/** After which time a push that failed so often, 1 or more, is made again; `null`: no more. */
export const againAfterMs = (failures: number): number | null =>
  failures > AGAIN_MAX ? null : AGAIN_MS * 2 ** (failures - 1);
