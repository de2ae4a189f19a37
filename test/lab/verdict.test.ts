import { expect, test } from 'vitest';
import { kindOf } from '../../lab/report/scenario-kind.ts';
import { overviewText, regretTables } from '../../lab/report/overview.ts';
import { standings, undecided, verdictOf } from '../../lab/report/verdict.ts';
import { CLASSIC, scenarioOf } from './sample-scenario.ts';
import type { PolicyReport, ScenarioReport } from '../../lab/report/scenario-report.ts';

const [A, B, C] = CLASSIC.processors;
const pair = (left: number, right: number) => ({
  processors: [
    { ...A, approvalRate: left },
    { ...B, approvalRate: right },
  ],
});

test.each([
  ['three points apart', {}, 'stationary'],
  ['exactly half a point apart', pair(0.905, 0.9), 'stationary'],
  ['under half a point apart', pair(0.9049, 0.9), 'close call'],
  ['two equals and a third far behind', { processors: [A, { ...B, approvalRate: 0.93 }, C] }, 'stationary'],
  ['alone', { processors: [A] }, 'stationary'],
  ['close by errors', { processors: [{ ...A, errorRate: 0.03 }, B] }, 'close call'],
  ['a daily cycle of arrivals', { arrivals: { dailyAmplitude: 0.5 } }, 'stationary'],
  [
    'an episode',
    { episodes: [{ processor: '*', fromFraction: 0, toFraction: 1, set: { errorRate: 0.1 } }] },
    'non-stationary',
  ],
  ['a processor that comes', { processors: [A, { ...B, fromFraction: 0.5 }] }, 'newcomers'],
  ['a processor that leaves', { processors: [A, { ...B, toFraction: 0.5 }] }, 'newcomers'],
  [
    'apart in approval and close in value',
    {
      processors: [
        { ...A, approvalRate: 0.93, feeMinor: 297 },
        { ...B, approvalRate: 0.9, feeMinor: 0 },
      ],
    },
    'close call',
  ],
] as const)('%s: %j is %s', (_name, given, kind) => {
  expect(kindOf(scenarioOf(given))).toBe(kind);
});

function policy(id: string, mean: number, pairedHigh: number | null = null): PolicyReport {
  return {
    policy: id,
    source: '',
    seeds: 100,
    successRate: 0.9,
    regretPp: { mean, low: mean, high: mean },
    netValueMinor: { mean: 0, low: 0, high: 0 },
    probeShare: 0,
    falseAlarms: null,
    episodes: [],
    learnedMinusThisPp: id === 'learned' ? null : { mean: -1, low: -2, high: pairedHigh },
    regretPpBySeed: [],
  };
}

function report(given: Partial<ScenarioReport>): ScenarioReport {
  return { id: 'one', kind: 'stationary', transactions: 1, processors: 3, regretIn: 'success', policies: [], ...given };
}

test('where something changes every paired interval must lie below zero', () => {
  const policies = [
    policy('learned', 0.5),
    policy('techcart', 0.9, -0.01),
    policy('apos', 0.6, 0),
    policy('klucb', 0.8),
  ];
  const verdict = verdictOf(report({ kind: 'non-stationary', policies }));
  expect(verdict).toMatchObject({ met: false, bestPeer: 'apos', unbeaten: ['apos', 'klucb'], target: null });
  expect(verdictOf(report({ kind: 'non-stationary', policies: policies.slice(0, 2) }))).toMatchObject({
    met: true,
    unbeaten: [],
  });
});

test('a peer that loses more, but not surely, runs again with learned; one that loses less does not, nor any where nothing changes', () => {
  const policies = [policy('learned', 0.5), policy('techcart', 0.9, -0.01), policy('apos', 0.6, 0.1)];
  const better = { ...policy('thompson', 0.3), learnedMinusThisPp: { mean: 0.2, low: -0.1, high: 0.5 } };
  expect(undecided(report({ kind: 'non-stationary', policies: [...policies, better] }))).toEqual(['learned', 'apos']);
  expect(undecided(report({ kind: 'non-stationary', policies: policies.slice(0, 2) }))).toEqual([]);
  expect(undecided(report({ kind: 'stationary', policies }))).toEqual([]);
});

test.each([
  ['stationary', 0.3, true],
  ['stationary', 0.31, false],
  ['newcomers', 0.3, true],
  ['newcomers', 0.31, false],
  ['close call', 0.4, true],
  ['close call', 0.41, false],
] as const)('%s: %d beside a best peer of 0.2 is kept: %s', (kind, mean, met) => {
  const policies = [policy('learned', mean), policy('techcart', 0.2, 1), policy('apos', 0.9, 1)];
  expect(verdictOf(report({ kind, policies }))?.met).toBe(met);
});

test('the classic four have targets and goals', () => {
  const verdict = (id: string, mean: number) =>
    verdictOf(report({ id, policies: [policy('learned', mean), policy('apos', 1)] }));
  expect(verdict('classic-stationary', 0.2)?.target).toEqual({ limitPp: 0.2, goalPp: 0.15, met: true, goalMet: false });
  expect(verdict('classic-outage', 0.5)?.target).toEqual({ limitPp: 0.6, goalPp: 0.5, met: true, goalMet: true });
  expect(verdict('classic-brown-out', 0.41)?.target).toEqual({
    limitPp: 0.4,
    goalPp: 0.35,
    met: false,
    goalMet: false,
  });
  expect(verdict('classic-drift', 0.7)?.target).toEqual({ limitPp: 0.75, goalPp: 0.6, met: true, goalMet: false });
});

test('tables name the least regret in bold and the mean over all scenarios decides the order', () => {
  const reports = [
    report({ id: 'one', policies: [policy('learned', 0.4), policy('apos', 0.3, 1)] }),
    report({ id: 'two', kind: 'non-stationary', policies: [policy('learned', 0.2), policy('apos', 0.9, -0.1)] }),
  ];
  expect(standings(reports).map(({ policy: id, meanPp }) => [id, Number(meanPp.toFixed(3))])).toEqual([
    ['learned', 0.3],
    ['apos', 0.6],
  ]);
  expect(regretTables(reports).split('\n').slice(2)).toEqual([
    '| **learned** | 100 | **0.300** | 0.400 | **0.200** |',
    '| apos | 100 | 0.600 | **0.300** | 0.900 |',
  ]);
  const text = overviewText(reports);
  expect(text).toContain('The promise is kept in 2 of 2 scenarios.');
  expect(text).toContain('| one | stationary | 0.400 | `apos` | **0.300** | yes |');
  expect(text).toContain('| two | non-stationary | **0.200** | `apos` | 0.900 | yes |');
});
