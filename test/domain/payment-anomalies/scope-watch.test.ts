import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { amountBin, type PaymentMinute } from '../../../src/domain/payment-anomalies/payment-minute.ts';
import type { AnomalyKind } from '../../../src/domain/payment-anomalies/detection-limits.ts';
import { createScopeWatch, watchMinute, type ScopeWatch } from '../../../src/domain/payment-anomalies/scope-watch.ts';
import { minutesOf } from '../../../lab/payment-anomalies/traffic.ts';
import { numbersIn } from '../localisation/sample-windows.ts';
import {
  afterQuiet,
  CHANGES,
  emptyMinute,
  MONDAY,
  ORDINARY,
  quietMinute,
  quietWatch,
  type Change,
} from './sample-minutes.ts';

const count = fc.oneof(fc.nat(300), fc.constantFrom(-3, Number.NaN, Infinity, 1e300, 0.4));
const codes = fc.dictionary(fc.constantFrom('a', 'b', '__proto__', '7', 'NaN'), count, { noNullPrototype: true });
const anyMinute: fc.Arbitrary<PaymentMinute> = fc.record({
  minute: fc.oneof(fc.integer({ min: MONDAY, max: MONDAY + 3_000 }), fc.constantFrom(Number.NaN, -1e6, 1e12, 0.5)),
  attempts: count,
  failures: count,
  declines: count,
  approvals: count,
  invalidDeclines: count,
  amountMinor: count,
  latency: fc.option(fc.record({ sumMs: count, bins: fc.array(count, { maxLength: 7 }) })),
  errorCodes: codes,
  declineCodes: codes,
  amountBins: codes,
  fingerprintsDistinct: count,
  busiestFingerprint: count,
  busiestBin: count,
});

function kindsFound(found: readonly { kind: AnomalyKind }[][]): Set<AnomalyKind> {
  return new Set(found.flat().map(({ kind }) => kind));
}

function singleMinute(minute: number): PaymentMinute {
  return { ...emptyMinute(minute), attempts: 1, approvals: 1, amountMinor: 500, busiestFingerprint: 1, busiestBin: 1 };
}

