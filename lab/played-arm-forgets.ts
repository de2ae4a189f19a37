// Discounted Thompson sampling as SMPyBandits runs it, which is what its published regret is of: the played arm forgets once for each arm there is, the others never.
import { booksOf, certain, firstBest } from './policies/best-arm.ts';
import { drawBeta } from './sampling.ts';
import type { Choice, Feedback, Payment, Policy, World } from './policy.ts';

export class PlayedArmForgets implements Policy {
  readonly #evidence: readonly (readonly { approved: number; refused: number }[])[];
  readonly #discount: number;

  constructor(world: World, discount: number) {
    this.#evidence = booksOf(world, () => ({ approved: 0, refused: 0 }));
    this.#discount = discount;
  }

  choose({ segment }: Payment, eligible: readonly number[], draw: () => number): Choice {
    const evidence = this.#evidence[segment]!;
    return certain(
      firstBest(eligible, (arm) => drawBeta(1 + evidence[arm]!.approved, 1 + evidence[arm]!.refused, draw)),
    );
  }

  learn({ payment: { segment }, arm, outcome }: Feedback): void {
    const evidence = this.#evidence[segment]!;
    const own = evidence[arm]!;
    own.approved *= this.#discount;
    own.refused *= this.#discount;
    if (outcome === 'approved') own.approved += 1;
    else own.refused += 1;
    const again = this.#discount ** (evidence.length - 1);
    own.approved *= again;
    own.refused *= again;
  }
}
