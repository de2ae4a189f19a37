// What one processor's outcomes in one segment say of its approval: learning, correcting, forgetting. Who is chosen is decided in choice-probabilities.ts.
import { betaMass, CELLS, FAILURES, quantilesOf, RATES } from './rate-grid.ts';
import {
  condition,
  copyFilter,
  createFilter,
  elapse,
  filterOf,
  forgetPresent,
  JUMP,
  jumpWithin,
  LISTS,
  listsOf,
  massOf,
  MEMORY_WORTH,
  regimesOf,
  remember,
  sumOf,
  takeOut,
  type RateFilter,
  type Regime,
} from './rate-filter.ts';
import { floatsOf, textOf } from './float-text.ts';
import {
  createHours,
  leapsUntil,
  noteHour,
  passHours,
  restoreHours,
  snapshotHours,
  type Foretold,
  type HourMemory,
  type HourSnapshot,
} from './hour-memory.ts';
import type { HourJump } from './hour-forecast.ts';
import { shiftedRate } from './context-effects.ts';
import type { Belief, RegimeBelief } from '../health/status-row.ts';

export interface LearnerPrior {
  readonly mean: number;
  /** Outcomes it is worth, > 0. */
  readonly weight: number;
}
/** Nothing is known: two approvals to one failure. */
const PRIOR_DEFAULT: LearnerPrior = { mean: 2 / 3, weight: 3 };
/** A belief is told by so many quantiles: 16, 32 and all cells lose the same in the lab, mean and deviation lose more. */
const QUANTILES = 16;
/** What the long-run level counts for in `weight`, and how sure it is thought to be where nothing newer is known, in outcomes. */
const BASELINE_WORTH = 30;
const FRESH_TABLE_MS = 2_000;
const AGING_TABLE_MS = 60_000;
const OLD_TABLE_MS = 600_000;

export interface LearnerState {
  /** What it began with. */
  readonly prior: LearnerPrior;
  readonly filter: RateFilter;
  /** Sum of the weights learned so far: an outcome's position. */
  clock: number;
  /** The belief of now knows nothing that came up to here. */
  restartedAt: number;
  /** What former days say of each hour. */
  readonly hours: HourMemory;
}

export function createLearner(prior: LearnerPrior = PRIOR_DEFAULT): LearnerState {
  return {
    prior,
    filter: createFilter(betaMass(prior.mean, prior.weight)),
    clock: 0,
    restartedAt: 0,
    hours: createHours(),
  };
}

/**
 * `approved`: any other result is false. `weight` in (0, 1], below 1 for aged results. `offset`: what its circumstances added to the log odds, so that
 * a processor that is given the easy payments is not thought the better of. Returns the position that `correct` wants.
 */
export function learn(state: LearnerState, approved: boolean, weight: number, offset = 0): number {
  const { filter } = state;
  forgetTold(state);
  elapse(filter, weight);
  condition(filter, likelihoodOf(approved ? ratesAt(offset) : failuresAt(offset), weight));
  remember(filter, weight);
  state.clock += weight;
  return state.clock;
}

/** As the outcome was learned. */
export interface Worth {
  readonly weight?: number;
  readonly offset?: number;
}

/** An unknown outcome, learned as not approved with `weight`, is settled. The memory of levels stays as it is. */
export function correct(
  state: LearnerState,
  position: number,
  approved: boolean,
  { weight = 1, offset = 0 }: Worth = {},
): void {
  if (!approved) return;
  unlearn(state, position, weight, offset);
  const left = stillFelt(state, position) * weight;
  if (left > 0) condition(state.filter, toPower(ratesAt(offset), left));
  forgetTold(state);
}

/** An unknown outcome, learned as not approved with `weight`, says nothing of this segment: it is taken out again. */
export function unlearn(state: LearnerState, position: number, weight: number, offset = 0): void {
  const left = stillFelt(state, position) * weight;
  if (left > 0) takeOut(state.filter, toPower(failuresAt(offset), left));
  forgetTold(state);
}

/** The same few circumstances come again and again; when so many are known, they are all forgotten. */
const SHIFTED_MAX = 1_000;
const shiftedRates = new Map<number, readonly number[]>();

/** By cell: the rate of payments with that offset. */
export function ratesAt(offset: number): readonly number[] {
  if (offset === 0) return RATES;
  const rates = shiftedRates.get(offset) ?? RATES.map((rate) => shiftedRate(rate, offset));
  if (shiftedRates.size >= SHIFTED_MAX) shiftedRates.clear();
  shiftedRates.set(offset, rates);
  return rates;
}

