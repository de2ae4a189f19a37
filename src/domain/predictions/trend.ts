// A straight line through the last minutes, in log odds of counts or in logarithms, with its doubt, and how sure it is to cross a limit.

/** `ago`: minutes before now, at least 0. */
export interface CountPoint {
  readonly ago: number;
  readonly hits: number;
  readonly trials: number;
}

export interface ValuePoint {
  readonly ago: number;
  readonly value: number;
  /** How many attempts it rests on. */
  readonly weight: number;
}

export interface TrendOptions {
  /** Minutes after which a point counts half. */
  readonly halfLife: number;
  /** The usual level, from which the line is drawn away by what is seen. */
  readonly usual: number;
  /** Standard deviations of what is believed before: of the level around the usual one, and of its change per minute around none. */
  readonly levelSpread: number;
  readonly slopeSpread: number;
}

/** Level now and change per minute, with their covariance. */
export interface Trend {
  readonly level: number;
  readonly slope: number;
  readonly levelVariance: number;
  readonly slopeVariance: number;
  readonly covariance: number;
}

export interface Crossing {
  /** How many of its own standard deviations the line lies above the limit, at its best within the horizon; within +-SURENESS_MAX. */
  readonly sureness: number;
  /** Minutes ahead at which the line's 95% bound, and the line itself, reach the limit; `null`: not within the horizon. */
  readonly earliest: number | null;
  readonly expected: number | null;
}

const NEWTON_ROUNDS = 12;
/** Log odds beyond this are as good as never and always. */
const LOG_ODDS_MAX = 12;
export const SURENESS_MAX = 6;
/** Further than this is far. */
const GAP_MAX = 4;
const Z_95 = 1.644854;

/** Logistic regression with normal beliefs on both coefficients (its mode, and Laplace's covariance); counts that sway more than chance widen it. */
export function countTrend(points: readonly CountPoint[], options: TrendOptions): Trend {
  const { usual, levelSpread, slopeSpread } = options;
  const [priorLevel, priorSlope] = [1 / levelSpread ** 2, 1 / slopeSpread ** 2];
  let [level, slope] = [usual, 0];
  let system = { a: priorLevel, b: 0, c: priorSlope };
  for (let round = 0; round < NEWTON_ROUNDS; round++) {
    let [a, b, c] = [priorLevel, 0, priorSlope];
    let [g, h] = [-(level - usual) * priorLevel, -slope * priorSlope];
    for (const { ago, hits, trials } of points) {
      const weight = 0.5 ** (ago / options.halfLife);
      const rate = oddsShare(level - slope * ago);
      const certain = weight * trials * rate * (1 - rate);
      const off = weight * (hits - trials * rate);
      [a, b, c] = [a + certain, b - certain * ago, c + certain * ago * ago];
      [g, h] = [g + off, h - off * ago];
    }
    system = { a, b, c };
    const determinant = a * c - b * b;
    const [up, steeper] = [(c * g - b * h) / determinant, (a * h - b * g) / determinant];
    // A step of Newton's may overshoot where little is known.
    const kept = Math.min(1, 2 / Math.max(Math.abs(up), 1e-12));
    [level, slope] = [bounded(level + kept * up, LOG_ODDS_MAX), slope + kept * steeper];
    if (Math.abs(up) < 1e-6 && Math.abs(steeper) < 1e-8) break;
  }
  const sway = points.map(({ ago, hits, trials }) => {
    const rate = oddsShare(level - slope * ago);
    return {
      weight: 0.5 ** (ago / options.halfLife),
      square: (hits - trials * rate) ** 2 / (trials * rate * (1 - rate)),
    };
  });
  return withCovariance(level, slope, system, overdispersion(sway));
}

