// What a ratio usually is at this hour of the week, drawn to the hour of the day and that to all hours, as far as little is known of it.

const HOURS = 168;
const HOURS_PER_DAY = 24;
/** Of an hour of the week, when the same hour of the next week is over. */
const KEPT_PER_WEEK = 0.7;
/** A mean deviation of hours, in the logarithm: what is believed before any, and how many hours that is worth. */
const DEVIATION_TOLD = 0.12;
const HOURS_TOLD = 12;
const HOURS_KEPT_MAX = 240;
const DEVIATION_MAX = 1;

/** Plain JSON, of at most 336 numbers and a few. `of` and `per`: e.g. failures per attempt, attempts per minute. */
export interface SeasonalRatio {
  readonly of: number[];
  readonly per: number[];
  /** Hours since 1970; `null`: nothing was noted yet. */
  hour: number | null;
  /** In the present hour, which counts when it is over: a change that begins is not to teach that it is usual. */
  hereOf: number;
  herePer: number;
  /** In the present hour as well: what was counted and expected, for the deviation. */
  hourOf: number;
  hourExpected: number;
  deviation: number;
  hours: number;
}

export interface Usual {
  readonly ratio: number;
  /** Of the numerator, that it rests on. */
  readonly of: number;
  /** Of the denominator, what this hour of the day had on earlier days. */
  readonly perBefore: number;
  /** Whether this hour of the week was seen before: else the day may be another than those that were. */
  readonly isKnownWeekday: boolean;
  /** Mean size of an hour's deviation, in the logarithm, beyond chance. */
  readonly deviation: number;
}

export function createSeasonalRatio(): SeasonalRatio {
  const none = (): number[] => new Array<number>(HOURS).fill(0);
  return {
    of: none(),
    per: none(),
    hour: null,
    hereOf: 0,
    herePer: 0,
    hourOf: 0,
    hourExpected: 0,
    deviation: DEVIATION_TOLD,
    hours: 0,
  };
}

/**
 * `drawn`: of the denominator, what the hour of the day is worth beside the hour of the week; `drawnToAll`: all hours beside the hour of the day, which says
 * little of what has a day and a night. `null`: nothing is known at all.
 */
export function usualRatio(season: SeasonalRatio, minute: number, drawn: number, drawnToAll = drawn): Usual | null {
  const place = placeOf(hourOf(minute));
  let [allOf, allPer, dayOf, dayPer] = [0, 0, 0, 0];
  for (let hour = 0; hour < HOURS; hour++) {
    allOf += season.of[hour]!;
    allPer += season.per[hour]!;
  }
  if (allPer === 0) return null;
  for (let hour = place % HOURS_PER_DAY; hour < HOURS; hour += HOURS_PER_DAY) {
    dayOf += season.of[hour]!;
    dayPer += season.per[hour]!;
  }
  const all = allOf / allPer;
  const day = (dayOf + drawnToAll * all) / (dayPer + drawnToAll);
  const ratio = (season.of[place]! + drawn * day) / (season.per[place]! + drawn);
  return {
    ratio,
    of: ratio * Math.min(allPer, dayPer + drawnToAll),
    perBefore: dayPer,
    isKnownWeekday: season.per[place]! > 0,
    deviation: season.deviation,
  };
}

/** As `usualRatio`, between the middles of two hours where both are known: a day's rise and fall is no staircase. */
export function usualBetween(season: SeasonalRatio, minute: number, drawn: number, drawnToAll: number): Usual | null {
  const here = usualRatio(season, minute, drawn, drawnToAll);
  if (here === null) return null;
  const into = (((minute % 60) + 60) % 60) + 0.5;
  const there = usualRatio(season, minute + (into < 30 ? -60 : 60), drawn, drawnToAll);
  if (there === null || there.perBefore === 0 || here.perBefore === 0) return here;
  const weight = Math.abs(into - 30) / 60;
  return { ...here, ratio: (1 - weight) * here.ratio + weight * there.ratio };
}

/** To be called for each minute in order, before it is judged. */
export function moveToMinute(season: SeasonalRatio, minute: number): void {
  const hour = hourOf(minute);
  if (hour === season.hour) return;
  if (season.hour !== null) {
    learnDeviation(season);
    const before = placeOf(season.hour);
    season.of[before] = KEPT_PER_WEEK * season.of[before]! + season.hereOf;
    season.per[before] = KEPT_PER_WEEK * season.per[before]! + season.herePer;
  }
  season.hour = hour;
  forgetHour(season);
  season.hourOf = 0;
  season.hourExpected = 0;
}

/** `weight`: less than 1 where the minute is doubtful. */
export function noteRatio(season: SeasonalRatio, of: number, per: number, weight: number): void {
  season.hereOf += weight * of;
  season.herePer += weight * per;
}

export function noteHour(season: SeasonalRatio, of: number, expected: number): void {
  season.hourOf += of;
  season.hourExpected += expected;
}

/** What was usual is so no longer. */
export function forgetSeason(season: SeasonalRatio): void {
  season.of.fill(0);
  season.per.fill(0);
  forgetHour(season);
}

/** An alarm began within the hour: who knows since when it was not as usual. */
export function forgetHour(season: SeasonalRatio): void {
  season.hereOf = 0;
  season.herePer = 0;
}

/** What chance makes of counts is taken off: 0.8 standard deviations of a Poisson count is its mean deviation. */
function learnDeviation(season: SeasonalRatio): void {
  const { hourOf: of, hourExpected: expected } = season;
  if (expected < 1) return;
  const size = Math.min(DEVIATION_MAX, Math.abs(Math.log((of + 1) / (expected + 1))));
  const chance = 0.8 / Math.sqrt(expected + 1);
  season.hours = Math.min(HOURS_KEPT_MAX, season.hours + 1);
  season.deviation +=
    (Math.sqrt(Math.max(0, size * size - chance * chance)) - season.deviation) / (HOURS_TOLD + season.hours);
}

function hourOf(minute: number): number {
  return Math.floor(minute / 60);
}

function placeOf(hour: number): number {
  return ((hour % HOURS) + HOURS) % HOURS;
}
