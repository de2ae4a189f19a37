// How each strategy scores candidates and what share it would give each, before any bound is laid on the shares.
import { choiceProbabilities, type Stake } from '../learning/choice-probabilities.ts';
import { expectedFeeMinor, windowOf, type Candidate } from './candidate.ts';
import type { Belief } from '../health/status-row.ts';
import type { RoutingSettings, StrategyName } from '../configuration/configuration.ts';

/** What strategies look at: the moment's beliefs, widened by the table's age, by candidate index. */
export interface Sight {
  readonly beliefs: readonly Belief[];
  readonly now: number;
  readonly amountMinor: number | null;
  /** What `learned` ranks by, by candidate index; `null`: approval alone. */
  readonly stakes: readonly Stake[] | null;
}

/** Below this many results a window is luck; the belief speaks instead (an untested processor is no 100, and 1 of 1 no 0.94). */
const TELLING_TOTAL = 10;
/** An unknown latency or fee is neither the best nor the worst. */
const UNKNOWN_SCORE = 0.5;

/** Higher is better. Scales differ between strategies: compare within one only. */
export function scoreOf(strategy: StrategyName, candidate: Candidate, sight: Sight): number {
  const belief = sight.beliefs[candidate.index] ?? candidate.belief;
  switch (strategy) {
    case 'learned': {
      const stake = sight.stakes?.[candidate.index];
      return stake === undefined ? belief.mean : stake.gain * belief.mean - stake.cost;
    }
    case 'techcart':
      return techcartScore(candidate, belief, sight.now);
    case 'balanced':
      return (
        0.5 * successRate(candidate, belief, sight.now) +
        0.3 * thrift(candidate.latency?.meanMs ?? null, 5_000) +
        // Over 1.00: a hundred minor units.
        0.2 * thrift(expectedFeeMinor(candidate, sight.amountMinor, belief.mean), 100)
      );
    case 'apos':
      return 0.7 * successRate(candidate, belief, sight.now) + 0.3 * thrift(candidate.latency?.meanMs ?? null, 1_000);
    case 'priority':
      return 0 - candidate.config.priority;
    case 'split':
      return candidate.config.weight;
  }
}

/** TechCart: rate x 100, 0 when DOWN, halved when DEGRADED, +5 over 30 results. */
function techcartScore(candidate: Candidate, belief: Belief, now: number): number {
  const { status, total, authorizationRate } = windowOf(candidate, now);
  if (status === 'DOWN') return 0;
  const rate = total < TELLING_TOTAL || authorizationRate === null ? belief.mean : authorizationRate;
  return rate * 100 * (status === 'DEGRADED' ? 0.5 : 1) + (total > 30 ? 5 : 0);
}

function successRate(candidate: Candidate, belief: Belief, now: number): number {
  const { total, approved } = windowOf(candidate, now);
  return total < TELLING_TOTAL ? belief.mean : approved / total;
}

/** 1 at nothing, 0 at `limit` and above. */
const thrift = (value: number | null, limit: number): number =>
  value === null ? UNKNOWN_SCORE : Math.max(0, 1 - value / limit);

/** `ordered`: the first takes all it may, the next the rest; `drawn`: shares are meant as they are. */
export interface Wish {
  readonly kind: 'ordered' | 'drawn';
  readonly shares: readonly number[];
}

/** `order` holds the candidates in play, best score first; `shares` follows it. */
export function wishOf(
  strategy: StrategyName,
  order: readonly Candidate[],
  sight: Sight,
  settings: RoutingSettings,
): Wish {
  switch (strategy) {
    case 'learned': {
      const beliefs = order.map((candidate) => sight.beliefs[candidate.index] ?? candidate.belief);
      const { stakes } = sight;
      const shares = choiceProbabilities(
        beliefs,
        { floor: settings.probeFloor, explorationMax: settings.probeShareMax },
        stakes === null ? null : order.map(({ index }) => stakes[index]!),
      );
      return { kind: 'drawn', shares };
    }
    case 'split':
      return { kind: 'drawn', shares: sharesOfWeights(order.map(({ config }) => config.weight)) };
    case 'techcart':
    case 'balanced':
    case 'apos':
    case 'priority':
      return { kind: 'ordered', shares: order.map((_, place) => (place === 0 ? 1 : 0)) };
  }
}

/** Weights as shares; weights that are all 0 share equally. */
export function sharesOfWeights(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => (sum > 0 ? weight / sum : 1 / weights.length));
}
