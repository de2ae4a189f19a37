// The core's learning alone as a bandit: posterior and choice probabilities of src/domain, with nothing of tables, breakers or bounds of the house around it.
import {
  beliefOf,
  createLearner,
  elsewhereFor,
  passBy,
  learn,
  type LearnerState,
} from '../src/domain/learning/posterior.ts';
import { choiceProbabilities, type ChoiceBounds } from '../src/domain/learning/choice-probabilities.ts';
import { ROUTING_SETTINGS_DEFAULT } from '../src/domain/configuration/configuration.ts';
import { booksOf } from './policies/best-arm.ts';
import type { Choice, Feedback, Payment, Policy, World } from './policy.ts';

/** As production sets them unless told otherwise. */
const BOUNDS: ChoiceBounds = {
  floor: ROUTING_SETTINGS_DEFAULT.probeFloor,
  explorationMax: ROUTING_SETTINGS_DEFAULT.probeShareMax,
};

/** Without delay shares are drawn up anew at every choice; production does so at most once a second. */
export class LearnedBandit implements Policy {
  readonly #learners: readonly (readonly LearnerState[])[];

  constructor(world: World) {
    this.#learners = booksOf(world, () => createLearner());
  }

  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    const learners = this.#learners[payment.segment]!;
    const shares = choiceProbabilities(
      eligible.map((arm) => beliefOf(learners[arm]!)),
      BOUNDS,
    );
    let rest = draw();
    let place = 0;
    while (place < shares.length - 1 && rest >= shares[place]!) rest -= shares[place++]!;
    return { arm: eligible[place]!, propensity: shares[place]!, probe: false };
  }

  /** The payments that went elsewhere since the last outcome are known only by the propensity, as in recording. */
  learn({ payment, arm, propensity, outcome }: Feedback): void {
    const learner = this.#learners[payment.segment]![arm]!;
    passBy(learner, elsewhereFor(propensity));
    learn(learner, outcome === 'approved', 1);
  }
}
