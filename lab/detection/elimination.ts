// decision-engine's first elimination: a score that each failure lowers for good, demoted below a threshold.
import { scoreAfter } from '../policies/srv3-elimination.ts';
import { SRV3_SOURCE } from '../policies/srv3.ts';
import { wholeNumbers, type RuleEntry, type Watcher } from './contestant.ts';

/** Failures from a full score down to 0.35, in a row or not: a success gives back no more than its own pending status cost. */
const FAILURES = 21;
const FAILURE_FACTOR = 0.95;

class Elimination implements Watcher {
  readonly #threshold: number;
  #score = 1;

  constructor(failures: number) {
    this.#threshold = FAILURE_FACTOR ** (failures - 0.5);
  }

  observe(hit: boolean): boolean {
    this.#score = scoreAfter(this.#score, !hit);
    return this.#score < this.#threshold;
  }
}

export const elimination: RuleEntry = {
  id: 'srv3-elimination',
  source: SRV3_SOURCE,
  published: FAILURES,
  thresholds: () => wholeNumbers(1, 400),
  create: (_rate, failures) => new Elimination(failures),
};
