// What the Registry has to tell the courier: written in the transaction of the change, and kept until the courier has it on disk.
import { courierStub } from './alert-courier-client.ts';
import { withinTime } from './time-limit.ts';
import type { ChannelRoute } from '../src/domain/notifications/channel.ts';
import type { Word } from '../src/domain/notifications/word.ts';

/** A courier that is away costs a change this much at most; the alarm has time. */
const HAND_OVER_WAIT_MS = 500;
const ALARM_WAIT_MS = 10_000;
const RETRY_MS = 5_000;
const BATCH = 100;
/** While nobody takes them the oldest give way, as in the table of alerts. */
const ROWS_MAX = 10_000;

export const OUTBOX_SCHEMA = [
  // Never used again, so that the courier can tell by its number what it has heard.
  `CREATE TABLE outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)`,
];

/** The object's alarm, which others may want as well. */
export interface SharedAlarm {
  wakeIn(inMs: number): Promise<void>;
  /** No longer wanted from here. */
  rest(): Promise<void>;
}

export class AlertOutbox {
  readonly #storage: DurableObjectStorage;
  readonly #env: Env;
  readonly #routes: () => readonly ChannelRoute[];
  readonly #alarm: SharedAlarm;

  constructor(storage: DurableObjectStorage, env: Env, routes: () => readonly ChannelRoute[], alarm: SharedAlarm) {
    this.#storage = storage;
    this.#env = env;
    this.#routes = routes;
    this.#alarm = alarm;
    // An alarm that was lost with the life before must not leave anything lying.
    if (!this.isEmpty) void alarm.wakeIn(0);
  }

  /** Inside the caller's transaction. */
  add(alerts: readonly Word['alert'][]): void {
    const { sql } = this.#storage;
    for (const alert of alerts) sql.exec(`INSERT INTO outbox (body) VALUES (?)`, JSON.stringify(alert));
    sql.exec(`DELETE FROM outbox WHERE sequence <= (SELECT MAX(sequence) FROM outbox) - ?`, ROWS_MAX);
  }

  /**
   * At once, right after the caller's transaction: the alarm goes to disk with it, and comes back until all is told. An answer that was
   * lost costs a repetition, by whose numbers the courier knows it.
   */
  async handOver(waitMs: number = HAND_OVER_WAIT_MS): Promise<void> {
    for (let words = this.#waiting(BATCH); words.length > 0; words = this.#waiting(BATCH)) {
      const armed = this.#alarm.wakeIn(RETRY_MS);
      const heard = await withinTime(waitMs, async () => {
        await courierStub(this.#env).hear(words, this.#routes());
        return true;
      });
      await armed;
      if (heard === null) return;
      this.#storage.sql.exec(`DELETE FROM outbox WHERE sequence <= ?`, words.at(-1)?.sequence ?? 0);
      if (this.isEmpty) await this.#alarm.rest();
    }
  }

  get isEmpty(): boolean {
    return this.#waiting(1).length === 0;
  }

  async alarm(): Promise<void> {
    await this.handOver(ALARM_WAIT_MS);
  }

  #waiting(limit: number): readonly Word[] {
    return this.#storage.sql
      .exec<{ sequence: number; body: string }>(`SELECT sequence, body FROM outbox ORDER BY sequence LIMIT ?`, limit)
      .toArray()
      .map(({ sequence, body }) => ({ sequence, alert: JSON.parse(body) as Word['alert'] }));
  }
}
