// Calls healing when something has happened that it should look at before the minute is over. Nobody waits for it, and who misses it is seen by the sweep of that minute.
import { healingBookStub } from './healing-book-client.ts';
import { withinTime } from './time-limit.ts';

const RING_WAIT_MS = 2_000;
/** Less than healing waits for more to come: what happens after a ring is seen by the sweep that it began. */
const RING_EVERY_MS = 500;

export class HealingBell {
  readonly #env: Pick<Env, 'HEALING_BOOK'>;
  readonly #later: (work: Promise<unknown>) => void;
  #rangAtMs = -Infinity;

  constructor(env: Pick<Env, 'HEALING_BOOK'>, later: (work: Promise<unknown>) => void) {
    this.#env = env;
    this.#later = later;
  }

  /** Returns at once, whatever becomes of it. */
  ring(): void {
    const now = Date.now();
    if (Math.abs(now - this.#rangAtMs) < RING_EVERY_MS) return;
    this.#rangAtMs = now;
    this.#later(withinTime(RING_WAIT_MS, async () => await healingBookStub(this.#env).stir()));
  }
}
