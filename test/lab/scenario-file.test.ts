import { afterAll, describe, expect, test } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeProblems } from '../../lab/scenario-problems.ts';
import { parseScenario, readScenario } from '../../lab/scenario-file.ts';
import { leagueScenarios } from '../../lab/commands/league.ts';
import { CLASSIC, scenarioOf } from './sample-scenario.ts';

const TWO_SEGMENTS = [
  { paymentMethod: 'PIX', country: 'BR', share: 0.6, amountMinor: 1_000, currency: 'BRL' },
  { paymentMethod: 'CARD', country: 'BR', share: 0.4, amountMinor: 5_000, currency: 'BRL' },
];
const episode = (given: object) => ({
  episodes: [{ processor: 'a', fromFraction: 0.2, toFraction: 0.4, set: { approvalRate: 0.1 }, ...given }],
});
const [A, B, C] = CLASSIC.processors;

interface Case {
  readonly given: object;
  readonly path: string;
}

const REFUSED: readonly Case[] = [
  { given: { aprovals: 1 }, path: 'aprovals' },
  { given: { processors: [{ ...A, aprovalRate: 1 }] }, path: 'processors[0].aprovalRate' },
  { given: episode({ set: { approval: 0.1 } }), path: 'episodes[0].set.approval' },
  { given: { feedback: { delay: 1 } }, path: 'feedback.delay' },
  {
    given: { feedback: { delaySeconds: { distribution: 'exponential' } } },
    path: 'feedback.delaySeconds.mean',
  },
  {
    given: { feedback: { delaySeconds: { distribution: 'lognormal', median: 9, p99: 3 } } },
    path: 'feedback.delaySeconds.p99',
  },
  {
    given: { feedback: { delaySeconds: { distribution: 'uniform', from: 9, to: 3 } } },
    path: 'feedback.delaySeconds.to',
  },
  { given: { processors: [{ ...A, approvalRate: 1.2 }] }, path: 'processors[0].approvalRate' },
  { given: { processors: [{ ...A, errorRate: -0.1 }] }, path: 'processors[0].errorRate' },
  { given: { processors: [{ ...A, errorRate: 0.6, timeoutRate: 0.6 }] }, path: 'processors[0].timeoutRate' },
  { given: { processors: [A, A] }, path: 'processors[1].id' },
  { given: { processors: [{ ...A, maxTps: 0 }] }, path: 'processors[0].maxTps' },
  { given: { processors: [A, { ...B, fromFraction: 0.5, toFraction: 0.2 }] }, path: 'processors[1].toFraction' },
  { given: { processors: [] }, path: 'processors' },
  { given: { processors: [{ ...A, toFraction: 0.5 }] }, path: 'segments[0]' },
  { given: { transactions: 0 }, path: 'transactions' },
  { given: { transactions: '5' }, path: 'transactions' },
  { given: { arrivalsPerSecond: 0 }, path: 'arrivalsPerSecond' },
  { given: { arrivals: { dailyAmplitude: 0.7, weeklyAmplitude: 0.5 } }, path: 'arrivals.weeklyAmplitude' },
  {
    given: { arrivals: { bursts: [{ fromFraction: 0.5, toFraction: 0.5, factor: 2 }] } },
    path: 'arrivals.bursts[0].toFraction',
  },
  { given: { segments: TWO_SEGMENTS.slice(0, 1) }, path: 'segments' },
  { given: { segments: [{ ...TWO_SEGMENTS[0], share: -0.1 }] }, path: 'segments[0].share' },
  { given: { segments: TWO_SEGMENTS, processors: [{ ...A, segments: ['PIX|BR'] }] }, path: 'segments[1]' },
  {
    given: { segments: TWO_SEGMENTS, processors: [A, { ...B, segments: ['PIX|MX'] }] },
    path: 'processors[1].segments[0]',
  },
  {
    given: { processors: [{ ...A, segments: [{ paymentMethod: 'CARD', country: 'US', approvalRate: 2 }] }] },
    path: 'processors[0].segments[0].approvalRate',
  },
  {
    given: { processors: [{ ...A, segments: [{ paymentMethod: 'CARD', country: 'US', fee: 2 }] }] },
    path: 'processors[0].segments[0].fee',
  },
  { given: episode({ processor: 'z' }), path: 'episodes[0].processor' },
  { given: episode({ segment: 'PIX|BR' }), path: 'episodes[0].segment' },
  {
    given: {
      segments: TWO_SEGMENTS,
      processors: [B, { ...A, segments: ['CARD|BR'] }],
      ...episode({ segment: 'PIX|BR' }),
    },
    path: 'episodes[0].segment',
  },
  { given: episode({ toFraction: 0.2 }), path: 'episodes[0].toFraction' },
  { given: episode({ toFraction: 1.2 }), path: 'episodes[0].toFraction' },
  { given: episode({ set: {} }), path: 'episodes[0].set' },
  { given: episode({ set: { errorRate: 0.9, timeoutRate: 0.2 } }), path: 'episodes[0].set.timeoutRate' },
  { given: episode({ set: { userErrorRate: 0.2 } }), path: 'episodes[0].set.userErrorRate' },
  { given: episode({ shape: 'wobble' }), path: 'episodes[0].shape' },
  { given: episode({ shape: 'calendar', hours: { from: 3, to: 3 } }), path: 'episodes[0].hours.to' },
  { given: episode({ hours: { from: 3, to: 4 } }), path: 'episodes[0].hours' },
  { given: episode({ phaseRadians: 1 }), path: 'episodes[0].phaseRadians' },
  { given: { feedback: { lossRate: 1.5 } }, path: 'feedback.lossRate' },
  { given: { cascade: { softDeclineShare: 2, retriesMax: 1 } }, path: 'cascade.softDeclineShare' },
  { given: { feeOn: 'sometimes' }, path: 'feeOn' },
  { given: { marginBps: 0 }, path: 'marginBps' },
  { given: { tableAgeSeconds: -1 }, path: 'tableAgeSeconds' },
  { given: { marginBps: 1e-322 }, path: 'marginBps' },
  { given: { marginBps: 1e7 }, path: 'marginBps' },
  { given: { segments: [{ ...TWO_SEGMENTS[0], share: 1, amountMinor: 1e13 }] }, path: 'segments[0].amountMinor' },
  { given: { segments: [{ ...TWO_SEGMENTS[0], share: 1, currency: 'u$1' }] }, path: 'segments[0].currency' },
  { given: { arrivalsPerSecond: 1e-300 }, path: 'arrivalsPerSecond' },
  { given: { processors: [{ ...A, maxTps: 1e-300 }] }, path: 'processors[0].maxTps' },
  { given: { seed: 2 ** 32 }, path: 'seed' },
  { given: { processors: [A, { ...B, segments: {} }] }, path: 'processors[1].segments' },
  { given: { processors: [A, { ...B, segments: [] }] }, path: 'processors[1].segments' },
  { given: episode({ shape: 'step', periodFraction: 0.1 }), path: 'episodes[0].periodFraction' },
  { given: episode({ shape: 'ramp', periodFraction: 0.1 }), path: 'episodes[0].periodFraction' },
  {
    given: episode({ shape: 'calendar', periodFraction: 0.1, hours: { from: 3, to: 4 } }),
    path: 'episodes[0].periodFraction',
  },
  { given: { processors: [{ ...A, fromFraction: 0.4 }, B], ...episode({}) }, path: 'episodes[0].processor' },
  {
    given: { processors: [{ ...A, toFraction: 0.2 }, B], ...episode({ processor: ['b', 'a'] }) },
    path: 'episodes[0].processor[1]',
  },
];

