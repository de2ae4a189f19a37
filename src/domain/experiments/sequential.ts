// Intervals and tests that hold at every look at once, so that whoever looks each minute is wrong no more often than who looks once.
import { logLikelihood } from '../forecasting/beta-binomial.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const UNIFORM = { mean: 0.5, precision: 2 };
const BISECTIONS = 50;

/**
 * Of a rate, exact: the rates against which the mixture of all rates has gathered less than 1/alpha of evidence. Robbins, "Statistical methods related to
 * the law of the iterated logarithm" (Annals of Mathematical Statistics 41, 1970); Ville's inequality.
 */
export function rateInterval(successes: number, count: number, alpha: number): Interval {
  const rate = count === 0 ? 0.5 : successes / count;
  const mixture = logLikelihood(UNIFORM, successes, count);
  const isInside = (p: number): boolean => {
    const own = timesLog(successes, p) + timesLog(count - successes, 1 - p);
    return mixture - own < -Math.log(alpha);
  };
  return { low: edge(rate, 0, isInside), high: edge(rate, 1, isInside) };
}

const timesLog = (count: number, p: number): number => (count === 0 ? 0 : count * Math.log(p));

function edge(inside: number, end: number, isInside: (p: number) => boolean): number {
  if (isInside(end)) return end;
  let [near, far] = [inside, end];
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (near + far) / 2;
    if (isInside(middle)) near = middle;
    else far = middle;
  }
  return far;
}

export interface Difference extends Interval {
  readonly estimate: number;
  /** At this or any look before it: no difference would have shown one like this with at most this probability. */
  readonly pValue: number;
}

/**
 * Of two means, by the normal mixture: asymptotic in the counts, and valid at every look. `variance` of the estimate; `spread`: the differences one looks
 * for, as the standard deviation of the mixture. Johari, Koomen, Pekelis, Walsh, "Always valid inference" (Operations Research 70, 2022); Waudby-Smith,
 * Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences" (Annals of Statistics 52, 2024).
 */
export function differenceOf(estimate: number, variance: number, spread: number, alpha: number): Difference {
  const mixed = spread * spread;
  const growth = 0.5 * Math.log1p(mixed / variance);
  const gain = mixed / (2 * variance * (variance + mixed));
  const half = Math.sqrt((growth - Math.log(alpha)) / gain);
  const pValue = Math.min(1, Math.exp(growth - gain * estimate * estimate));
  return { estimate, low: estimate - half, high: estimate + half, pValue };
}

/** As firmly as so many payments is it believed that the shares are as they were set. */
const SHARES_PRECISION = 1_000;

/**
 * Whether arms get the shares that were set, exact at every look: the mixture of shares about the set one against the set one.
 * Lindon, Malek, "Anytime-valid inference for multinomial count data" (NeurIPS 2022).
 */
export function sharePValue(first: number, both: number, share: number): number {
  const mixture = logLikelihood({ mean: share, precision: SHARES_PRECISION }, first, both);
  const set = timesLog(first, share) + timesLog(both - first, 1 - share);
  return Math.min(1, Math.exp(set - mixture));
}
