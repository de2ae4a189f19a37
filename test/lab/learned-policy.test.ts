import { describe, expect, test } from 'vitest';
import { coreHash, sourceHash } from '../../lab/runner/source-hash.ts';
import { entry as learned } from '../../lab/policies/learned.ts';
import { fileURLToPath } from 'node:url';
import { loadPolicies, policiesNamed } from '../../lab/policies/index.ts';
import { measureRun } from '../../lab/simulator/measures.ts';
import { simulate } from '../../lab/simulator/simulate.ts';
import { scenarioOf } from './sample-scenario.ts';
import type { Policy, PolicyEntry } from '../../lab/policy.ts';

const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);

describe('learned, wired as in production', () => {
  test('chooses by the propensity it tells: over a run each processor gets the sum of its own', () => {
    const chosen = new Map<number, number>();
    const missed: number[] = [];
    const watching: PolicyEntry = {
      ...learned,
      create: (world) => {
        const inner = learned.create(world);
        return {
          choose: (payment, eligible, draw) => {
            const choice = inner.choose(payment, eligible, draw);
            expect(choice.propensity).toBeGreaterThan(0);
            expect(choice.propensity).toBeLessThanOrEqual(1);
            chosen.set(choice.arm, (chosen.get(choice.arm) ?? 0) + 1);
            missed.push(1 / choice.propensity);
            return choice;
          },
          learn: (feedback) => inner.learn(feedback),
        } satisfies Policy;
      },
    };
    simulate(scenarioOf({ transactions: 4_000 }), watching, 1);
    // E[1 / propensity] is the number of those that may be drawn.
    expect(Math.abs(sumOf(missed) / missed.length - 3)).toBeLessThan(0.6);
    expect(chosen.size).toBe(3);
  });

  test('leaves a processor that errs within 30 payments, raises its alarm there and nowhere else', () => {
    const scenario = scenarioOf({
      transactions: 6_000,
      arrivalsPerSecond: 20,
      processors: [
        { id: 'a', approvalRate: 0.95, errorRate: 0.01 },
        { id: 'b', approvalRate: 0.88, errorRate: 0.01 },
      ],
      episodes: [{ processor: 'a', fromFraction: 0.5, toFraction: 0.7, set: { errorRate: 0.95 } }],
    });
    const run = simulate(scenario, learned, 4);
    const measures = measureRun(scenario, run);
    expect(measures.episodes[0]).toMatchObject({ hadTraffic: true });
    expect(measures.episodes[0]!.shed).toBeLessThan(30);
    expect(measures.falseAlarms).toBe(0);
    expect(run.alarms!.length).toBeGreaterThan(0);
  });

  test('learns nothing from results that come twice: its ledger knows them', () => {
    const [once, twice] = [0, 1].map((duplicateRate) =>
      simulate(scenarioOf({ transactions: 6_000, tableAgeSeconds: 1, feedback: { duplicateRate } }), learned, 2),
    );
    expect(twice!.processor).toEqual(once!.processor);
  });

  test('decides on a table as old as the scenario says', () => {
    const scenario = scenarioOf({ transactions: 200, arrivalsPerSecond: 10, tableAgeSeconds: 30 });
    const run = simulate(scenario, learned, 2);
    // For 30 s nothing is known: whoever is drawn is drawn from equals.
    const early = [0, 1, 2].map(
      (processor) =>
        run.processor.filter((chosen, at) => chosen === processor && run.atMs[at]! < run.atMs[0]! + 30_000).length,
    );
    expect(Math.min(...early)).toBeGreaterThan(50);
  });

  test('keeps to the processors it is offered', () => {
    const scenario = scenarioOf({
      segments: [
        { paymentMethod: 'PIX', country: 'BR', share: 0.5 },
        { paymentMethod: 'CARD', country: 'MX', share: 0.5 },
      ],
      processors: [
        { id: 'a', approvalRate: 0.9, segments: ['PIX|BR'] },
        { id: 'b', approvalRate: 0.8, segments: ['PIX|BR', 'CARD|MX'] },
        { id: 'c', approvalRate: 0.8, toFraction: 0.5 },
      ],
    });
    const run = simulate(scenario, learned, 2);
    for (const [index, processor] of run.processor.entries()) {
      if (run.segment[index] === 1) expect(processor).not.toBe(0);
      if (index >= 1_000) expect(processor).not.toBe(2);
    }
  });
});

describe('the registry of policies', () => {
  test('has ours, the floors and every peer by its fixed id', async () => {
    const ids = [...(await loadPolicies()).keys()];
    expect(ids.slice(0, 3)).toEqual(['learned', 'static', 'random']);
    expect(ids).toEqual(
      expect.arrayContaining(
        `techcart aegis apos srv3-greedy-125 srv3-greedy-200 srv3-random-5 srv3-explore-5 srv3-elimination hs-blocks
        sw-ucb-200 sw-ucb-200-6 sw-ucb-2000 d-ucb-6 d-ucb-995 d-ts-99 d-ts-998 d-ts-9995 thompson klucb sw-klucb glr-klucb-local
        glr-klucb-global cusum-klucb m-klucb`.split(/\s+/),
      ),
    );
  });

  test('runs each of them where processors come and go, retries happen and results are lost', async () => {
    const scenario = scenarioOf({
      transactions: 300,
      processors: [
        { id: 'a', approvalRate: 0.9, errorRate: 0.1, feeMinor: 5 },
        { id: 'b', approvalRate: 0.8, timeoutRate: 0.1, fromFraction: 0.3 },
        { id: 'c', approvalRate: 0.7, toFraction: 0.6, maxTps: 4 },
      ],
      cascade: { softDeclineShare: 0.6, retriesMax: 2 },
      feedback: { lossRate: 0.2, duplicateRate: 0.2, outOfOrderRate: 0.2 },
    });
    for (const { entry } of (await loadPolicies()).values()) {
      const { successRate } = measureRun(scenario, simulate(scenario, entry, 3));
      expect(successRate, entry.id).toBeGreaterThan(0.5);
    }
  });

  test('names what there is when it is asked for what there is not', async () => {
    await expect(policiesNamed('learned,nobody')).rejects.toThrow(/no policy nobody; there are learned, static/);
  });
});

test('the core’s hash covers the files that learned decides by and nothing of the lab', () => {
  const lab = fileURLToPath(new URL('../../lab/', import.meta.url));
  expect(coreHash()).toMatch(/^[0-9a-f]{12}$/);
  expect(sourceHash(`${lab}policies/learned.ts`)).not.toBe(coreHash());
  expect(sourceHash(`${lab}policies/static.ts`)).not.toBe(sourceHash(`${lab}policies/random.ts`));
});
