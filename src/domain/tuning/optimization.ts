// One change of one setting of one processor: proposed, tried on a share of the payments, kept or reverted.
import type { Proposal } from './propose-change.ts';

/** Sums over units: payments, or slots of time. */
export interface ArmTally {
  readonly units: number;
  /** How well each ended, 0-1. */
  readonly score: number;
  readonly scoreSquares: number;
  /** What each cost: ms waited, or attempts made; not all are known. */
  readonly costs: number;
  readonly cost: number;
  readonly costSquares: number;
}

export const EMPTY_TALLY: ArmTally = { units: 0, score: 0, scoreSquares: 0, costs: 0, cost: 0, costSquares: 0 };

export interface TrialTallies {
  readonly trial: ArmTally;
  readonly heldOut: ArmTally;
}

/** Sums of what is no number, or negative, stand still. */
export const withTallies = (known: TrialTallies, more: TrialTallies): TrialTallies => ({
  trial: added(known.trial, more.trial),
  heldOut: added(known.heldOut, more.heldOut),
});

function added(known: ArmTally, more: ArmTally): ArmTally {
  const isSound = Object.values(more).every((value: number) => Number.isFinite(value) && value >= 0);
  if (!isSound) return known;
  return {
    units: known.units + more.units,
    score: known.score + more.score,
    scoreSquares: known.scoreSquares + more.scoreSquares,
    costs: known.costs + more.costs,
    cost: known.cost + more.cost,
    costSquares: known.costSquares + more.costSquares,
  };
}

/** How the payments on trial did against those held out. */
export interface Measured {
  readonly trialUnits: number;
  readonly heldOutUnits: number;
  readonly trialScore: number | null;
  readonly heldOutScore: number | null;
  /** Trial less held out; an interval that holds at every look. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly trialCost: number | null;
  readonly heldOutCost: number | null;
}

export type OptimizationStanding =
  /** Only said: nothing was changed. */
  | { readonly state: 'advised' }
  /** Decisions before `countedToMs` are in the tallies. */
  | ({ readonly state: 'trying'; readonly countedToMs: number } & TrialTallies)
  | {
      readonly state: 'kept' | 'reverted';
      readonly endedAtMs: number;
      readonly why: string;
      /** Id of an API key, or TUNER. */
      readonly by: string;
      readonly measured: Measured;
    };

export interface Optimization extends Proposal {
  /** `opt_` and 16 hex characters. */
  readonly id: string;
  readonly processorId: string;
  readonly epoch: number;
  readonly salt: number;
  readonly startedAtMs: number;
  readonly standing: OptimizationStanding;
}

/** Who acts where no person does. */
export const TUNER = 'tuning';
