// What was seen of the night demo's house, in minutes since the first of the played days began: all that its report and its verdict rest on.
import type { FaultName } from './truth.ts';
import type { HealingKind, HealingOutcome } from '../../../src/domain/healing/healing-action.ts';
import type { Outcome } from '../../../src/domain/predictions/prediction-book.ts';
import type { PredictionKind } from '../../../src/domain/predictions/prediction.ts';
import type { JobTally } from './night-jobs.ts';
import type { Sign } from './signs.ts';

export interface AtRisk {
  readonly minorPerHour: number;
  readonly currency: string;
}

export interface SeenTurn {
  readonly minute: number;
  readonly processor: string;
  readonly scope: string;
  readonly to: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
}

export interface SeenAction {
  readonly minute: number;
  /** From the first symptom on. */
  readonly afterMinutes: number;
  readonly kind: HealingKind;
  readonly processor: string | null;
  readonly scope: string;
  /** `null`: it goes on. */
  readonly outcome: HealingOutcome | null;
  readonly recoveryMinutes: number | null;
}

export interface SeenPrediction {
  readonly id: string;
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

/** Of maintenance, scheduled by itself. */
export interface SeenWindow {
  readonly processor: string;
  readonly minute: number;
  readonly predictionId: string | null;
}

/** Of the number of instances. */
export interface SeenScaling {
  readonly minute: number;
  readonly from: number;
  readonly to: number;
}

export interface SeenModel {
  readonly minute: number;
  readonly state: string;
  readonly reason: string;
}

export interface SeenJob extends JobTally {
  readonly name: string;
}

export interface NightRecord {
  readonly payments: number;
  readonly quietPayments: number;
  /** What people were told, in time. */
  readonly signs: readonly Sign[];
  /** The most that was told to be at risk in the time of each fault; `null`: nothing was. */
  readonly risks: readonly { readonly fault: FaultName; readonly atRisk: AtRisk | null }[];
  readonly turns: readonly SeenTurn[];
  readonly actions: readonly SeenAction[];
  readonly predictions: readonly SeenPrediction[];
  /** Processors with a breaker that was not closed at the end. */
  readonly stillOpen: readonly string[];
  readonly tunings: { readonly tried: number; readonly kept: number; readonly reverted: number };
  readonly windows: readonly SeenWindow[];
  readonly scalings: readonly SeenScaling[];
  readonly models: readonly SeenModel[];
  /** Arms of experiments that were stopped. */
  readonly armsStopped: number;
  readonly losses: readonly FaultLoss[];
  /** Of the last played day's volume, made when it began; empty: it was not made. */
  readonly forecast: readonly ForecastHour[];
  readonly jobs: readonly SeenJob[];
  /** The first of what jobs said when they failed. */
  readonly jobFault: string | null;
}
