// The member that learns each stretch of the horizon by itself, from origins in the past: it makes no step out of a step that was itself guessed.
import { dot, RidgeSums } from './ridge.ts';
import { habitOf } from './habit.ts';
import type { Member, Paths, Task } from './member.ts';

const PENALTY = 10;
/** Stretches of the horizon that share coefficients, at most. */
const STRETCHES_MAX = 12;
const STRETCH_STEPS_MIN = 4;
const DAY_NEWEST_MIN = 0.3;
const ROWS_PER_COEFFICIENT = 3;
const RECENT_STEPS = 3;

/** Values and their means over any span, in constant time. */
class Spans {
  readonly #sums: Float64Array;

  constructor(values: Float64Array) {
    this.#sums = new Float64Array(values.length + 1);
    for (const [t, value] of values.entries()) this.#sums[t + 1] = this.#sums[t]! + value;
  }

  /** Of the `length` values up to and with `last`. */
  mean(last: number, length: number): number {
    return (this.#sums[last + 1]! - this.#sums[last + 1 - length]!) / length;
  }
}

export const directRegression: Member = (task) => new Direct(task).paths();

class Direct {
  readonly #task: Task;
  readonly #week: number;
  readonly #spans: Spans;
  readonly #day: Float64Array;
  readonly #weekly: Float64Array;
  readonly #row: Float64Array;

  constructor(task: Task) {
    const { values, period, week } = task.series;
    this.#task = task;
    this.#week = week > 0 ? week : period;
    this.#spans = new Spans(values);
    this.#day = habitOf(values, { season: period, newestMin: DAY_NEWEST_MIN });
    this.#weekly = habitOf(values, { season: this.#week, newestMin: 0 });
    this.#row = new Float64Array(15);
  }

  paths(): Paths {
    const { origins, horizon } = this.#task;
    const stretch = Math.max(STRETCH_STEPS_MIN, Math.ceil(horizon / STRETCHES_MAX));
    const paths = origins.map(() => new Float64Array(horizon));
    const spoken = origins.map(() => true);
    for (let first = 1; first <= horizon; first += stretch) {
      const last = Math.min(horizon, first + stretch - 1);
      const sums = new RidgeSums(this.#row.length);
      let from = this.#firstTarget(last);
      const least = from + ROWS_PER_COEFFICIENT * this.#row.length;
      for (const [i, origin] of origins.entries()) {
        if (origin < least) {
          spoken[i] = false;
          continue;
        }
        this.#gather(sums, { from, to: origin, first, last });
        from = Math.max(from, origin);
        const coefficients = sums.solve(PENALTY);
        for (let step = first; step <= last; step++)
          paths[i]![step - 1] = this.#fill(origin - 1, step) + dot(coefficients, this.#row);
      }
    }
    return paths.map((path, i) => (spoken[i] ? path : null));
  }

  #firstTarget(step: number): number {
    const { period } = this.#task.series;
    return Math.max(this.#week + Math.max(period, RECENT_STEPS), this.#seasonsBack(this.#week, step) + 1) + step;
  }

  #seasonsBack(season: number, step: number): number {
    return season * Math.ceil(step / season);
  }

  #gather(sums: RidgeSums, { from, to, first, last }: { from: number; to: number; first: number; last: number }): void {
    const { values, known } = this.#task.series;
    for (let target = from; target < to; target++) {
      if (known[target] === 0) continue;
      // One step of the stretch for each target: all of them would say nearly the same.
      const step = first + (target % (last - first + 1));
      const anchor = this.#fill(target - step, step);
      sums.add(this.#row, values[target]! - anchor, 1);
    }
  }

  /** What is known at `now`, the last moment known, of the moment `step` ahead. Returns the anchor: the same time of the last season. */
  #fill(now: number, step: number): number {
    const { values, period } = this.#task.series;
    const row = this.#row;
    const spans = this.#spans;
    const week = this.#week;
    const target = now + step;
    const yesterday = target - this.#seasonsBack(period, step);
    const lastWeek = target - this.#seasonsBack(week, step);
    const anchor = values[yesterday]!;
    const level = spans.mean(now, period);
    row[0] = values[now]! - values[now - period]!;
    row[1] = values[now - 1]! - values[now - 1 - period]!;
    row[2] = values[now]! - this.#weekly[now - week]!;
    row[3] = values[now]! - this.#day[now - period]!;
    row[4] = level - spans.mean(now - period, period);
    row[5] = level - spans.mean(now - week, period);
    row[6] = level - spans.mean(now, week);
    row[7] = anchor - level;
    row[8] = values[yesterday - period]! - anchor;
    row[9] = values[lastWeek]! - anchor;
    row[10] = this.#weekly[lastWeek]! - anchor;
    row[11] = this.#day[yesterday]! - anchor;
    row[12] = this.#weekly[lastWeek - 1]! - this.#weekly[lastWeek]!;
    row[13] = spans.mean(now, RECENT_STEPS) - spans.mean(now - week, RECENT_STEPS);
    row[14] = 1;
    return anchor;
  }
}
