// Whether a trial goes on, is kept or reverted: by intervals that hold at every look, so that looking often decides nothing.
import { type Difference, differenceOf, sharePValue } from '../experiments/sequential.ts';
import type { ArmTally, Measured, TrialTallies } from './optimization.ts';
import { isBySlot, TRIAL_SHARE } from './trial-arm.ts';
import type { Proof } from './propose-change.ts';
import type { SettingName } from './tuned-settings.ts';

/** So much worse at most may be what saves something by itself. */
export const MARGIN = 0.005;
/** Differences that one looks for. */
const SPREAD = 0.01;
const ALPHA = 0.05;
/** Of each arm, before anything is concluded: the intervals are asymptotic. */
export const UNITS_MIN = { payments: 500, slots: 30 } as const;
const SHARES_ALPHA = 0.001;
/** Measured time; what has not shown by then is not worth its risk. */
export const TRIAL_MS_MAX = 14 * 86_400_000;

export interface Verdict {
  readonly verdict: 'go_on' | 'kept' | 'reverted';
  readonly why: string;
  readonly measured: Measured;
}

export interface JudgedTrial extends TrialTallies {
  readonly setting: SettingName;
  readonly proof: Proof;
  readonly startedAtMs: number;
  readonly countedToMs: number;
}

export function judgeTrial({ trial, heldOut, setting, proof, startedAtMs, countedToMs }: JudgedTrial): Verdict {
  const unitsMin = isBySlot(setting) ? UNITS_MIN.slots : UNITS_MIN.payments;
  const isMeasured = Math.min(trial.units, heldOut.units) >= unitsMin;
  const difference = isMeasured ? scoreDifference(trial, heldOut) : null;
  const measured = measuredOf({ trial, heldOut }, difference);
  const told = (verdict: Verdict['verdict'], why: string): Verdict => ({ verdict, why, measured });
  const units = trial.units + heldOut.units;
  if (units > 0 && sharePValue(trial.units, units, TRIAL_SHARE) < SHARES_ALPHA)
    return told('reverted', 'The shares are not those that were set: what was measured cannot be believed');
  if (difference !== null) {
    const { low, high } = difference;
    if (high < 0) return told('reverted', `Payments on trial end worse: ${points(difference)}`);
    const cost = costDifference(trial, heldOut);
    if (proof === 'better' && low > 0) return told('kept', `Payments on trial end better: ${points(difference)}`);
    if (proof === 'not_worse' && cost !== null && cost.low > 0 && setting !== 'requests_per_second')
      return told('reverted', 'Payments on trial cost more, though the change was to save');
    if (proof === 'not_worse' && low > -MARGIN)
      return told('kept', `Payments on trial end no worse by half a point: ${points(difference)}`);
  }
  if (countedToMs - startedAtMs >= TRIAL_MS_MAX) return told('reverted', 'Fourteen days have not shown that it helps');
  return told('go_on', difference === null ? 'Too few payments yet' : `Not yet certain: ${points(difference)}`);
}

export const measuredOf = ({ trial, heldOut }: TrialTallies, difference: Difference | null): Measured => ({
  trialUnits: trial.units,
  heldOutUnits: heldOut.units,
  trialScore: mean(trial.score, trial.units),
  heldOutScore: mean(heldOut.score, heldOut.units),
  difference: difference?.estimate ?? null,
  low: difference?.low ?? null,
  high: difference?.high ?? null,
  trialCost: mean(trial.cost, trial.costs),
  heldOutCost: mean(heldOut.cost, heldOut.costs),
});

const mean = (sum: number, count: number): number | null => (count > 0 ? sum / count : null);

function scoreDifference(trial: ArmTally, heldOut: ArmTally): Difference {
  const [first, second] = [trial, heldOut].map(({ units, score, scoreSquares }) => {
    // One more of either end: what has not varied yet still may.
    const [count, sum, squares] = [units + 2, score + 1, scoreSquares + 1];
    return { mean: score / units, variance: (squares / count - (sum / count) ** 2) / count };
  }) as [Moments, Moments];
  return differenceOf(first.mean - second.mean, first.variance + second.variance, SPREAD, ALPHA);
}

interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** `null`: it varies too little to say. */
function costDifference(trial: ArmTally, heldOut: ArmTally): Difference | null {
  if (Math.min(trial.costs, heldOut.costs) < UNITS_MIN.payments) return null;
  const [first, second] = [trial, heldOut].map(({ costs, cost, costSquares }) => {
    const average = cost / costs;
    return { mean: average, variance: Math.max(0, costSquares / costs - average * average) / costs };
  }) as [Moments, Moments];
  const variance = first.variance + second.variance;
  return variance > 0 ? differenceOf(first.mean - second.mean, variance, SPREAD * second.mean, ALPHA) : null;
}

const points = ({ estimate, low, high }: Difference): string =>
  `${signed(estimate)} points (${signed(low)} to ${signed(high)})`;
const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value * 100).toFixed(2)}`;
