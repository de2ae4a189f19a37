// klUCB: the arm whose mean could, by its divergence, still be the highest. It forgets nothing.
import { klUpperBound } from '../bernoulli.ts';
import { booksOf, drawnBest } from './best-arm.ts';
import type { Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../policy.ts';

/** Outcomes and approvals of an arm since it was last started anew. */
export interface Tally {
  trials: number;
  approved: number;
}

/** An arm without outcomes has no upper bound: it is tried first. `exploration` is f(t), here ln t as in the experiments of the literature. */
export function klIndex({ trials, approved }: Tally, exploration: number): number {
  return trials === 0 ? Infinity : klUpperBound(approved / trials, exploration / trials);
}

export class KlUcb implements Policy {
  readonly #tallies: readonly (readonly Tally[])[];
  /** By segment. */
  readonly #outcomes: number[];

  constructor(world: World) {
    this.#tallies = booksOf(world, () => ({ trials: 0, approved: 0 }));
    this.#outcomes = world.segments.map(() => 0);
  }

  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    const tallies = this.#tallies[payment.segment]!;
    const exploration = Math.log(Math.max(1, this.#outcomes[payment.segment]!));
    return drawnBest(eligible, (arm) => klIndex(tallies[arm]!, exploration), draw);
  }

  learn({ payment, arm, outcome }: Feedback): void {
    const tally = this.#tallies[payment.segment]![arm]!;
    tally.trials += 1;
    if (outcome === 'approved') tally.approved += 1;
    this.#outcomes[payment.segment]! += 1;
  }
}

export const klucb: PolicyEntry = {
  id: 'klucb',
  source: 'Garivier, Cappé, The KL-UCB Algorithm for Bounded Stochastic Bandits and Beyond, COLT 2011, arXiv:1102.2490',
  create: (world) => new KlUcb(world),
};
