import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHANGES, MONDAY, quietMinute } from './sample-minutes.ts';
import { createScopeWatch, watchMinute } from '../../../src/domain/payment-anomalies/scope-watch.ts';
import {
  createSeriesWatch,
  metricsOn,
  scoreOf,
  watchSeries,
} from '../../../src/domain/payment-anomalies/series-watch.ts';
import { EMPTY_INCIDENT_BOOK, type IncidentBook } from '../../../src/domain/payment-anomalies/incident-book.ts';
import { seriesFinding, withScores } from '../../../src/domain/payment-anomalies/series-findings.ts';
import { limitsOf } from '../../../src/domain/payment-anomalies/detection-limits.ts';
import { numbersIn } from '../localisation/sample-windows.ts';
import type { PaymentMinute } from '../../../src/domain/payment-anomalies/payment-minute.ts';

const SETTINGS = { sensitivity: 0.5, falseAlarms: {} };
const LIMIT = limitsOf(SETTINGS, 'metric_shift').odds;
const DAY = 1_440;

/** What is on after each minute. */
function watched(minutes: Iterable<PaymentMinute>, limit = LIMIT) {
  const [counts, series] = [createScopeWatch(), createSeriesWatch()];
  const on: string[][] = [];
  for (const minute of minutes) {
    watchMinute(counts, minute, SETTINGS);
    watchSeries(series, minute, counts.recent, { limit, isVolumeExplained: false });
    on.push(metricsOn(series).map(({ metric }) => metric));
  }
  return { counts, series, on };
}

function* daysOf(days: number, change: (minute: PaymentMinute, at: number) => PaymentMinute = (each) => each) {
  for (let at = 0; at < days * DAY; at += 1) yield change(quietMinute(MONDAY + at), at);
}
const someErrors = (each: PaymentMinute): PaymentMinute => ({
  ...each,
  failures: each.failures + 2,
  approvals: each.approvals - 2,
});
const inFault = (at: number): boolean => at >= 3 * DAY && at < 3 * DAY + 60;

describe('series of a scope', () => {
  test('[PAY-20] find technical errors that have trebled within 20 minutes, with what is usual, and end when they do', () => {
    const { on, series } = watched(daysOf(3.2, (each, at) => (inFault(at) ? someErrors(each) : each)));
    expect(on.slice(0, 3 * DAY).flat()).toEqual([]);
    const from = on.findIndex((each) => each.includes('technical_error_rate'));
    expect(from - 3 * DAY).toBeGreaterThan(0);
    expect(from - 3 * DAY).toBeLessThanOrEqual(20);
    expect(on.slice(3 * DAY + 100).flat()).toEqual([]);
    expect(scoreOf(series)).toBeLessThan(0.5);
  });

  test('[PAY-20] ask for more of a lower sensitivity, and after a false alarm', () => {
    const odds = (sensitivity: number, falseAlarms: number): number =>
      limitsOf({ sensitivity, falseAlarms: { metric_shift: falseAlarms } }, 'metric_shift').odds;
    expect([odds(0, 0), odds(0.5, 0), odds(1, 0)].map((each) => each.toFixed(2))).toEqual(['2.72', '1.00', '0.37']);
    expect(odds(0.5, 1)).toBeGreaterThan(odds(0.5, 0));
    const fault = () => daysOf(3.05, (each, at) => (inFault(at) ? someErrors(each) : each));
    expect(watched(fault(), 1e6).on.flat()).toEqual([]);
  });

  test('[PAY-21] are silent of less than a day, of constant series, gaps, and of anything within chance', () => {
    const constant = (each: PaymentMinute): PaymentMinute => ({ ...quietMinute(MONDAY + 15), minute: each.minute });
    expect(watched(daysOf(1, (each, at) => (at > 700 ? CHANGES.outage(each) : each))).on.flat()).toEqual([]);
    expect(watched(daysOf(3, constant)).on.flat()).toEqual([]);
    expect(watched([...daysOf(3)].filter((_, at) => at < 1_500 || at > 2_600)).on.flat()).toEqual([]);
    const few = (each: PaymentMinute, at: number): PaymentMinute =>
      at % 500 === 7 ? { ...each, attempts: 1, failures: 1, declines: 0, approvals: 0 } : CHANGES.silence(each);
    expect(watched(daysOf(3, few)).on.flat()).toEqual([]);
  });

  test('[PAY-21] take no p95 for risen where one slow answer more moves it', () => {
    const twenty = (slow: number) => ({ sumMs: 0, bins: [300, 20 - slow, 340, slow] });
    const minutes = daysOf(3.1, (each, at) => ({ ...each, latency: twenty(at >= 3 * DAY || at % 25 > 0 ? 1 : 0) }));
    expect(watched(minutes).on.flat()).toEqual([]);
    const risen = daysOf(3.1, (each, at) => ({ ...each, latency: twenty(at >= 3 * DAY ? 4 : Number(at % 2 > 0)) }));
    expect(watched(risen).on.flat()).toContain('latency_p95_ms');
  });

  test('[PAY-21] keep finite numbers in less than 80 kB, whatever they are told, and what lasts for a day is usual', () => {
    const odd = fc.oneof(fc.nat(300), fc.constantFrom(-3, Number.NaN, Infinity, 1e300, 0.4));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -9, max: 9_000 }), odd, odd, fc.array(odd)), { maxLength: 80 }),
        (told) => {
          const minutes = told.map(([at, attempts, failures, bins]) => ({
            ...{ ...quietMinute(MONDAY + at), attempts, failures, approvals: attempts, latency: { sumMs: 0, bins } },
          }));
          const { series } = watched(minutes);
          expect(numbersIn(series).filter((number) => !Number.isFinite(number))).toEqual([]);
          expect(scoreOf(series)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 40 },
    );
    const { series, on } = watched(daysOf(6, (each, at) => (at >= 3 * DAY ? someErrors(each) : each)));
    expect(JSON.stringify(series).length).toBeLessThan(80_000);
    expect(on[3 * DAY + 300]).toContain('technical_error_rate');
    expect(on.slice(4 * DAY + 30).flat()).toEqual([]);
  });
});

