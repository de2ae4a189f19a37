import { describe, expect, test } from 'vitest';
import { decidingRuns, reopenedPairs, type Look } from '../../lab/report/deciding-runs.ts';
import { overviewText } from '../../lab/report/overview.ts';
import { estimate, type Estimate } from '../../lab/report/statistics.ts';
import type { PolicyReport, ScenarioReport } from '../../lab/report/scenario-report.ts';

function policy(id: string, regrets: readonly number[], paired: Estimate | null = null): PolicyReport {
  return {
    policy: id,
    source: '',
    seeds: regrets.length,
    successRate: 0.9,
    regretPp: estimate(regrets),
    netValueMinor: { mean: 0, low: 0, high: 0 },
    probeShare: 0,
    falseAlarms: null,
    episodes: [],
    learnedMinusThisPp: paired,
    regretPpBySeed: regrets,
  };
}

function report(given: Partial<ScenarioReport>): ScenarioReport {
  return {
    id: 'one',
    kind: 'non-stationary',
    transactions: 1,
    processors: 3,
    regretIn: 'success',
    policies: [],
    ...given,
  };
}

const times = (count: number, of: (place: number) => number): number[] =>
  Array.from({ length: count }, (_, place) => of(place));
/** Ours loses .1 less, but in the first 100 runs every tenth is a disaster. */
const ours = times(1_600, (run) => (run < 100 && run % 10 === 0 ? 1.1 : 0.2 + (run % 3) / 100));
const theirs = times(1_600, (run) => 0.3 + (run % 5) / 100);
const plain = report({ policies: [policy('learned', ours.slice(0, 100)), policy('apos', theirs.slice(0, 100))] });
const spike = report({
  id: 'spike',
  policies: [policy('learned', ours), policy('apos', theirs), policy('klucb', theirs.slice(0, 100))],
});
const both = [report({ ...plain, policies: [...plain.policies, policy('klucb', theirs.slice(0, 100))] }), spike];

describe('a pair that ran on to be decided', () => {
  test('is told with what fewer runs would have said, and the medians', () => {
    const pairs = reopenedPairs(both);
    expect(pairs.map(({ scenario, peer }) => [scenario, peer])).toEqual([['spike', 'apos']]);
    const [{ looks, medianPp }] = pairs as [(typeof pairs)[number]];
    expect(looks.map(({ runs }) => runs)).toEqual([100, 400, 1_600]);
    expect(looks[0]!.difference.high).toBeGreaterThan(0);
    expect(looks[2]!.difference.high).toBeLessThan(0);
    expect(medianPp.ours).toBeCloseTo(0.21, 9);
    expect(medianPp.theirs).toBeCloseTo(0.32, 9);
  });

  test('is decided by the fewest runs from which on its interval stays on one side', () => {
    const look = (runs: number, low: number | null, high: number | null): Look => ({
      runs,
      difference: { mean: 0, low, high },
    });
    expect(decidingRuns([look(100, -1, 1), look(400, -2, -1), look(1_600, -2, -1)])).toBe(400);
    expect(decidingRuns([look(100, -2, -1), look(400, -1, 1), look(1_600, -2, -1)])).toBe(1_600);
    expect(decidingRuns([look(100, -2, -1), look(400, -1, 1)])).toBeNull();
    expect(decidingRuns([look(1, null, null)])).toBeNull();
  });

  test('is named in the overview with the number that decided it, and that 400 were too few', () => {
    const text = overviewText(both);
    expect(text).toContain(
      'are 100 a policy (the column `seeds`). They decided every promise but 1, of which both ran 1600 times: `spike` against `apos` was decided by 400.',
    );
    expect(text).toContain('and 1600 were taken after 400 had not told');
    expect(text).toMatch(
      /\| spike \| `apos` \| 100: -\d\.\d+ \(.*\) \| 400: .* \| 1600: -0\.\d+ .* \| 0\.210 \| 0\.320 \|/,
    );
    expect(overviewText([plain])).toContain('They decided every promise.');
  });
});

test('a scenario in which processors come is told to be held to its bound by a reading, with the peers that are ahead in the other', () => {
  const newcomers = (high: number): string =>
    overviewText([
      report({
        id: 'cold-start',
        kind: 'newcomers',
        policies: [
          policy('learned', [0.1, 0.2]),
          policy('thompson', [0.1, 0.1], { mean: 0.074, low: 0.044, high: 0.103 }),
          policy('klucb', [0.1, 0.1], { mean: -0.05, low: -0.1, high }),
          policy('apos', [3, 3], { mean: -3, low: -4, high: -2 }),
        ],
      }),
    ]);
  expect(newcomers(-0.01)).toContain(
    'would be missed: by the paired interval `learned` is not below `thompson` (+0.074; 0.044..0.103).',
  );
  expect(newcomers(0.01)).toContain('`thompson` (+0.074; 0.044..0.103), `klucb` (-0.050; -0.100..0.010).');
});
