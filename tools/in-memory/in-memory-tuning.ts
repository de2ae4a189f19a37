// The book of tuning in one process, a past that a test hands in, and what was told on the live socket.
import { EMPTY_TALLY, type TrialTallies } from '../../src/domain/tuning/optimization.ts';
import { EMPTY_TUNING, publishedOf, type TuningShelf } from '../../src/domain/tuning/tuning-shelf.ts';
import { readTuningSettings, type TuningSettingsRead } from '../../src/domain/tuning/tuning-settings.ts';
import type { HistoryFault, HistoryReply } from '../../src/ports/history-port.ts';
import type { ProcessorEvidence } from '../../src/domain/tuning/processor-evidence.ts';
import type { TrialStretch, TunedPastPort, TuningDesk, TuningEvent } from '../../src/ports/tuning-port.ts';

export const TUNING_SAMPLE = {
  AUTO_OPTIMIZATION_ENABLED: 'true',
  OPTIMIZATION_INTERVAL_MS: '120000',
  CONSERVATIVE_MODE: 'false',
} as const;

export class InMemoryTunedPast implements TunedPastPort {
  readonly evidenceOf = new Map<string, ProcessorEvidence>();
  readonly counted: TrialStretch[] = [];
  tallyOf: (stretch: TrialStretch) => TrialTallies = () => ({ trial: EMPTY_TALLY, heldOut: EMPTY_TALLY });
  fault: HistoryFault | null = null;

  async evidence(): Promise<HistoryReply<ReadonlyMap<string, ProcessorEvidence>>> {
    return this.fault === null ? { ok: true, value: this.evidenceOf } : { ok: false, fault: this.fault };
  }

  async tally(stretch: TrialStretch): Promise<HistoryReply<TrialTallies>> {
    if (this.fault !== null) return { ok: false, fault: this.fault };
    this.counted.push(stretch);
    return { ok: true, value: this.tallyOf(stretch) };
  }
}

export interface TuningCircumstances {
  shelf: TuningShelf;
  past: TunedPastPort | null;
  settings: TuningSettingsRead;
  /** A cold isolate, whose book has not answered yet. */
  isUnheard: boolean;
  /** The run is killed before the book has its word. */
  diesBeforeSave: boolean;
  readonly told: TuningEvent[];
}

export const noTuning = (): TuningCircumstances => ({
  shelf: EMPTY_TUNING,
  past: new InMemoryTunedPast(),
  settings: readTuningSettings(TUNING_SAMPLE),
  isUnheard: false,
  diesBeforeSave: false,
  told: [],
});

export function tuningOf(set: TuningCircumstances): TuningDesk {
  return {
    book: {
      read: () => Promise.resolve(set.shelf),
      save: (shelf) => {
        if (set.diesBeforeSave) return Promise.reject(new Error('the run was killed'));
        if (shelf.revision !== set.shelf.revision + 1) return Promise.resolve(false);
        set.shelf = shelf;
        return Promise.resolve(true);
      },
      published: () => Promise.resolve(publishedOf(set.shelf)),
    },
    get past() {
      return set.past;
    },
    published: () => (set.isUnheard ? null : new Map(publishedOf(set.shelf).map((one) => [one.processorId, one]))),
    forget: () => undefined,
    tell: (events) => Promise.resolve(void set.told.push(...events)),
  };
}
