// The four piecewise-stationary bandit problems of the literature and the regret that policies have on them, feedback at once.
import { stream } from './simulator/random.ts';
import type { Policy, World } from './policy.ts';

/** Change points are no news to the policies that are told how many there are. */
export interface PiecewiseProblem {
  readonly id: number;
  /** From this step on the means beside it hold. */
  readonly pieces: readonly { readonly from: number; readonly means: readonly number[] }[];
}

export const PIECEWISE_STEPS = 5_000;
/** Only policies that forget by the clock notice. */
const STEP_MS = 100;

/** Besson, Kaufmann, Maillard, Seznec, arXiv:1902.01575, problems 1 and 2; 3 and 4 are those of SMPyBandits. */
export const PIECEWISE_PROBLEMS: readonly PiecewiseProblem[] = [
  problem(1, [0, 1_000, 2_000, 3_000, 4_000], ['.3 .5 .9', '.3 .2 .9', '.3 .2 .1', '.7 .2 .1', '.7 .5 .1']),
  problem(2, [0, 1_000, 2_000, 3_000, 4_000], ['.4 .5 .9', '.5 .4 .7', '.6 .3 .5', '.7 .2 .3', '.8 .1 .1']),
  problem(3, [0, 1_250, 2_500, 3_750], ['.1 .2 .9', '.4 .9 .1', '.5 .1 .2', '.2 .2 .3']),
  problem(4, [0, 2_500, 3_125, 3_750, 4_375], ['.1 .5 .9', '.3 .4 .1', '.5 .3 .2', '.7 .4 .3', '.1 .5 .2']),
];

function problem(id: number, from: readonly number[], means: readonly string[]): PiecewiseProblem {
  return { id, pieces: from.map((step, i) => ({ from: step, means: means[i]!.split(' ').map(Number) })) };
}

export interface PiecewiseResult {
  readonly mean: number;
  /** Bounds of the 95% interval of the mean. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

/** How a policy takes part: a fresh one per run, told what its tuning needs to know; an oracle looks at the problem itself. */
export type Contestant = (world: World, changes: number, problem: PiecewiseProblem) => Policy;

/** Run r of every policy meets the same outcomes. */
export function measureRegret(given: PiecewiseProblem, contestant: Contestant, runs: number): PiecewiseResult {
  const regrets = Array.from({ length: runs }, (_, run) => pseudoRegret(given, contestant, run + 1));
  const mean = regrets.reduce((sum, regret) => sum + regret, 0) / runs;
  const variance = regrets.reduce((sum, regret) => sum + (regret - mean) ** 2, 0) / Math.max(1, runs - 1);
  const margin = 1.96 * Math.sqrt(variance / runs);
  return { mean, low: mean - margin, high: mean + margin, runs };
}

/** Sum over the steps of the best arm's mean less the chosen one's. */
export function pseudoRegret(given: PiecewiseProblem, contestant: Contestant, seed: number): number {
  const policy = contestant(worldOf(given, seed), given.pieces.length - 1, given);
  const outcomes = stream(2 * seed);
  const draw = stream(2 * seed + 1);
  const arms = given.pieces[0]!.means.map((_, arm) => arm);
  let piece = 0;
  let regret = 0;
  for (let step = 0; step < PIECEWISE_STEPS; step++) {
    if (given.pieces[piece + 1]?.from === step) piece += 1;
    const means = given.pieces[piece]!.means;
    const payment = { index: step, atMs: step * STEP_MS, segment: 0, amountMinor: 1_000, attempt: 1 };
    const { arm, propensity } = policy.choose(payment, arms, draw);
    regret += Math.max(...means) - means[arm]!;
    const outcome = outcomes() < means[arm]! ? 'approved' : 'declined';
    policy.learn({ payment, arm, propensity, outcome, reportedAtMs: payment.atMs, latencyMs: 0, costMinor: 0 });
  }
  return regret;
}

function worldOf(given: PiecewiseProblem, seed: number): World {
  const arms = given.pieces[0]!.means.map((_, arm) => arm);
  return {
    arms: arms.map((arm) => ({ id: `arm_${arm + 1}`, feeFixedMinor: 0, feeBps: 0, maxTps: null })),
    segments: [{ paymentMethod: 'CARD', country: 'XX', currency: 'USD' }],
    eligible: [arms],
    transactions: PIECEWISE_STEPS,
    seed,
  };
}
