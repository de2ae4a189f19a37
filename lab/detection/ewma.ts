// An exponentially weighted moving average of failures against a limit in standard deviations of it.
import type { RuleEntry, Watcher } from './contestant.ts';

/** Roberts' charts use 0.05 to 0.25. */
const WEIGHT = 0.05;

class MovingAverage implements Watcher {
  readonly #limit: number;
  #average: number;

  constructor(rate: number, deviations: number) {
    this.#average = rate;
    this.#limit = rate + deviations * Math.sqrt((rate * (1 - rate) * WEIGHT) / (2 - WEIGHT));
  }

  observe(hit: boolean): boolean {
    this.#average += WEIGHT * ((hit ? 1 : 0) - this.#average);
    return this.#average > this.#limit;
  }
}

export const ewma: RuleEntry = {
  id: 'ewma',
  source: 'Roberts, "Control chart tests based on geometric moving averages" (1959): weight 0.05, limit 3 deviations',
  published: 3,
  thresholds: () => Array.from({ length: 391 }, (_, i) => 1 + i / 10),
  create: (rate, deviations) => new MovingAverage(rate, deviations),
};
