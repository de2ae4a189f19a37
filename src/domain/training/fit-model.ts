// Learns what each circumstance adds to or takes from the odds of approval: a logistic model whose effects are drawn towards none, each feature as strongly as
// its own levels agree (random effects, their spread by expectation and maximisation). Rules: SPEC.md [TRN].
import { FEATURES, type FeatureName, type TrainingCell } from './context.ts';

export interface Effect {
  /** In log odds. */
  readonly logOdds: number;
  /** What the attempts of this level say of it, in units of 1/variance. */
  readonly information: number;
  readonly attempts: number;
}

export interface FittedFeature {
  readonly name: FeatureName;
  readonly levels: ReadonlyMap<string, Effect>;
  /** How far its levels lie apart, as far as attempts tell: the deviation of the effects of levels yet unseen. */
  readonly deviation: number;
}

export interface FittedModel {
  /** Log odds where nothing is known of the circumstances. */
  readonly intercept: number;
  readonly features: readonly FittedFeature[];
  readonly attempts: number;
  readonly approved: number;
  /** Over all features; it ends when no effect moves any more, and after `SWEEPS_MAX` at the latest. */
  readonly sweeps: number;
}

/** Beyond these odds (1 to 160,000) a certainty says no more. */
const LOG_ODDS_MAX = 12;
/** The whole is as likely to be anywhere from 5% to 95%. */
const INTERCEPT_VARIANCE = 9;
/** What the spread of a feature is thought to be before its levels are seen, and what that counts for, in levels. */
const VARIANCE_EXPECTED = 0.1;
const VARIANCE_WORTH = 1;
const VARIANCE_MIN = 1e-6;
const VARIANCE_MAX = 9;
const STEP_MAX = 2;
const STILL = 5e-4;
export const SWEEPS_MAX = 60;

interface Column {
  readonly name: FeatureName;
  readonly levels: readonly string[];
  /** Of each cell. */
  readonly levelOf: Int32Array;
  readonly effects: Float64Array;
  readonly information: Float64Array;
  readonly attempts: Float64Array;
  variance: number;
}

interface Sheet {
  readonly attempts: Float64Array;
  readonly approved: Float64Array;
  readonly logOdds: Float64Array;
  intercept: number;
}

/** Cells that are no counts are passed over. `null`: there is none left. */
export function fitModel(given: readonly TrainingCell[]): FittedModel | null {
  const cells = given.filter(isCount);
  const attempts = cells.reduce((sum, cell) => sum + cell.attempts, 0);
  if (attempts === 0) return null;
  const sheet: Sheet = {
    attempts: Float64Array.from(cells, (cell) => cell.attempts),
    approved: Float64Array.from(cells, (cell) => cell.approved),
    logOdds: new Float64Array(cells.length),
    intercept: 0,
  };
  const columns = FEATURES.map(({ name, levelOf }) => columnOf(name, cells.map(levelOf), sheet));
  let sweeps = 0;
  for (let moved = Infinity; moved > STILL && sweeps < SWEEPS_MAX; sweeps += 1) {
    moved = stepIntercept(sheet);
    for (const column of columns) moved = Math.max(moved, stepColumn(sheet, column));
  }
  const approved = cells.reduce((sum, cell) => sum + cell.approved, 0);
  return { intercept: sheet.intercept, features: columns.map(fittedOf), attempts, approved, sweeps };
}

const isCount = ({ attempts, approved }: TrainingCell): boolean =>
  Number.isFinite(attempts) && attempts > 0 && approved >= 0 && approved <= attempts;

function columnOf(name: FeatureName, named: readonly string[], { attempts }: Sheet): Column {
  const places = new Map<string, number>();
  const levelOf = Int32Array.from(named, (level) => {
    const place = places.get(level) ?? places.size;
    places.set(level, place);
    return place;
  });
  const counts = new Float64Array(places.size);
  for (const [cell, level] of levelOf.entries()) counts[level]! += attempts[cell]!;
  return {
    name,
    levels: [...places.keys()],
    levelOf,
    effects: new Float64Array(places.size),
    information: new Float64Array(places.size),
    attempts: counts,
    variance: VARIANCE_EXPECTED,
  };
}

function stepIntercept(sheet: Sheet): number {
  let [gradient, curvature] = [-sheet.intercept / INTERCEPT_VARIANCE, 1 / INTERCEPT_VARIANCE];
  for (const [cell, logOdds] of sheet.logOdds.entries()) {
    const rate = rateOf(logOdds);
    gradient += sheet.approved[cell]! - sheet.attempts[cell]! * rate;
    curvature += sheet.attempts[cell]! * rate * (1 - rate);
  }
  const step = bounded(gradient / curvature, STEP_MAX);
  sheet.intercept += step;
  for (let cell = 0; cell < sheet.logOdds.length; cell += 1) sheet.logOdds[cell]! += step;
  return Math.abs(step);
}

/** Each cell has one level of a feature: its effects are found one by one, each by a step of Newton's. Returns the largest. */
function stepColumn({ attempts, approved, logOdds }: Sheet, column: Column): number {
  const { levelOf, effects, information } = column;
  const gradients = new Float64Array(effects.length);
  information.fill(0);
  for (let cell = 0; cell < levelOf.length; cell += 1) {
    const level = levelOf[cell]!;
    const rate = rateOf(logOdds[cell]!);
    gradients[level]! += approved[cell]! - attempts[cell]! * rate;
    information[level]! += attempts[cell]! * rate * (1 - rate);
  }
  const precision = 1 / column.variance;
  let [moved, spread] = [0, 0];
  for (let level = 0; level < effects.length; level += 1) {
    const curvature = information[level]! + precision;
    const step = bounded((gradients[level]! - effects[level]! * precision) / curvature, STEP_MAX);
    effects[level]! += step;
    gradients[level] = step;
    moved = Math.max(moved, Math.abs(step));
    spread += effects[level]! ** 2 + 1 / curvature;
  }
  for (let cell = 0; cell < levelOf.length; cell += 1) logOdds[cell]! += gradients[levelOf[cell]!]!;
  const variance = (spread + VARIANCE_WORTH * VARIANCE_EXPECTED) / (effects.length + VARIANCE_WORTH);
  column.variance = Math.min(VARIANCE_MAX, Math.max(VARIANCE_MIN, variance));
  return moved;
}

const fittedOf = ({ name, levels, effects, information, attempts, variance }: Column): FittedFeature => ({
  name,
  levels: new Map(
    levels.map((level, place) => [
      level,
      { logOdds: effects[place]!, information: information[place]!, attempts: attempts[place]! },
    ]),
  ),
  deviation: Math.sqrt(variance),
});

export const rateOf = (logOdds: number): number => 1 / (1 + Math.exp(-bounded(logOdds, LOG_ODDS_MAX)));

const bounded = (value: number, most: number): number => Math.min(most, Math.max(-most, value));
