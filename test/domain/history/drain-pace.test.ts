import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACK_OFF_MAX_MS, nextDrain, RESTED, type DrainPace } from '../../../src/domain/history/drain-pace.ts';

/** The waits while PostgreSQL is away so many times in a row. */
function waitsOf(times: number, draw: number): number[] {
  let pace: DrainPace = RESTED;
  return Array.from({ length: times }, () => {
    const next = nextDrain(pace, 'away', draw);
    pace = next.pace;
    return next.inMs!;
  });
}

describe('when history is sent next', () => {
  test('[HIS-3] a step whose time was up is followed at once, one that sent all by none', () => {
    expect(nextDrain({ failures: 4 }, 'time', 0.5)).toEqual({ pace: RESTED, inMs: 0 });
    expect(nextDrain({ failures: 4 }, 'drained', 0.5)).toEqual({ pace: RESTED, inMs: null });
  });

  test('[HIS-4] waits double from 1 s to 60 s and begin anew after one that arrived', () => {
    expect(waitsOf(9, 0.999_999_99)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(waitsOf(3, 0)).toEqual([500, 1_000, 2_000]);
    const { pace } = nextDrain({ failures: 40 }, 'drained', 0);
    expect(nextDrain(pace, 'away', 0).inMs).toBe(500);
  });

  test('[HIS-4] however often it was away, the wait lies between half a minute and one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, draw) => {
          const { inMs } = nextDrain({ failures }, 'away', draw);
          expect(inMs).toBeGreaterThanOrEqual(BACK_OFF_MAX_MS / 2);
          expect(inMs).toBeLessThanOrEqual(BACK_OFF_MAX_MS);
        },
      ),
    );
  });

  test('[HIS-4] an hour away costs fewer than 140 questions', () => {
    let [waitedMs, asked] = [0, 0];
    for (const inMs of waitsOf(1_000, 0)) {
      if (waitedMs >= 3_600_000) break;
      waitedMs += inMs;
      asked += 1;
    }
    expect(asked).toBeLessThan(140);
  });
});
