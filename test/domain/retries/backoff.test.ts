import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fullJitterMs } from '../../../src/domain/retries/backoff.ts';

const OPTIONS = { baseMs: 200, capMs: 20_000 };

test('[RTY-20] the wait is drawn from nothing up to a span that doubles with every retry and is capped', () => {
  const longest = [1, 2, 3, 7, 8, 2_000].map((retry) => fullJitterMs(retry, OPTIONS, 1 - 1e-9));
  expect(longest).toEqual([199, 399, 799, 12_799, 19_999, 19_999]);
  expect(fullJitterMs(5, OPTIONS, 0)).toBe(0);
  expect(fullJitterMs(5, OPTIONS, 0.25)).toBe(800);
});

test('[RTY-20] it is a whole number within the cap for every draw', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (retry, draw) => {
        const waitMs = fullJitterMs(retry, OPTIONS, draw);
        expect(Number.isInteger(waitMs) && waitMs >= 0 && waitMs < OPTIONS.capMs).toBe(true);
      },
    ),
  );
});