describe('a watched scope', () => {
  test('[PAY-1] gives finite numbers and keeps finite ones, whatever it is told', () => {
    fc.assert(
      fc.property(
        fc.array(anyMinute, { maxLength: 60 }),
        fc.constantFrom(0, 0.5, 1, Number.NaN, 7),
        (minutes, sensitivity) => {
          const watch = createScopeWatch();
          const found = minutes.flatMap((each) => watchMinute(watch, each, { sensitivity, falseAlarms: {} }));
          for (const number of [...numbersIn(found), ...numbersIn(watch)]) expect(Number.isFinite(number)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('[PAY-2] goes on the same after it went through JSON, which is less than 60 kB; a minute told again, or up to a day late, changes nothing', () => {
    const [plain, stored] = [quietWatch(2), quietWatch(2)];
    const text = JSON.stringify(stored);
    expect(text.length).toBeLessThan(60_000);
    const restored = JSON.parse(text) as ScopeWatch;
    for (const late of [2 * 1_440 - 1, 2 * 1_440 - 500])
      expect(watchMinute(restored, CHANGES.outage(quietMinute(MONDAY + late)), ORDINARY)).toEqual([]);
    for (let i = 2 * 1_440; i < 2 * 1_440 + 30; i++) {
      const minute = CHANGES.outage(quietMinute(MONDAY + i));
      expect(watchMinute(restored, minute, ORDINARY)).toEqual(watchMinute(plain, minute, ORDINARY));
    }
  });

  interface Case {
    readonly what: keyof typeof CHANGES;
    readonly kind: AnomalyKind;
    /** Minutes until it is found at the latest. */
    readonly within: number;
    /** The gravest it becomes within the hour. */
    readonly severity: string;
    readonly not: readonly AnomalyKind[];
  }
  const CASES: readonly Case[] = [
    {
      what: 'outage',
      kind: 'success_drop',
      within: 2,
      severity: 'critical',
      not: ['volume_drop', 'card_testing', 'velocity'],
    },
    { what: 'brownOut', kind: 'success_drop', within: 5, severity: 'major', not: ['volume_drop', 'card_testing'] },
    { what: 'otherErrors', kind: 'error_mix', within: 30, severity: 'critical', not: ['decline_mix', 'volume_drop'] },
    {
      what: 'otherDeclines',
      kind: 'decline_mix',
      within: 35,
      severity: 'critical',
      not: ['error_mix', 'success_drop'],
    },
    { what: 'spike', kind: 'volume_spike', within: 2, severity: 'major', not: ['success_drop', 'card_testing'] },
    { what: 'silence', kind: 'volume_drop', within: 3, severity: 'critical', not: ['success_drop', 'latency_shift'] },
    { what: 'slow', kind: 'latency_shift', within: 5, severity: 'critical', not: ['success_drop', 'error_mix'] },
    { what: 'amounts', kind: 'amount_shift', within: 10, severity: 'major', not: ['success_drop', 'decline_mix'] },
    { what: 'cardTesting', kind: 'card_testing', within: 10, severity: 'major', not: ['latency_shift', 'error_mix'] },
    { what: 'oneCard', kind: 'velocity', within: 3, severity: 'major', not: ['success_drop', 'card_testing'] },
  ];
  test.each(CASES)(
    '[PAY-3] finds $kind within $within minutes of $what, $severity',
    ({ what, kind, within, severity, not }) => {
      const found = afterQuiet(CHANGES[what]);
      const at = found.findIndex((each) => each.some((finding) => finding.kind === kind));
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThan(within);
      const order = ['info', 'minor', 'major', 'critical'];
      const severities = found.flat().flatMap((each) => (each.kind === kind ? [order.indexOf(each.severity)] : []));
      expect(order[Math.max(...severities)]).toBe(severity);
      for (const other of not) expect(kindsFound(found)).not.toContain(other);
    },
  );

  test('[PAY-4] tells the money at risk a minute: approvals lost times the mean amount', () => {
    const atRisk = (change: Change, kind: AnomalyKind): number =>
      afterQuiet(change)
        .at(-1)!
        .find((each) => each.kind === kind)!.minorAtRiskPerMinute!;
    // About 17.7 of 20 attempts of 1,000 minor units are approved usually.
    expect(atRisk(CHANGES.outage, 'success_drop') / 17_700).toBeCloseTo(1, 1);
    expect(atRisk(CHANGES.brownOut, 'success_drop') / 8_000).toBeCloseTo(1, 1);
  });

  test('[PAY-5] calls many declines for invalid data card testing only where approvals are few and another sign is seen', () => {
    const withoutSigns: Change = (at) => ({
      ...at,
      declines: 16,
      approvals: at.attempts - 16 - at.failures > 0 ? at.attempts - 16 - at.failures : 0,
      invalidDeclines: 14,
    });
    expect(kindsFound(afterQuiet(withoutSigns))).not.toContain('card_testing');
    expect(kindsFound(afterQuiet((at) => ({ ...withoutSigns(at), amountBins: { '13': at.attempts } })))).toContain(
      'card_testing',
    );
    expect(kindsFound(afterQuiet((at) => ({ ...quietMinute(at.minute), invalidDeclines: 2 })))).not.toContain(
      'card_testing',
    );
  });

  test('[PAY-19] without declines for invalid data lately nothing is card testing, though it takes hours of little traffic until their rise is over', () => {
    const watch = createScopeWatch();
    const fewAt = (minute: number): PaymentMinute => ({
      ...{ ...emptyMinute(minute), attempts: 3, declines: 1, approvals: 2, declineCodes: { insufficient_funds: 1 } },
      ...{ amountBins: { '19': 3 }, fingerprintsDistinct: 3, busiestFingerprint: 1, busiestBin: 1 },
    });
    const kindsIn = (from: number, minutes: number, change: Change): Set<AnomalyKind> =>
      kindsFound(
        Array.from({ length: minutes }, (_, i) => watchMinute(watch, change(fewAt(MONDAY + from + i)), ORDINARY)),
      );
    kindsIn(0, 2_880, (at) => at);
    expect(kindsIn(2_880, 40, CHANGES.cardTesting)).toContain('card_testing');
    kindsIn(2_920, 60, (at) => at);
    const smallFailures: Change = (at) => ({ ...CHANGES.outage(at), amountBins: { '13': at.attempts } });
    expect(kindsIn(2_980, 10, smallFailures)).not.toContain('card_testing');
  });

  test('[PAY-6] finds nothing in constant series, in three transactions, in gaps and in a day of history', () => {
    const series: PaymentMinute[][] = [
      Array.from({ length: 4_000 }, (_, i) => ({ ...quietMinute(MONDAY + 15), minute: MONDAY + i })),
      Array.from({ length: 4_000 }, (_, i) => emptyMinute(MONDAY + i)),
      Array.from({ length: 4_000 }, (_, i) => (i % 1_500 === 9 ? singleMinute(MONDAY + i) : emptyMinute(MONDAY + i))),
      Array.from({ length: 1_000 }, (_, i) => quietMinute(MONDAY + i + (i > 300 ? 700 : 0) + (i > 600 ? 50_000 : 0))),
      Array.from({ length: 1_440 }, (_, i) => quietMinute(MONDAY + i)),
    ];
    for (const minutes of series) {
      const watch = createScopeWatch();
      expect(minutes.flatMap((each) => watchMinute(watch, each, ORDINARY))).toEqual([]);
    }
  });

  test('[PAY-7] raises no alarm in nine simulated quiet days with hours, weekdays and days that differ', () => {
    for (const perMinute of [0.3, 4]) {
      const watch = createScopeWatch();
      for (const each of minutesOf({ name: `test ${perMinute}`, perMinute, days: 9, faults: [] }))
        expect(watchMinute(watch, each, ORDINARY)).toEqual([]);
    }
  });

  test('[PAY-8] judges no volume at an hour of the day that it has not seen before', () => {
    const watch = createScopeWatch();
    for (let i = 0; i < 600; i++) watchMinute(watch, quietMinute(MONDAY + i), ORDINARY);
    for (let i = 600; i < 900; i++)
      expect(watchMinute(watch, CHANGES.spike(quietMinute(MONDAY + i)), ORDINARY)).toEqual([]);
  });

  test('[PAY-9] is as quick or quicker the higher the sensitivity', () => {
    const delayAt = (sensitivity: number, change: Change, kind: AnomalyKind): number =>
      afterQuiet(change, { sensitivity, falseAlarms: {} }).findIndex((each) =>
        each.some((found) => found.kind === kind),
      );
    for (const [change, kind] of [
      [(at: PaymentMinute) => ({ ...at, failures: at.failures + 4, approvals: at.approvals - 4 }), 'success_drop'],
      [(at: PaymentMinute) => ({ ...at, failures: at.failures + 3, approvals: at.approvals - 3 }), 'success_drop'],
    ] as const) {
      const delays = [1, 0.75, 0.5, 0.25, 0].map((each) => delayAt(each, change, kind));
      expect(delays[0]).toBeGreaterThanOrEqual(0);
      expect(delays).toEqual(delays.toSorted((left, right) => left - right));
      expect(delays.at(-1)).toBeGreaterThan(delays[0]!);
    }
  });

  test('[PAY-10] asks for more of a kind that was called a false alarm', () => {
    const mild: Change = (at) => ({ ...at, failures: at.failures + 4, approvals: at.approvals - 4 });
    const delayAt = (falseAlarms: number): number =>
      afterQuiet(mild, { sensitivity: 0.5, falseAlarms: { success_drop: falseAlarms } }).findIndex(
        (each) => each.length > 0,
      );
    expect(delayAt(0)).toBeGreaterThanOrEqual(0);
    expect(delayAt(1)).toBeGreaterThan(delayAt(0));
  });

  test('[PAY-11] takes for usual what lasts for a day', () => {
    const watch = quietWatch(3);
    const kinds: number[] = [];
    for (let i = 0; i < 4 * 1_440; i++) {
      const minute = CHANGES.brownOut(quietMinute(MONDAY + 3 * 1_440 + i));
      kinds.push(watchMinute(watch, minute, ORDINARY).filter(({ kind }) => kind === 'success_drop').length);
    }
    expect(kinds.slice(5, 1_000)).not.toContain(0);
    expect(kinds.slice(-1_000)).not.toContain(1);
  });

  test('[PAY-12] ends what is over', () => {
    const watch = quietWatch(3);
    const begin = MONDAY + 3 * 1_440;
    for (let i = 0; i < 30; i++) watchMinute(watch, CHANGES.outage(quietMinute(begin + i)), ORDINARY);
    const after = Array.from({ length: 60 }, (_, i) => watchMinute(watch, quietMinute(begin + 30 + i), ORDINARY));
    expect(after[0]!.map(({ kind }) => kind)).toContain('success_drop');
    for (const found of after.slice(30)) expect(found.map(({ kind }) => kind)).not.toContain('success_drop');
  });

  test('[PAY-24] takes a count that is none for a minute that is missing, and one huge minute teaches it nothing', () => {
    const watch = quietWatch(3);
    const begin = MONDAY + 3 * 1_440;
    for (const [at, attempts] of [-5, Number.NaN, Infinity].entries())
      expect(watchMinute(watch, { ...emptyMinute(begin + at), attempts }, ORDINARY)).toEqual([]);
    const huge = { ...quietMinute(begin + 30), attempts: 1e300, approvals: 1e300 };
    expect(watchMinute(watch, huge, ORDINARY).map(({ kind }) => kind)).toContain('volume_spike');
    const after = Array.from({ length: 2_000 }, (_, i) => watchMinute(watch, quietMinute(begin + 31 + i), ORDINARY));
    expect([...kindsFound(after)]).toEqual(['volume_spike']);
    expect(after.slice(60).flat()).toEqual([]);
  });

  test('[PAY-13] has two bins of amounts to each doubling, and one for what is no amount', () => {
    expect([0, -5, Number.NaN, 1, 100, 1_000, 2_000, 1e30].map(amountBin)).toEqual([
      '0',
      '0',
      '0',
      '2',
      '13',
      '20',
      '22',
      amountBin(1e15),
    ]);
  });
});
