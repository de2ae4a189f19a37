// The one alarm of an object, shared by all who want to be woken: the earliest wins. One that was lost is set again.
import { LOST_AFTER_MS } from './alarm-check.ts';

export class ObjectAlarm {
  readonly #storage: DurableObjectStorage;
  /** As far as is known here: an alarm from before a restart is not. */
  #atMs: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  async wakeIn(inMs: number): Promise<void> {
    const now = Date.now();
    const held = this.#atMs;
    if (held !== null && held <= now + inMs && held > now - LOST_AFTER_MS) return;
    this.#atMs = now + inMs;
    await this.#storage.setAlarm(this.#atMs);
  }

  /** It has gone off. */
  rang(): void {
    this.#atMs = null;
  }

  async clear(): Promise<void> {
    this.#atMs = null;
    await this.#storage.deleteAlarm();
  }
}