describe('what series say', () => {
  const { counts, series } = watched(daysOf(3.03, (each, at) => (inFault(at) ? someErrors(each) : each)));
  const at = { book: EMPTY_INCIDENT_BOOK, scope: '*', minute: MONDAY + 3.03 * DAY };
  const openOf = (scope: string, kind: 'error_mix' | 'metric_shift'): IncidentBook => ({
    ...EMPTY_INCIDENT_BOOK,
    open: [{ scope, kind } as never],
  });

  test('[PAY-22] is a finding with the metric, what was seen and is usual, and the score', () => {
    const finding = seriesFinding(series, counts.recent, at)!;
    expect(finding).toMatchObject({ kind: 'metric_shift', evidence: { metric: 'technical_error_rate' } });
    const { observed, usual, score } = finding.evidence as Record<string, number>;
    expect(observed! / usual!).toBeGreaterThan(2);
    expect(score).toBeGreaterThan(0.5);
    expect(score).toBeLessThanOrEqual(1);
    expect(finding.minorAtRiskPerMinute).toBeGreaterThan(500);
    expect(['minor', 'major']).toContain(finding.severity);
  });

  test('[PAY-22] is none where the counts have seen it, or saw something within the hour', () => {
    expect(seriesFinding(series, counts.recent, { ...at, book: openOf('processor:p', 'error_mix') })).toBeNull();
    const lately = { scope: '*', kind: 'error_mix', closedMinute: at.minute - 59 } as never;
    expect(seriesFinding(series, counts.recent, { ...at, book: { ...at.book, closed: [lately] } })).toBeNull();
    expect(seriesFinding(series, counts.recent, { ...at, book: openOf('*', 'metric_shift') })).not.toBeNull();
    expect(seriesFinding(createSeriesWatch(), counts.recent, at)).toBeNull();
  });

  test('[PAY-23] scores every finding by its own series, by its processor’s, or by the house’s', () => {
    const finding = {
      kind: 'success_drop',
      severity: 'minor',
      effect: 0.1,
      evidence: { nats: 9 },
      minorAtRiskPerMinute: null,
    } as const;
    const calm = createSeriesWatch();
    const scoreIn = (scope: string, known: Record<string, typeof series>) =>
      withScores([finding], scope, (name) => known[name])[0]!.evidence['score'];
    const known = { '*': calm, 'processor:p': series };
    expect(scoreIn('processor:p', known)).toBeGreaterThan(0.5);
    expect(scoreIn('route:p|PIX|BR', known)).toBe(scoreIn('processor:p', known));
    expect(scoreIn('segment:PIX|BR', known)).toBe(0);
    expect(scoreIn('processor:q', known)).toBe(0);
    expect(scoreIn('*', {})).toBeUndefined();
  });
});