/** Weighted least squares with the same beliefs; how much values of one attempt sway is learned from the residuals. */
export function valueTrend(points: readonly ValuePoint[], options: TrendOptions): Trend {
  const { usual, levelSpread, slopeSpread, halfLife } = options;
  const [priorLevel, priorSlope] = [1 / levelSpread ** 2, 1 / slopeSpread ** 2];
  let noise = 0.05;
  let [level, slope] = [usual, 0];
  let system = { a: priorLevel, b: 0, c: priorSlope };
  for (let round = 0; round < 3; round++) {
    let [a, b, c, g, h] = [priorLevel, 0, priorSlope, 0, 0];
    for (const { ago, value, weight } of points) {
      const certain = (weight * 0.5 ** (ago / halfLife)) / noise;
      [a, b, c] = [a + certain, b - certain * ago, c + certain * ago * ago];
      [g, h] = [g + certain * (value - usual), h - certain * ago * (value - usual)];
    }
    system = { a, b, c };
    const determinant = a * c - b * b;
    [level, slope] = [usual + (c * g - b * h) / determinant, (a * h - b * g) / determinant];
    let [squares, total] = [0, 0];
    for (const { ago, value, weight } of points) {
      const worth = 0.5 ** (ago / halfLife);
      squares += worth * weight * (value - level + slope * ago) ** 2;
      total += worth;
    }
    noise = Math.max(1e-6, (squares + 0.05) / (total + 1));
  }
  return withCovariance(level, slope, system, 1);
}

/** `limit` on the trend's own scale. */
export function crossing(trend: Trend, limit: number, horizon: number): Crossing {
  let sureness = -SURENESS_MAX;
  let earliest: number | null = null;
  let expected: number | null = null;
  for (let ahead = 0; ahead <= horizon; ahead += 5) {
    const variance = trend.levelVariance + 2 * ahead * trend.covariance + ahead * ahead * trend.slopeVariance;
    const above = trend.level + ahead * trend.slope - limit;
    const spread = Math.sqrt(Math.max(1e-9, variance));
    sureness = Math.max(sureness, above / spread);
    if (earliest === null && above + Z_95 * spread >= 0) earliest = ahead;
    if (expected === null && above >= 0) expected = ahead;
  }
  return { sureness: bounded(sureness, SURENESS_MAX), earliest, expected };
}

/** What the curves of calibration.ts are told of a fast and a slow trend: how sure each is to cross, how near it is by now, and how sure it is to rise. */
export function trendMeasures(fast: Trend, slow: Trend, limit: number, horizon: number): readonly number[] {
  return [
    crossing(fast, limit, horizon).sureness,
    crossing(slow, limit, horizon).sureness,
    bounded(fast.level - limit, GAP_MAX),
    bounded(slow.level - limit, GAP_MAX),
    bounded(slow.slope / Math.sqrt(slow.slopeVariance), SURENESS_MAX),
  ];
}

export function logOdds(share: number): number {
  const inside = Math.min(1 - 1e-6, Math.max(1e-6, share));
  return Math.log(inside / (1 - inside));
}

export function oddsShare(odds: number): number {
  return 1 / (1 + Math.exp(-bounded(odds, 30)));
}

export function bounded(value: number, most: number): number {
  return Math.min(most, Math.max(-most, value));
}

/** Pearson's statistic over its degrees of freedom, drawn to 1 as far as there are few minutes; never below 1. */
function overdispersion(points: readonly { readonly weight: number; readonly square: number }[]): number {
  let [squares, total] = [0, 0];
  for (const { weight, square } of points)
    [squares, total] = [squares + weight * Math.min(square, 100), total + weight];
  return Math.max(1, (squares + 10) / (Math.max(0, total - 2) + 10));
}

function withCovariance(
  level: number,
  slope: number,
  { a, b, c }: { readonly a: number; readonly b: number; readonly c: number },
  sway: number,
): Trend {
  const determinant = (a * c - b * b) / sway;
  return { level, slope, levelVariance: c / determinant, slopeVariance: a / determinant, covariance: -b / determinant };
}
