import { describe, expect, test } from 'vitest';
import { entry as learned } from '../../lab/policies/learned.ts';
import { entry as random } from '../../lab/policies/random.ts';
import { entry as fixed } from '../../lab/policies/static.ts';
import { leagueScenarios } from '../../lab/commands/league.ts';
import { measureRun } from '../../lab/simulator/measures.ts';
import { runSeed, simulate, worldOf, type Run } from '../../lab/simulator/simulate.ts';
import { always, listening, scenarioOf } from './sample-scenario.ts';

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);
const regretPp = (run: Run): number => (100 * sum(run.regret)) / run.regret.length;

describe('a run', () => {
  const outage = scenarioOf({
    episodes: [{ processor: 'a', fromFraction: 0.3, toFraction: 0.5, set: { errorRate: 0.9 } }],
    feedback: {
      delaySeconds: { distribution: 'lognormal', median: 1, p99: 20 },
      lossRate: 0.1,
      duplicateRate: 0.1,
      outOfOrderRate: 0.2,
    },
    cascade: { softDeclineShare: 0.5, retriesMax: 2 },
    tableAgeSeconds: 2,
  });

  test.each([learned, random, fixed])(
    'of $id is the same bit for bit for the same seed, and another for another',
    (entry) => {
      const runs = [7, 7, 8].map((seed) => simulate(outage, entry, seed));
      expect(runs[1]).toEqual(runs[0]);
      expect(runs[2]!.atMs).not.toEqual(runs[0]!.atMs);
    },
  );

  test('shuffles the processors by its seed: each stands first about equally often', () => {
    const firsts = Array.from({ length: 300 }, (_, number) => {
      const { order, world } = worldOf(outage, runSeed(outage, number));
      expect(world.arms.map(({ id }) => id)).toEqual(order.map((processor) => outage.processors[processor]!.id));
      return order[0]!;
    });
    for (const processor of [0, 1, 2]) {
      const times = firsts.filter((first) => first === processor).length;
      expect(times).toBeGreaterThan(70);
      expect(times).toBeLessThan(130);
    }
  });

  test('gives a payment the same outcome at the same processor whatever policy sends it there', () => {
    const [blind, chance] = [always('b'), random].map((entry) => simulate(scenarioOf(), entry, 5));
    const shared = [...chance!.processor.keys()].filter((index) => chance!.processor[index] === 1);
    expect(shared.length).toBeGreaterThan(500);
    expect(shared.map((index) => chance!.approved[index])).toEqual(shared.map((index) => blind!.approved[index]));
    expect(chance!.atMs).toEqual(blind!.atMs);
  });

  test('does not let the list’s order touch outcomes: adding a processor changes nobody else’s', () => {
    const more = scenarioOf({
      processors: [
        ...scenarioOf().processors.map(({ id, approvalRate }) => ({ id, approvalRate })),
        { id: 'd', approvalRate: 0.5 },
      ],
    });
    const [few, many] = [scenarioOf(), more].map((scenario) => simulate(scenario, always('a'), 5));
    expect(many!.approved).toEqual(few!.approved);
  });

  test('approves as often as the rates say', () => {
    const scenario = scenarioOf({
      transactions: 40_000,
      userErrorRate: 0.1,
      processors: [{ id: 'a', approvalRate: 0.9, errorRate: 0.05, timeoutRate: 0.05 }],
    });
    expect(sum(simulate(scenario, always('a'), 1).approved) / 40_000).toBeCloseTo(0.9 * 0.9 * 0.9, 2);
  });
});

