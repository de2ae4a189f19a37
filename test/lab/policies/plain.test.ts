import { describe, expect, test } from 'vitest';
import { entry as fixed } from '../../../lab/policies/static.ts';
import { entry as random } from '../../../lab/policies/random.ts';
import { loadPolicies } from '../../../lab/policies/index.ts';
import { stream } from '../../../lab/simulator/random.ts';
import { worldOf } from '../../../lab/simulator/simulate.ts';
import { scenarioOf } from '../sample-scenario.ts';

const { world } = worldOf(scenarioOf(), 1);
const payment = { index: 0, atMs: 0, segment: 0, amountMinor: 100, attempt: 1 };
const failure = { payment, propensity: 1, outcome: 'error', reportedAtMs: 0, latencyMs: 1, costMinor: 0 } as const;

const PEERS = [
  'static',
  'random',
  'techcart',
  'aegis',
  'apos',
  'srv3-greedy-125',
  'srv3-greedy-200',
  'srv3-random-5',
  'srv3-explore-5',
  'srv3-elimination',
  'hs-blocks',
  'sw-ucb-200',
  'sw-ucb-200-6',
  'sw-ucb-2000',
  'd-ucb-6',
  'd-ucb-995',
  'd-ts-99',
  'd-ts-998',
  'd-ts-9995',
  'thompson',
  'klucb',
  'sw-klucb',
  'glr-klucb-local',
  'glr-klucb-global',
  'cusum-klucb',
  'm-klucb',
];

test('the league is of the ids that were fixed for it, each with its source', async () => {
  const policies = await loadPolicies();
  expect([...policies.keys()]).toEqual(['learned', ...PEERS]);
  for (const { entry } of policies.values()) expect(entry.source.length).toBeGreaterThan(10);
});

describe('static', () => {
  test('takes the first that is eligible, whatever comes of it', () => {
    const policy = fixed.create(world);
    for (let round = 0; round < 20; round += 1) {
      expect(policy.choose(payment, [0, 1, 2], () => 0.99)).toEqual({ arm: 0, propensity: 1, probe: false });
      policy.learn({ ...failure, arm: 0 });
    }
    expect(policy.choose(payment, [1, 2], () => 0.99).arm).toBe(1);
  });
});

describe('random', () => {
  test('takes each that is eligible as often, whatever comes of it', () => {
    const policy = random.create(world);
    const draw = stream(3);
    const counts = [0, 0, 0];
    for (let round = 0; round < 6_000; round += 1) {
      const { arm, propensity } = policy.choose(payment, [0, 1, 2], draw);
      counts[arm]! += 1;
      expect(propensity).toBeCloseTo(1 / 3, 12);
      if (arm === 0) policy.learn({ ...failure, arm });
    }
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(150);
    expect(policy.choose(payment, [2], draw)).toMatchObject({ arm: 2, propensity: 1 });
  });
});
