// What training needs: attempts and decisions of the past, counted where they are, and the book that keeps the models.
import type { DrawnDecision } from '../domain/training/judge-model.ts';
import type { HistoryReply } from './history-port.ts';
import type {
  ModelDecision,
  ModelDraft,
  ModelRecord,
  ModelState,
  ModelSummary,
} from '../domain/training/model-record.ts';
import type { Page } from './registry-port.ts';
import type { SampledHour } from '../domain/training/training-plan.ts';
import type { Stretch } from '../domain/analytics/stretch.ts';
import type { TrainingCell } from '../domain/training/context.ts';
import type { TrainingSettingsRead } from '../domain/training/training-settings.ts';

export interface CountedCells {
  /** Those of most attempts. */
  readonly cells: readonly TrainingCell[];
  /** In all cells, these and those beyond the limit. */
  readonly attempts: number;
}

/** Of first attempts that teach something; an attempt of unknown outcome counts by its end, or as not approved while it has none. */
export interface TrainingPastPort {
  /** Those that have ended, by the hour of recording; hours without any may be left out. In order. */
  sampledHours(stretch: Stretch): Promise<HistoryReply<readonly SampledHour[]>>;
  /** Recorded in the stretch. */
  cells(stretch: Stretch, limit: number): Promise<HistoryReply<CountedCells>>;
  /** Made in the stretch: those that were drawn among several and followed, and whose result is known. */
  drawnDecisions(stretch: Stretch, limit: number): Promise<HistoryReply<readonly DrawnDecision[]>>;
}

export interface ModelStanding {
  /** The newest that was promoted and not taken back. */
  readonly inForce: ModelRecord | null;
  /** Found better, and not known to have reached the Registry: its run was cut off. */
  readonly candidate: ModelRecord | null;
  /** When a model was last taken back. */
  readonly revertedAtMs: number | null;
}

export interface ModelBookPort {
  standing(): Promise<ModelStanding>;
  /** Newest first. */
  page(cursor: string | null, limit: number): Promise<Page<ModelSummary>>;
  one(version: number): Promise<ModelRecord | null>;
  ofRun(scheduledMs: number): Promise<ModelRecord | null>;
  /** On disk, with the next version. Of a scheduled time that has one already, that one. */
  add(draft: ModelDraft): Promise<ModelRecord>;
  /** `null`: it is not in that state any more. */
  decide(version: number, from: ModelState, to: ModelDecision): Promise<ModelRecord | null>;
}

export interface TrainingDesk {
  readonly book: ModelBookPort;
  /** `null`: this deployment keeps no history. */
  readonly past: TrainingPastPort | null;
  readonly settings: TrainingSettingsRead;
}