const failuresAt = (offset: number): readonly number[] =>
  offset === 0 ? FAILURES : ratesAt(offset).map((rate) => 1 - rate);

const toPower = (rates: readonly number[], exponent: number): readonly number[] =>
  exponent === 1 ? rates : rates.map((rate) => rate ** exponent);

/** Good until the next call: every outcome asks for one. */
const likelihood = new Float64Array(CELLS);

function likelihoodOf(rates: readonly number[], weight: number): ArrayLike<number> {
  if (weight === 1) return rates;
  for (let cell = 0; cell < CELLS; cell++) likelihood[cell] = rates[cell]! ** weight;
  return likelihood;
}

/** How much of an outcome at `position` the belief of now rests on, 0-1: what came before a jump says nothing of what came after. */
function stillFelt({ clock, restartedAt }: LearnerState, position: number): number {
  const age = clock - position;
  // A position ahead of the clock is one of a learner that was dropped since: this one never learned the outcome.
  return age < 0 || position <= restartedAt ? 0 : (1 - JUMP) ** age;
}

/** Of each learner since it last changed: a processor of 200 segments is told every second, and few of them have changed. */
const told = new WeakMap<LearnerState, Belief>();

/** What was told is no longer so. */
const forgetTold = (state: LearnerState): boolean => told.delete(state);

/** As it stands at `now`, if hours have ended since the last outcome; without it, as the last outcome left it. */
export function beliefOf(state: LearnerState, now: number | null = null): Belief {
  const standing = now === null ? state : advanced(state, now);
  const known = told.get(standing);
  if (known !== undefined) return known;
  const belief = readBelief(standing);
  told.set(standing, belief);
  return belief;
}

function readBelief({ filter, prior, clock }: LearnerState): Belief {
  const masses = massOf(filter);
  const { mean, variance } = momentsOf(masses);
  return {
    mean,
    sd: Math.sqrt(variance),
    weight:
      clock === 0 ? 0 : weightOf(mean, variance, prior) + Math.min(BASELINE_WORTH, filter.memoryWeight - MEMORY_WORTH),
    baseline: momentsOf(filter.memory).mean,
    regimes: regimesOf(filter).map(toldOf),
  };
}

/** Of a kind that is all but ruled out more evidence says no more. */
const KIND_MIN = 1e-6;

function toldOf({ prior, masses }: Regime): RegimeBelief {
  const evidence = Math.log(Math.max(KIND_MIN, sumOf(masses)) / prior);
  return { prior, evidence, quantiles: quantilesOf(masses, QUANTILES) };
}

/** Outcomes that would leave a steady rate in this much doubt, beyond those of the prior. */
const weightOf = (mean: number, variance: number, prior: LearnerPrior): number =>
  Math.max(0, (mean * (1 - mean)) / Math.max(variance, 1e-9) - 1 - prior.weight);

function momentsOf(masses: ArrayLike<number>): { mean: number; variance: number } {
  let sum = 0;
  let first = 0;
  let second = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const mass = masses[cell]!;
    const rate = RATES[cell]!;
    sum += mass;
    first += mass * rate;
    second += mass * rate * rate;
  }
  const mean = first / sum;
  return { mean, variance: Math.max(0, second / sum - mean * mean) };
}

/** From another prior, if nothing has been learned yet: outcomes know better than a prior. `undefined`: the default. */
export const reseeded = (state: LearnerState, prior: LearnerPrior | undefined): LearnerState =>
  state.clock === 0 ? createLearner(prior) : state;

/** The breaker closed: what was seen of the outage is no guide to what comes now, the levels of before are. */
export function restartFromBaseline(state: LearnerState): void {
  forgetPresent(state.filter);
  forgetTold(state);
  state.restartedAt = state.clock;
}

/** A chance of one in five thousand is the least that routing gives; a smaller number would be a fault. */
const ELSEWHERE_MAX = 5_000;

/** A payment that had a chance of `propensity` to come here stands for so many that went elsewhere meanwhile: without them old news never fades. */
export const elsewhereFor = (propensity: number): number => Math.min(ELSEWHERE_MAX, 1 / Math.max(propensity, 1e-6) - 1);

/**
 * So many payments of the segment went elsewhere: the rate may have changed unseen. The clock is payments, not time: at night as by day, it is
 * traffic that makes old news costly.
 */
