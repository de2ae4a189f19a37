// Mean times to alarm of a detector on Bernoulli outcomes, each run from its worst state: nothing seen yet.
import type { Watcher } from './contestant.ts';

export interface MeanTime {
  readonly mean: number;
  /** Of the mean. */
  readonly standardError: number;
  readonly alarms: number;
  /** Attempts ran out before all alarms were in: the mean is attempts per alarm, at least. */
  readonly isCut: boolean;
}

export interface Runs {
  readonly rate: number;
  readonly alarms: number;
  /** Over all runs together. */
  readonly attemptsMax: number;
  readonly draw: () => number;
}

/** Hazard from `alarms` alarms: total attempts over alarms. */
export function meanTimeToAlarm(create: () => Watcher, { rate, alarms, attemptsMax, draw }: Runs): MeanTime {
  let total = 0;
  let squares = 0;
  for (let run = 0; run < alarms; run++) {
    const watcher = create();
    let attempts = 0;
    for (;;) {
      attempts++;
      if (watcher.observe(draw() < rate)) break;
      if (total + attempts >= attemptsMax)
        return { mean: (total + attempts) / Math.max(1, run), standardError: NaN, alarms: run, isCut: true };
    }
    total += attempts;
    squares += attempts * attempts;
  }
  const mean = total / alarms;
  return { mean, standardError: Math.sqrt(Math.max(0, squares / alarms - mean * mean) / alarms), alarms, isCut: false };
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
