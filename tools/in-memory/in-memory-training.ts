// The book of models in one process, and a past that a test hands in.
import {
  type ModelRecord,
  type ModelState,
  readModel,
  summaryOf,
  writeModel,
} from '../../src/domain/training/model-record.ts';
import type { CountedCells, TrainingDesk, TrainingPastPort } from '../../src/ports/training-port.ts';
import type { DrawnDecision } from '../../src/domain/training/judge-model.ts';
import type { HistoryFault, HistoryReply } from '../../src/ports/history-port.ts';
import { pageOf } from './pages.ts';
import { LATER_STEPS } from '../../src/domain/training/training-plan.ts';
import { readTrainingSettings, type TrainingSettingsRead } from '../../src/domain/training/training-settings.ts';
import type { SampledHour } from '../../src/domain/training/training-plan.ts';
import type { Stretch } from '../../src/domain/analytics/stretch.ts';
import type { TrainingCell } from '../../src/domain/training/context.ts';

export class InMemoryTrainingPast implements TrainingPastPort {
  hours: readonly SampledHour[] = [];
  trained: readonly TrainingCell[] = [];
  later: readonly TrainingCell[] = [];
  decisions: readonly DrawnDecision[] = [];
  fault: HistoryFault | null = null;
  readonly asked: Stretch[] = [];
  /** How often hours were counted. */
  lookedAt = 0;

  async sampledHours({ fromMs, toMs }: Stretch): Promise<HistoryReply<readonly SampledHour[]>> {
    this.lookedAt += 1;
    return this.#answer(() => this.hours.filter(({ hourMs }) => hourMs >= fromMs && hourMs < toMs));
  }

  /** First what it is trained on, then what came later, all of it in the first step. */
  async cells(stretch: Stretch): Promise<HistoryReply<CountedCells>> {
    return this.#answer(() => {
      const place = this.asked.length % (1 + LATER_STEPS);
      const cells = place === 0 ? this.trained : place === 1 ? this.later : [];
      this.asked.push(stretch);
      return { cells, attempts: cells.reduce((sum, { attempts }) => sum + attempts, 0) };
    });
  }

  async drawnDecisions(): Promise<HistoryReply<readonly DrawnDecision[]>> {
    return this.#answer(() => this.decisions);
  }

  #answer<Value>(value: () => Value): HistoryReply<Value> {
    return this.fault === null ? { ok: true, value: value() } : { ok: false, fault: this.fault };
  }
}

export interface TrainingCircumstances {
  past: TrainingPastPort | null;
  settings: TrainingSettingsRead;
  /** Newest first, as they stand on disk. */
  readonly books: { readonly version: number; body: string }[];
  /** The run is killed when it would tell the book what became of a model. */
  diesBeforeDecision: 'replaced' | 'promoted' | null;
}

export const noTraining = (): TrainingCircumstances => ({
  past: new InMemoryTrainingPast(),
  settings: readTrainingSettings({ MIN_TRAINING_SAMPLES: '1000' }),
  books: [],
  diesBeforeDecision: null,
});

export function trainingOf(set: TrainingCircumstances): TrainingDesk {
  const all = (): ModelRecord[] => set.books.map(({ version, body }) => readModel(version, body));
  const last = (state: ModelState) => all().find((model) => model.state === state) ?? null;
  return {
    book: {
      standing: () => {
        const reverted = all().flatMap(({ state, decidedAtMs }) => (state === 'reverted' ? [decidedAtMs ?? 0] : []));
        const revertedAtMs = reverted.length === 0 ? null : Math.max(...reverted);
        return Promise.resolve({ inForce: last('promoted'), candidate: last('candidate'), revertedAtMs });
      },
      page: (cursor, limit) => Promise.resolve(pageOf(all().map(summaryOf), cursor, limit)),
      one: (version) => Promise.resolve(all().find((model) => model.version === version) ?? null),
      ofRun: (scheduledMs) => Promise.resolve(all().find((model) => model.scheduledMs === scheduledMs) ?? null),
      add: (draft) => {
        const held = all().find(({ scheduledMs }) => scheduledMs === draft.scheduledMs);
        if (held !== undefined) return Promise.resolve(held);
        const version = (set.books[0]?.version ?? 0) + 1;
        set.books.unshift({ version, body: writeModel(draft) });
        return Promise.resolve({ ...draft, version });
      },
      decide: (version, from, to) => {
        if (set.diesBeforeDecision === (to.state === 'promoted' ? 'promoted' : 'replaced'))
          return Promise.reject(new Error('the run was killed'));
        const place = set.books.find((book) => book.version === version);
        const held = all().find((model) => model.version === version);
        if (place === undefined || held?.state !== from) return Promise.resolve(null);
        const { version: _version, ...draft } = { ...held, ...to };
        place.body = writeModel(draft);
        return Promise.resolve({ ...draft, version });
      },
    },
    get past() {
      return set.past;
    },
    get settings() {
      return set.settings;
    },
  };
}
