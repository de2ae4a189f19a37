// From what a look at a processor measures to a probability: a logistic curve per kind, fitted to simulated processor-days, never by hand.
import type { PredictionKind } from './prediction.ts';
import { oddsShare } from './trend.ts';

export interface Curve {
  readonly intercept: number;
  readonly weights: readonly number[];
}

/**
 * Platt's scaling (1999) of each kind's measures. Printed by `npm run lab -- predict --fit`, which fits them to looks each five minutes at
 * simulated days of the seeds `fit-*`; the figures of docs/predictions.md are from other seeds.
 */
const CURVES: Readonly<Record<PredictionKind, Curve>> = {
  error_rate_rising: { intercept: -1.432, weights: [0.56, 0.422, 0.136, 0.546, 0.003] },
  latency_rising: { intercept: -1.801, weights: [0.492, 0.082, 1.864, 2.552, 0.374, 0.144, 0.985, 0.706] },
  breaker_flapping: { intercept: -2.087, weights: [0.89] },
  capacity_exhausted: { intercept: 0.129, weights: [0.07, 0.346, 1.03, -1.008, 0.102, 0.742] },
};

export function calibrated(kind: PredictionKind, measures: readonly number[]): number {
  const { intercept, weights } = CURVES[kind];
  return oddsShare(weights.reduce((sum, weight, i) => sum + weight * measures[i]!, intercept));
}
