// Takes a shard's commits to its processor's own object: one flight at a time, at most ten a second, and sooner with what could turn a
// breaker. What was not acknowledged goes again, and is known there by its sequence.
import { flightDueAt } from '../src/domain/shards/urgency.ts';
import type { Flight } from '../src/domain/shards/delta.ts';
import type { HearReply } from './shard-client.ts';
import type { ObjectAlarm } from './object-alarm.ts';
import type { ShardState } from '../src/domain/shards/shard-state.ts';

/** Of some 400 bytes each: well below what a call and a row may hold. */
export const RESULTS_PER_FLIGHT = 2_000;
/** Who is killed, or finds nobody, is woken for what waits. */
const RETRY_MS = 5_000;
const AGAIN_MS = 500;

export interface DeltaRoute {
  readonly alarm: ObjectAlarm;
  readonly state: () => ShardState | null;
  /** Throws where nobody answers. */
  readonly send: (flight: Flight) => Promise<HearReply>;
  readonly heard: (reply: HearReply) => void;
}

export class DeltaCourier {
  readonly #route: DeltaRoute;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #timerAt = 0;
  #flying: Promise<void> | null = null;
  #leftAt = 0;
  #isAway = false;

  constructor(route: DeltaRoute) {
    this.#route = route;
  }

  /** After each commit, and when the object starts. */
  async tell(now: number): Promise<void> {
    const waiting = this.#route.state()?.waiting ?? [];
    if (waiting.length === 0) return;
    // Where nobody answers more and more waits, and need not be looked through each time.
    const dueAt = this.#isAway ? now + AGAIN_MS : flightDueAt(waiting, this.#leftAt, now);
    if (this.#flying === null && dueAt !== null) this.#leaveAt(dueAt, now);
    await this.#route.alarm.wakeIn(RETRY_MS);
  }

  /** All that waits now is heard of when this returns; throws where nobody answers. */
  async deliver(): Promise<void> {
    const last = this.#route.state()?.waiting.at(-1)?.sequence ?? 0;
    while ((this.#route.state()?.waiting[0]?.sequence ?? Infinity) <= last) await this.#fly();
  }

  #leaveAt(at: number, now: number): void {
    if (this.#timer !== null && this.#timerAt <= at) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#fly().catch(() => undefined);
      },
      Math.max(0, at - now),
    );
  }

  async #fly(): Promise<void> {
    this.#flying ??= this.#flight().finally(() => {
      this.#flying = null;
      void this.tell(Date.now());
    });
    await this.#flying;
  }

  async #flight(): Promise<void> {
    const state = this.#route.state();
    const flight = state?.flight(RESULTS_PER_FLIGHT) ?? null;
    if (state === null || flight === null) return;
    this.#leftAt = Date.now();
    try {
      const reply = await this.#route.send(flight);
      this.#isAway = false;
      if (reply.ok) state.acknowledged(reply.heardOf);
      this.#route.heard(reply);
    } catch (error) {
      this.#isAway = true;
      throw error;
    }
  }
}
