import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { DAY, minutesOf, MINUTE_MS, NOW, NOW_MS, outages, pastOf, risen, type Shape } from './made-minutes.ts';
import { FLAPS, troubleMinute } from '../../../src/domain/predictions/trouble.ts';
import { HORIZON_MINUTES, PREDICTION_KINDS, type PredictionKind } from '../../../src/domain/predictions/prediction.ts';
import { lookAhead, prognosisOf, type ProcessorPast } from '../../../src/domain/predictions/predict.ts';
import { PROBABILITY_MIN } from '../../../src/domain/predictions/prediction-book.ts';
import type { Measure } from '../../../src/domain/predictions/measure.ts';
import type { ProcessorMinute } from '../../../src/domain/predictions/processor-minute.ts';

const found = (kind: PredictionKind, minutes: readonly ProcessorMinute[], given: Partial<ProcessorPast> = {}) =>
  lookAhead(pastOf(minutes, given), NOW_MS).find((each) => each.kind === kind);

const RISES: Readonly<Record<string, { shape: Shape; given: Partial<ProcessorPast> }>> = {
  error_rate_rising: { shape: (back) => ({ failures: Math.round(0.6 + risen(back, 5)) }), given: {} },
  latency_rising: { shape: (back) => ({ latencyP95Ms: 1_000 * 1.8 ** risen(back, 1) }), given: {} },
  breaker_flapping: {
    shape: outages([4]),
    given: {},
  },
  capacity_exhausted: {
    shape: (back) => ({ attempts: Math.round(60 * 1.5 ** risen(back, 1)) }),
    given: { maxTps: 1.8 },
  },
};

describe('what is foretold', () => {
  test.each(Object.entries(RISES))('[PRD-1] [PRD-8] %s is foretold before its limit', (kind, { shape, given }) => {
    const prognosis = found(kind as PredictionKind, minutesOf(shape), given)!;
    expect(prognosis.probability).toBeGreaterThanOrEqual(PROBABILITY_MIN.medium[kind as PredictionKind]);
    expect(prognosis.probability).toBeLessThanOrEqual(1);
    expect(prognosis.window.toMs - NOW_MS).toBe(HORIZON_MINUTES[kind as PredictionKind] * MINUTE_MS);
    expect(prognosis.window.fromMs).toBeGreaterThanOrEqual(NOW_MS);
    expect(Object.keys(prognosis.evidence).length).toBeGreaterThan(3);
  });

  test.each(['error_rate_rising', 'latency_rising', 'capacity_exhausted'] as const)(
    '[PRD-8] %s is less probable when the same hour fell instead',
    (kind) => {
      const { shape, given } = RISES[kind]!;
      const fallen = minutesOf((back) => shape(back <= 60 ? 61 - back : back));
      const [rising, falling] = [minutesOf(shape), fallen].map(
        (minutes) => found(kind, minutes, given)?.probability ?? 0,
      );
      expect(falling!).toBeLessThan(rising! - 0.2);
    },
  );

  test.each([
    ['p95 alone', () => ({})],
    ['p50 as well', (back: number) => ({ latencyP50Ms: 400 * 1.8 ** risen(back, 1) })],
  ] as const)('[PRD-46] a rise of the %s is foretold', (_, p50) => {
    const both: Shape = (back) => ({ ...RISES['latency_rising']!.shape(back), ...p50(back) });
    expect(found('latency_rising', minutesOf(both))!.probability).toBeGreaterThan(PROBABILITY_MIN.low.latency_rising);
  });

  test('[PRD-46] of few attempts the p50 tells the rise that the sway of the p95 hides', () => {
    const noise = (back: number): number => Math.sin(back * back * 1.7);
    const few: Shape = (back) => ({
      attempts: 2,
      failures: 0,
      latencyP95Ms: 1_000 * 1.35 ** risen(back, 1) * 1.6 ** noise(back),
    });
    const rising: Shape = (back) => ({
      ...few(back),
      latencyP50Ms: 400 * 1.35 ** risen(back, 1) * 1.1 ** noise(back + 5),
    });
    const still: Shape = (back) => ({ ...few(back), latencyP50Ms: 400 * 1.1 ** noise(back + 5) });
    const [risingToo, alone] = [rising, still].map((shape) => found('latency_rising', minutesOf(shape))!.probability);
    expect(risingToo!).toBeGreaterThan(1.2 * alone!);
  });

  test('[PRD-8] a forecast of a busy hour foretells that capacity ends, while the minutes are calm', () => {
    const hour = NOW / 60;
    const outlook = (point: number) => [0, 1, 2].map((ahead) => ({ hour: hour + ahead, point, high: point * 1.1 }));
    const probability = (point: number): number =>
      found('capacity_exhausted', minutesOf(), { maxTps: 2, outlook: outlook(point) })!.probability;
    expect(probability(9_000)).toBeGreaterThan(probability(3_600) + 0.2);
  });

  test('[PRD-6] what is there, or was until ten minutes ago, is not foretold', () => {
    const sick =
      (until: number): Shape =>
      (back) => ({ failures: back <= 60 && back > until ? 20 : 0 });
    expect(found('error_rate_rising', minutesOf(sick(0)))).toBeUndefined();
    expect(found('error_rate_rising', minutesOf(sick(5)))).toBeUndefined();
    expect(found('error_rate_rising', minutesOf(sick(25)))).toBeDefined();
  });

  test('[PRD-7] of an old past, of three transactions, and of latency without a usual one nothing is foretold', () => {
    const kindsAt = (minutes: readonly ProcessorMinute[], nowMs = NOW_MS): string[] =>
      lookAhead(pastOf(minutes), nowMs).map(({ kind }) => kind);
    const failing = minutesOf(RISES['error_rate_rising']!.shape);
    expect(kindsAt(failing, NOW_MS + 5 * MINUTE_MS - 1)).toContain('error_rate_rising');
    expect(kindsAt(failing, NOW_MS + 5 * MINUTE_MS)).toEqual([]);
    const three = minutesOf((back) => ({
      attempts: back % 400 === 1 ? 1 : 0,
      failures: 1,
      latencyP50Ms: null,
      latencyP95Ms: null,
    }));
    expect(kindsAt(three)).toEqual([]);
    expect(kindsAt(minutesOf(() => ({ failures: 0 }), 179))).not.toContain('latency_rising');
    expect(kindsAt(minutesOf(() => ({ failures: 0 }), 180))).toContain('latency_rising');
    expect(kindsAt([])).toEqual([]);
    expect(kindsAt(failing, Number.NaN)).toEqual([]);
  });
});