export function passBy(state: LearnerState, paymentsElsewhere: number): void {
  if (paymentsElsewhere <= 0) return;
  elapse(state.filter, paymentsElsewhere);
  forgetTold(state);
}

/** Hours end until `now`, and a new one may begin with a jump, as on former days. */
export function passTo(state: LearnerState, now: number): void {
  passHours(state.hours, now, (to, chance) => {
    forgetTold(state);
    return leap(state.filter, to, chance);
  });
}

/** Nothing is to be judged where the jump was not likely from here. */
const JUDGED_MIN = 0.5;

function leap(filter: RateFilter, { leaves, target }: HourJump, chance: number): Foretold | null {
  const before = massOf(filter);
  const leaving = before.reduce((sum, mass, cell) => sum + mass * leaves[cell]!, 0);
  jumpWithin(
    filter,
    leaves.map((part) => part * chance),
    target,
  );
  return leaving < JUDGED_MIN ? null : [momentsOf(target).mean, momentsOf(before).mean];
}

function advanced(state: LearnerState, now: number): LearnerState {
  const leaps = leapsUntil(state.hours, now);
  if (leaps.length === 0) return state;
  const filter = copyFilter(state.filter);
  for (const [to, chance] of leaps) leap(filter, to, chance);
  return { ...state, filter };
}

/** An outcome of a payment of `atMs`, to be remembered by its hour. */
export function rememberHour(state: LearnerState, approved: boolean, worth: Required<Worth>, atMs: number): void {
  noteHour(state.hours, plainApproval(state, approved, worth.offset), worth.weight, atMs);
}

/** What it says of a payment without an offset: its surprise, in the same nats. A single one may lie beyond 0 and 1, their mean does not. */
function plainApproval({ filter }: LearnerState, approved: boolean, offset: number): number {
  if (offset === 0) return Number(approved);
  const { mean } = momentsOf(massOf(filter));
  const expected = shiftedRate(mean, offset);
  return mean + ((Number(approved) - expected) * mean * (1 - mean)) / (expected * (1 - expected));
}

/** Plain JSON, exact. A learner that has learned nothing is told by its prior. */
export interface LearnerSnapshot {
  readonly prior: LearnerPrior;
  readonly clock: number;
  readonly restartedAt: number;
  /** The lists of the filter, one after the other, as text; `null`: as the prior makes them. */
  readonly filter: string | null;
  /** Left out: nothing is known of any hour. */
  readonly hours?: HourSnapshot;
}

export function snapshotLearner({ prior, clock, restartedAt, filter, hours }: LearnerState): LearnerSnapshot {
  return {
    prior,
    clock,
    restartedAt,
    filter: clock === 0 ? null : textOf(listsOf(filter)),
    ...(hours.hour !== null && { hours: snapshotHours(hours) }),
  };
}

export function restoreLearner({ prior, clock, restartedAt, filter, hours }: LearnerSnapshot): LearnerState {
  const begun = createLearner(prior);
  return {
    ...begun,
    clock,
    restartedAt,
    ...(filter !== null && { filter: filterOf(floatsOf(filter, LISTS)) }),
    ...(hours && { hours: restoreHours(hours) }),
  };
}

/**
 * The belief as read from a table of this age: unchanged to 2 s; the variance grows to the baseline prior's at 10 min, the mean goes
 * to the baseline between 60 s and 10 min, after which processors rank in baseline order.
 */
export function widen(belief: Belief, ageMs: number): Belief {
  if (ageMs <= FRESH_TABLE_MS) return belief;
  const { mean, sd, baseline, regimes } = belief;
  const variance = sd * sd;
  const priorVariance = (baseline * (1 - baseline)) / (BASELINE_WORTH + 1);
  const widened = Math.max(0, priorVariance - variance) * progress(ageMs, FRESH_TABLE_MS);
  const newMean = mean + (baseline - mean) * progress(ageMs, AGING_TABLE_MS);
  const newSd = Math.sqrt(variance + widened);
  const stretch = sd === 0 ? 0 : newSd / sd;
  const wider = (rates: readonly number[]): number[] => rates.map((rate) => newMean + (rate - mean) * stretch);
  return {
    ...belief,
    mean: newMean,
    sd: newSd,
    ...(regimes && { regimes: regimes.map((regime) => ({ ...regime, quantiles: wider(regime.quantiles) })) }),
  };
}

function progress(ageMs: number, fromMs: number): number {
  return Math.min(1, Math.max(0, (ageMs - fromMs) / (OLD_TABLE_MS - fromMs)));
}
