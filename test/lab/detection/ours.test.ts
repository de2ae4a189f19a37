import { describe, expect, test } from 'vitest';
import { drawHits, lowestNineTenths, meanTimeToAlarm } from '../../../lab/detection/measure.ts';
import { judge, type Measured } from '../../../lab/detection/verdict.ts';
import { measureCosts } from '../../../lab/detection/cost.ts';
import { OurDetector } from '../../../lab/detection/ours.ts';
import { readFloor } from '../../../lab/detection/floor.ts';
import { seededDraws } from '../../../lab/detection/seeded-draws.ts';
import type { Cell, CellResult } from '../../../lab/detection/cells.ts';

const ROWS = readFloor([1e4]);

describe('against the floor', () => {
  test.each(ROWS)(
    '[DET-17] told $before, a change to $after is raised within 1.35 of the optimal delay of $delay',
    (row) => {
      const { before, after, arlExact, delay } = row;
      const draw = seededDraws(`delay ${before} ${after}`);
      const create = () => new OurDetector({ baseline: { rate: before }, arlAttempts: arlExact, draw });
      const { mean } = meanTimeToAlarm(create, { rate: after, alarms: 1_000, attemptsMax: Infinity, draw });
      expect(mean / delay).toBeLessThan(1.35);
      expect(mean / delay).toBeGreaterThan(0.9);
    },
  );

  test.each([0.01, 0.05, 0.15])('told %d, false alarms are as rare as asked', (rate) => {
    const draw = seededDraws(`arl ${rate}`);
    const create = () => new OurDetector({ baseline: { rate }, arlAttempts: 3_000, draw });
    const { mean } = meanTimeToAlarm(create, { rate, alarms: 400, attemptsMax: Infinity, draw });
    expect(mean).toBeGreaterThan(3_000 * 0.9);
  });

  test.each([0.05, 0.1, 0.2])(
    '[DET-18] of 200 attempts at %d, nine baselines of ten keep the mean time to false alarm',
    (rate) => {
      const draw = seededDraws(`estimated ${rate}`);
      const baseline = { hits: lowestNineTenths(200, rate), attempts: 200 };
      const create = () => new OurDetector({ baseline, arlAttempts: 10_000, draw });
      const { mean } = meanTimeToAlarm(create, { rate, alarms: 150, attemptsMax: Infinity, draw });
      // Two standard errors.
      expect(mean).toBeGreaterThan(10_000 * 0.84);
    },
  );

  test('a fourfold rate over a baseline of ten hits is raised within twice the optimal delay', () => {
    const row = ROWS.find(({ before, after }) => before === 0.05 && after === 0.2)!;
    const draw = seededDraws('estimated delay');
    const create = () =>
      new OurDetector({
        baseline: { hits: drawHits(200, 0.05, draw), attempts: 200 },
        arlAttempts: row.arlExact,
        draw,
      });
    const { mean } = meanTimeToAlarm(create, { rate: row.after, alarms: 1_000, attemptsMax: Infinity, draw });
    expect(mean / row.delay).toBeLessThan(2);
  });
});

test('an attempt costs less than a microsecond, the state less than a kilobyte', () => {
  for (const { nanoseconds, bytes } of Object.values(measureCosts())) {
    expect(nanoseconds).toBeLessThan(1_000);
    expect(bytes).toBeGreaterThan(100);
    expect(bytes).toBeLessThan(1_000);
  }
});

test('a change that was never seen is the worst of all, not left out', () => {
  const measured = (place: Partial<Cell>, result: Partial<CellResult>): Measured => ({
    cell: { floor: 10, before: 0.05, baselineAttempts: null, kind: 'known', ...place } as Cell,
    result: { arl: 900, arlAsked: 1_000, arlError: 40, delay: null, ...result } as CellResult,
  });
  const verdict = judge([
    measured({}, { delay: 11 }),
    measured({}, { delay: 13 }),
    measured({ kind: 'estimated-arl' }, { arl: 1_500 }),
    measured({ kind: 'estimated-delay', baselineAttempts: 1_000 }, { delay: 12 }),
    measured({ kind: 'estimated-delay', baselineAttempts: 200 }, {}),
    measured({ kind: 'estimated-delay', baselineAttempts: 100 }, { delay: 900 }),
  ]);
  expect(verdict).toEqual({
    known: { mean: 1.2000000000000002, worst: 1.3, leastArl: 0.9 },
    leastEstimatedArl: 1.5,
    arlHolds: { known: false, estimated: true },
    worstFrom10: Infinity,
    worstFrom50: 1.2,
  });
});
