// The member that remembers: what followed the moments of the past that looked most like now (Lorenz 1969, forecasting by analogues).
import type { Member, PreparedSeries } from './member.ts';

/** So that twins of now, at no distance, share alike. */
const DISTANCE_MIN = 1e-9;

/** Compared: a week of days, so that weekdays meet their like. */
const SEASONS = 7;
const NEIGHBOURS = 3;

export const nearestPast: Member = ({ series: { values, period }, origins, horizon }) =>
  // Without a season one moment's surroundings look like any other's.
  origins.map((origin) => (period === 1 ? null : forecastFrom({ values, period }, origin, horizon)));

type Seasonal = Pick<PreparedSeries, 'values' | 'period'>;

function forecastFrom({ values, period }: Seasonal, origin: number, horizon: number): Float64Array | null {
  const width = SEASONS * period;
  const level = meanOf(values, origin - width, origin);
  const found: { end: number; level: number; distance: number }[] = [];
  for (let end = origin - period * Math.ceil(horizon / period); end >= width; end -= period) {
    const there = meanOf(values, end - width, end);
    let distance = 0;
    for (let back = 1; back <= width; back++)
      distance += (values[origin - back]! - level - values[end - back]! + there) ** 2;
    found.push({ end, level: there, distance });
  }
  if (found.length < NEIGHBOURS) return null;
  found.sort((left, right) => left.distance - right.distance);
  const path = new Float64Array(horizon);
  let total = 0;
  for (const { end, level: there, distance } of found.slice(0, NEIGHBOURS)) {
    const weight = 1 / (distance + found[0]!.distance + DISTANCE_MIN);
    total += weight;
    for (let step = 0; step < horizon; step++) path[step]! += weight * (values[end + step]! - there + level);
  }
  return path.map((sum) => sum / total);
}

function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let t = from; t < to; t++) sum += values[t]!;
  return sum / (to - from);
}