describe('regret', () => {
  test('of a policy that never moves is the gap of where it stands, exactly', () => {
    const scenario = scenarioOf();
    for (const [id, gap] of [
      ['a', 0],
      ['b', 3],
      ['c', 7],
    ] as const)
      expect(regretPp(simulate(scenario, always(id), 2))).toBeCloseTo(gap, 9);
    const first = simulate(scenario, fixed, 2);
    expect(regretPp(first)).toBeCloseTo([0, 3, 7][first.order[0]!]!, 9);
  });

  test('of pure chance on the classic stationary scenario is 3.34, with the others as published', () => {
    const expected = new Map([
      ['classic-stationary', 3.34],
      ['classic-outage', 8.24],
      ['classic-brown-out', 3.95],
      ['classic-drift', 4.14],
    ]);
    for (const scenario of leagueScenarios([...expected.keys()].join(',')))
      expect(Math.abs(regretPp(simulate(scenario, random, 1)) - expected.get(scenario.id)!)).toBeLessThan(0.12);
  });

  test('of the leader in an outage is the gap times the time it lasts', () => {
    const scenario = scenarioOf({
      episodes: [{ processor: 'a', fromFraction: 0.3, toFraction: 0.4, set: { approvalRate: 0.1 } }],
    });
    expect(regretPp(simulate(scenario, always('a'), 2))).toBeCloseTo(8, 9);
  });

  test('is measured in net value as a part of the margin where fees differ', () => {
    const scenario = scenarioOf({
      marginBps: 1_000,
      processors: [
        { id: 'a', approvalRate: 0.9, feeMinor: 200 },
        { id: 'b', approvalRate: 0.8 },
      ],
    });
    // Margin 1,000: a is worth 900 - 200, b 800.
    expect(regretPp(simulate(scenario, always('a'), 2))).toBeCloseTo(10, 9);
    expect(regretPp(simulate(scenario, always('b'), 2))).toBeCloseTo(0, 9);
  });

  test.each([
    ['attempt', 0.9 * 1_000 - 200 - 0.1 * 50],
    ['approval', 0.9 * (1_000 - 200) - 0.1 * 50],
  ])('and value count a fee on each %s, and what a decline costs', (feeOn, value) => {
    const scenario = scenarioOf({
      transactions: 40_000,
      marginBps: 1_000,
      feeOn,
      declineFeeMinor: 50,
      processors: [
        { id: 'a', approvalRate: 0.9, feeMinor: 150, feeBps: 50 },
        { id: 'b', approvalRate: 0 },
      ],
    });
    expect(Math.abs(measureRun(scenario, simulate(scenario, always('a'), 2)).netValueMinor - value)).toBeLessThan(5);
    const best = Math.max(value, -50);
    const lost = 100 * ((best - -50) / 1_000);
    expect(regretPp(simulate(scenario, always('b'), 2))).toBeCloseTo(lost, 9);
  });
});

describe('a processor', () => {
  test('is offered only while it is there', () => {
    const scenario = scenarioOf({
      processors: [
        { id: 'a', approvalRate: 0.9 },
        { id: 'b', approvalRate: 0.9, fromFraction: 0.25, toFraction: 0.75 },
      ],
    });
    const { entry, heard } = listening('b');
    simulate(scenario, entry, 1);
    const offered = heard.asked.map(({ ids }) => ids.includes('b'));
    expect([offered.indexOf(true), offered.lastIndexOf(true)]).toEqual([500, 1_499]);
  });

  test('drowns above its maxTps: the excess fails', () => {
    const drown = scenarioOf({
      transactions: 20_000,
      processors: [
        { id: 'a', approvalRate: 1, maxTps: 5 },
        { id: 'b', approvalRate: 0.5 },
      ],
    });
    const run = simulate(drown, always('a'), 1);
    expect(sum(run.approved) / 20_000).toBeCloseTo(0.5, 1);
    // Best: half to a, half to b; here half is served and half is lost.
    expect(Math.abs(regretPp(run) - 25)).toBeLessThan(2);
  });

  test('gets a soft decline of another only once, and approves it less', () => {
    const scenario = scenarioOf({
      transactions: 20_000,
      processors: [
        { id: 'a', approvalRate: 0.5 },
        { id: 'b', approvalRate: 0.8 },
      ],
      cascade: { softDeclineShare: 0.5, retriesMax: 3 },
    });
    const { entry, heard } = listening('a');
    const run = simulate(scenario, entry, 1);
    const retries = heard.asked.filter(({ payment }) => payment.attempt > 1);
    expect(retries.every(({ ids, payment }) => ids.join() === 'b' && payment.attempt === 2)).toBe(true);
    expect(retries.length / 20_000).toBeCloseTo(0.25, 1);
    expect(Math.abs(sum(run.approved) / 20_000 - (0.5 + 0.25 * 0.8 * 0.6))).toBeLessThan(0.01);
  });
});
