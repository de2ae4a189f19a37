// When a processor's row goes to the boards: a transition at once, and to healing's ear, anything else at most once a second and only if it changed.
import { boardRegions, boardStub } from './board-client.ts';
import { HealingBell } from './healing-bell.ts';
import { withinTime } from './time-limit.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';
import type { ProcessorState } from '../src/domain/health/processor-state.ts';

const QUIET_MS = 1_000;
const PUSH_WAIT_MS = 500;

export class RowPublisher {
  readonly #env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS' | 'HEALING_BOOK'>;
  readonly #bell: HealingBell;
  readonly #later: (work: Promise<unknown>) => void;
  readonly #seen: (row: StatusRow) => void;
  #lastAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `seen`: whoever else wants to know of each row. */
  constructor(
    env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS' | 'HEALING_BOOK'>,
    later: (work: Promise<unknown>) => void,
    seen: (row: StatusRow) => void,
  ) {
    this.#env = env;
    this.#bell = new HealingBell(env, later);
    this.#later = later;
    this.#seen = seen;
  }

  publish(state: ProcessorState, transition: boolean): void {
    const now = Date.now();
    if (transition || now - this.#lastAt >= QUIET_MS) {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
      this.#push(state, transition, now);
    } else {
      this.#timer ??= setTimeout(
        () => {
          this.#timer = null;
          this.#push(state, false, Date.now());
        },
        this.#lastAt + QUIET_MS - now,
      );
    }
  }

  /** A board that does not take the row in time pulls it later; the row's version tells it which is newer. */
  #push(state: ProcessorState, transition: boolean, now: number): void {
    this.#lastAt = now;
    if (transition) this.#bell.ring();
    const row = state.publishRow(now);
    this.#seen(row);
    for (const region of boardRegions(this.#env)) {
      this.#later(withinTime(PUSH_WAIT_MS, async () => await boardStub(this.#env, region).push(row, transition)));
    }
  }
}
