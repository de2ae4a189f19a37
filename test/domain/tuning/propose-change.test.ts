// What the evidence speaks for: each setting by its rule, and nothing where there is nothing to go by.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOUNDS, currentValue, SETTING_NAMES, type TunedValues } from '../../../src/domain/tuning/tuned-settings.ts';
import { attemptsMissing, NO_EVIDENCE, type ProcessorEvidence } from '../../../src/domain/tuning/processor-evidence.ts';
import { evidenceOf } from './measured-processor.ts';
import { proposeChanges } from '../../../src/domain/tuning/propose-change.ts';

const CALM: TunedValues = { timeout_ms: 5_000 };
const changes = (evidence: Partial<ProcessorEvidence>, values: TunedValues = CALM, maxTps: number | null = null) =>
  proposeChanges(evidenceOf(evidence), values, { maxTps }).map(
    ({ setting, from, to, proof }) => `${setting} ${from} ${to} ${proof}`,
  );

test('a processor whose settings fit is left as it is', () => {
  expect(changes({})).toEqual([]);
});

describe('[TUN-1] too little', () => {
  test.each([
    [NO_EVIDENCE, 1_000],
    [evidenceOf({ attempts: 3, measured: 3 }), 997],
    [evidenceOf({ attempts: 999, latencyP995Ms: 100 }), 1],
    [evidenceOf({ attempts: Number.NaN }), 1_000],
    [evidenceOf({ attempts: -5 }), 1_000],
  ])('proposes nothing, and says how many are missing (%#)', (evidence, missing) => {
    expect([proposeChanges(evidence, {}, { maxTps: null }), attemptsMissing(evidence)]).toEqual([[], missing]);
  });
});

describe('[TUN-3] the timeout', () => {
  test.each<[string, Partial<ProcessorEvidence>, number | undefined, string[]]>([
    ['goes down by a quarter at most', {}, undefined, ['timeout_ms 30000 22500 not_worse']],
    ['goes to what the slowest answers need', {}, 6_000, ['timeout_ms 6000 5000 not_worse']],
    ['stays where a tenth is not in it', {}, 5_500, []],
    [
      'never goes below a second',
      { latencyP50Ms: 5, latencyP99Ms: 9, latencyP995Ms: 10 },
      1_300,
      ['timeout_ms 1300 1000 not_worse'],
    ],
    [
      'goes up where answers are cut off',
      { latencyP99Ms: 4_600, latencyP995Ms: 4_900, timeouts: 300 },
      5_000,
      ['timeout_ms 5000 6250 better'],
    ],
    ['stays where few run into it', { latencyP99Ms: 4_600, latencyP995Ms: 4_900, timeouts: 30 }, 5_000, []],
    ['never goes beyond a minute', { latencyP99Ms: 59_000, latencyP995Ms: 59_500, timeouts: 900 }, 60_000, []],
    ['is not gone by constant latencies', { latencyP50Ms: 200, latencyP99Ms: 200, latencyP995Ms: 200 }, 30_000, []],
    ['is not gone by few latencies', { measured: 900 }, 30_000, []],
  ])('%s', (_, evidence, timeout, expected) => {
    expect(changes(evidence, timeout === undefined ? {} : { timeout_ms: timeout })).toEqual(expected);
  });
});

describe('[TUN-4] the attempts', () => {
  const third = (count: number, approved: number) => ({ byAttempt: [{ attempt: 3, count, approved }] });
  test.each<[string, Partial<ProcessorEvidence>, string[]]>([
    ['go down where the last is worth nothing', third(2_000, 10), ['attempts_max 3 2 not_worse']],
    ['go up where the last is worth much', third(2_000, 400), ['attempts_max 3 4 better']],
    ['stay where it is uncertain', third(210, 15), []],
    ['stay where there were few', third(199, 0), []],
    ['stay where more were approved than made', third(300, 400), []],
  ])('%s', (_, evidence, expected) => expect(changes(evidence)).toEqual(expected));

  test('are at least one and at most five', () => {
    expect(changes({ byAttempt: [{ attempt: 1, count: 9_000, approved: 10 }] }, { ...CALM, attempts_max: 1 })).toEqual(
      [],
    );
    expect(changes({ byAttempt: [{ attempt: 5, count: 900, approved: 500 }] }, { ...CALM, attempts_max: 5 })).toEqual(
      [],
    );
  });
});

