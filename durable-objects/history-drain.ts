// When a processor's object sends its history, and that it keeps on trying: a PostgreSQL that is away costs a question now and then, and no commit waits for it.
import { DRAIN_EVERY_MS, nextDrain, RESTED, type DrainPace } from '../src/domain/history/drain-pace.ts';
import { DRAIN_LIMITS, drainHistory, type DrainStep } from '../src/flows/drain-history.ts';
import { KeptHistory, type CommitOwner } from './history-outbox.ts';
import type { HistoryPort } from '../src/ports/history-port.ts';
import { log } from './object-log.ts';
import type { ObjectAlarm } from './object-alarm.ts';

export class HistoryDrain {
  readonly outbox: KeptHistory;
  readonly #history: HistoryPort | null;
  readonly #alarm: ObjectAlarm;
  #pace: DrainPace = RESTED;
  #notBeforeMs = 0;

  /** `history`: `null` where there is none, and then nothing is kept for it. `owner`: of the commits in the journal. */
  constructor(
    storage: DurableObjectStorage,
    history: HistoryPort | null,
    alarm: ObjectAlarm,
    owner: () => CommitOwner | null,
  ) {
    this.outbox = new KeptHistory(storage, { isKept: history !== null, owner });
    this.#history = history;
    this.#alarm = alarm;
  }

  /** After a commit, in one turn with it: who is killed before it is sent is woken for it. */
  async wake(): Promise<void> {
    if (this.#history === null || this.outbox.isEmpty) return;
    await this.#alarm.wakeIn(Math.max(DRAIN_EVERY_MS, this.#notBeforeMs - Date.now()));
  }

  /** One step, of seconds; the next one is asked for if one is needed. */
  async step(): Promise<void> {
    const history = this.#history;
    if (history === null) return;
    if (Date.now() < this.#notBeforeMs) return await this.wake();
    const step = await drainHistory({ outbox: this.outbox, history, now: Date.now }, DRAIN_LIMITS);
    this.#say(step);
    const { pace, inMs } = nextDrain(this.#pace, step.end, Math.random());
    this.#pace = pace;
    this.#notBeforeMs = step.end === 'away' ? Date.now() + (inMs ?? 0) : 0;
    if (inMs !== null) await this.#alarm.wakeIn(inMs);
  }

  /** The first of many failures, and each row that is given up. */
  #say({ fault, refused }: DrainStep): void {
    for (const code of refused) log({ event: 'history_row_refused', code });
    if (fault !== null && this.#pace.failures === 0)
      log({ event: 'history_away', code: 'code' in fault ? fault.code : fault.reason });
  }
}