describe('when a trouble is there', () => {
  const at = (kind: PredictionKind, limit: number, shape: Shape): number | null => {
    const minute = troubleMinute({ kind, limit }, minutesOf(shape, 60), NOW - 20, NOW);
    return minute === null ? null : NOW - minute;
  };

  test('[PRD-2] failures: five of ten minutes, and the limit of their attempts', () => {
    const few: Shape = (back) => ({ attempts: 1, failures: back <= 10 && back % 2 === 0 ? 1 : 0 });
    expect(at('error_rate_rising', 0.1, few)).toBe(2);
    expect(
      at('error_rate_rising', 0.1, (back) => ({ attempts: 1, failures: back <= 8 && back % 2 === 0 ? 1 : 0 })),
    ).toBeNull();
    expect(at('error_rate_rising', 0.1, (back) => ({ failures: back <= 10 ? 6 : 0 }))).toBe(1);
    expect(at('error_rate_rising', 0.1, (back) => ({ failures: back <= 10 ? 5 : 0 }))).toBeNull();
  });

  test('[PRD-2] the limit is three times the usual share, from 10% to 60%', () => {
    const limitAt = (usual: number): number =>
      found(
        'error_rate_rising',
        minutesOf((back) => ({ failures: back > 120 ? usual : 1 })),
      )!.limit;
    expect(limitAt(0)).toBe(0.1);
    expect(limitAt(6)).toBeCloseTo(0.3, 2);
    expect(limitAt(40)).toBe(0.6);
  });

  test('[PRD-3] latency: the median of the last ten timed minutes, none older than thirty', () => {
    const timed =
      (count: number, every = 1): Shape =>
      (back) => ({ latencyP95Ms: back <= count * every && back % every === 0 ? 2_000 : null });
    expect(at('latency_rising', 2_000, timed(10))).toBe(1);
    expect(at('latency_rising', 2_000, timed(9))).toBeNull();
    expect(at('latency_rising', 2_000, timed(10, 3))).toBe(3);
    expect(at('latency_rising', 2_000, timed(10, 4))).toBeNull();
    expect(
      at('latency_rising', 2_000, (back) => ({ latencyP95Ms: back <= 10 && back % 3 === 0 ? 9_000 : 1_000 })),
    ).toBeNull();
    expect(at('latency_rising', 2_000, (back) => ({ latencyP95Ms: back <= 5 ? 2_000 : 2_001 }))).toBe(20);
  });

  test.each([
    [null, 2_000],
    [9_000, 2_000],
    [1_500, 1_500],
    [900, 1_300],
  ])('[PRD-3] with a timeout of %s ms and 1,000 ms usual the limit is %d ms', (timeoutMs, limit) => {
    expect(found('latency_rising', minutesOf(), { timeoutMs })!.limit).toBe(limit);
  });

  test.each([
    ['six within an hour', outages([60, 4]), 2],
    ['six within an hour and a minute', outages([61, 3]), null],
    ['five, of an attempt that failed', outages([10], 1), null],
    ['seven, of two that failed', outages([10], 2), 5],
    ['six in one minute', (back: number) => ({ breakerTransitions: back === 7 ? 6 : 0 }), 7],
  ] as const)('[PRD-4] a breaker flaps: %s', (_, shape, back) => {
    const minute = troubleMinute({ kind: 'breaker_flapping', limit: FLAPS }, minutesOf(shape, 90), NOW - 20, NOW);
    expect(minute === null ? null : NOW - minute).toBe(back);
  });

  test('[PRD-5] capacity: three of ten minutes at the limit, or with a queue of ten seconds of it', () => {
    expect(at('capacity_exhausted', 100, (back) => ({ attempts: [9, 5, 1].includes(back) ? 100 : 60 }))).toBe(1);
    expect(at('capacity_exhausted', 100, (back) => ({ attempts: [9, 5].includes(back) ? 100 : 60 }))).toBeNull();
    expect(at('capacity_exhausted', 120, (back) => ({ queueDepth: back <= 3 ? 20 : 19 }))).toBe(1);
    const queued = minutesOf((back) => ({ queueDepth: back === 9 ? 70 : back === 12 ? 90 : 2 }));
    expect(found('capacity_exhausted', queued, { maxTps: 2 })!.evidence).toMatchObject({ queueDepth: 70 });
    expect(found('capacity_exhausted', minutesOf(), { maxTps: 2 })!.limit).toBe(108);
  });
});

