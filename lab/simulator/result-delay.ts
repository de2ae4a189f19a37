// How long after its payment a result is reported: never, once or twice, and sometimes overtaken by later ones.
import { normalQuantile, PURPOSE, uniform } from './random.ts';
import type { Scenario } from '../scenario-file.ts';
import type { ScenarioDelay } from '../scenario-delay.ts';

/** A result that is held back waits up to this much longer. */
const DISORDER_MAX_MS = 10_000;
/** A second copy comes up to this much after the first. */
const DUPLICATE_MAX_MS = 60_000;
/** Standard normal quantile of 0.99. */
const Z99 = 2.3263478740408408;

interface Sent {
  readonly index: number;
  /** Processor x attempt. */
  readonly place: number;
  readonly lossRate: number;
}

/** Ms beyond the latency, one per copy; none when it is lost. */
export function resultDelays(scenario: Scenario, seed: number, { index, place, lossRate }: Sent): number[] {
  const { delaySeconds, duplicateRate, outOfOrderRate } = scenario.feedback;
  const chance = (purpose: number): number => uniform(seed, purpose, index, place);
  if (lossRate > 0 && chance(PURPOSE.loss) < lossRate) return [];
  let delayMs = delayOf(delaySeconds, () => chance(PURPOSE.delay));
  if (outOfOrderRate > 0 && chance(PURPOSE.disorder) < outOfOrderRate)
    delayMs += DISORDER_MAX_MS * chance(PURPOSE.disorderDelay);
  if (duplicateRate === 0 || chance(PURPOSE.duplicate) >= duplicateRate) return [delayMs];
  return [delayMs, delayMs + DUPLICATE_MAX_MS * chance(PURPOSE.duplicateDelay)];
}

function delayOf(delay: ScenarioDelay, chance: () => number): number {
  if (typeof delay === 'number') return delay * 1_000;
  switch (delay.distribution) {
    case 'exponential':
      return -Math.log(chance()) * delay.mean * 1_000;
    case 'lognormal':
      return delay.median * (delay.p99 / delay.median) ** (normalQuantile(chance()) / Z99) * 1_000;
    case 'uniform':
      return (delay.from + (delay.to - delay.from) * chance()) * 1_000;
  }
}
