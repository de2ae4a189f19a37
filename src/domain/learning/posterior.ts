// What one processor's outcomes in one segment say of its approval: learning, correcting, forgetting. Who is chosen is decided in choice-probabilities.ts.
import {
  approveAfterwards,
  BASELINE_WORTH,
  createExperts,
  fade,
  forgetAfterwards,
  learnOutcome,
  meanOf,
  type Expert,
} from './experts.ts';
import type { Belief } from '../health/status-row.ts';

export interface LearnerPrior {
  readonly mean: number;
  /** Outcomes it is worth, > 0. */
  readonly weight: number;
}
/** Approval rates of processors lie about .8, give or take .13. */
const PRIOR_DEFAULT: LearnerPrior = { mean: 0.8, weight: 8 };
const BASELINE_DECAY = 2 ** (-1 / 30_000);
/** Outcomes of others after which an idle processor's evidence counts half. */
const IDLE_HALF_LIFE = 2_000;
const FRESH_TABLE_MS = 2_000;
const AGING_TABLE_MS = 60_000;
const OLD_TABLE_MS = 600_000;

/** Plain JSON. */
export interface LearnerState {
  readonly prior: LearnerPrior;
  /** Approvals and outcomes with a half-life of 30,000. */
  readonly baseline: { approved: number; weight: number };
  readonly experts: Expert[];
  /** Sum of the weights learned so far: an outcome's position. */
  clock: number;
  /** The experts know nothing that came up to here. */
  restartedAt: number;
}

export function createLearner(prior: LearnerPrior = PRIOR_DEFAULT): LearnerState {
  return { prior, baseline: { approved: 0, weight: 0 }, experts: createExperts(), clock: 0, restartedAt: 0 };
}

function baselineMean({ prior, baseline }: LearnerState): number {
  return (baseline.approved + prior.mean * prior.weight) / (baseline.weight + prior.weight);
}

/** `approved`: any other result is false. `weight` in (0, 1], below 1 for aged results. Returns the position that `correct` wants. */
export function learn(state: LearnerState, approved: boolean, weight: number): number {
  const { baseline } = state;
  learnOutcome(state.experts, approved, weight, baselineMean(state));
  const decay = BASELINE_DECAY ** weight;
  baseline.approved = baseline.approved * decay + (approved ? weight : 0);
  baseline.weight = baseline.weight * decay + weight;
  state.clock += weight;
  return state.clock;
}

/** An unknown outcome, learned as not approved with `weight`, is settled. What it did to the experts' trust stays. */
export function correct(state: LearnerState, position: number, approved: boolean, weight = 1): void {
  const { baseline } = state;
  const age = state.clock - position;
  // A position ahead of the clock is one of a learner that was dropped since: this one never learned the outcome.
  if (!approved || age < 0) return;
  if (position > state.restartedAt) approveAfterwards(state.experts, age, weight);
  baseline.approved = Math.min(baseline.weight, baseline.approved + weight * BASELINE_DECAY ** age);
}

/** An unknown outcome, learned as not approved with `weight`, turns out to belong to another segment: it is taken out again. */
export function unlearn(state: LearnerState, position: number, weight: number): void {
  const { baseline } = state;
  const age = state.clock - position;
  if (age < 0) return;
  if (position > state.restartedAt) forgetAfterwards(state.experts, age, weight);
  baseline.weight = Math.max(baseline.approved, baseline.weight - weight * BASELINE_DECAY ** age);
}

/** Mean and standard deviation of the mixture: what each expert is unsure of, what the baseline is, and what they disagree on. */
export function beliefOf(state: LearnerState): Belief {
  const { baseline, prior, experts } = state;
  const long = baselineMean(state);
  const longVariance = (long * (1 - long)) / (baseline.weight + prior.weight + 1);
  let mean = 0;
  let square = 0;
  let weight = 0;
  for (const expert of experts) {
    const own = meanOf(expert, long);
    const total = expert.weight + BASELINE_WORTH;
    const variance = (own * (1 - own)) / (total + 1) + (BASELINE_WORTH / total) ** 2 * longVariance;
    mean += expert.trust * own;
    square += expert.trust * (own * own + variance);
    weight += expert.trust * expert.weight;
  }
  return {
    mean,
    sd: Math.sqrt(Math.max(0, square - mean * mean)),
    // The baseline stands in for outcomes only as far as it rests on some.
    weight: weight + Math.min(BASELINE_WORTH, baseline.weight),
    baseline: long,
  };
}

/** The breaker closed: what the experts saw of the outage is no guide to what comes now. */
export function restartFromBaseline(state: LearnerState): void {
  fade(state.experts, 0);
  state.restartedAt = state.clock;
}

/**
 * Evidence of a processor that gets no traffic fades towards its baseline. The clock is the outcomes the segment's other processors had
 * meanwhile, not time: at night as by day, it is traffic that makes old news costly.
 */
export function decayIdle(state: LearnerState, outcomesElsewhere: number): void {
  fade(state.experts, 2 ** (-outcomesElsewhere / IDLE_HALF_LIFE));
}

/**
 * The belief as read from a table of this age: unchanged to 2 s; the variance grows to the baseline prior's at 10 min, the mean goes
 * to the baseline between 60 s and 10 min, after which processors rank in baseline order.
 */
export function widen(belief: Belief, ageMs: number): Belief {
  if (ageMs <= FRESH_TABLE_MS) return belief;
  const { mean, sd, baseline } = belief;
  const variance = sd * sd;
  const priorVariance = (baseline * (1 - baseline)) / (BASELINE_WORTH + 1);
  const widened = Math.max(0, priorVariance - variance) * progress(ageMs, FRESH_TABLE_MS);
  return {
    ...belief,
    mean: mean + (baseline - mean) * progress(ageMs, AGING_TABLE_MS),
    sd: Math.sqrt(variance + widened),
  };
}

function progress(ageMs: number, fromMs: number): number {
  return Math.min(1, Math.max(0, (ageMs - fromMs) / (OLD_TABLE_MS - fromMs)));
}
