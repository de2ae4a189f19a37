// What an operator says of retrying. What is left open goes by our own figures; what may be said is judged in retry-check.ts.
import type { CeilingId } from '../retries/ceiling-ids.ts';
import type { ProcessorId } from '../identity.ts';

/** `null`: not said. */
export type CeilingFigures = Readonly<Record<CeilingId, number | null>>;

export interface AcquirerCeilings {
  readonly processorId: ProcessorId;
  /** What this acquirer charges for earlier than the networks do; only counts where it is less. */
  readonly ceilings: CeilingFigures;
}

/** `null`: not said. */
export interface RetrySettings {
  readonly ceilings: CeilingFigures;
  readonly acquirers: readonly AcquirerCeilings[];
  readonly hopsMax: number | null;
  readonly technicalRetriesMax: number | null;
  readonly retriesWithoutAdvice: boolean | null;
  readonly laterWaitMs: number | null;
  readonly laterSpreadMs: number | null;
  readonly reconcileWaitMs: number | null;
  readonly checkoutWaitMaxMs: number | null;
}
