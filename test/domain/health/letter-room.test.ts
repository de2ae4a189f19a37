import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lettersToDrop } from '../../../src/domain/health/letter-room.ts';

test.each([
  [{ noisy: 9_950, quiet: 50 }, {}],
  [{ noisy: 10_500, quiet: 50 }, { noisy: 550 }],
  [{ quiet: 50, noisy: 9_951 }, { noisy: 1 }],
  [{ one: 6_000, other: 5_000 }, { one: 1_000 }],
  [
    { one: 6_000, other: 5_900, quiet: 100 },
    { one: 1_050, other: 950 },
  ],
  [{}, {}],
])('[WHK-30] where there are too many the source with most gives way: %j', (held, dropped) => {
  expect(Object.fromEntries(lettersToDrop(new Map(Object.entries(held)), 10_000))).toEqual(dropped);
});

test('[WHK-30] no more than needed are dropped, and of nobody who has less than another is left with', () => {
  const sources = fc.uniqueArray(fc.tuple(fc.string(), fc.integer({ min: 1, max: 40 })), {
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(sources, fc.integer({ min: 1, max: 60 }), (counts, max) => {
      const held = new Map(counts);
      const dropped = lettersToDrop(held, max);
      const total = counts.reduce((sum, [, count]) => sum + count, 0);
      const lost = [...dropped.values()].reduce((sum, count) => sum + count, 0);
      expect(lost).toBe(Math.max(0, total - max));
      const left = (name: string): number => held.get(name)! - (dropped.get(name) ?? 0);
      const most = Math.max(0, ...[...held.keys()].map(left));
      for (const name of dropped.keys()) expect(left(name)).toBeGreaterThanOrEqual(most - 1);
    }),
  );
});
