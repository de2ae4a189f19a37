// How good foretold probabilities were: log loss, Brier score, area under the ROC curve, calibration. Predictions are noted before their outcome is learned.
import { wilson } from './wilson.ts';

/** Sums and a fine histogram of the predictions: parts add up. */
export interface QualityTally {
  count: number;
  happened: number;
  logLoss: number;
  brier: number;
  readonly bins: { readonly count: Float64Array; readonly happened: Float64Array; readonly predicted: Float64Array };
}

export interface CalibrationBin {
  readonly count: number;
  /** Mean prediction, and what came of it with its 95% interval (Wilson). */
  readonly predicted: number;
  readonly observed: number;
  readonly low: number;
  readonly high: number;
}

export interface PredictiveQuality {
  readonly count: number;
  readonly rate: number;
  readonly meanPredicted: number;
  /** Nats per prediction. */
  readonly logLoss: number;
  readonly brier: number;
  /** `null` where only one outcome occurred. */
  readonly auc: number | null;
  /** Of about equal counts, by prediction. */
  readonly calibration: readonly CalibrationBin[];
  /** Mean distance of prediction and outcome over those bins, weighted by their counts. */
  readonly calibrationError: number;
}

/** Two predictions nearer than 1/4096 count as the same for the AUC. */
const FINE_BINS = 4_096;
const CALIBRATION_BINS = 10;
/** A certainty that fails costs this much and not infinitely more. */
const CERTAINTY = 1e-9;

export function createQualityTally(): QualityTally {
  const bins = {
    count: new Float64Array(FINE_BINS),
    happened: new Float64Array(FINE_BINS),
    predicted: new Float64Array(FINE_BINS),
  };
  return { count: 0, happened: 0, logLoss: 0, brier: 0, bins };
}

/** `predicted`: probability, 0-1. `times`: of so many that were foretold alike, each with this outcome. */
export function notePrediction(tally: QualityTally, predicted: number, happened: boolean, times = 1): void {
  if (!(predicted >= 0 && predicted <= 1)) throw new Error(`a probability of ${predicted}`);
  const bin = Math.min(FINE_BINS - 1, Math.floor(predicted * FINE_BINS));
  const chance = happened ? predicted : 1 - predicted;
  tally.count += times;
  tally.logLoss -= times * Math.log(Math.max(CERTAINTY, chance));
  tally.brier += times * (1 - chance) ** 2;
  tally.bins.count[bin]! += times;
  tally.bins.predicted[bin]! += times * predicted;
  if (!happened) return;
  tally.happened += times;
  tally.bins.happened[bin]! += times;
}

/** `null` without a prediction. */
export function qualityOf(tally: QualityTally): PredictiveQuality | null {
  const { count, happened } = tally;
  if (count === 0) return null;
  const calibration = calibrationOf(tally);
  const distance = calibration.reduce((sum, bin) => sum + bin.count * Math.abs(bin.predicted - bin.observed), 0);
  return {
    count,
    rate: happened / count,
    meanPredicted: calibration.reduce((sum, bin) => sum + bin.count * bin.predicted, 0) / count,
    logLoss: tally.logLoss / count,
    brier: tally.brier / count,
    auc: areaUnderCurve(tally),
    calibration,
    calibrationError: distance / count,
  };
}

/** Of all pairs of one that happened and one that did not, the part in which the former was foretold higher; equals count half. */
function areaUnderCurve({ count, happened, bins }: QualityTally): number | null {
  const failed = count - happened;
  if (happened === 0 || failed === 0) return null;
  let below = 0;
  let ordered = 0;
  for (let bin = 0; bin < FINE_BINS; bin += 1) {
    const good = bins.happened[bin]!;
    const bad = bins.count[bin]! - good;
    ordered += good * (below + bad / 2);
    below += bad;
  }
  return ordered / (happened * failed);
}

function calibrationOf({ count, bins }: QualityTally): CalibrationBin[] {
  const found: CalibrationBin[] = [];
  let held = { count: 0, happened: 0, predicted: 0 };
  let passed = 0;
  for (let bin = 0; bin < FINE_BINS; bin += 1) {
    held = {
      count: held.count + bins.count[bin]!,
      happened: held.happened + bins.happened[bin]!,
      predicted: held.predicted + bins.predicted[bin]!,
    };
    const next = ((Math.floor((passed * CALIBRATION_BINS) / count) + 1) * count) / CALIBRATION_BINS;
    if (held.count === 0 || passed + held.count < next) continue;
    found.push(binOf(held));
    passed += held.count;
    held = { count: 0, happened: 0, predicted: 0 };
  }
  return found;
}

function binOf({ count, happened, predicted }: { count: number; happened: number; predicted: number }): CalibrationBin {
  return { count, predicted: predicted / count, observed: happened / count, ...wilson(happened, count) };
}
