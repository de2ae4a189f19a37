// Counts of successes whose rate is itself uncertain: the beta-binomial distribution, its likelihood and its quantiles.

/** A rate believed to be `mean`, (0, 1), as firmly as `precision` attempts would tell it. */
export interface Belief {
  readonly mean: number;
  readonly precision: number;
}

const STIRLING_MIN = 8;
/** Above so many attempts a share is as good as continuous, and as good as normal in log odds. */
export const COUNTED_MAX = 2_000;

/** Without the number of orders, which no belief changes. */
export function logLikelihood({ mean, precision }: Belief, successes: number, attempts: number): number {
  const failures = attempts - successes;
  const [a, b] = [mean * precision, (1 - mean) * precision];
  return rising(a, successes) + rising(b, failures) - rising(precision, attempts);
}

/** The least share of successes in `attempts` that is reached with the probability of each level; levels ascending. At most COUNTED_MAX attempts. */
export function shareQuantiles(belief: Belief, attempts: number, levels: readonly number[]): number[] {
  const masses = countMasses(belief, attempts);
  const total = masses.reduce((sum, mass) => sum + mass);
  let k = 0;
  let below = masses[0]!;
  return levels.map((level) => {
    while (below < level * total && k < attempts) below += masses[++k]!;
    return k / attempts;
  });
}

/** Of each count of successes in `attempts`, as multiples of the likeliest one. */
export function countMasses({ mean, precision }: Belief, attempts: number): Float64Array {
  const [a, b] = [mean * precision, (1 - mean) * precision];
  const logs = new Float64Array(attempts + 1);
  for (let k = 1; k <= attempts; k++)
    logs[k] = logs[k - 1]! + Math.log(((attempts - k + 1) * (a + k - 1)) / (k * (b + attempts - k)));
  const most = logs.reduce((left, right) => Math.max(left, right));
  return logs.map((log) => Math.exp(log - most));
}

/** log gamma(x + count) - log gamma(x). */
function rising(x: number, count: number): number {
  if (count > STIRLING_MIN) return logGamma(x + count) - logGamma(x);
  let product = 1;
  for (let i = 0; i < count; i++) product *= x + i;
  return Math.log(product);
}

/** Stirling's series after a shift; x > 0, error below 1e-10. */
function logGamma(x: number): number {
  let shift = 1;
  let at = x;
  while (at < STIRLING_MIN) shift *= at++;
  const square = 1 / (at * at);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1_260 - square / 1_680))) / at;
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - Math.log(shift);
}
