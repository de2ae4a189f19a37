// What is foretold of a processor: the trouble, how probable it is, when, from what it is seen, and what to do.
import type { ProcessorId } from '../identity.ts';
import type { Severity } from '../notifications/incident.ts';

export const PREDICTION_KINDS = [
  'error_rate_rising',
  'latency_rising',
  'breaker_flapping',
  'capacity_exhausted',
] as const;
export type PredictionKind = (typeof PREDICTION_KINDS)[number];

export type RecommendedAction = 'drain' | 'cap_traffic' | 'raise_timeout' | 'schedule_maintenance' | 'watch';

/** Minutes within which the trouble is foretold, and by whose end it must have come. */
export const HORIZON_MINUTES: Readonly<Record<PredictionKind, number>> = {
  error_rate_rising: 60,
  latency_rising: 60,
  breaker_flapping: 60,
  capacity_exhausted: 180,
};

/** From here to there: `fromMs` is the earliest that the trend's own doubt allows, `toMs` ends the horizon. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

export type Evidence = Readonly<Record<string, number | string>>;

/** One look at one processor for one kind, calibrated. */
export interface Prognosis {
  readonly processorId: ProcessorId;
  readonly kind: PredictionKind;
  /** That the trouble comes before the window ends, [0, 1]. */
  readonly probability: number;
  readonly window: TimeWindow;
  /** What reaching means, in the kind's own unit: failure share, ms, transitions an hour, attempts a minute. */
  readonly limit: number;
  readonly evidence: Evidence;
  readonly recommendedAction: RecommendedAction;
  readonly severity: Severity;
}
