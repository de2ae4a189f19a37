import { describe, expect, test } from 'vitest';
import { parseScenario, type Scenario } from '../../lab/scenario-file.ts';
import { segmentsNamed } from '../../lab/scenario-check.ts';
import { Market } from '../../lab/simulator/market.ts';
import { simulate } from '../../lab/simulator/simulate.ts';
import { entry as learned } from '../../lab/policies/learned.ts';
import { entry as fixed } from '../../lab/policies/static.ts';
import { CLASSIC, scenarioOf } from './sample-scenario.ts';

const SEGMENTS = [
  { paymentMethod: 'CARD', country: 'BR', share: 0.5, amountMinor: 12_000, currency: 'BRL' },
  { paymentMethod: 'PIX', country: 'BR', share: 0.2, amountMinor: 3_000, currency: 'BRL' },
  { paymentMethod: 'CARD', country: 'MX', share: 0.1, amountMinor: 9_900, currency: 'MXN' },
  { paymentMethod: 'bank-transfer', country: 'DE', share: 0.2, amountMinor: 9_900, currency: 'EUR' },
];
const [A, B, C] = CLASSIC.processors;
const EPISODE = { processor: 'a', fromFraction: 0.2, toFraction: 0.4, set: { approvalRate: 0.1 } };

function pathsOf(given: object): string[] {
  const reading = parseScenario({ ...CLASSIC, ...given });
  return reading.ok ? [] : reading.problems.map(({ path }) => path);
}

