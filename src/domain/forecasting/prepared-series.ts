// Makes any series fit for the members: scaled, in logarithms where it allows, gaps filled from their season; and leads forecasts back.
import { forgetWildValues } from './wild-values.ts';
import { growsWithLevel } from './level-spread.ts';
import type { PreparedSeries } from './member.ts';

export interface Prepared {
  readonly series: PreparedSeries;
  /** From the members' scale to the series' own. */
  readonly back: (value: number) => number;
}

/** Seasons to a week: seven days of a day's steps. */
const DAYS = 7;
/** Seasons from which on a week is reckoned with: two weeks and a day. Where it says nothing its coefficients come out small. */
const WEEK_SEASONS_MIN = 2 * DAYS + 1;
/** Values this far below the median count as near zero: logarithms would make cliffs of them. */
const NEAR_ZERO = 0.05;
/** Of the largest value: below it a logarithm speaks of rounding. */
const LOGGED_MIN = 1e-15;

/** `values`: finite, null for a gap; the first and the last are known, and not all are equal. */
export function prepareSeries(values: readonly (number | null)[], period: number): Prepared {
  const size = largest(values);
  const known = Uint8Array.from(values, (value) => (value === null ? 0 : 1));
  const numbers = Float64Array.from(values, (value) => (value ?? 0) / size);
  const season = values.length >= 2 * period ? period : 1;
  const shift = logShift(numbers, known, season);
  const logged = shift === null ? numbers : numbers.map((value) => Math.log(value + shift));
  forgetWildValues(logged, known, season);
  fillGaps(logged, known, season);
  const mean = meanOf(logged);
  const deviation = deviationOf(logged, mean);
  const scaled = logged.map((value) => (value - mean) / deviation);
  const back = (value: number): number => {
    const raw = value * deviation + mean;
    return finite((shift === null ? raw : Math.exp(raw) - shift) * size);
  };
  const week = season > 1 && values.length >= WEEK_SEASONS_MIN * season ? DAYS * season : 0;
  return { series: { values: scaled, known, period: season, week }, back };
}

export function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}

function largest(values: readonly (number | null)[]): number {
  let size = 0;
  for (const value of values) size = Math.max(size, Math.abs(value ?? 0));
  return size;
}

/** What is added before the logarithm; null: the series keeps its scale, for it has values below zero or sways as much where it is low. */
function logShift(values: Float64Array, known: Uint8Array, period: number): number | null {
  const sorted = values.filter((_, t) => known[t] === 1).sort();
  const least = sorted[0]!;
  if (least < 0 || !growsWithLevel(values, known, period)) return null;
  const middle = sorted[sorted.length >> 1]!;
  return Math.max(0, LOGGED_MIN - least, NEAR_ZERO * (middle > 0 ? middle : meanOf(sorted)) - least);
}

/** A gap becomes what is usual at its phase of the season, plus what its two ends lay beside that, one fading into the other. */
function fillGaps(values: Float64Array, known: Uint8Array, period: number): void {
  if (!known.includes(0)) return;
  const usual = phaseMeans(values, known, period);
  const beside = (t: number): number => values[t]! - usual[t % period]!;
  let before = 0;
  for (let t = 1; t < values.length; t++) {
    if (known[t] === 0) continue;
    for (let gap = before + 1; gap < t; gap++) {
      const part = (gap - before) / (t - before);
      values[gap] = usual[gap % period]! + (1 - part) * beside(before) + part * beside(t);
    }
    before = t;
  }
}

function phaseMeans(values: Float64Array, known: Uint8Array, period: number): Float64Array {
  const sums = new Float64Array(period);
  const counts = new Float64Array(period);
  for (let t = 0; t < values.length; t++) {
    if (known[t] === 0) continue;
    sums[t % period]! += values[t]!;
    counts[t % period]! += 1;
  }
  const all = sums.reduce((sum, each) => sum + each) / counts.reduce((sum, each) => sum + each);
  return sums.map((sum, phase) => (counts[phase] === 0 ? all : sum / counts[phase]!));
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: Float64Array, mean: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
