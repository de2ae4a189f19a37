// Whether an object that has something to do will be woken for it: an alarm that was lost is found by asking, and set again.

/** An alarm this long overdue is taken for lost. */
export const LOST_AFTER_MS = 60_000;
const SURE_AFTER_MS = 200;

export interface AlarmStanding {
  /** Since when nothing has woken it, as far as it knows; `null`: it is woken in time, or has nothing to do. */
  readonly lostSinceMs: number | null;
}

/** What every object with an alarm answers. */
export interface AlarmedObject {
  alarmStanding(): Promise<AlarmStanding>;
  /** It is woken at once. */
  rearm(): Promise<void>;
}

export class AlarmCheck {
  readonly #storage: DurableObjectStorage;
  readonly #isWaiting: () => boolean;
  #ringing = 0;
  #missedSinceMs: number | null = null;

  /** `isWaiting`: whether there is something that only an alarm will do. */
  constructor(storage: DurableObjectStorage, isWaiting: () => boolean) {
    this.#storage = storage;
    this.#isWaiting = isWaiting;
  }

  /** The work of an alarm: while it goes on none need be set. */
  async ring(work: () => Promise<void>): Promise<void> {
    this.#ringing += 1;
    try {
      await work();
    } finally {
      this.#ringing -= 1;
    }
  }

  async standing(): Promise<AlarmStanding> {
    const first = await this.#missed();
    // One that has just gone off is set no more, and its work has not begun.
    if (first.isMissed) await new Promise((resolve) => setTimeout(resolve, SURE_AFTER_MS));
    const { isMissed, atMs } = first.isMissed ? await this.#missed() : first;
    this.#missedSinceMs = isMissed ? (this.#missedSinceMs ?? Date.now()) : null;
    return { lostSinceMs: isMissed ? (atMs ?? this.#missedSinceMs) : null };
  }

  async #missed(): Promise<{ readonly isMissed: boolean; readonly atMs: number | null }> {
    const atMs = await this.#storage.getAlarm();
    const isSet = atMs !== null && atMs >= Date.now() - LOST_AFTER_MS;
    return { isMissed: !isSet && this.#ringing === 0 && this.#isWaiting(), atMs };
  }

  async rearm(): Promise<void> {
    if (this.#isWaiting()) await this.#storage.setAlarm(Date.now());
  }
}