describe('bad input', () => {
  const wild = fc.oneof(
    fc.constantFrom(0, -1, 1e308, -1e308, Number.NaN, Infinity, 0.5, 1e9),
    fc.integer({ min: 0, max: 300 }),
  );
  const minute = fc.record({
    minute: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: NOW - 300, max: NOW + 3 }) }, wild),
    attempts: wild,
    failures: wild,
    timeouts: wild,
    latencyP50Ms: fc.option(wild),
    latencyP95Ms: fc.option(wild),
    breakerTransitions: wild,
    breakerOpenings: wild,
    breakerClosings: wild,
    queueDepth: wild,
  });

  test('[PRD-9] every number of a prediction is finite whatever the minutes hold', () => {
    const bound = fc.option(wild);
    fc.assert(
      fc.property(
        fc.array(minute, { maxLength: 400 }),
        bound,
        bound,
        fc.boolean(),
        (wildly, maxTps, timeoutMs, isKnown) => {
          // On top of a whole calm day all kinds have enough to speak.
          const raw = isKnown ? [...minutesOf(), ...wildly.slice(0, 60)] : wildly;
          const outlook = [0, 1].map((ahead) => ({ hour: NOW / 60 + ahead, point: 5, high: 9 }));
          for (const each of lookAhead(pastOf(raw, { maxTps, timeoutMs, outlook }), NOW_MS)) {
            const { probability, window, limit, evidence } = each;
            for (const value of [probability, window.fromMs, window.toMs, limit, ...Object.values(evidence)])
              if (typeof value === 'number') expect(value).toSatisfy(Number.isFinite);
            expect(probability >= 0 && probability <= 1).toBe(true);
            expect(NOW_MS <= window.fromMs && window.fromMs <= window.toMs).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('[PRD-9] minutes twice, in disorder and ahead of the clock are as if they were not', () => {
    const minutes = minutesOf(RISES['error_rate_rising']!.shape);
    const ahead = minutes.map((each) => ({ ...each, minute: each.minute + DAY, failures: 60 }));
    expect(lookAhead(pastOf([...ahead, ...minutes.toReversed(), ...minutes]), NOW_MS)).toEqual(
      lookAhead(pastOf(minutes), NOW_MS),
    );
  });

  test.each([0, 1, 60, 1e6, 1e9])('[PRD-10] constant minutes of %d attempts open nothing', (attempts) => {
    const constant = minutesOf(() => ({ attempts, failures: Math.floor(attempts / 50) }));
    for (const { kind, probability } of lookAhead(pastOf(constant, { maxTps: Math.max(1, attempts) / 30 }), NOW_MS))
      expect(probability).toBeLessThan(PROBABILITY_MIN.high[kind]);
  });

  test('[PRD-10] a day of gaps, each of an hour, opens nothing', () => {
    const holes = minutesOf().filter(({ minute: at }) => Math.floor(at / 60) % 2 === 1);
    for (const { kind, probability } of lookAhead(pastOf(holes), NOW_MS))
      expect(probability).toBeLessThan(PROBABILITY_MIN.high[kind]);
  });
});

describe('what to do', () => {
  const EXTREMES: Readonly<Record<PredictionKind, readonly number[]>> = {
    error_rate_rising: [6, 6, 4, 4, 6],
    latency_rising: [6, 6, 4, 4, 6, 4, 4, 1],
    breaker_flapping: [6],
    capacity_exhausted: [6, 6, 4, 4, 6, 6],
  };
  /** What every curve takes for as probable, or improbable, as can be. */
  const measure = (kind: PredictionKind, given: Partial<Measure> = {}): Measure => ({
    kind,
    limit: 1,
    measures: EXTREMES[kind],
    earliest: 0,
    extent: 3,
    evidence: {},
    ...given,
  });

  test.each([
    ['error_rate_rising', 'drain'],
    ['latency_rising', 'drain'],
    ['capacity_exhausted', 'cap_traffic'],
  ] as const)('[PRD-11] %s as good as certain: %s, but the last processor is only watched', (kind, action) => {
    const told = (isReplaceable: boolean) => prognosisOf(pastOf([], { isReplaceable }), NOW_MS, measure(kind));
    expect(told(true)).toMatchObject({ recommendedAction: action, severity: 'critical' });
    expect(told(false).recommendedAction).toBe('watch');
  });

  test.each(PREDICTION_KINDS)('[PRD-11] %s below 0.6 is watched, as information', (kind) => {
    const { measures } = measure(kind);
    const calm = prognosisOf(pastOf([]), NOW_MS, measure(kind, { measures: measures.map((each) => -each) }));
    expect(calm).toMatchObject({ recommendedAction: 'watch', severity: 'info' });
  });

  test('[PRD-12] a timeout in reach is raised, with or without another processor', () => {
    const timeout = measure('latency_rising', { evidence: { limitIs: 'timeout' } });
    for (const isReplaceable of [true, false])
      expect(prognosisOf(pastOf([], { isReplaceable }), NOW_MS, timeout).recommendedAction).toBe('raise_timeout');
  });

  test('[PRD-12] flapping that is probable asks for maintenance, with or without another processor', () => {
    for (const isReplaceable of [true, false]) {
      const told = [...Array(121).keys()].map((step) =>
        prognosisOf(pastOf([], { isReplaceable }), NOW_MS, measure('breaker_flapping', { measures: [-6 + step / 10] })),
      );
      const actions = (least: number, most: number): Set<string> =>
        new Set(told.filter(({ probability: p }) => p >= least && p < most).map((each) => each.recommendedAction));
      expect(actions(0, 0.6)).toEqual(new Set(['watch']));
      expect(actions(0.6, 0.8)).toEqual(new Set(['schedule_maintenance']));
      expect(actions(0.8, 1.01)).toEqual(new Set(['schedule_maintenance']));
    }
  });
});
