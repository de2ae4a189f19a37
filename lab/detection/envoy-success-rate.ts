// Envoy's success-rate ejection: every interval a host is ejected whose success rate is far below the mean of all hosts.
import type { RuleEntry, Watcher } from './contestant.ts';

/** The least Envoy judges by: `success_rate_minimum_hosts` 5, `success_rate_request_volume` 100. The other hosts stay at the baseline. */
const OTHER_HOSTS = 4;
const REQUESTS = 100;
/** `success_rate_stdev_factor` 1900, in thousandths. */
const STDEV_FACTOR = 1.9;

class SuccessRateEjection implements Watcher {
  readonly #rate: number;
  readonly #factor: number;
  readonly #draw: () => number;
  #requests = 0;
  #hits = 0;

  constructor(rate: number, factor: number, draw: () => number) {
    this.#rate = rate;
    this.#factor = factor;
    this.#draw = draw;
  }

  observe(hit: boolean): boolean {
    if (hit) this.#hits++;
    if (++this.#requests < REQUESTS) return false;
    const own = 1 - this.#hits / REQUESTS;
    const rates = [own, ...Array.from({ length: OTHER_HOSTS }, () => this.#otherHost())];
    this.#requests = this.#hits = 0;
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length);
    return own < mean - this.#factor * deviation;
  }

  #otherHost(): number {
    let hits = 0;
    for (let i = 0; i < REQUESTS; i++) if (this.#draw() < this.#rate) hits++;
    return 1 - hits / REQUESTS;
  }
}

export const envoySuccessRate: RuleEntry = {
  id: 'envoy',
  source:
    'Envoy, architecture overview: outlier detection, success rate; 5 hosts, an interval per 100 requests, mean - 1.9 standard deviations',
  published: STDEV_FACTOR,
  // One of five is at most 2 (population) standard deviations below their mean: from 2 on nothing is ever ejected.
  thresholds: () => [1, 1.5, 1.7, 1.8, 1.9, 1.95, 1.97, 1.98, 1.99, 1.995, 1.999, 2.001],
  create: (rate, factor, draw) => new SuccessRateEjection(rate, factor, draw),
};