describe('[TUN-5] the rate', () => {
  const worse = { busy: { attempts: 2_000, failures: 300 } };
  test.each<[string, Partial<ProcessorEvidence>, { rate?: number; maxTps?: number }, string[]]>([
    ['is limited where busy seconds fail', worse, {}, ['requests_per_second null 8 better']],
    ['begins at the operator’s limit', worse, { maxTps: 10 }, ['requests_per_second 10 8 better']],
    ['goes down by a quarter at most', worse, { rate: 20 }, ['requests_per_second 20 15 better']],
    ['is raised where it is reached and nothing fails', {}, { rate: 12 }, ['requests_per_second 12 15 not_worse']],
    ['is never raised beyond the operator’s limit', {}, { rate: 12, maxTps: 12 }, []],
    ['is raised up to it', {}, { rate: 12, maxTps: 13 }, ['requests_per_second 12 13 not_worse']],
    ['is not gone by few', { busy: { attempts: 199, failures: 100 } }, {}, []],
    ['is not limited where a second has one attempt', { ...worse, busyPerSecond: 1 }, {}, []],
  ])('%s', (_, evidence, { rate, maxTps = null }, expected) => {
    const values = rate === undefined ? CALM : { ...CALM, requests_per_second: rate };
    expect(changes(evidence, values, maxTps)).toEqual(expected);
  });
});

describe('[TUN-6] the age of the table', () => {
  test.each<[number, number, string[]]>([
    [0, 2_000, ['table_max_age_ms 2000 4000 not_worse']],
    [0, 30_000, []],
    [59, 2_000, []],
    [119, 2_000, ['table_max_age_ms 2000 1000 not_worse']],
    [1e9, 2_000, ['table_max_age_ms 2000 1000 not_worse']],
    [1e9, 1_000, []],
    [Number.NaN, 2_000, []],
    [-3, 2_000, []],
  ])('of %d changes a week is as it should be, at %d ms', (breakerChanges, age, expected) => {
    expect(changes({ breakerChanges }, { ...CALM, table_max_age_ms: age })).toEqual(expected);
  });
});

test('[TUN-7] while more than a fifth fail nothing is proposed', () => {
  expect(changes({ failures: 4_100 }, {})).toEqual([]);
  expect(changes({ failures: Number.NaN }, {})).toEqual([]);
});

const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0, 1e300));
const outcomes = fc.record({ attempts: anyNumber, failures: anyNumber });
const anyEvidence: fc.Arbitrary<ProcessorEvidence> = fc.record({
  attempts: fc.oneof(anyNumber, fc.constant(5_000)),
  failures: fc.oneof(anyNumber, fc.constant(1)),
  timeouts: anyNumber,
  measured: fc.oneof(anyNumber, fc.constant(5_000)),
  latencyP50Ms: fc.option(anyNumber),
  latencyP99Ms: fc.option(anyNumber),
  latencyP995Ms: fc.option(anyNumber),
  byAttempt: fc.array(
    fc.record({ attempt: fc.constantFrom(1, 2, 3, 4, 5, 6), count: anyNumber, approved: anyNumber }),
    { maxLength: 4 },
  ),
  busy: outcomes,
  calm: outcomes,
  busyPerSecond: fc.option(anyNumber),
  peakPerSecond: fc.option(anyNumber),
  breakerChanges: anyNumber,
});
const anyValues = fc.record(
  Object.fromEntries(SETTING_NAMES.map((name) => [name, anyNumber])) as Record<
    (typeof SETTING_NAMES)[number],
    typeof anyNumber
  >,
  { requiredKeys: [] },
);

test('[TUN-2] [TUN-7] whatever was measured or stored, no proposal and no setting leaves the bounds', () => {
  fc.assert(
    fc.property(anyEvidence, anyValues, fc.option(fc.integer({ min: 1, max: 50 })), (evidence, values, maxTps) => {
      for (const { setting, to, from } of proposeChanges(evidence, values, { maxTps })) {
        expect(to).toBeGreaterThanOrEqual(BOUNDS[setting].min);
        expect(to).toBeLessThanOrEqual(
          setting === 'requests_per_second' ? (maxTps ?? BOUNDS[setting].max) : BOUNDS[setting].max,
        );
        expect(Number.isInteger(to) && to !== from).toBe(true);
      }
      for (const setting of SETTING_NAMES) {
        const value = currentValue(setting, values, { maxTps });
        if (value === null) continue;
        expect(value >= BOUNDS[setting].min && value <= BOUNDS[setting].max).toBe(true);
      }
    }),
    { numRuns: 1_000 },
  );
});
