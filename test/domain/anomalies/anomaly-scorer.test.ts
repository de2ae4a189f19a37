import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAnomalyScorer, scoreNext, type AnomalyScorer } from '../../../src/domain/anomalies/anomaly-scorer.ts';
import { changed, DAY_MS, dailySeries, HOUR_MS, noiseOf, scoresOf, START_MS, type Row } from './sample-series.ts';

const row = fc.record({
  atMs: fc.integer({ min: -1e13, max: 1e13 }),
  value: fc.option(
    fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(0, 1e308, -1e308, 5e-324),
    ),
  ),
});
/** Hours with gaps, duplicates and steps back. */
const walk = fc
  .array(fc.tuple(fc.constantFrom(0, HOUR_MS, HOUR_MS, -HOUR_MS, 5 * HOUR_MS, 3 * DAY_MS), row), { maxLength: 200 })
  .map((steps) => {
    let atMs = START_MS;
    return steps.map(([step, { value }]) => ({ atMs: (atMs += step), value }));
  });
const anyRows = fc.oneof(fc.array(row, { maxLength: 200 }), walk);

describe('a score', () => {
  test('[ANO-1] of a row knows that row and those before it: the scores of a beginning are the beginning of the scores', () => {
    fc.assert(
      fc.property(walk, fc.nat(200), (rows, cut) => {
        expect(scoresOf(rows.slice(0, cut))).toEqual(scoresOf(rows).slice(0, cut));
      }),
      { numRuns: 60 },
    );
  });

  test('[ANO-2] is a number from 0 to 1, whatever the values and times are', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        for (const score of scoresOf(rows)) expect(score >= 0 && score <= 1).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('[ANO-3] goes on the same after its state went through JSON, which is at most 16 kB', () => {
    const through = (rows: readonly Row[]): { scores: number[]; bytes: number } => {
      let scorer = createAnomalyScorer();
      let bytes = 0;
      const scores = rows.map(({ atMs, value }) => {
        const text = JSON.stringify(scorer);
        bytes = Math.max(bytes, text.length);
        scorer = JSON.parse(text) as AnomalyScorer;
        return scoreNext(scorer, atMs, value);
      });
      return { scores, bytes };
    };
    fc.assert(
      fc.property(walk, (rows) => {
        expect(through(rows).scores).toEqual(scoresOf(rows));
      }),
      { numRuns: 30 },
    );
    const quarters = dailySeries({ days: 10, stepMs: HOUR_MS / 4, noise: 10 });
    expect(through(changed(quarters, 0, (value) => value * -1e99)).bytes).toBeLessThan(16_000);
  });

  test('[ANO-8] does not depend on the unit of the values', () => {
    const rows = changed(dailySeries({ days: 9, stepMs: HOUR_MS, noise: 20 }), 150, (value, after) =>
      after === 0 ? 600 : value,
    );
    const plain = scoresOf(rows);
    const thousandths = scoresOf(changed(rows, 0, (value) => value / 1_000));
    for (const [place, score] of plain.entries()) expect(thousandths[place]).toBeCloseTo(score, 6);
  });
});

describe('what is usual', () => {
  test.each([HOUR_MS, HOUR_MS / 12])('[ANO-4] a daily pattern is no anomaly, told every %i ms', (stepMs) => {
    const rows = dailySeries({ days: 12, stepMs, noise: 10 });
    const scores = scoresOf(rows).slice((3 * DAY_MS) / stepMs);
    expect(Math.max(...scores)).toBeLessThan(0.5);
  });

  test('[ANO-4] the value of noon is an anomaly at midnight', () => {
    const rows = dailySeries({ days: 12, stepMs: HOUR_MS, noise: 10 });
    const midnight = 11 * 24;
    const scores = scoresOf(changed(rows, midnight, (value, after) => (after === 0 ? 300 : value)));
    expect(scores[midnight]).toBeGreaterThan(0.7);
  });

  test('[ANO-5] 0.5 is a rise eight times as far off as usual, or a fall more than half as far again', () => {
    const draw = noiseOf(3);
    const rows = Array.from({ length: 24 * 30 }, (_, hour) => ({
      atMs: START_MS + hour * HOUR_MS,
      value: 1_000 + (draw() < 0 ? -1 : 1),
    }));
    const scored = (last: number): number => scoresOf([...rows, ...quietHour(rows), hourAfter(rows, 2, last)]).at(-1)!;
    expect(scored(1_000 + 9.5)).toBeGreaterThan(0.5);
    expect(scored(1_000 + 6)).toBeLessThan(0.5);
    expect(scored(1_000 - 9.5)).toBeLessThan(0.5);
    expect(scored(1_000 - 15.5)).toBeGreaterThan(0.5);
  });

  test('[ANO-9] a constant series scores nothing but its first deviation, and that nearly 1', () => {
    const rows = Array.from({ length: 24 * 20 }, (_, hour) => ({ atMs: START_MS + hour * HOUR_MS, value: 0.1 }));
    expect(new Set(scoresOf(rows))).toEqual(new Set([0]));
    const noisy = changed(rows, 100, (value, after) => value * (1 + (after % 3) * 1e-12));
    expect(new Set(scoresOf(noisy))).toEqual(new Set([0]));
    const scores = scoresOf(changed(rows, 300, (value, after) => (after === 0 ? 0.11 : value)));
    expect(scores[300]).toBeGreaterThan(0.98);
    expect(scores.at(-1)).toBe(0);
  });

  test('[ANO-6] a level that stays is usual after four days', () => {
    const rows = dailySeries({ days: 20, stepMs: HOUR_MS, noise: 10 });
    const shift = 10 * 24;
    const scores = scoresOf(changed(rows, shift, (value) => value + 300));
    expect(scores[shift + 1]).toBeGreaterThan(0.7);
    expect(Math.max(...scores.slice(shift + 5 * 24))).toBeLessThan(0.3);
  });
});

describe('the three views of a deviation', () => {
  test('[ANO-13] on the first day, without a habit, a spike stands out from the last 16 rows', () => {
    const rows = dailySeries({ days: 0.5, stepMs: HOUR_MS / 60, noise: 2 });
    const scores = scoresOf(changed(rows, 600, (value, after) => (after === 0 ? value + 100 : value)));
    expect(Math.max(...scores.slice(20, 600))).toBeLessThan(0.4);
    expect(scores[600]).toBeGreaterThan(0.6);
  });

  test('[ANO-13] where days differ more than hours, a spike still stands out from the last 16 rows', () => {
    const draw = noiseOf(11);
    const levels = [500, 1_500, 1_000];
    const rows = Array.from({ length: 12 * 96 }, (_, quarter) => ({
      atMs: START_MS + (quarter * HOUR_MS) / 4,
      value: levels[Math.floor(quarter / 96) % 3]! + draw(),
    }));
    const at = 11 * 96 + 50;
    const scores = scoresOf(changed(rows, at, (value, after) => (after === 0 ? 1_150 : value)));
    expect(scores[at]).toBeGreaterThan(0.5);
    expect(Math.max(...scores.slice(at - 30, at))).toBeLessThan(0.4);
  });

  /** Between 10 at midnight and 1,010 at noon, with noise of a power of the level. */
  const busyDays = (power: number): Row[] => {
    const draw = noiseOf(5);
    return Array.from({ length: 24 * 12 }, (_, hour) => {
      const level = 510 - 500 * Math.cos((2 * Math.PI * hour) / 24);
      return { atMs: START_MS + hour * HOUR_MS, value: level + level ** power * draw() };
    });
  };
  const midnight = 24 * 11;

  test('[ANO-13] a rise at night that would be noise at noon stands out where noise grows with the root of the level', () => {
    const scores = scoresOf(changed(busyDays(0.5), midnight, (value, after) => (after === 0 ? 60 : value)));
    expect(Math.max(...scores.slice(24 * 4, midnight))).toBeLessThan(0.5);
    expect(scores[midnight]).toBeGreaterThan(0.5);
  });

  test('[ANO-13] a fall in the morning that would be noise at noon stands out where noise grows with the level', () => {
    const morning = midnight + 5;
    const quiet = busyDays(1).map(({ atMs, value }) => ({ atMs, value: 300 + value! * 0.2 }));
    const scores = scoresOf(changed(quiet, morning, (value, after) => (after < 2 ? value * 0.02 : value)));
    expect(Math.max(...scores.slice(24 * 4, morning))).toBeLessThan(0.5);
    expect(scores[morning + 1]).toBeGreaterThan(0.5);
  });
});

describe('how long an anomaly lasts', () => {
  const rows = dailySeries({ days: 12, stepMs: HOUR_MS, noise: 10 });
  const at = 11 * 24 + 3;

  test('[ANO-7] the row after a spike scores nearly as high, the fourth as if there had been none', () => {
    const scores = scoresOf(changed(rows, at, (value, after) => (after === 0 ? value + 500 : value)));
    expect(scores[at + 1]).toBeGreaterThan(0.9 * scores[at]!);
    expect(scores[at + 1]).toBeLessThan(scores[at]!);
    expect(scores[at + 3]).toBeLessThan(0.5);
  });

  test('[ANO-7] a deviation that lasts three rows scores higher than one that lasts one', () => {
    const scores = scoresOf(changed(rows, at, (value, after) => (after < 3 ? value + 100 : value)));
    expect(scores[at + 2]).toBeGreaterThan(scores[at]! + 0.05);
  });

  test('[ANO-10] a missing value is learned nothing from and keeps nine tenths of the score before it', () => {
    const spiked = changed(rows, at, (value, after) => (after === 0 ? value + 500 : value));
    const holed = spiked.toSpliced(at + 1, 0, { atMs: spiked[at]!.atMs + 60_000, value: null });
    const scores = scoresOf(holed);
    expect(scores[at + 1]).toBeCloseTo(0.9 * scores[at]!, 12);
    expect(scores.toSpliced(at + 1, 1)).toEqual(scoresOf(spiked));
    expect(scoreNext(createAnomalyScorer(), START_MS, Number.NaN)).toBe(0);
  });
});

describe('a clock', () => {
  const rows = dailySeries({ days: 12, stepMs: HOUR_MS, noise: 10 });

  test('[ANO-11] that goes back by up to a day stands still', () => {
    const last = rows.at(-1)!.atMs;
    const states = [last, last - DAY_MS].map((atMs) => {
      const scorer = createAnomalyScorer();
      for (const { atMs: before, value } of rows) scoreNext(scorer, before, value);
      scoreNext(scorer, atMs, 200);
      return scorer;
    });
    expect(states[1]).toEqual(states[0]);
  });

  test('[ANO-11] that goes back further begins its days anew, and one row of the far future silences nothing', () => {
    const ahead = [...rows.slice(0, 48), { atMs: START_MS + 4_000 * DAY_MS, value: 200 }, ...rows.slice(48)];
    const spiked = changed(ahead, ahead.length - 1, () => 1_500);
    expect(scoresOf(spiked).at(-1)).toBeGreaterThan(0.8);
  });

  test('[ANO-11] that leaps over more than eight days forgets what was usual', () => {
    const late = changed(rows, 0, (value) => value).map(({ value }, hour) => ({
      atMs: START_MS + hour * HOUR_MS + (hour < 200 ? 0 : 30 * DAY_MS),
      value,
    }));
    const scores = scoresOf(late);
    expect(scores[200]).toBeLessThan(0.5);
    expect(Math.max(...scores.slice(260))).toBeLessThan(0.5);
  });
});

function hourAfter(rows: readonly Row[], hours: number, value: number): Row {
  return { atMs: rows.at(-1)!.atMs + hours * HOUR_MS, value };
}

/** Two rows that are as expected, so that the row after them is judged alone. */
function quietHour(rows: readonly Row[]): Row[] {
  return [hourAfter(rows, 1, 1_000), hourAfter(rows, 1, 1_000)];
}
