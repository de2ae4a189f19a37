// Thompson sampling over Beta posteriors, plain and discounted: every outcome of a segment lets all its arms forget a little.
import { drawBeta } from '../sampling.ts';
import { booksOf, certain, firstBest } from './best-arm.ts';
import type { Choice, Feedback, Payment, Policy, World } from '../policy.ts';

/** Outcomes beyond the uniform prior, which does not fade. */
interface Evidence {
  approved: number;
  refused: number;
}

export class ThompsonSampling implements Policy {
  readonly #evidence: readonly (readonly Evidence[])[];
  readonly #discount: number;

  constructor(world: World, discount: number) {
    this.#evidence = booksOf(world, () => ({ approved: 0, refused: 0 }));
    this.#discount = discount;
  }

  /** The probability of a draw from posteriors has no closed form: the propensity stays 1, "not known by the policy". */
  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    const evidence = this.#evidence[payment.segment]!;
    return certain(
      firstBest(eligible, (arm) => drawBeta(1 + evidence[arm]!.approved, 1 + evidence[arm]!.refused, draw)),
    );
  }

  learn({ payment, arm, outcome }: Feedback): void {
    const evidence = this.#evidence[payment.segment]!;
    if (this.#discount < 1)
      for (const own of evidence) {
        own.approved *= this.#discount;
        own.refused *= this.#discount;
      }
    if (outcome === 'approved') evidence[arm]!.approved += 1;
    else evidence[arm]!.refused += 1;
  }
}

export const D_TS_SOURCE = 'Raj, Kalyani, Taming Non-stationary Bandits: A Bayesian Approach, 2017, arXiv:1707.09727';