describe('a scenario', () => {
  test.each(REFUSED.map((each) => ({ ...each, json: JSON.stringify(each.given).slice(0, 90) })))(
    'is refused at $path for $json',
    ({ given, path }) => {
      const reading = parseScenario({ ...CLASSIC, ...given });
      expect(reading.ok ? [] : reading.problems.map((problem) => problem.path)).toEqual([path]);
    },
  );

  test('is told all that is wrong with it at once', () => {
    const reading = parseScenario({ ...CLASSIC, seed: -1, extra: 1 });
    expect(reading.ok ? [] : reading.problems.map(({ path }) => path).sort()).toEqual(['extra', 'seed']);
  });

  test('may give a processor’s segments by name or with numbers of their own', () => {
    const scenario = scenarioOf({
      segments: TWO_SEGMENTS,
      processors: [A, { ...B, segments: ['pix/br', { paymentMethod: 'CARD', country: 'BR', approvalRate: 0.5 }] }, C],
    });
    expect(scenario.processors[1]!.segments).toHaveLength(2);
  });

  test('takes the issue’s fields and fills in the others', () => {
    const scenario = scenarioOf({ feeOn: 'approval', declineFeeMinor: 5, marginBps: 300, tableAgeSeconds: 2 });
    expect(scenario).toMatchObject({
      feedback: { delaySeconds: 0, lossRate: 0, duplicateRate: 0, outOfOrderRate: 0 },
      cascade: { softDeclineShare: 0, retriesMax: 0 },
      timeoutMs: 30_000,
      segments: [{ paymentMethod: 'CARD', country: 'US', share: 1 }],
    });
  });

  test('may have an episode that its processor meets only in part, or when the window comes again', () => {
    for (const given of [{ toFraction: 0.41 }, { shape: 'calendar', periodFraction: 0.3 }])
      expect(scenarioOf({ processors: [{ ...A, fromFraction: 0.4 }, B], ...episode(given) }).episodes).toHaveLength(1);
  });

  test.each(['["a",', '{"a":'])('is refused and not choked on where it is 5,000 levels deep in %s', (opening) => {
    const deep: unknown = JSON.parse(`${opening.repeat(5_000)}1${(opening[0] === '[' ? ']' : '}').repeat(5_000)}`);
    for (const given of [deep, { ...CLASSIC, extra: deep }]) {
      const reading = parseScenario(given);
      expect(reading.ok ? [] : reading.problems.map(({ message }) => message)).toEqual(['more than 20 levels deep']);
    }
  });

  test('is refused at a name that JavaScript would swallow', () => {
    const given: unknown = JSON.parse(
      '{"id":"p","transactions":5,"processors":[{"id":"a","segments":{"__proto__":{"approvalRate":0.5}}}]}',
    );
    const reading = parseScenario(given);
    expect(reading.ok ? [] : reading.problems.map(({ path }) => path)).toEqual(['processors[0].segments.__proto__']);
  });
});

describe('a scenario file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-lab-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('that is not there or no JSON is refused with a sentence', () => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{');
    for (const file of [broken, join(folder, 'nowhere.json')]) {
      const reading = readScenario(file);
      expect(reading.ok ? '' : describeProblems(file, reading.problems)).toMatch(/is refused:\n {2}\(file\): the file/);
    }
  });

  test('of the league is read, and at least fourteen there are, each with its own id and seed', () => {
    const scenarios = leagueScenarios();
    expect(scenarios.length).toBeGreaterThanOrEqual(14);
    expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
    expect(new Set(scenarios.map(({ seed }) => seed)).size).toBe(scenarios.length);
  });
});
