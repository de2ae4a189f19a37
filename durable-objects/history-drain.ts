// What a processor's object tells history, and that no commit waits for PostgreSQL: commits go from its journal, which is their outbox; what is no commit waits beside it.
import { DRAIN_LIMITS, drainHistory } from '../src/flows/drain-history.ts';
import { type KnownStatuses, seeStatuses } from '../src/domain/history/status-changes.ts';
import { addStandings, type HistoryStanding } from '../src/domain/history/history-standing.ts';
import { DrainClock } from './drain-clock.ts';
import { KeptHistory, type CommitOwner } from './history-outbox.ts';
import { RowOutbox } from './row-outbox.ts';
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult } from '../src/domain/results/canonical-result.ts';
import type { HistoryPort } from '../src/ports/history-port.ts';
import type { LateOutcome } from '../src/domain/unknowns/unknown-attempt.ts';
import type { ObjectAlarm } from './object-alarm.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';

const STATUSES = 'history_statuses';

/** A result from beyond the horizon. */
export interface LateResult {
  readonly result: CanonicalResult;
  readonly telling: AttemptTelling | null;
}

export class HistoryDrain {
  readonly outbox: KeptHistory;
  readonly #storage: DurableObjectStorage;
  readonly #history: HistoryPort | null;
  readonly #alarm: ObjectAlarm;
  readonly #clock: DrainClock | null;
  /** Made when it is wanted: its table is made with the journal. */
  #rows: RowOutbox | null = null;

  /** `history`: `null` where there is none, and then nothing is kept for it. `owner`: of the commits in the journal. */
  constructor(
    storage: DurableObjectStorage,
    history: HistoryPort | null,
    alarm: ObjectAlarm,
    owner: () => CommitOwner | null,
  ) {
    const outbox = new KeptHistory(storage, { isKept: history !== null, owner });
    this.outbox = outbox;
    this.#storage = storage;
    this.#history = history;
    this.#alarm = alarm;
    const drained = (to: HistoryPort) => ({
      get isEmpty() {
        return outbox.isEmpty;
      },
      drain: async () => await drainHistory({ outbox, history: to, now: Date.now }, DRAIN_LIMITS),
    });
    this.#clock = history === null ? null : new DrainClock(drained(history), alarm);
  }

  /** After a commit, and when the object starts. */
  async wake(): Promise<void> {
    await this.#clock?.wake();
    await this.rows.wake();
  }

  /** Commits first: whether history has an attempt that came late is known only when it has all that came in time. */
  async step(): Promise<void> {
    const step = (await this.#clock?.step()) ?? null;
    if (step !== null && step.refused.length > 0) this.outbox.gaveUp(step.refused.length);
    if (this.outbox.isEmpty) await this.rows.step();
    else if (!this.rows.isEmpty) await this.#clock?.wake();
  }

  /** `row`: of all segments. */
  seeRow(row: StatusRow): void {
    if (this.#history === null) return;
    const before = this.#storage.kv.get<KnownStatuses>(STATUSES) ?? null;
    const { known, changes } = seeStatuses(before, row);
    if (changes.length === 0) return;
    this.#storage.kv.put(STATUSES, known);
    this.rows.keep('statusChanges', changes);
  }

  /** Nothing is counted of them. What the caller of an attempt says while he asks for another is no report of it. */
  keepLate(
    { epoch }: Pick<CommitOwner, 'epoch'>,
    heard: readonly LateResult[],
    outcomes: readonly LateOutcome[],
  ): void {
    const recordedAtMs = Date.now();
    const late = heard.filter(({ telling }, index) => outcomes[index]!.outcome === 'late' && telling?.isAsked !== true);
    this.rows.keep(
      'lateAttempts',
      late.map(({ result }) => ({ recordedAtMs, epoch, result })),
    );
  }

  get isEmpty(): boolean {
    return this.#history === null || (this.outbox.isEmpty && this.rows.isEmpty);
  }

  standing(): HistoryStanding {
    return addStandings([this.outbox.standing(), this.rows.standing()]);
  }

  get rows(): RowOutbox {
    this.#rows ??= new RowOutbox(this.#storage, this.#history, this.#alarm);
    return this.#rows;
  }
}
