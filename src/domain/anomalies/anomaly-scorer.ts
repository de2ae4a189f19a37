// Says row by row how anomalous a series of measurements is, from nothing but the rows so far; what is done about it is decided elsewhere.
import { createDailyHabit, medianOf, moveTo, noteValue, usualNow, type DailyHabit } from './daily-habit.ts';
import { createUsualDeviation, learnDeviation, ratioTo, usualOf, type UsualDeviation } from './usual-deviation.ts';

/** Larger values count as this: their differences stay finite. */
const VALUE_MAX = 1e150;
/** A clock that goes back by less is taken to stand still. */
const CLOCK_BACK_MAX_MS = 86_400_000;
/** A smaller part of the value is rounding, no deviation. */
const ROUNDING = 1e-9;
const RECENT_ROWS = 16;
/** A fall counts for less than a rise: in operations most falls are quiet hours and gaps in the measuring. */
const FALL_WEIGHT = 0.6;
/** Relative deviations: of the value and a tenth of the usual magnitude, lest nothing be infinitely far from next to nothing. */
const MAGNITUDE_ADDED = 0.1;
const RELATIVE_WEIGHT = 0.85;
/** The last 16 rows know of no daily pattern. */
const RECENT_WEIGHT = 0.5;
/** An anomaly is seen over several rows: the row before counts nearly as much, and a lasting deviation more than a single one. */
const ROW_BEFORE_WEIGHT = 0.9;
const LASTING_WEIGHT = 0.4;
/** The surprise that scores 0.5: of a single row eight times as far off as usual. */
const SURPRISE_HALF = 8 * (1 + LASTING_WEIGHT);
const MISSING_KEEPS = 0.9;

/** Plain JSON: 10 kB for usual values, 16 kB at most. */
export interface AnomalyScorer {
  /** The latest time so far; epoch ms. */
  lastMs: number | null;
  readonly habit: DailyHabit;
  readonly recent: number[];
  readonly magnitude: UsualDeviation;
  /** Deviations from the habit, in the value's unit and relative, and from the recent rows. */
  readonly plain: UsualDeviation;
  readonly relative: UsualDeviation;
  readonly recently: UsualDeviation;
  /** Of the last row with a value and of the one before it. */
  surprises: [number, number];
  score: number;
}

export function createAnomalyScorer(): AnomalyScorer {
  return {
    lastMs: null,
    habit: createDailyHabit(),
    recent: [],
    magnitude: createUsualDeviation(),
    plain: createUsualDeviation(),
    relative: createUsualDeviation(),
    recently: createUsualDeviation(),
    surprises: [0, 0],
    score: 0,
  };
}

/**
 * Learns a row and returns its score in [0, 1]: 0.5 for a single row eight times as far from what was expected as rows usually are.
 * `value`: `null` where it is missing. Steps may be irregular; a time before the last one counts as that, unless it is over a day before:
 * then the clock was set, and days are counted anew.
 */
export function scoreNext(scorer: AnomalyScorer, atMs: number, value: number | null): number {
  if (value === null || !Number.isFinite(value)) {
    scorer.score *= MISSING_KEEPS;
    return scorer.score;
  }
  const counted = Math.max(-VALUE_MAX, Math.min(VALUE_MAX, value));
  const timeMs = timeOf(scorer, atMs);
  const elapsedMs = Math.max(0, timeMs - (scorer.lastMs ?? timeMs));
  scorer.lastMs = timeMs;
  moveTo(scorer.habit, timeMs);
  const surprise = surpriseOf(scorer, counted, elapsedMs);
  learnDeviation(scorer.magnitude, counted, elapsedMs);
  noteValue(scorer.habit, counted);
  scorer.recent.push(counted);
  if (scorer.recent.length > RECENT_ROWS) scorer.recent.shift();
  const [before, twoBefore] = scorer.surprises;
  scorer.surprises = [surprise, before];
  const lasting = surprise + before + twoBefore;
  const total = Math.max(surprise, ROW_BEFORE_WEIGHT * before) + LASTING_WEIGHT * lasting;
  scorer.score = total / (total + SURPRISE_HALF);
  return scorer.score;
}

function timeOf({ lastMs }: AnomalyScorer, atMs: number): number {
  return lastMs !== null && atMs < lastMs && atMs >= lastMs - CLOCK_BACK_MAX_MS ? lastMs : atMs;
}

/** The largest of three ratios of a deviation to what is usual for it: whichever view knows the series best sees the anomaly. */
function surpriseOf(scorer: AnomalyScorer, value: number, elapsedMs: number): number {
  const judge = (usual: UsualDeviation, deviation: number): number => {
    const ratio = ratioTo(usual, deviation);
    learnDeviation(usual, deviation, elapsedMs);
    return ratio < 0 ? -FALL_WEIGHT * ratio : ratio;
  };
  const { recent, magnitude } = scorer;
  const lately =
    recent.length === 0 ? 0 : RECENT_WEIGHT * judge(scorer.recently, differenceOf(value, medianOf(recent)));
  const usual = usualNow(scorer.habit);
  if (usual === null) return lately;
  const deviation = differenceOf(value, usual);
  const plain = judge(scorer.plain, deviation);
  const added = MAGNITUDE_ADDED * usualOf(magnitude);
  const isRelative = deviation !== 0 && added > 1 / VALUE_MAX;
  const relative = judge(scorer.relative, isRelative ? logOf(value, added) - logOf(usual, added) : 0);
  return Math.max(lately, plain, RELATIVE_WEIGHT * relative);
}

function differenceOf(value: number, expected: number): number {
  const difference = value - expected;
  const size = Math.max(Math.abs(value), Math.abs(expected));
  return Math.abs(difference) <= ROUNDING * size ? 0 : difference;
}

function logOf(value: number, added: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value) / added);
}
