// The member that learns how each value follows from its own past: the last steps, the same time of day and week, and what is usual then.
import { dot, RidgeSums } from './ridge.ts';
import { habitAt, habitOf, type Habit } from './habit.ts';
import { huberWeights } from './robust.ts';
import type { Member, Paths, Task } from './member.ts';

export interface PatternOptions {
  readonly lags: (period: number, week: number) => readonly number[];
  readonly penalty: number;
}

/** Rows per coefficient below which the member keeps silent. */
const ROWS_PER_COEFFICIENT = 2;
/** Steps before the target at which habit is looked up. */
const HABIT_LAGS = [0, 1, 2];
const DAY_NEWEST_MIN = 0.3;
/** How far beyond all it has seen a path may go, in ranges of the series. */
const BEYOND_MAX = 1;

export function patternRegression(options: PatternOptions): Member {
  return (task) => new Pattern(task, options).paths();
}

class Pattern {
  readonly #task: Task;
  readonly #lags: readonly number[];
  readonly #penalty: number;
  readonly #habits: readonly Habit[];
  readonly #usual: readonly Float64Array[];
  readonly #start: number;
  readonly #row: Float64Array;

  constructor(task: Task, { lags, penalty }: PatternOptions) {
    const { values, period, week } = task.series;
    this.#task = task;
    this.#penalty = penalty;
    this.#lags = lags(period, week);
    this.#habits = [
      { season: period, newestMin: DAY_NEWEST_MIN },
      { season: week, newestMin: 0 },
    ].filter(({ season }) => season > 1);
    this.#usual = this.#habits.map((habit) => habitOf(values, habit));
    const reach = HABIT_LAGS.at(-1)!;
    this.#start = Math.max(...this.#lags, ...this.#habits.map(({ season }) => season + reach));
    this.#row = new Float64Array(this.#lags.length + this.#habits.length * HABIT_LAGS.length + 1);
  }

  paths(): Paths {
    const { series, origins } = this.#task;
    const end = series.values.length;
    const enough = this.#start + ROWS_PER_COEFFICIENT * this.#row.length;
    if (end < enough) return origins.map(() => null);
    const sums = new RidgeSums(this.#row.length);
    const weights = this.#settledWeights(sums, end);
    sums.clear();
    let from = this.#start;
    return origins.map((origin) => {
      if (origin < enough) return null;
      this.#gather(sums, weights, from, origin);
      from = origin;
      return this.#walk(sums.solve(this.#penalty), origin);
    });
  }

  /** Of the rows, from the whole series: only how far a row is trusted is known ahead of an origin, never what followed it. */
  #settledWeights(sums: RidgeSums, end: number): Float64Array {
    const { values, known } = this.#task.series;
    this.#gather(sums, Float64Array.from(known), this.#start, end);
    const coefficients = sums.solve(this.#penalty);
    const residuals = new Float64Array(end);
    for (let t = this.#start; t < end; t++)
      residuals[t] = values[t]! - this.#fill(values, this.#usual, t) - dot(coefficients, this.#row);
    return huberWeights(residuals, known, this.#start);
  }

  #gather(sums: RidgeSums, weights: Float64Array, from: number, to: number): void {
    const { values } = this.#task.series;
    for (let t = from; t < to; t++) {
      if (weights[t] === 0) continue;
      const anchor = this.#fill(values, this.#usual, t);
      sums.add(this.#row, values[t]! - anchor, weights[t]!);
    }
  }

  /** Fills the row of a moment and returns its anchor: coefficients of nothing repeat the last season. */
  #fill(values: Float64Array, usual: readonly Float64Array[], t: number): number {
    const row = this.#row;
    let place = 0;
    for (const lag of this.#lags) row[place++] = values[t - lag]!;
    for (const [i, { season }] of this.#habits.entries())
      for (const lag of HABIT_LAGS) row[place++] = usual[i]![t - season - lag]!;
    row[place] = 1;
    return values[t - this.#task.series.period]!;
  }

  #walk(coefficients: Float64Array, origin: number): Float64Array {
    const { series, horizon } = this.#task;
    const values = new Float64Array(origin + horizon);
    values.set(series.values.subarray(0, origin));
    const usual = this.#usual.map((each) => {
      const extended = new Float64Array(origin + horizon);
      extended.set(each.subarray(0, origin));
      return extended;
    });
    const [lowest, highest] = reachOf(series.values.subarray(0, origin));
    for (let t = origin; t < origin + horizon; t++) {
      const anchor = this.#fill(values, usual, t);
      values[t] = Math.min(highest, Math.max(lowest, anchor + dot(coefficients, this.#row)));
      for (const [i, habit] of this.#habits.entries()) usual[i]![t] = habitAt(values, usual[i]!, t, habit);
    }
    return values.subarray(origin);
  }
}

function reachOf(values: Float64Array): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const beyond = BEYOND_MAX * (high - low);
  return [low - beyond, high + beyond];
}
