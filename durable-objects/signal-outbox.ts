// What an object has yet to tell the Registry's alert book: on disk with what it follows from, and told until the Registry has heard it.
import type { AlertSignal } from '../src/domain/health/alert-book.ts';
import { isDone } from './time-limit.ts';
import type { RegistryObject } from './registry-client.ts';

/** A step of the object's schema holds it. */
export const SIGNAL_OUTBOX_TABLE = `CREATE TABLE signal (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)`;

const REGISTRY_WAIT_MS = 5_000;
const TELL_AGAIN_MS = 5_000;
const SIGNALS_AT_ONCE = 100;

interface Waiting {
  readonly sequence: number;
  readonly signal: AlertSignal;
}

export class SignalOutbox {
  readonly #ctx: DurableObjectState;
  readonly #registry: () => Pick<RegistryObject, 'signal'>;
  #telling: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, registry: () => Pick<RegistryObject, 'signal'>) {
    this.#ctx = ctx;
    this.#registry = registry;
  }

  /** In one with what the signals follow from: the alarm goes to disk with them, so that who is killed here is woken for it. */
  add(signals: readonly AlertSignal[], now: number): void {
    if (signals.length === 0) return;
    for (const signal of signals)
      this.#ctx.storage.sql.exec(`INSERT INTO signal (body) VALUES (?)`, JSON.stringify(signal));
    this.#ctx.waitUntil(this.#ctx.storage.setAlarm(now + TELL_AGAIN_MS));
    this.#ctx.waitUntil(this.tell());
  }

  /** In their order; what was told and not crossed off is told again, and the alert book knows it. */
  async tell(): Promise<void> {
    this.#telling ??= this.#tellAll().finally(() => {
      this.#telling = null;
    });
    await this.#telling;
  }

  async #tellAll(): Promise<void> {
    for (let waiting = this.#waiting(); waiting.length > 0; waiting = this.#waiting()) {
      const signals = waiting.map(({ signal }) => signal);
      if (!(await isDone(REGISTRY_WAIT_MS, async () => await this.#registry().signal(signals)))) return;
      this.#ctx.storage.sql.exec(`DELETE FROM signal WHERE sequence <= ?`, waiting.at(-1)?.sequence ?? 0);
    }
  }

  /** When the object's alarm has to tell again; `null`: all is told. */
  nextAlarm(now: number): number | null {
    return this.#waiting().length > 0 ? now + TELL_AGAIN_MS : null;
  }

  #waiting(): readonly Waiting[] {
    return this.#ctx.storage.sql
      .exec<{
        sequence: number;
        body: string;
      }>(`SELECT sequence, body FROM signal ORDER BY sequence LIMIT ?`, SIGNALS_AT_ONCE)
      .toArray()
      .map(({ sequence, body }) => ({ sequence, signal: JSON.parse(body) as AlertSignal }));
  }
}
