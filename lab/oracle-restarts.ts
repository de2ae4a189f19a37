// klUCB that is told when an arm changes: what remains to be lost where no change has to be found. Nobody can play it for real.
import { drawnBest } from './policies/best-arm.ts';
import { klIndex, type Tally } from './policies/klucb.ts';
import type { PiecewiseProblem } from './piecewise.ts';
import type { Choice, Feedback, Payment, Policy } from './policy.ts';

/** Each arm is started anew at the steps at which its own mean changes; its bound grows with the steps since then. */
export class OracleRestarts implements Policy {
  readonly #changed: ReadonlyMap<number, readonly number[]>;
  readonly #tallies: readonly Tally[];
  readonly #startedAt: number[];

  constructor({ pieces }: PiecewiseProblem) {
    const arms = pieces[0]!.means.map((_, arm) => arm);
    this.#changed = new Map(
      pieces
        .slice(1)
        .map(({ from, means }, before) => [from, arms.filter((arm) => means[arm] !== pieces[before]!.means[arm])]),
    );
    this.#tallies = arms.map(() => ({ trials: 0, approved: 0 }));
    this.#startedAt = arms.map(() => 0);
  }

  choose({ index }: Payment, eligible: readonly number[], draw: () => number): Choice {
    for (const arm of this.#changed.get(index) ?? []) {
      Object.assign(this.#tallies[arm]!, { trials: 0, approved: 0 });
      this.#startedAt[arm] = index;
    }
    const explorationOf = (arm: number): number => Math.log(Math.max(1, index - this.#startedAt[arm]!));
    return drawnBest(eligible, (arm) => klIndex(this.#tallies[arm]!, explorationOf(arm)), draw);
  }

  learn({ arm, outcome }: Feedback): void {
    const tally = this.#tallies[arm]!;
    tally.trials += 1;
    if (outcome === 'approved') tally.approved += 1;
  }
}
