// The four classic scenarios in small, so that a change to learning or choosing that loses money fails here before it reaches the lab.
import { expect, test } from 'vitest';
import { choiceProbabilities } from '../../../src/domain/learning/choice-probabilities.ts';
import { beliefOf, createLearner, passBy, learn } from '../../../src/domain/learning/posterior.ts';
import { seeded } from '../../harness/seeded.ts';

const TRANSACTIONS = 40_000;
const FEEDBACK_LATE = 30;
const COMPILE_EVERY = 10;

type Scenario = (moment: number) => readonly number[];
const drifting = (moment: number, phase: number): number => 0.88 + 0.05 * Math.sin(2 * Math.PI * 3 * moment + phase);
const scenarios: Readonly<Record<string, Scenario>> = {
  stationary: () => [0.93, 0.9, 0.86],
  outage: (moment) => [(moment >= 0.3 && moment < 0.4) || (moment >= 0.7 && moment < 0.8) ? 0.1 : 0.93, 0.9, 0.86],
  brownout: (moment) => [moment >= 0.4 && moment < 0.6 ? 0.75 : 0.93, 0.9, 0.86],
  drift: (moment) => [0, 2.1, 4.2].map((phase) => drifting(moment, phase)),
};

/** Mean expected regret in percentage points of success. */
function regretOf(scenario: Scenario, seed: number): number {
  const random = seeded(seed);
  const learners = [0, 1, 2].map(() => createLearner());
  const rotation = seed % 3;
  const late: { arm: number; share: number; approved: boolean }[] = [];
  let shares: readonly number[] = [];
  let regret = 0;
  for (let i = 0; i < TRANSACTIONS; i++) {
    const rates = scenario(i / TRANSACTIONS);
    if (i % COMPILE_EVERY === 0)
      shares = choiceProbabilities(learners.map(beliefOf), { floor: 0.002, explorationMax: 0.05 });
    let rest = random();
    let arm = 0;
    while (arm < 2 && rest >= shares[arm]!) rest -= shares[arm++]!;
    const rate = rates[(arm + rotation) % 3]!;
    regret += Math.max(...rates) - rate;
    late.push({ arm, share: shares[arm]!, approved: random() < rate });
    if (late.length <= FEEDBACK_LATE) continue;
    const known = late.shift()!;
    passBy(learners[known.arm]!, 1 / known.share - 1);
    learn(learners[known.arm]!, known.approved, 1);
  }
  return (100 * regret) / TRANSACTIONS;
}

test.each([
  { name: 'stationary', most: 0.28 },
  { name: 'outage', most: 0.6 },
  { name: 'brownout', most: 0.42 },
  { name: 'drift', most: 0.95 },
])(
  '[LRN-15] $name: less than $most points of success are lost to a clairvoyant (mean of 4 seeds)',
  { timeout: 60_000 },
  ({ name, most }) => {
    const regrets = [1, 2, 3, 4].map((seed) => regretOf(scenarios[name]!, seed));
    expect(regrets.reduce((sum, regret) => sum + regret, 0) / regrets.length).toBeLessThan(most);
  },
);
