import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entry as random } from '../../lab/policies/random.ts';
import { techcart } from '../../lab/policies/techcart.ts';
import { simulate, type Run } from '../../lab/simulator/simulate.ts';
import { transport, type TransportProblem } from '../../lab/simulator/transport.ts';
import { always, scenarioOf } from './sample-scenario.ts';
import type { PolicyEntry } from '../../lab/policy.ts';

const regretPp = (run: Run): number => (100 * run.regret.reduce((sum, each) => sum + each, 0)) / run.regret.length;

/** By trying every place of every unit: with whole numbers the best is one of whole numbers. */
function bestByTrying({ supply, room, gain }: TransportProblem): number {
  const units = supply.flatMap((count, origin) => new Array<number>(count).fill(origin));
  const place = (index: number, left: readonly number[]): number => {
    const row = gain[units[index] ?? -1];
    if (row === undefined) return 0;
    return left.reduce(
      (best, free, to) =>
        free > 0 && row[to]! > 0 ? Math.max(best, row[to]! + place(index + 1, left.with(to, free - 1))) : best,
      place(index + 1, left),
    );
  };
  return place(0, room);
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
const gained = (flow: readonly (readonly number[])[], gain: TransportProblem['gain']): number =>
  total(flow.flatMap((row, origin) => row.map((each, to) => (each > 0 ? each * gain[origin]![to]! : 0))));
const bound = ({ supply, room, gain }: TransportProblem, prices: readonly number[]): number =>
  total(supply.map((each, origin) => each * Math.max(0, ...gain[origin]!.map((worth, to) => worth - prices[to]!)))) +
  total(room.map((each, to) => each * prices[to]!));

const whole = (max: number) => fc.integer({ min: 0, max });
const gains = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -3, max: 20 }) }, fc.constant(-Infinity));
const problems = fc.record({
  supply: fc.array(whole(2), { minLength: 3, maxLength: 3 }),
  room: fc.array(whole(3), { minLength: 3, maxLength: 3 }),
  gain: fc.array(fc.array(gains, { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
});

describe('the transportation problem', () => {
  test('is solved to the best that trying everything finds, within supply and room', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { flow } = transport(problem);
        expect(gained(flow, problem.gain)).toBeCloseTo(bestByTrying(problem), 9);
        flow.forEach((row, origin) => expect(total(row)).toBeLessThanOrEqual(problem.supply[origin]! + 1e-9));
        problem.room.forEach((room, to) => expect(total(flow.map((row) => row[to]!))).toBeLessThanOrEqual(room + 1e-9));
      }),
      { numRuns: 400 },
    );
  });

  test('has prices that prove it, and bound every other problem from above', () => {
    fc.assert(
      fc.property(problems, problems, (problem, other) => {
        const { prices } = transport(problem);
        expect(Math.min(...prices)).toBeGreaterThanOrEqual(0);
        expect(bound(problem, prices)).toBeCloseTo(bestByTrying(problem), 9);
        expect(bound(other, prices)).toBeGreaterThanOrEqual(bestByTrying(other) - 1e-9);
      }),
      { numRuns: 300 },
    );
  });
});

const TWO = [
  { paymentMethod: 'CARD', country: 'US', share: 0.5 },
  { paymentMethod: 'CARD', country: 'BR', share: 0.5 },
];
/** BR has nobody but a, which can take little more than that; US can go elsewhere. */
const SCARCE = scenarioOf({
  transactions: 20_000,
  segments: TWO,
  processors: [
    { id: 'a', approvalRate: 0.9, maxTps: 6 },
    { id: 'b', approvalRate: 0.3, segments: ['CARD|US'] },
  ],
});

