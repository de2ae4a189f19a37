import { describe, expect, test } from 'vitest';
import { curvesOf, measureRun, CURVE_PARTS } from '../../lab/simulator/measures.ts';
import { estimate, quantileOf } from '../../lab/report/statistics.ts';
import { leagueRows } from '../../lab/report/table.ts';
import { reportScenario } from '../../lab/report/scenario-report.ts';
import { lineChart } from '../../lab/report/svg-chart.ts';
import { simulate, type Run } from '../../lab/simulator/simulate.ts';
import { always, scenarioOf } from './sample-scenario.ts';
import type { Alarm } from '../../lab/policy.ts';

const OUTAGE = scenarioOf({
  transactions: 4_000,
  episodes: [{ processor: 'a', fromFraction: 0.25, toFraction: 0.5, set: { errorRate: 0.9 } }],
});
const BASE = simulate(OUTAGE, always('a'), 1);

/** A run in which payment `index` goes to the processor that `route` names. */
const routed = (route: (index: number) => number): Run => ({
  ...BASE,
  processor: Uint8Array.from(BASE.processor, (_, index) => route(index)),
});
const episodeOf = (run: Run) => measureRun(OUTAGE, run).episodes[0]!;

describe('an episode’s measure', () => {
  test('is how many payments it took to leave, and to come back', () => {
    const run = routed((index) => (index < 1_060 || index >= 2_130 ? 0 : 1));
    // From 1,050 on fewer than 10 of the next 200 go there; from 2,030 on 100 of them do.
    expect(episodeOf(run)).toEqual({ episode: 0, hadTraffic: true, shed: 51, readmitted: 30 });
  });

  test('is never, for traffic that stays or does not come back', () => {
    expect(episodeOf(routed(() => 0))).toMatchObject({ hadTraffic: true, shed: null, readmitted: 0 });
    expect(episodeOf(routed((index) => (index < 1_000 ? 0 : 1)))).toMatchObject({ shed: 0, readmitted: null });
  });

  test('does not count for a processor that had no traffic to lose', () => {
    expect(episodeOf(routed(() => 1))).toMatchObject({ hadTraffic: false, shed: null, readmitted: null });
  });
});

describe('a false alarm', () => {
  const alarmsAt = (...alarms: readonly (Partial<Alarm> & { readonly payment: number })[]): number | null =>
    measureRun(OUTAGE, {
      ...BASE,
      alarms: alarms.map(({ payment, ...given }) => ({
        atMs: BASE.atMs[payment]!,
        arm: BASE.order.indexOf(0),
        segments: [0],
        ...given,
      })),
    }).falseAlarms;

  test('is one outside any episode of its processor', () => {
    expect(alarmsAt({ payment: 500 }, { payment: 3_900 })).toBe(2);
    expect(alarmsAt({ payment: 1_500, arm: BASE.order.indexOf(1) })).toBe(1);
  });

  test('is none within an episode, or in its aftermath while results of it may still come', () => {
    expect(alarmsAt({ payment: 1_001 }, { payment: 1_900, segments: null }, { payment: 2_300 })).toBe(0);
  });

  test('is not counted for policies that raise none', () => {
    expect(measureRun(OUTAGE, { ...BASE, alarms: null }).falseAlarms).toBeNull();
  });
});

describe('a report', () => {
  const runs = (regrets: readonly number[]) =>
    regrets.map((regretPp, seed) => ({ ...measureRun(OUTAGE, BASE), seed, regretPp }));

  test('has the mean with Student’s 95% interval', () => {
    const told = estimate([1, 2, 3, 4, 5]);
    expect(told.mean).toBe(3);
    // t(4) = 2.776, s / sqrt(n) = 0.7071.
    expect(told.high! - 3).toBeCloseTo(2.776 * Math.SQRT1_2, 2);
    expect(estimate([1])).toEqual({ mean: 1, low: null, high: null });
    expect(quantileOf([3, 1, 2], 0.5)).toBe(2);
  });

  test('compares ours with each policy seed by seed', () => {
    const report = reportScenario(OUTAGE, [
      { policy: 'learned', source: 's', runs: runs([1, 5, 9]) },
      { policy: 'other', source: 's', runs: runs([2, 6, 10]) },
    ]);
    expect(report.policies.map(({ learnedMinusThisPp }) => learnedMinusThisPp)).toEqual([
      null,
      { mean: -1, low: -1, high: -1 },
    ]);
    expect(
      leagueRows([report])
        .slice(1)
        .map(([policy]) => policy),
    ).toEqual(['learned', 'other']);
  });

  test('draws curves that add up to the regret and to all of the traffic', () => {
    const { regretPp, shares } = curvesOf(OUTAGE, BASE);
    expect(regretPp).toHaveLength(CURVE_PARTS);
    const mean = regretPp.reduce((sum, part) => sum + part, 0) / CURVE_PARTS;
    expect(mean).toBeCloseTo(measureRun(OUTAGE, BASE).regretPp, 9);
    expect(shares.map((share) => share[100])).toEqual([1, 0, 0]);
  });

  test('escapes what names bring into a figure', () => {
    const svg = lineChart({
      title: 'a < b & c',
      xLabel: 'x',
      yLabel: 'y',
      xMax: 10,
      bands: [[2, 4]],
      series: [
        {
          name: '<b>',
          isOurs: true,
          points: [
            [0, 0],
            [10, 3],
          ],
        },
      ],
    });
    expect(svg).toContain('a &lt; b &amp; c');
    expect(svg).not.toContain('<b>');
    expect(svg).not.toContain('NaN');
  });
});
