// How a success rate moves: a level that drifts, a shape of the day, and hours better or worse than both; followed count by count.
import { logLikelihood, type Belief } from './beta-binomial.ts';

/** Attempts 0: nothing was tried, nothing is known. */
export interface RateCount {
  readonly successes: number;
  readonly attempts: number;
}

/** What is chosen per series, by how likely it makes each count given those before. */
export interface RateHabits {
  /** Part of what is known that is still known a step later (West and Harrison's discount); 1: the level stands still. */
  readonly memory: number;
  /** Attempts at a time of day that weigh as much as the belief that it is like the others; Infinity: no shape of the day. */
  readonly reserve: number;
  /** As firmly as so many attempts does the belief settle the rate of a single step; Infinity: nothing but chance in the counts. */
  readonly steadiness: number;
}

/** Attempts that the mean of the whole series is worth where nothing newer is known. */
const PRIOR_ATTEMPTS = 2;
const MEMORIES = [1, 0.999, 0.995, 0.98, 0.95, 0.85, 0.6];
const RESERVES = [Infinity, 300, 100, 30, 10];
const STEADINESSES = [Infinity, 300, 100, 30, 10];
const FIRST: RateHabits = { memory: 0.995, reserve: 100, steadiness: 300 };
const ROUNDS = 2;
/** Of a likelihood's logarithm: a habit that is worth less is left out. */
const GAIN_MIN = 1;
/** Rates are kept this far from 0 and 1, where log odds end. */
const EDGE = 1e-6;

/** What is known of the whole series before it is followed. */
export interface RateFrame {
  readonly period: number;
  /** Its mean rate. */
  readonly prior: number;
  /** How much a level may differ from a later one, as a variance in units of mean x (1 - mean). */
  readonly reach: number;
}

export class RateModel {
  readonly #period: number;
  readonly #prior: number;
  readonly #reach: number;
  readonly #habits: RateHabits;
  /** Per phase: successes, attempts, and the successes that the level alone foretold. */
  readonly #phases: Float64Array;
  #successes = 0;
  #attempts = 0;
  #at = 0;

  constructor({ period, prior, reach }: RateFrame, habits: RateHabits) {
    this.#period = period;
    this.#prior = prior;
    this.#reach = reach;
    this.#habits = habits;
    this.#phases = new Float64Array(3 * period);
  }

  /** Of the rate of a single step, `ahead` of what was last noted, 1 the next. */
  belief(ahead: number): Belief {
    const { memory, steadiness } = this.#habits;
    const at = this.#at + ahead - 1;
    const mean = odds(logOdds(this.#level()) + this.#shape(at));
    // The level's variance grows by the same at each step, it is the discount's at one; but no further than it ever went.
    const known = 1 / (this.#attempts + PRIOR_ATTEMPTS);
    const drift = known + Math.min(this.#reach, known * (ahead - 1) * (1 / memory - 1));
    const spread = drift + this.#shapeSpread(at) + 1 / steadiness;
    return { mean: inside(mean), precision: 1 / spread };
  }

  note({ successes, attempts }: RateCount): void {
    const { memory, steadiness } = this.#habits;
    const level = inside(this.#level());
    const phase = 3 * (this.#at % this.#period);
    const expected = inside(odds(logOdds(level) + this.#shape(this.#at)));
    this.#at += 1;
    this.#successes *= memory;
    this.#attempts *= memory;
    if (attempts === 0) return;
    // What a share says of the level is what it says of its own time of day, at the level's place on the curve.
    const slope = (level * (1 - level)) / (expected * (1 - expected));
    const share = Math.min(1, Math.max(0, level + (successes / attempts - expected) * slope));
    const worth = attempts / (1 + attempts / steadiness);
    this.#successes += worth * share;
    this.#attempts += worth;
    this.#phases[phase]! += successes;
    this.#phases[phase + 1]! += attempts;
    this.#phases[phase + 2]! += attempts * level;
  }

  #level(): number {
    return (this.#successes + PRIOR_ATTEMPTS * this.#prior) / (this.#attempts + PRIOR_ATTEMPTS);
  }

  /** In log odds: how far the time of day is from the level. */
  #shape(at: number): number {
    const { reserve } = this.#habits;
    if (reserve === Infinity) return 0;
    const phase = 3 * (at % this.#period);
    const borrowed = reserve * this.#prior;
    const tried = this.#phases[phase + 1]! + reserve;
    const rate = (successes: number): number => logOdds(inside((successes + borrowed) / tried));
    return rate(this.#phases[phase]!) - rate(this.#phases[phase + 2]!);
  }

  #shapeSpread(at: number): number {
    return 1 / (this.#phases[3 * (at % this.#period) + 1]! + this.#habits.reserve);
  }
}

/** The model whose habits suit the series best, at its end. */
export function fitRate(counts: readonly RateCount[], period: number): RateModel {
  let [successes, attempts] = [0, 0];
  for (const count of counts) [successes, attempts] = [successes + count.successes, attempts + count.attempts];
  const prior = (successes + 0.5) / (attempts + 1);
  const frame = { period, prior, reach: reachOf(counts, prior) };
  const judge = (habits: RateHabits): number => {
    const model = new RateModel(frame, habits);
    let likelihood = 0;
    for (const count of counts) {
      if (count.attempts > 0) likelihood += logLikelihood(model.belief(1), count.successes, count.attempts);
      model.note(count);
    }
    return likelihood;
  };
  let best = period > 1 ? FIRST : { ...FIRST, reserve: Infinity };
  let most = judge(best);
  for (let round = 0; round < ROUNDS; round++)
    for (const habits of neighboursOf(best, period)) {
      const likelihood = judge({ ...best, ...habits });
      if (likelihood > most + (isPlainer(habits) ? -GAIN_MIN : 0)) [best, most] = [{ ...best, ...habits }, likelihood];
    }
  const model = new RateModel(frame, best);
  for (const count of counts) model.note(count);
  return model;
}

/** Two steps far apart differ by twice what steps sway around their mean beyond chance (by the method of moments, a standard error added); Infinity: single attempts do not tell. */
function reachOf(counts: readonly RateCount[], prior: number): number {
  let [beyond, pairs, squares] = [0, 0, 0];
  for (const { successes, attempts } of counts) {
    beyond += (successes - attempts * prior) ** 2 / (prior * (1 - prior)) - attempts;
    pairs += attempts * (attempts - 1);
    squares += 2 * attempts ** 2;
  }
  return pairs === 0 ? Infinity : 2 * Math.max(0, (beyond + Math.sqrt(squares)) / pairs);
}

function neighboursOf(best: RateHabits, period: number): Partial<RateHabits>[] {
  return [
    ...MEMORIES.map((memory) => ({ memory })),
    ...(period > 1 ? RESERVES.map((reserve) => ({ reserve })) : []),
    ...STEADINESSES.map((steadiness) => ({ steadiness })),
  ].filter((habits) => Object.entries(habits).some(([name, value]) => best[name as keyof RateHabits] !== value));
}

function isPlainer({ memory, reserve, steadiness }: Partial<RateHabits>): boolean {
  return memory === 1 || reserve === Infinity || steadiness === Infinity;
}

function logOdds(rate: number): number {
  return Math.log(rate / (1 - rate));
}

function odds(logged: number): number {
  return 1 / (1 + Math.exp(-logged));
}

function inside(rate: number): number {
  return Math.min(1 - EDGE, Math.max(EDGE, rate));
}
