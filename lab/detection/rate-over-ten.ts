// Opens when half of the last ten outcomes are failures; less than ten say nothing.
import { RecentHits, wholeNumbers, type RuleEntry, type Watcher } from './contestant.ts';

const WINDOW = 10;

class RateOverTen implements Watcher {
  readonly #recent = new RecentHits(WINDOW);
  readonly #needed: number;

  constructor(needed: number) {
    this.#needed = needed;
  }

  observe(hit: boolean): boolean {
    this.#recent.add(hit);
    return this.#recent.attempts === WINDOW && this.#recent.hits >= this.#needed;
  }
}

export const rateOverTen: RuleEntry = {
  id: 'rate-over-10',
  source: 'aegis (lab/policies/aegis.ts): failure rate of 0.5, over the last 10',
  published: 5,
  thresholds: () => wholeNumbers(1, WINDOW),
  create: (_rate, needed) => new RateOverTen(needed),
};
