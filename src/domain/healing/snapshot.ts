// What a sweep of healing sees of the whole house at one moment; the flow gathers it, the core judges it.
import type { Configuration, Override } from '../configuration/configuration.ts';
import type { HealthDetail } from '../health/health-detail.ts';
import type { ProcessorId } from '../identity.ts';
import type { Silence } from '../routing/routing-table.ts';

export interface SeenProcessor {
  /** `null`: its object did not answer. */
  readonly detail: HealthDetail | null;
  /** Unknown for more than 24 hours; `null`: nobody can say. */
  readonly overdueUnknowns: number | null;
  /** Since when the oldest of them has been unknown; `null`: there is none. */
  readonly oldestUnknownAtMs: number | null;
  /** Arrival of its newest result as the boards know it; `null`: they know of none. */
  readonly boardResultAtMs: number | null;
}

export interface SeenReader {
  readonly sourceId: string;
  /** `null`: out of reach, or never. */
  readonly lastStepAtMs: number | null;
}

export interface SeenLetters {
  readonly count: number;
  /** Arrival of the oldest. */
  readonly oldestAtMs: number;
}

/** An object that is woken by an alarm, and has something to do. */
export interface SeenAlarm {
  /** e.g. `registry`, or `processor` and its id. */
  readonly object: string;
  /** `null`: of no single processor. */
  readonly processorId: ProcessorId | null;
  /** Since when nothing has woken it; `null`: it is woken in time. */
  readonly lostSinceMs: number | null;
}

export interface HouseSnapshot {
  readonly now: number;
  readonly configuration: Configuration;
  readonly processors: ReadonlyMap<ProcessorId, SeenProcessor>;
  readonly silences: readonly Silence[];
  /** False: no board was reached, so that nothing can be said of what they know. */
  readonly boardsHeard: boolean;
  /** By source. */
  readonly letters: ReadonlyMap<string, SeenLetters>;
  /** Rises with each change of a source; of those that are no more there is none. */
  readonly sourceRevisions: ReadonlyMap<string, number>;
  readonly readers: readonly SeenReader[];
  /** Past their time, and still kept; none of them is in `configuration`. */
  readonly endedOverrides: readonly Override[];
  /** Of the objects that answered. */
  readonly alarms: readonly SeenAlarm[];
}
