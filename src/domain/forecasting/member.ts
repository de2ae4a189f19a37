// What every member of the combination is given and gives back: a series at rest, the origins to forecast from, one path for each.

/** A series as the members see it: transformed, scaled to about one, without gaps. */
export interface PreparedSeries {
  readonly values: Float64Array;
  /** 0 where a gap was filled: nothing is learned from such a value. */
  readonly known: Uint8Array;
  /** Steps to a season; 1: none. */
  readonly period: number;
  /** Steps to the season of seasons (a week of days); 0: none is seen. */
  readonly week: number;
}

export interface Task {
  readonly series: PreparedSeries;
  /** Ascending. A forecast from an origin rests on the values before it; the last one is the end of the series. */
  readonly origins: readonly number[];
  readonly horizon: number;
}

/** One path of `horizon` steps per origin; null from where the member has too little to go by. */
export type Paths = readonly (Float64Array | null)[];

export type Member = (task: Task) => Paths;
