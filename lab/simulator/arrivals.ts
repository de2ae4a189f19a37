// When each payment arrives and of which segment it is: the same for every policy of one seed.
import { PURPOSE, uniform } from './random.ts';
import type { Scenario } from '../scenario-file.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Traffic is at its mean and rising at 08:00 UTC, highest at 14:00. */
const DAILY_RISE_MS = 8 * 3_600_000;
/** 1970-01-01 was a Thursday: weeks are counted from Monday. */
const MONDAY_MS = 4 * DAY_MS;

export class Arrivals {
  /** Ms since the epoch of the newest payment. */
  atMs: number;
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #shares: readonly number[];

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.atMs = Date.parse(scenario.startsAt);
    let sum = 0;
    this.#shares = scenario.segments.map(({ share }) => (sum += share));
  }

  /** Moves to payment `index` (each in turn) and returns its segment. */
  next(index: number): number {
    const gap =
      this.#scenario.arrivals.process === 'poisson' ? -Math.log(uniform(this.#seed, PURPOSE.gap, index, 0)) : 1;
    this.atMs += (gap * 1_000) / this.#rate(index);
    if (this.#shares.length === 1) return 0;
    const draw = uniform(this.#seed, PURPOSE.segment, index, 0);
    const found = this.#shares.findIndex((upTo) => draw < upTo);
    return found < 0 ? this.#shares.length - 1 : found;
  }

  /** Payments a second expected at the newest payment; a cycle is taken as it stood there until the next one. */
  #rate(index: number): number {
    const { arrivalsPerSecond, arrivals, transactions } = this.#scenario;
    const { dailyAmplitude, weeklyAmplitude, bursts } = arrivals;
    let rate = arrivalsPerSecond;
    if (dailyAmplitude > 0 || weeklyAmplitude > 0) {
      const day = Math.sin((2 * Math.PI * (this.atMs - DAILY_RISE_MS)) / DAY_MS);
      const week = Math.sin((2 * Math.PI * (this.atMs - MONDAY_MS)) / WEEK_MS);
      rate *= 1 + dailyAmplitude * day + weeklyAmplitude * week;
    }
    for (const { fromFraction, toFraction, factor } of bursts) {
      const fraction = index / transactions;
      if (fraction >= fromFraction && fraction < toFraction) rate *= factor;
    }
    return rate;
  }
}
