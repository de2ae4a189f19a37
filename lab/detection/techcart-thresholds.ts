// TechCart's status table on technical failures: the first share of failures in the last 50 results that is no longer HEALTHY.
import { RecentHits, wholeNumbers, type RuleEntry, type Watcher } from './contestant.ts';

const WINDOW = 50;
const RESULTS_MIN = 10;
/** DEGRADED: 30% failures or more. */
const DEGRADED_HITS = 15;

class StatusTable implements Watcher {
  readonly #recent = new RecentHits(WINDOW);
  readonly #share: number;

  constructor(hitsOfWindow: number) {
    this.#share = hitsOfWindow / WINDOW;
  }

  observe(hit: boolean): boolean {
    this.#recent.add(hit);
    const { attempts, hits } = this.#recent;
    return attempts >= RESULTS_MIN && hits >= this.#share * attempts - 1e-9;
  }
}

export const techcartThresholds: RuleEntry = {
  id: 'techcart',
  source: 'techcart (lab/policies/techcart.ts): last 50 results, at least 10, DEGRADED from 30% failures on',
  published: DEGRADED_HITS,
  thresholds: () => wholeNumbers(1, WINDOW),
  create: (_rate, hits) => new StatusTable(hits),
};
