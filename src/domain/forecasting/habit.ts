// What is usual at a time of day or of week: the mean of the same moment in all seasons so far, older ones weighing less where asked.

export interface Habit {
  readonly season: number;
  /** Least weight of the newest season: 0 is a plain mean of all. */
  readonly newestMin: number;
}

/** At each moment, its own value included; in the first season that value alone. */
export function habitOf(values: Float64Array, habit: Habit): Float64Array {
  const usual = new Float64Array(values.length);
  for (let t = 0; t < values.length; t++) usual[t] = habitAt(values, usual, t, habit);
  return usual;
}

export function habitAt(values: Float64Array, usual: Float64Array, t: number, { season, newestMin }: Habit): number {
  if (t < season) return values[t]!;
  const share = Math.max(1 / (1 + Math.floor(t / season)), newestMin);
  return share * values[t]! + (1 - share) * usual[t - season]!;
}
