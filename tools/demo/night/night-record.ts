// What was seen of the night demo's house, in minutes since the first of the played days began: all that its report and its verdict rest on.
import type { AnomalyKind } from '../../../src/domain/payment-anomalies/detection-limits.ts';
import type { Combination } from '../../../src/domain/localisation/leaf-table.ts';
import type { FaultName } from './truth.ts';
import type { HealingKind, HealingOutcome } from '../../../src/domain/healing/healing-action.ts';
import type { Outcome } from '../../../src/domain/predictions/prediction-book.ts';
import type { PredictionKind } from '../../../src/domain/predictions/prediction.ts';
import type { Severity } from '../../../src/domain/payment-anomalies/severity.ts';

/** One look for causes. */
export interface Naming {
  readonly minute: number;
  /** The cause that explains most. */
  readonly cause: Combination;
  /** Other names of the same payments: who is all of a method is all of its country, too. */
  readonly alsoNamed: readonly Combination[];
  readonly verdict: string;
}

export interface SeenAnomaly {
  readonly kind: AnomalyKind;
  readonly severity: Severity;
  readonly noticedMinute: number;
  readonly closedMinute: number | null;
  /** It was found to be part of another. */
  readonly isJoined: boolean;
  readonly text: string;
  readonly namings: readonly Naming[];
  readonly atRisk: { readonly minorPerHour: number; readonly currency: string } | null;
}

export interface SeenTurn {
  readonly minute: number;
  readonly processor: string;
  readonly scope: string;
  readonly to: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
}

export interface SeenAlert {
  readonly minute: number;
  /** `*`: every processor shows it. */
  readonly processor: string;
  readonly scope: string;
  readonly kind: string;
}

export interface SeenAction {
  readonly minute: number;
  readonly kind: HealingKind;
  readonly processor: string | null;
  readonly scope: string;
  /** `null`: it goes on. */
  readonly outcome: HealingOutcome | null;
  readonly recoveryMinutes: number | null;
}

export interface SeenPrediction {
  readonly minute: number;
  readonly kind: PredictionKind;
  readonly processor: string;
  readonly probability: number;
  /** `null`: not yet judged. */
  readonly outcome: Outcome | null;
  readonly troubleMinute: number | null;
}

/** In US dollars, at the demo's fixed rates. */
export interface FaultLoss {
  readonly fault: FaultName;
  readonly lost: number;
  /** What static routing would have lost of the same payments. */
  readonly staticLost: number;
}

export interface ForecastHour {
  readonly point: number;
  readonly low: number;
  readonly high: number;
  readonly actual: number;
}

export interface JobTally {
  readonly name: string;
  readonly runs: number;
  readonly failed: number;
}

export interface NightRecord {
  readonly payments: number;
  readonly quietPayments: number;
  readonly anomalies: readonly SeenAnomaly[];
  readonly turns: readonly SeenTurn[];
  readonly alerts: readonly SeenAlert[];
  readonly actions: readonly SeenAction[];
  readonly predictions: readonly SeenPrediction[];
  /** Processors with a breaker that was not closed at the end. */
  readonly stillOpen: readonly string[];
  readonly tunings: { readonly tried: number; readonly kept: number; readonly reverted: number };
  /** Of maintenance, scheduled by itself. */
  readonly windows: readonly { readonly processor: string; readonly minute: number }[];
  readonly losses: readonly FaultLoss[];
  /** Of the last played day's volume, made when it began; empty: it was not made. */
  readonly forecast: readonly ForecastHour[];
  readonly jobs: readonly JobTally[];
  /** The first of what jobs said when they failed. */
  readonly jobFault: string | null;
}
