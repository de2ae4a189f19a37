// Opens after consecutive failures: the rule of the seeds and of most circuit breakers.
import { wholeNumbers, type RuleEntry, type Watcher } from './contestant.ts';

class ConsecutiveHits implements Watcher {
  readonly #needed: number;
  #run = 0;

  constructor(needed: number) {
    this.#needed = needed;
  }

  observe(hit: boolean): boolean {
    this.#run = hit ? this.#run + 1 : 0;
    return this.#run >= this.#needed;
  }
}

export const fiveInARow: RuleEntry = {
  id: '5-in-a-row',
  source: 'aegis and apos (lab/policies/aegis.ts, apos.ts): five consecutive failures',
  published: 5,
  thresholds: () => wholeNumbers(1, 16),
  create: (_rate, needed) => new ConsecutiveHits(needed),
};
