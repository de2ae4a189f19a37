// When a processor's row goes to the boards, and again to those that did not take it: a transition at once, and to healing's ear, anything else at most once a second and only if it changed.
import { againAfterMs, PushPace } from '../src/domain/routing/push-pace.ts';
import { boardRegions, boardStub } from './board-client.ts';
import { HealingBell } from './healing-bell.ts';
import { isDone } from './time-limit.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';
import type { ProcessorState } from '../src/domain/health/processor-state.ts';

const PUSH_WAIT_MS = 500;

export class RowPublisher {
  readonly #env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS' | 'HEALING_BOOK'>;
  readonly #bell: HealingBell;
  readonly #later: (work: Promise<unknown>) => void;
  readonly #seen: (row: StatusRow) => void;
  readonly #pace = new PushPace();
  /** Of the transitions since the last push. */
  #hasTransition = false;
  #due: { readonly atMs: number; readonly timer: ReturnType<typeof setTimeout> } | null = null;
  #newest: StatusRow | null = null;
  /** Boards that have not kept a transition yet: the next row they take must be kept in its place. */
  readonly #owed = new Set<string>();

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
    this.#hasTransition ||= transition;
    const waitMs = this.#pace.waitMs(this.#hasTransition, now);
    if (waitMs === 0) this.#push(state, now);
    else if (this.#due === null || this.#due.atMs > now + waitMs) {
      if (this.#due !== null) clearTimeout(this.#due.timer);
      const timer = setTimeout(() => this.#push(state, Date.now()), waitMs);
      this.#due = { atMs: now + waitMs, timer };
    }
  }

  #push(state: ProcessorState, now: number): void {
    if (this.#due !== null) clearTimeout(this.#due.timer);
    this.#due = null;
    const isTransition = this.#hasTransition;
    this.#hasTransition = false;
    this.#pace.pushed(isTransition, now);
    if (isTransition) this.#bell.ring();
    const row = state.publishRow(now);
    this.#newest = row;
    this.#seen(row);
    for (const region of boardRegions(this.#env)) {
      if (isTransition) this.#owed.add(region);
      this.#later(this.#sendTo(region, row));
    }
  }

  /** Until the board has it, or a newer one is on its way; a board that was away for longer asks by itself. */
  async #sendTo(region: string, row: StatusRow): Promise<void> {
    for (let failures = 0; row === this.#newest; ) {
      const isKept = this.#owed.has(region);
      const push = async (): Promise<void> => await boardStub(this.#env, region).push(row, isKept);
      if (await isDone(PUSH_WAIT_MS, push)) {
        if (row === this.#newest) this.#owed.delete(region);
        return;
      }
      failures += 1;
      const againMs = againAfterMs(failures);
      if (againMs === null) return;
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}
