// D-UCB: UCB over outcomes that lose weight with every later outcome of the segment.
import { booksOf, drawnBest } from './best-arm.ts';
import type { Tally } from './klucb.ts';
import type { Choice, Feedback, Payment, Policy, World } from '../policy.ts';

/** xi of the paper's experiments; its padding is 2 sqrt(xi ln n / n_arm) for rewards up to 1. */
const CONFIDENCE = 0.6;

export class DiscountedUcb implements Policy {
  readonly #tallies: readonly (readonly Tally[])[];
  readonly #discount: number;

  constructor(world: World, discount: number) {
    this.#tallies = booksOf(world, () => ({ trials: 0, approved: 0 }));
    this.#discount = discount;
  }

  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    const tallies = this.#tallies[payment.segment]!;
    let total = 0;
    for (const arm of eligible) total += tallies[arm]!.trials;
    const spread = 4 * CONFIDENCE * Math.log(Math.max(1, total));
    return drawnBest(eligible, (arm) => indexOf(tallies[arm]!, spread), draw);
  }

  learn({ payment, arm, outcome }: Feedback): void {
    const tallies = this.#tallies[payment.segment]!;
    for (const tally of tallies) {
      tally.trials *= this.#discount;
      tally.approved *= this.#discount;
    }
    tallies[arm]!.trials += 1;
    if (outcome === 'approved') tallies[arm]!.approved += 1;
  }
}

function indexOf({ trials, approved }: Tally, spread: number): number {
  return trials === 0 ? Infinity : approved / trials + Math.sqrt(spread / trials);
}
