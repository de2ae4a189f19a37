// Where connectors' events go to be counted: into the ledgers of the processors they belong to.
import type { AttemptEvent } from '../domain/results/attempt-event.ts';

export type EventOutcome =
  | { readonly outcome: 'recorded' | 'duplicate' }
  /** Older than the horizon: it settles what is unknown, and nothing is counted of it. */
  | { readonly outcome: 'late' }
  /** Says nothing that is recorded, such as `pending`. */
  | { readonly outcome: 'ignored' }
  /** Will be refused every time until somebody changes something: an unknown processor, a contradiction. */
  | { readonly outcome: 'refused'; readonly reason: string; readonly field: string | null }
  /** A good event that could not be kept now: the fault is ours. */
  | { readonly outcome: 'not_recorded' };

export interface EventRecorder {
  /** One outcome per event, in their order. `recorded` means on disk. Limits its own time, and never throws on what a sender may send. */
  record(events: readonly AttemptEvent[]): Promise<readonly EventOutcome[]>;
}
