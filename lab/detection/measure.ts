// Mean times to alarm of a detector on Bernoulli outcomes: false alarms of a fresh one, and delays from its worst and from its usual state.
import { seededDraws } from './seeded-draws.ts';
import type { Watcher } from './contestant.ts';

export interface MeanTime {
  readonly mean: number;
  /** Of the mean. */
  readonly standardError: number;
  readonly alarms: number;
  /** It ended before all alarms were in: the mean is attempts per alarm, at least. */
  readonly isCut: boolean;
}

export interface Runs {
  readonly rate: number;
  readonly alarms: number;
  /** Over all runs together. */
  readonly attemptsMax: number;
  readonly draw: () => number;
  /** Asked after each alarm and now and then between: it ends once this is true. */
  readonly isClear?: (alarms: number, attempts: number) => boolean;
}

const LOOK_EVERY = 4_096;

/** Hazard from `alarms` alarms: total attempts over alarms. */
export function meanTimeToAlarm(create: () => Watcher, { rate, alarms, attemptsMax, draw, isClear }: Runs): MeanTime {
  let total = 0;
  let squares = 0;
  const cut = (seen: number): MeanTime => ({
    mean: total / Math.max(1, seen),
    standardError: NaN,
    alarms: seen,
    isCut: true,
  });
  for (let run = 0; run < alarms; run++) {
    const watcher = create();
    let attempts = 0;
    for (;;) {
      attempts++;
      total++;
      if (watcher.observe(draw() < rate)) break;
      if (total >= attemptsMax || (attempts % LOOK_EVERY === 0 && isClear?.(run, total) === true)) return cut(run);
    }
    squares += attempts * attempts;
    if (run + 1 < alarms && isClear?.(run + 1, total) === true) return cut(run + 1);
  }
  const mean = total / alarms;
  return { mean, standardError: Math.sqrt(Math.max(0, squares / alarms - mean * mean) / alarms), alarms, isCut: false };
}

/** Standard errors, and alarms, by which alarms must be off those due to need no more of them. */
const CLEAR_DEVIATIONS = 4.5;
const CLEAR_ALARMS = 3;

/** Whether it is plain on which side of the mean time asked for the true one lies. */
export function isClearOf(arl: number): (alarms: number, attempts: number) => boolean {
  return (alarms, attempts) => {
    const due = attempts / arl;
    return Math.abs(due - alarms) > CLEAR_DEVIATIONS * Math.sqrt(Math.max(due, alarms)) + CLEAR_ALARMS;
  };
}

/** A detector that has seen nothing yet; not all of them draw. */
export type Maker = (draw: () => number) => Watcher;

export interface Change {
  readonly before: number;
  readonly after: number;
  readonly runs: number;
  /** Over all runs together; beyond it a change counts as not seen. */
  readonly attemptsMax: number;
  /** Names the stream of outcomes. */
  readonly name: string;
}

export interface WorstDelay {
  /** Null: not seen. */
  readonly delay: number | null;
  /** Good results that stood before the change in the state that delays most. */
  readonly goodBefore: number;
}

/**
 * Good results in a row before a change, of which each detector gets what delays it most: none for what waits for a number of results,
 * 300 for averages, 50 for windows, and what lies between for windows that are not full, and for intervals that a change falls into the middle of.
 */
export const GOOD_BEFORE = [0, 5, 10, 20, 50, 80, 300] as const;
const PILOT_RUNS = 400;

/** From the worst of these states, chosen by fewer runs, all on the same outcomes; of equals it is the first. */
export function worstDelay(create: Maker, change: Change): WorstDelay {
  const { runs, attemptsMax, name } = change;
  const delayFrom = (goodBefore: number, of: number, purpose: string): number | null => {
    const draw = seededDraws(`${name} ${purpose}`);
    const { mean, isCut } = meanTimeToAlarm(() => fed(create(draw), goodBefore), {
      rate: change.after,
      alarms: of,
      attemptsMax: (attemptsMax * of) / runs,
      draw,
    });
    return isCut ? null : mean;
  };
  const pilotRuns = Math.min(PILOT_RUNS, Math.ceil(runs / 4));
  let worst = { mean: -Infinity, goodBefore: 0 };
  for (const goodBefore of GOOD_BEFORE) {
    const mean = delayFrom(goodBefore, pilotRuns, 'pilot');
    if (mean === null) return { delay: null, goodBefore };
    if (mean > worst.mean) worst = { mean, goodBefore };
  }
  return { delay: delayFrom(worst.goodBefore, runs, 'delay'), goodBefore: worst.goodBefore };
}

function fed(watcher: Watcher, good: number): Watcher {
  for (let i = 0; i < good; i++) watcher.observe(false);
  return watcher;
}

/** Results at the baseline's rate without an alarm, after which windows and averages have long been full. */
const USUAL_ATTEMPTS = 1_000;

/** From the state in which a change finds it on average: after results at the rate of before, runs with a false alarm among them left out. */
export function usualDelay(create: Maker, { before, after, runs, attemptsMax, name }: Change): number | null {
  const draw = seededDraws(`${name} usual`);
  const { mean, isCut } = meanTimeToAlarm(() => quietAt(create, before, draw), {
    rate: after,
    alarms: runs,
    attemptsMax,
    draw,
  });
  return isCut ? null : mean;
}

function quietAt(create: Maker, rate: number, draw: () => number): Watcher {
  for (;;) {
    const watcher = create(draw);
    let attempts = 0;
    while (attempts < USUAL_ATTEMPTS && !watcher.observe(draw() < rate)) attempts++;
    if (attempts === USUAL_ATTEMPTS) return watcher;
  }
}

/** The largest count that is still among the lowest tenth of Bin(attempts, rate): P(less) <= 0.1. Nine baselines of ten have as many hits or more. */
export function lowestNineTenths(attempts: number, rate: number): number {
  let logChance = attempts * Math.log1p(-rate);
  let below = 0;
  for (let hits = 0; ; hits++) {
    below += Math.exp(logChance);
    if (below > 0.1) return hits;
    logChance += Math.log((attempts - hits) / (hits + 1)) + Math.log(rate) - Math.log1p(-rate);
  }
}

export function drawHits(attempts: number, rate: number, draw: () => number): number {
  let hits = 0;
  for (let i = 0; i < attempts; i++) if (draw() < rate) hits++;
  return hits;
}

/** The first threshold at which the mean time to false alarm is at least the one asked for; false alarms never become more as it rises. */
export function tune(thresholds: readonly number[], isEnough: (threshold: number) => boolean): number | null {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isEnough(thresholds[middle]!)) high = middle;
    else low = middle + 1;
  }
  return thresholds[low] ?? null;
}