describe('regret under limits', () => {
  test('is measured against room that goes where it is needed, and is small for who uses it so', () => {
    // Best: 5 of BR and 1 of US to a, 4 of US to b. Leaving the one to b loses 0.6 of each tenth payment.
    const kept = regretPp(simulate(SCARCE, always('b'), 2));
    expect(kept).toBeGreaterThan(5);
    expect(kept).toBeLessThan(8);
  });

  test.each([
    ['two segments, one of them captive', {}],
    [
      'limits on all',
      { processors: [5, 3].map((maxTps, place) => ({ id: 'ab'[place], approvalRate: 0.9 - place / 3, maxTps })) },
    ],
    [
      'a limit below one a second',
      {
        processors: [
          { id: 'a', approvalRate: 0.9, maxTps: 0.3 },
          { id: 'b', approvalRate: 0.01 },
        ],
      },
    ],
    ['arrivals like a clock', { arrivals: { process: 'regular' } }],
    ['a burst', { arrivals: { bursts: [{ fromFraction: 0.3, toFraction: 0.6, factor: 5 }] } }],
    ['retries', { cascade: { softDeclineShare: 0.8, retriesMax: 2 } }],
    [
      'fees that differ',
      {
        marginBps: 500,
        segments: TWO.map((each, place) => ({ ...each, amountMinor: 1_000 + 9_000 * place })),
        processors: [
          { id: 'a', approvalRate: 0.9, maxTps: 6, feeMinor: 10 },
          { id: 'b', approvalRate: 0.6 },
        ],
      },
    ],
    [
      'a limited one that swings',
      { episodes: [{ processor: 'a', fromFraction: 0.1, toFraction: 0.9, shape: 'sine', set: { approvalRate: 0.1 } }] },
    ],
  ])('is below zero for no policy: %s', (_, given) => {
    const scenario = scenarioOf({
      ...SCARCE,
      transactions: 4_000,
      episodes: [],
      processors: [
        { id: 'a', approvalRate: 0.9, maxTps: 6 },
        { id: 'b', approvalRate: 0.88, segments: ['CARD|US'] },
      ],
      ...given,
    });
    for (const entry of [always('a'), always('b'), random, techcart, inTurns(20), inTurns(400)])
      for (const seed of [1, 2, 3]) expect(regretPp(simulate(scenario, entry, seed))).toBeGreaterThan(-1e-9);
  });

  test('of one that comes later knows that nothing is measured there yet: no more than its empty memory holds is gained', () => {
    const scenario = scenarioOf({
      transactions: 4_000,
      processors: [
        { id: 'a', approvalRate: 0.3, maxTps: 2 },
        { id: 'b', approvalRate: 0.9, maxTps: 2, fromFraction: 0.5 },
      ],
    });
    for (const seed of [1, 2, 3]) {
      expect(regretPp(simulate(scenario, always('b'), seed))).toBeGreaterThan(0);
      // 2 a second over 5 s.
      expect(regretPp(simulate(scenario, inTurns(20), seed))).toBeGreaterThan((-100 * 10) / 4_000);
    }
  });

  test.each([1, 2, 5, 40, 3_000])(
    'is nothing where there is no choice, however full it is, over %d payments',
    (transactions) => {
      const segments = TWO.map(({ country }, place) => ({
        paymentMethod: 'CARD',
        country,
        approvalRate: 0.9 - place / 2,
      }));
      const scenario = scenarioOf({ transactions, segments: TWO, processors: [{ id: 'a', maxTps: 4, segments }] });
      expect(Math.abs(regretPp(simulate(scenario, always('a'), 2)))).toBeLessThan(1e-9);
    },
  );

  test('counts the room that is left unused and what is lost above it', () => {
    const scenario = scenarioOf({
      transactions: 20_000,
      processors: [
        { id: 'a', approvalRate: 0.9, maxTps: 5 },
        { id: 'b', approvalRate: 0.4 },
      ],
    });
    // Best: half and half, 0.65. All to b: 0.4. All to a: 0.45, the other half lost.
    expect(Math.abs(regretPp(simulate(scenario, always('b'), 2)) - 25)).toBeLessThan(2);
    expect(Math.abs(regretPp(simulate(scenario, always('a'), 2)) - 20)).toBeLessThan(2);
  });

  test('is planned less often in a large market, and no less soundly', () => {
    const segments = Array.from({ length: 30 }, (_, place) => ({ paymentMethod: `M${place}`, country: 'US' }));
    const processors = Array.from({ length: 8 }, (_, place) => ({
      id: `p${place}`,
      ...(place < 4 ? { maxTps: 1 + place } : {}),
      segments: segments.map(({ paymentMethod }, index) => ({
        paymentMethod,
        approvalRate: ((place * 37 + index * 61) % 97) / 97,
      })),
    }));
    const scenario = scenarioOf({ segments, processors, arrivals: { dailyAmplitude: 0.5 } });
    const run = simulate(scenario, always('p0'), 2);
    expect(regretPp(run)).toBeGreaterThan(40);
    expect(regretPp(run)).toBeLessThan(100);
  });
});

/** So many payments to one, then to the next: each memory fills and empties in turn. */
function inTurns(payments: number): PolicyEntry {
  return {
    id: `in-turns-${payments}`,
    source: 'a test',
    create: () => ({
      choose: ({ index }, eligible) => ({
        arm: eligible[Math.floor(index / payments) % eligible.length]!,
        propensity: 1,
        probe: false,
      }),
      learn: () => undefined,
    }),
  };
}
