import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Leaf } from '../../../src/domain/localisation/leaf-table.ts';
import { localise } from '../../../src/domain/localisation/localise.ts';
import { leaf, numbersIn, windowOf, windowsWith } from './sample-windows.ts';

const count = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.constantFrom(-5, 0, Number.NaN, Infinity, 1e300, 0.5));
const anyLeaf: fc.Arbitrary<Leaf> = fc.record({
  processor: fc.constantFrom('a', 'b', 'c', 'unknown', '__proto__'),
  method: fc.constantFrom('card', 'pix'),
  country: fc.constantFrom('BR', 'MX', ''),
  bin: fc.constantFrom('unknown', '411111', '522222'),
  attempts: count,
  failures: count,
  declines: count,
  approvals: count,
  amountMinor: count,
  codes: fc.array(
    fc.record({ code: fc.constantFrom('x', '__proto__'), fault: fc.constantFrom('issuer', 'user'), count }),
    {
      maxLength: 2,
    },
  ),
});
const anyWindow = fc.record({
  minutes: fc.constantFrom(0, 10, -1, Number.NaN),
  leaves: fc.array(anyLeaf, { maxLength: 40 }),
});
const measure = fc.constantFrom('failure', 'decline', 'loss');

describe('localisation', () => {
  test('[LOC-4] any numbers, and no leaves at all, give finite numbers', () => {
    fc.assert(
      fc.property(anyWindow, anyWindow, measure, (baseline, anomalous, of) => {
        const told = localise(baseline, anomalous, of);
        for (const number of numbersIn(told)) expect(Number.isFinite(number)).toBe(true);
        for (const { share } of told.explanations) expect(share >= 0 && share <= 1).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test.each([331, 376, 394])('[LOC-4] counts beyond all measure have an end: those drawn by %d', (seed) => {
    const windows = fc.sample(fc.tuple(anyWindow, anyWindow, measure), { seed, numRuns: 50 });
    const told = windows.map(([baseline, anomalous, of]) => localise(baseline, anomalous, of));
    expect(told.every(({ explanations }) => explanations.length <= 6)).toBe(true);
  });

  test('[LOC-3] the order of leaves is of no consequence, and leaves of the same attributes add up', () => {
    const { baseline, anomalous } = windowsWith(({ processor }) => processor === 'a');
    const told = localise(baseline, anomalous, 'failure');
    expect(told.explanations).toHaveLength(1);
    const parts = anomalous.leaves.flatMap((each) => [
      { ...each, attempts: 40, failures: 0, declines: 0, approvals: 40, amountMinor: 40_000 },
      { ...each, attempts: 60, approvals: each.approvals - 40, amountMinor: 60_000 },
    ]);
    expect(localise(baseline, { minutes: 10, leaves: parts }, 'failure')).toEqual(told);
    fc.assert(
      fc.property(fc.shuffledSubarray([...anomalous.leaves], { minLength: anomalous.leaves.length }), (leaves) => {
        expect(localise(baseline, { minutes: 10, leaves }, 'failure')).toEqual(told);
      }),
      { numRuns: 20 },
    );
  });

  test('[LOC-6] more failures where it rose are more evidence', () => {
    const evidenceAt = (failures: number): number => {
      const { baseline, anomalous } = windowsWith(({ processor }) => processor === 'a', failures);
      return localise(baseline, anomalous, 'failure').explanations[0]!.evidenceNats;
    };
    const evidence = [20, 30, 45, 60, 80, 100].map(evidenceAt);
    for (const [place, nats] of evidence.slice(1).entries()) expect(nats).toBeGreaterThan(evidence[place]!);
  });

  test('[LOC-7] what is unknown is no cause', () => {
    const { baseline, anomalous } = windowsWith(({ bin }) => bin === 'unknown');
    for (const { combination } of localise(baseline, anomalous, 'failure').explanations)
      expect(Object.values(combination)).not.toContain('unknown');
  });

  test('[LOC-8] where the same leaves have two names both are told, and whether a processor is to blame is unclear', () => {
    const usual = [leaf('a', 'BR'), leaf('b', 'MX'), leaf('c', 'AR')];
    const now = [leaf('a', 'BR', 60), leaf('b', 'MX'), leaf('c', 'AR')];
    const [found] = localise(windowOf(usual, 100), windowOf(now, 10), 'failure').explanations;
    expect([found!.combination, ...found!.sameLeaves]).toEqual([{ processor: 'a' }, { country: 'BR' }]);
    expect(found!.verdict).toBe('unclear');
  });

  test('[LOC-9] counts before and after, share, and money a minute are told: what failed would have been approved at the usual rate', () => {
    const { baseline, anomalous } = windowsWith(({ processor }) => processor === 'a', 50);
    const [found] = localise(baseline, anomalous, 'failure').explanations;
    // 12 slices of 100 attempts each; 2 of 100 fail usually, of the others 90 of 98 are approved.
    expect(found!.before).toEqual({ trials: 1_200, hits: 24, rate: 0.02 });
    expect(found!.after).toEqual({ trials: 1_200, hits: 600, rate: 0.5 });
    expect(found!.excess).toBeCloseTo(576, -1);
    expect(found!.share).toBe(1);
    expect(found!.minorAtRiskPerMinute! / ((found!.excess / 10) * (90 / 98) * 1_000)).toBeCloseTo(1, 3);
    expect(
      localise(baseline, { ...anomalous, minutes: 0 }, 'failure').explanations[0]!.minorAtRiskPerMinute,
    ).toBeNull();
  });

  test('[LOC-10] the codes that rose are told, the largest first', () => {
    const usual = [leaf('a', 'BR', 2, { timeout: 2 }), leaf('b', 'BR', 2, { timeout: 2 })];
    const now = [leaf('a', 'BR', 60, { timeout: 12, http_502: 48 }), leaf('b', 'BR', 2, { timeout: 2 })];
    const [found] = localise(windowOf(usual, 10), windowOf(now, 10), 'failure').explanations;
    expect(found!.codes.map(({ code, before, after }) => [code, before, after])).toEqual([
      ['http_502', 0, 48],
      ['timeout', 2, 12],
    ]);
    expect(found!.codes[0]!.share).toBeCloseTo(48 / 58, 6);
  });
});
