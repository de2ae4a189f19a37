// Remembers a week of a series in cells of a quarter of an hour, and says from it what is usual at this time of day.

const CELL_MS = 900_000;
const CELLS_PER_DAY = 96;
const DAYS = 7;
/** An hour: a series that is told each hour has its neighbours there. */
const NEIGHBOUR_CELLS = 4;
const CELLS_KEPT = CELLS_PER_DAY * (DAYS + 1);
/** Keeps the state short as JSON. */
const DIGITS_KEPT = 10;

/** Plain JSON, of bounded size: at most 768 numbers. */
export interface DailyHabit {
  /** The cell of the latest row: quarters of an hour since 1970. */
  cell: number | null;
  /** Rows that the mean of that cell is of. */
  rows: number;
  /** Means of the values, by cell modulo their number. */
  readonly means: (number | null)[];
}

export function createDailyHabit(): DailyHabit {
  return { cell: null, rows: 0, means: new Array<null>(CELLS_KEPT).fill(null) };
}

/** To be called before a row is judged. Time that passed without rows leaves empty cells; time that goes back leaves nothing. */
export function moveTo(habit: DailyHabit, atMs: number): void {
  const cell = Math.round(atMs / CELL_MS);
  const { cell: before, means } = habit;
  if (cell === before) return;
  if (before === null || cell < before || cell - before >= CELLS_KEPT) means.fill(null);
  else {
    const mean = means[placeOf(before)]!;
    if (mean !== null) means[placeOf(before)] = Number(mean.toPrecision(DIGITS_KEPT));
    for (let empty = before + 1; empty <= cell; empty++) means[placeOf(empty)] = null;
  }
  habit.cell = cell;
  habit.rows = 0;
}

/** Adds a value to the cell that was moved to. */
export function noteValue(habit: DailyHabit, value: number): void {
  const place = placeOf(habit.cell!);
  const mean = habit.means[place] ?? 0;
  habit.rows++;
  habit.means[place] = mean + (value - mean) / habit.rows;
}

/** The median of the last seven days at this time, with the nearest cells within an hour on both sides; `null`: nothing is known yet. */
export function usualNow({ cell, means }: DailyHabit): number | null {
  const near: number[] = [];
  for (let day = 1; day <= DAYS; day++) {
    const then = cell! - day * CELLS_PER_DAY;
    const mean = means[placeOf(then)]!;
    if (mean !== null) near.push(mean);
    for (const direction of [-1, 1])
      for (let away = 1; away <= NEIGHBOUR_CELLS; away++) {
        const neighbour = means[placeOf(then + direction * away)]!;
        if (neighbour === null) continue;
        near.push(neighbour);
        break;
      }
  }
  return near.length === 0 ? null : medianOf(near);
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : sorted[half - 1]! + (sorted[half]! - sorted[half - 1]!) / 2;
}

function placeOf(cell: number): number {
  return ((cell % CELLS_KEPT) + CELLS_KEPT) % CELLS_KEPT;
}
