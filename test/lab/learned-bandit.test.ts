import { beliefOf, createLearner, passBy, learn } from '../../src/domain/learning/posterior.ts';
import { choiceProbabilities } from '../../src/domain/learning/choice-probabilities.ts';
import { expect, test } from 'vitest';
import { LearnedBandit } from '../../lab/learned-bandit.ts';
import { ROUTING_SETTINGS_DEFAULT } from '../../src/domain/configuration/configuration.ts';
import { madeWorld } from './policies/made-world.ts';
import type { Payment } from '../../lab/policy.ts';

const { probeFloor, probeShareMax } = ROUTING_SETTINGS_DEFAULT;
const BOUNDS = { floor: probeFloor, explorationMax: probeShareMax };
const payment: Payment = { index: 0, atMs: 0, segment: 0, amountMinor: 1_000, attempt: 1 };

test('it chooses with the propensities that the core gives to what recording would have learned', () => {
  const bandit = new LearnedBandit(madeWorld(3));
  const learners = [0, 1, 2].map(() => createLearner());
  const told = [
    { arm: 0, approved: true, propensity: 0.5 },
    { arm: 1, approved: false, propensity: 0.2 },
    { arm: 0, approved: true, propensity: 1 },
    { arm: 2, approved: true, propensity: 1e-9 },
  ];
  for (const { arm, approved, propensity } of told) {
    passBy(learners[arm]!, Math.min(5_000, 1 / propensity - 1));
    learn(learners[arm]!, approved, 1);
    const outcome = approved ? 'approved' : 'declined';
    bandit.learn({ payment, arm, propensity, outcome, reportedAtMs: 0, latencyMs: 0, costMinor: 0 });
  }
  const shares = choiceProbabilities(learners.map(beliefOf), BOUNDS);
  const drawn = [0, shares[0]! + 1e-9, shares[0]! + shares[1]! + 1e-9].map((rest) =>
    bandit.choose(payment, [0, 1, 2], () => rest),
  );
  expect(drawn.map(({ arm }) => arm)).toEqual([0, 1, 2]);
  expect(drawn.map(({ propensity }) => propensity)).toEqual(shares);
  expect(bandit.choose({ ...payment, segment: 1 }, [0, 1, 2], () => 0).propensity).toBeCloseTo(1 / 3, 6);
});
