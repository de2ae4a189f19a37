// The book of predictions in one process, a past that a test hands in, and what was told on the live socket.
import { EMPTY_SHELF, type PredictionShelf } from '../../src/domain/predictions/prediction-shelf.ts';
import type { HistoryFault, HistoryReply } from '../../src/ports/history-port.ts';
import type { HourPast } from '../../src/domain/forecasting/hour-past.ts';
import type { MaintenanceWindow } from '../../src/domain/predictions/maintenance-window.ts';
import type { PredictionRow } from '../../src/domain/history/kept-rows.ts';
import { mayStand } from '../../src/domain/predictions/stored-window.ts';
import type { PastPort, Queue, Stretch } from '../../src/ports/past-port.ts';
import type { PredictionDesk, PredictionEvent } from '../../src/ports/prediction-port.ts';
import type { ProcessorMinute } from '../../src/domain/predictions/processor-minute.ts';
import {
  readPredictionSettings,
  type PredictionSettingsRead,
} from '../../src/domain/predictions/prediction-settings.ts';

export const PREDICTION_SAMPLE = {
  PREDICTIVE_MAINTENANCE_ENABLED: 'true',
  PREDICTION_SENSITIVITY: 'medium',
  AUTO_SCHEDULE_MAINTENANCE: 'true',
  CONFIDENCE_THRESHOLD: '0.6',
} as const;

/** Counts that were made already; what was asked of it, and how it is to fail. */
export class InMemoryPast implements PastPort {
  readonly minutesOf = new Map<string, readonly ProcessorMinute[]>();
  readonly hoursOf = new Map<string, readonly HourPast[]>();
  readonly counted: Stretch[] = [];
  /** By processor and minute. */
  readonly queuesOf = new Map<string, Readonly<Record<number, number>>>();
  firstMs: number | null = null;
  fault: HistoryFault | null = null;
  /** A longer stretch is not counted in time. */
  countableMs = Infinity;

  async firstAttemptMs(): Promise<HistoryReply<number | null>> {
    return this.#answer(() => this.firstMs);
  }

  async countMinutes(): Promise<HistoryReply<number>> {
    return this.#answer(() => 0);
  }

  async countHours(stretch: Stretch): Promise<HistoryReply<number>> {
    if (stretch.toMs - stretch.fromMs > this.countableMs) return { ok: false, fault: { reason: 'unreachable' } };
    return this.#answer(() => this.counted.push(stretch));
  }

  async keepQueues(minute: number, queues: readonly Queue[]): Promise<HistoryReply<number>> {
    return this.#answer(() => {
      for (const { id, depth } of queues) this.queuesOf.set(id, { ...this.queuesOf.get(id), [minute]: depth });
      return queues.length;
    });
  }

  async prune(): Promise<HistoryReply<number>> {
    return this.#answer(() => 0);
  }

  async minutes(ids: readonly string[]): Promise<HistoryReply<ReadonlyMap<string, readonly ProcessorMinute[]>>> {
    return this.#answer(() => new Map([...this.minutesOf].filter(([id]) => ids.includes(id))));
  }

  async hours(ids: readonly string[]): Promise<HistoryReply<ReadonlyMap<string, readonly HourPast[]>>> {
    return this.#answer(() => new Map([...this.hoursOf].filter(([id]) => ids.includes(id))));
  }

  #answer<Value>(value: () => Value): HistoryReply<Value> {
    return this.fault === null ? { ok: true, value: value() } : { ok: false, fault: this.fault };
  }
}

export interface PredictionCircumstances {
  shelf: PredictionShelf;
  /** Oldest first. */
  windows: readonly MaintenanceWindow[];
  past: PastPort | null;
  settings: PredictionSettingsRead;
  /** The last word of each in history. */
  readonly kept: Map<string, PredictionRow>;
  /** Instead of the one in memory. */
  history: PredictionDesk['history'];
  /** History takes no rows, though it answers. */
  isFull: boolean;
  /** The run is killed as soon as the book has what was foretold. */
  diesAfterSave: boolean;
  readonly told: PredictionEvent[];
}

export const noPredictions = (): PredictionCircumstances => ({
  shelf: EMPTY_SHELF,
  windows: [],
  past: new InMemoryPast(),
  settings: readPredictionSettings(PREDICTION_SAMPLE),
  kept: new Map(),
  history: null,
  isFull: false,
  diesAfterSave: false,
  told: [],
});

const keeperOf = (set: PredictionCircumstances): PredictionDesk['history'] => ({
  keep: (_table, rows) => {
    if (set.isFull) return Promise.resolve({ ok: false, fault: { reason: 'unprepared', code: '53100' } });
    for (const row of rows as readonly PredictionRow[]) set.kept.set(row.id, row);
    return Promise.resolve({ ok: true, value: rows.length });
  },
});

export function predictionsOf(set: PredictionCircumstances): PredictionDesk {
  return {
    book: {
      read: () => Promise.resolve(set.shelf),
      save: (shelf) => {
        if (shelf.revision !== set.shelf.revision + 1) return Promise.resolve(false);
        set.shelf = shelf;
        return set.diesAfterSave ? Promise.reject(new Error('the run was killed')) : Promise.resolve(true);
      },
      windows: () => Promise.resolve(set.windows.toReversed()),
      schedule: (window) => {
        const may = mayStand(window, set.windows);
        if (may) set.windows = [...set.windows, window];
        return Promise.resolve(may);
      },
      update: (window) => {
        const at = set.windows.findIndex(({ id, revision }) => id === window.id && revision === window.revision - 1);
        if (at >= 0) set.windows = set.windows.with(at, window);
        return Promise.resolve(at >= 0);
      },
    },
    get past() {
      return set.past;
    },
    get history() {
      return set.history ?? keeperOf(set);
    },
    tell: (events) => Promise.resolve(void set.told.push(...events)),
  };
}