describe('a segment', () => {
  test.each([
    ['CARD|BR', [0]],
    ['card/br', [0]],
    ['CARD:BR', [0]],
    ['Card-BR', [0]],
    ['CARD BR', [0]],
    ['BR_CARD', [0]],
    [' CARD | BR ', [0]],
    ['CARD', [0, 2]],
    ['CARD|*', [0, 2]],
    ['*|BR', [0, 1]],
    ['BR', [0, 1]],
    ['*', [0, 1, 2, 3]],
    ['BANK-TRANSFER', [3]],
    ['bank-transfer-de', [3]],
    [1, [1]],
    [{ paymentMethod: 'card', country: 'mx' }, [2]],
    [{ paymentMethod: 'CARD' }, [0, 2]],
    [{ country: 'BR' }, [0, 1]],
    ['CARDBR', []],
    ['CARD|US', []],
    ['', []],
    [4, []],
    [{}, []],
  ] as const)('%j names %j', (name, indices) => {
    expect(segmentsNamed({ segments: SEGMENTS }, name)).toEqual(indices);
  });

  test('may be given numbers of a processor’s own in a list or by name; then the processor needs none', () => {
    const rates = (scenario: Scenario) => {
      const market = new Market(scenario);
      return [0, 1].map((segment) => market.conduct(1, segment, { fraction: 0, atMs: 0 }).approvalRate);
    };
    const segments = SEGMENTS.slice(0, 2).map((segment) => ({ ...segment, share: 0.5 }));
    const own = [
      { paymentMethod: 'CARD', country: 'BR', approvalRate: 0.7 },
      { paymentMethod: 'PIX', country: 'BR', approvalRate: 0.6 },
    ];
    const named = { 'CARD|BR': { approvalRate: 0.7 }, 'PIX': { approvalRate: 0.6 } };
    for (const told of [own, named])
      expect(rates(scenarioOf({ segments, processors: [A, { id: 'b', segments: told }] }))).toEqual([0.7, 0.6]);
    expect(pathsOf({ segments, processors: [A, { id: 'b', segments: ['CARD|BR'] }] })).toEqual([
      'processors[1].approvalRate',
    ]);
    expect(pathsOf({ segments, processors: [A, { id: 'b', segments: { OXXO: { approvalRate: 1 } } }] })).toEqual([
      'processors[1].segments.OXXO',
    ]);
  });

  test('has a processor’s own numbers for it whatever names it stands among', () => {
    const segments = SEGMENTS.slice(0, 2).map((segment) => ({ ...segment, share: 0.5 }));
    const own = { paymentMethod: 'CARD', country: 'BR', approvalRate: 0.01, feeMinor: 7 };
    for (const others of [[0, 1], ['CARD|BR', 'PIX|BR'], [], ['*']]) {
      const market = new Market(scenarioOf({ segments, processors: [A, { ...B, segments: [...others, own] }] }));
      expect(market.conduct(1, 0, { fraction: 0, atMs: 0 }).approvalRate).toBe(0.01);
      expect(market.ownFees(1, 0)).toEqual({ feeFixedMinor: 7, feeBps: 0 });
    }
  });

  test('has a currency in capitals, as ISO 4217 has', () => {
    expect(scenarioOf({ segments: [{ ...SEGMENTS[0], share: 1, currency: 'brl' }] }).segments[0]!.currency).toBe('BRL');
  });

  test('has an equal share where none is told, and is refused where some are', () => {
    const untold = SEGMENTS.map((segment) => ({ ...segment, share: undefined }));
    expect(scenarioOf({ segments: untold }).segments.map(({ share }) => share)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(pathsOf({ segments: [SEGMENTS[0], ...untold.slice(1)] })).toEqual(
      [1, 2, 3].map((index) => `segments[${index}].share`),
    );
  });
});

describe('an episode', () => {
  test.each([
    ['Step', 'step'],
    ['calendar windows', 'calendar'],
    ['calendarWindow', 'calendar'],
    ['sinusoid', 'sine'],
    ['flapping', 'flapping'],
  ])('of shape %s is a %s', (shape, known) => {
    expect(scenarioOf({ episodes: [{ ...EPISODE, shape }] }).episodes[0]!.shape).toBe(known);
  });

  test('of several processors and segments is one for each pair', () => {
    const segments = SEGMENTS.slice(0, 2).map((segment) => ({ ...segment, share: 0.5 }));
    const given = { ...EPISODE, processor: ['a', 'b'], segment: ['CARD|BR', 1] };
    const { episodes } = scenarioOf({ segments, episodes: [given] });
    expect(episodes.map(({ processor, segment }) => [processor, segment])).toEqual([
      ['a', 'CARD|BR'],
      ['a', 1],
      ['b', 'CARD|BR'],
      ['b', 1],
    ]);
    expect(
      pathsOf({ segments, episodes: [{ ...given, processor: ['a', 'z'], segment: ['CARD|BR', 'OXXO'] }] }),
    ).toEqual(['episodes[0].processor[1]', 'episodes[0].segment[1]']);
  });
});

describe('a delay', () => {
  test.each([
    [
      { distribution: 'exponential', mean: 60 },
      { distribution: 'exponential', mean: 60 },
    ],
    [{ mean: 60 }, { distribution: 'exponential', mean: 60 }],
    [
      { type: 'lognormal', median: 60, p99: 600 },
      { distribution: 'lognormal', median: 60, p99: 600 },
    ],
    [
      { kind: 'log-normal', medianSeconds: 60, p99Seconds: 600 },
      { distribution: 'lognormal', median: 60, p99: 600 },
    ],
    [
      { p50: 10, p95: 10 * Math.exp(1.6448536269514722) },
      { distribution: 'lognormal', median: 10, p99: 10 * Math.exp(2.3263478740408408) },
    ],
    [
      { min: 1, max: 5 },
      { distribution: 'uniform', from: 1, to: 5 },
    ],
    [
      { mean: 10 * Math.exp(0.5), p95: 10 * Math.exp(1.6448536269514722) },
      { distribution: 'lognormal', median: 10, p99: 10 * Math.exp(2.3263478740408408) },
    ],
    [
      { mean: 10 * Math.exp(0.5), p50: 10 },
      { distribution: 'lognormal', median: 10, p99: 10 * Math.exp(2.3263478740408408) },
    ],
    [
      { sigma: 1, p95: 10 * Math.exp(1.6448536269514722) },
      { distribution: 'lognormal', median: 10, p99: 10 * Math.exp(2.3263478740408408) },
    ],
    [
      { p50: 10, p95: 10 * Math.exp(1.6448536269514722), p99: 10 * Math.exp(2.3263478740408408) },
      { distribution: 'lognormal', median: 10, p99: 10 * Math.exp(2.3263478740408408) },
    ],
    [
      { median: 10, p50: 10, distribution: 'lognormal', type: 'log-normal', p99: 100, mean: null },
      { distribution: 'lognormal', median: 10, p99: 100 },
    ],
    [{ distribution: 'constant', value: 3 }, 3],
    [0, 0],
  ])('%j is %j', (told, read) => {
    const { delaySeconds } = scenarioOf({ feedback: { delaySeconds: told } }).feedback;
    if (typeof read !== 'object' || typeof delaySeconds !== 'object') expect(delaySeconds).toBe(read);
    else
      for (const [field, value] of Object.entries(read)) {
        const own = (delaySeconds as unknown as Record<string, unknown>)[field];
        if (typeof value === 'number') expect(own).toBeCloseTo(value, 6);
        else expect(own).toBe(value);
      }
  });

  test.each([
    [{ p50: 9, p95: 3 }, 'feedback.delaySeconds.p95'],
    [{ min: 9, max: 3 }, 'feedback.delaySeconds.max'],
    [{ distribution: 'wide' }, 'feedback.delaySeconds.distribution'],
    [{ p99: 3 }, 'feedback.delaySeconds.median'],
    [{ mean: 2, p90: 5, p95: 9 }, 'feedback.delaySeconds.mean'],
    [{ mean: 2, p95: 1 }, 'feedback.delaySeconds.p95'],
    [{ mean: 2, p95: 200 }, 'feedback.delaySeconds.p95'],
    [{ median: 5, mean: 2 }, 'feedback.delaySeconds.mean'],
    [{ median: 5, p95: 9, sigma: 1 }, 'feedback.delaySeconds.sigma'],
    [{ median: 5, p90: 9, p95: 8 }, 'feedback.delaySeconds.p95'],
    [{ median: 0, p99: 5 }, 'feedback.delaySeconds.p99'],
    [{ median: 5, p50: 6 }, 'feedback.delaySeconds.p50'],
    [{ median: 5, medianSeconds: 6 }, 'feedback.delaySeconds.medianSeconds'],
    [{ mean: 5, value: 5 }, 'feedback.delaySeconds.mean'],
    [{ distribution: 'constant', value: 5, mean: 4 }, 'feedback.delaySeconds.mean'],
    [{ distribution: 'exponential', mean: 5, p99: 50 }, 'feedback.delaySeconds.p99'],
    [{ distribution: 'uniform', to: 5, mean: 4 }, 'feedback.delaySeconds.mean'],
    [{ distribution: 'uniform', type: 'exponential', to: 4 }, 'feedback.delaySeconds.type'],
    [{ mean: 1e300 }, 'feedback.delaySeconds.mean'],
    [{ mean: -1 }, 'feedback.delaySeconds.mean'],
    [-1, 'feedback.delaySeconds'],
    ['1 s', 'feedback.delaySeconds'],
  ])('%j is refused at %s', (told, path) => {
    expect(pathsOf({ feedback: { delaySeconds: told } })).toEqual([path]);
  });
});

describe('a latency', () => {
  test.each([
    [250, 250, 0.3],
    [{ median: 250 }, 250, 0.3],
    [{ p50Ms: 100, p99Ms: 100 * Math.exp(2.3263478740408408 / 2) }, 100, 0.5],
    [{ mean: 100, sigma: 0.2 }, 100 * Math.exp(-0.02), 0.2],
    [{ type: 'constant', value: 80 }, 80, 0],
    [{ mean: 200 }, 200 * Math.exp(-0.045), 0.3],
    [{ type: 'exponential', mean: 200 }, 200 / Math.SQRT2, Math.sqrt(Math.LN2)],
    [{ min: 100, max: 300 }, 200 / Math.sqrt(1 + 1 / 12), Math.sqrt(Math.log(1 + 1 / 12))],
  ])('%j has the median %d and the spread %d', (latencyMs, medianMs, sigma) => {
    const [processor] = scenarioOf({ processors: [{ ...A, latencyMs }, B] }).processors;
    expect(processor!.latencyMs).toBeCloseTo(medianMs, 6);
    expect(processor!.latencySigma).toBeCloseTo(sigma, 6);
  });
});

describe('fees', () => {
  test.each([
    { feeOn: 'approval', declineFeeMinor: 5, marginBps: 800 },
    { fees: { feeOn: 'approval', declineFeeMinor: 5, marginBps: 800 } },
    { processors: [A, B, C].map((each) => ({ ...each, feeOn: 'approval', declineFeeMinor: 5, marginBps: 800 })) },
    {
      processors: [A, B, C].map((each) => ({
        ...each,
        fees: { feeOn: 'approval', declineFeeMinor: 5, marginBps: 800 },
      })),
    },
  ])('may stand in %j', (given) => {
    expect(new Market(scenarioOf(given)).tariff(1, 0)).toEqual({
      feeMinor: 0,
      feeOn: 'approval',
      declineFeeMinor: 5,
      marginMinor: 800,
    });
  });

  test('have one margin', () => {
    expect(pathsOf({ processors: [{ ...A, marginBps: 800 }, B, { ...C, marginBps: 800 }] })).toEqual([
      'processors[1].marginBps',
    ]);
  });
});

/** Each optional field of the file, by where it stands. */
const OPTIONAL = {
  '': [
    'description',
    'seed',
    'arrivalsPerSecond',
    'startsAt',
    'arrivals',
    'segments',
    'episodes',
    'userErrorRate',
    'timeoutMs',
    'feedback',
    'tableAgeSeconds',
    'cascade',
    'fees',
    'feeOn',
    'declineFeeMinor',
    'marginBps',
  ],
  'arrivals': ['process', 'dailyAmplitude', 'weeklyAmplitude', 'bursts'],
  'feedback': ['delaySeconds', 'delayTransactions', 'lossRate', 'duplicateRate', 'outOfOrderRate'],
  'cascade': ['retriesMax', 'retryApprovalFactor'],
  'fees': ['feeOn', 'declineFeeMinor', 'marginBps'],
} as const;

describe('null', () => {
  test.each(Object.entries(OPTIONAL).flatMap(([holder, names]) => names.map((name) => ({ holder, name }))))(
    'says the same as leaving $holder $name out',
    ({ holder, name }) => {
      const held = holder === 'cascade' ? { softDeclineShare: 0.5 } : {};
      const given = (own: object) => scenarioOf(holder === '' ? own : { [holder]: { ...held, ...own } });
      expect(given({ [name]: null })).toEqual(given({ [name]: undefined }));
    },
  );

  test('says so in a processor, a segment, an episode, its hours and its targets too', () => {
    const quiet = {
      segments: [{ ...SEGMENTS[0], share: 1, marginBps: null }],
      processors: [
        {
          ...A,
          segments: null,
          maxTps: null,
          feeMinor: null,
          fees: null,
          latencyMs: { median: 200, p99: null, sigma: 0.3 },
        },
        B,
        C,
      ],
      episodes: [
        {
          ...EPISODE,
          segment: null,
          periodFraction: null,
          phaseRadians: null,
          scale: null,
          set: { approvalRate: 0.1, errorRate: null },
          shape: 'calendar',
          hours: { from: 1, to: 2, weekdays: null },
        },
      ],
    };
    const told = {
      segments: [{ ...SEGMENTS[0], share: 1 }],
      episodes: [{ ...EPISODE, shape: 'calendar', hours: { from: 1, to: 2 } }],
    };
    expect(scenarioOf(quiet)).toEqual(scenarioOf(told));
    expect(pathsOf({ episodes: [{ ...EPISODE, shape: 'step', periodFraction: null }] })).toEqual([]);
  });

  test('saves no field that is not known there, and none that must be told', () => {
    for (const name of ['maximum', 'share', 'maxTps', 'periodFraction'])
      expect(pathsOf({ [name]: null })).toEqual([name]);
    expect(pathsOf({ transactions: null })).toEqual(['transactions']);
    expect(pathsOf({ processors: [{ ...A, retriesMax: null }] })).toEqual(['processors[0].retriesMax']);
  });
});

test('what is wrong beyond a field that cannot be read is told as well', () => {
  const given = {
    extra: 1,
    transactions: '5',
    segments: SEGMENTS.slice(0, 2),
    processors: [
      { ...A, approvalRate: 1.9, errorRate: -1 },
      { id: 'b', aprovalRate: 1 },
    ],
    episodes: [{ ...EPISODE, processor: 'zz', toFraction: 0.1, set: { errorRate: 2 } }],
  };
  expect(pathsOf(given).sort()).toEqual([
    'episodes[0].processor',
    'episodes[0].set.errorRate',
    'episodes[0].toFraction',
    'extra',
    'processors[0].approvalRate',
    'processors[0].errorRate',
    'processors[1].approvalRate',
    'processors[1].aprovalRate',
    'segments',
    'transactions',
  ]);
});

test('names in any script go through the whole run', () => {
  const names = ['Стрипе (EU) ☂', '支付宝', '__proto__'];
  const scenario = scenarioOf({
    id: 'größe 中',
    transactions: 400,
    processors: CLASSIC.processors.map((each, place) => ({ ...each, id: names[place] })),
    episodes: [{ ...EPISODE, processor: '支付宝' }],
  });
  for (const entry of [learned, fixed]) expect(simulate(scenario, entry, 5).attempts).toBe(400);
});
