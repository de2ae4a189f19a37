// When an object sends what it has for history, and that it keeps on trying: a PostgreSQL that is away costs a question now and then, and nobody waits for it.
import { DRAIN_EVERY_MS, nextDrain, RESTED, type DrainPace } from '../src/domain/history/drain-pace.ts';
import type { DrainStep } from '../src/flows/drain-history.ts';
import { log } from './object-log.ts';
import type { ObjectAlarm } from './object-alarm.ts';

export interface Drained {
  readonly isEmpty: boolean;
  /** One step, of seconds. */
  drain(): Promise<DrainStep>;
}

export class DrainClock {
  readonly #drained: Drained;
  readonly #alarm: ObjectAlarm;
  #pace: DrainPace = RESTED;
  #notBeforeMs = 0;

  constructor(drained: Drained, alarm: ObjectAlarm) {
    this.#drained = drained;
    this.#alarm = alarm;
  }

  /** After a change, in one turn with it: who is killed before it is sent is woken for it. */
  async wake(): Promise<void> {
    if (this.#drained.isEmpty) return;
    await this.#alarm.wakeIn(Math.max(DRAIN_EVERY_MS, this.#notBeforeMs - Date.now()));
  }

  /** The next one is asked for if one is needed. `null`: it is not yet time. */
  async step(): Promise<DrainStep | null> {
    if (Date.now() < this.#notBeforeMs) {
      await this.wake();
      return null;
    }
    const step = await this.#drained.drain();
    this.#say(step);
    const { pace, inMs } = nextDrain(this.#pace, step.end, Math.random());
    this.#pace = pace;
    this.#notBeforeMs = step.end === 'away' ? Date.now() + (inMs ?? 0) : 0;
    if (inMs !== null) await this.#alarm.wakeIn(inMs);
    return step;
  }

  /** The first of many failures, and each row that is given up. */
  #say({ fault, refused }: DrainStep): void {
    for (const code of refused) log({ event: 'history_row_refused', code });
    if (fault !== null && this.#pace.failures === 0)
      log({ event: 'history_away', code: 'code' in fault ? fault.code : fault.reason });
  }
}
