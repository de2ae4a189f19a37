// What comes next in a success rate that is counted from few attempts: intervals of the rate itself and of the share that will be seen, both within [0, 1].
import { COUNTED_MAX, shareQuantiles, type Belief } from './beta-binomial.ts';
import { fitRate, type RateCount } from './rate-model.ts';
import { HORIZON_MAX, isCount, PERIOD_MAX, type ForecastOptions } from './forecast-options.ts';
import { shareInterval } from './share-interval.ts';

export interface RateForecastOptions extends ForecastOptions {
  /** Attempts expected at each step; left out: the mean of the same time of day. */
  readonly attempts?: number;
}

export interface RateStep {
  /** Expected rate, (0, 1). */
  readonly point: number;
  /** 95% of the shares that will be seen, in `attempts` attempts, from here to `high`. */
  readonly low: number;
  readonly high: number;
  /** 95% of what the rate itself may be. */
  readonly rateLow: number;
  readonly rateHigh: number;
  readonly attempts: number;
}

export type RateForecast =
  | { readonly ok: true; readonly steps: readonly RateStep[] }
  | { readonly ok: false; readonly reason: 'wrong_horizon' | 'wrong_period' | 'wrong_attempts' | 'no_attempts' }
  /** `at`: the first count that is none: not whole, below zero, or more successes than attempts. */
  | { readonly ok: false; readonly reason: 'wrong_count'; readonly at: number };

const LEVELS = [0.025, 0.975];
const Z_95 = 1.959964;
/** Older counts are left out, as in forecastSeries. */
const HISTORY_MAX = 1_500;
/** Seasons from which the attempts of a time of day are expected. */
const VOLUME_SEASONS = 14;
/** Beyond this a turn's multiples of the golden ratio are no longer exact. */
const TURNS = 1_000_000;

/** `counts` in order, one per step; null as much as no attempts. */
export function forecastRate(counts: readonly (RateCount | null)[], options: RateForecastOptions): RateForecast {
  const { horizon, period, attempts } = options;
  if (!isCount(horizon, HORIZON_MAX)) return { ok: false, reason: 'wrong_horizon' };
  if (!isCount(period, PERIOD_MAX)) return { ok: false, reason: 'wrong_period' };
  if (attempts !== undefined && !isCount(attempts, Number.MAX_SAFE_INTEGER))
    return { ok: false, reason: 'wrong_attempts' };
  const wrong = counts.findIndex((count) => count !== null && !isRateCount(count));
  if (wrong >= 0) return { ok: false, reason: 'wrong_count', at: wrong };
  const history = counts.slice(-HISTORY_MAX).map((count) => count ?? { successes: 0, attempts: 0 });
  if (history.every((count) => count.attempts === 0)) return { ok: false, reason: 'no_attempts' };
  const model = fitRate(history, period);
  // Grows by one from step to step and, as long as something is attempted, from forecast to forecast.
  const turn = history.reduce((sum, count) => sum + count.attempts, history.length) % TURNS;
  const steps = Array.from({ length: horizon }, (_, step): RateStep => {
    const belief = model.belief(step + 1);
    const expected = attempts ?? volumeAt(history, history.length + step, period);
    const [low, high] =
      expected <= COUNTED_MAX ? shareInterval(belief, expected, turn + step) : smoothInterval(belief, expected);
    const [rateLow, rateHigh] = smoothInterval(belief, Infinity);
    const point = belief.mean;
    // Of five attempts at a rate of 99.9% all succeed: the point lies between two shares, and is taken in.
    return { point, low: Math.min(low, point), high: Math.max(high, point), rateLow, rateHigh, attempts: expected };
  });
  return { ok: true, steps };
}

function isRateCount({ successes, attempts }: RateCount): boolean {
  return Number.isSafeInteger(attempts) && Number.isSafeInteger(successes) && successes >= 0 && successes <= attempts;
}

/** Of the same phase lately; at least one. */
function volumeAt(history: readonly RateCount[], at: number, period: number): number {
  let [sum, seen] = [0, 0];
  const first = at - period * Math.ceil((at - history.length + 1) / period);
  for (let t = first; t >= 0 && seen < VOLUME_SEASONS; t -= period)
    [sum, seen] = [sum + history[t]!.attempts, seen + 1];
  return Math.max(1, Math.round(seen === 0 ? 0 : sum / seen));
}

/** Of so many attempts that a share is as good as continuous; of infinitely many it is the rate itself. */
function smoothInterval(belief: Belief, attempts: number): [number, number] {
  const { mean, precision } = belief;
  // In units of mean x (1 - mean).
  const variance = 1 / attempts + (1 - 1 / attempts) / (precision + 1);
  const counting = 1 / COUNTED_MAX;
  if (variance > 2 * counting) {
    // Wide enough to be skewed: as so many counts, of a belief firmer by as much as counting them adds.
    const firmer = (1 - counting) / (variance - counting) - 1;
    return shareQuantiles({ mean, precision: firmer }, COUNTED_MAX, LEVELS) as [number, number];
  }
  const centre = Math.log(mean / (1 - mean));
  const off = Z_95 * Math.sqrt(variance / (mean * (1 - mean)));
  return [1 / (1 + Math.exp(off - centre)), 1 / (1 + Math.exp(-off - centre))];
}
