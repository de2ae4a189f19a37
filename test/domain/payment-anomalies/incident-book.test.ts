import { describe, expect, test } from 'vitest';
import {
  applyFindings,
  closeSilent,
  EMPTY_INCIDENT_BOOK,
  falseAlarmsIn,
  measuredPrecision,
  NO_DATA_AFTER_MINUTES,
  OVER_AFTER_MINUTES,
  REMEMBERED_MINUTES,
  REOPENS_WITHIN_MINUTES,
  takeFeedback,
  type IncidentBook,
  type PaymentIncident,
} from '../../../src/domain/payment-anomalies/incident-book.ts';
import { CHANGES, emptyMinute, MONDAY, ORDINARY, quietMinute, quietWatch } from './sample-minutes.ts';
import { watchMinute } from '../../../src/domain/payment-anomalies/scope-watch.ts';
import type { Finding } from '../../../src/domain/payment-anomalies/findings.ts';
import type { Severity } from '../../../src/domain/payment-anomalies/severity.ts';

const EFFECTS: Readonly<Record<Severity, number>> = { info: 0.01, minor: 0.1, major: 0.3, critical: 0.8 };
const finding = (severity: Severity = 'major', minorAtRiskPerMinute: number | null = null): Finding => ({
  kind: 'success_drop',
  severity,
  effect: EFFECTS[severity],
  evidence: { successRate: 0.5 },
  minorAtRiskPerMinute,
});

/** One minute of a scope: what was found in it. */
type Step = readonly [minute: number, findings: readonly Finding[], scope?: string];

function play(
  steps: readonly Step[],
  book: IncidentBook = EMPTY_INCIDENT_BOOK,
): { book: IncidentBook; told: string[] } {
  const told: string[] = [];
  let [now, opened] = [book, book.closed.length];
  for (const [minute, findings, scope = 'a'] of steps) {
    const step = applyFindings(now, { scope, minute }, findings, (n) => `ano_${opened + n}`);
    opened += step.changed.length;
    now = step.book;
    told.push(...step.changed.map((each) => wordOf(each, minute)));
  }
  return { book: now, told };
}

function wordOf({ closedMinute, closedAs, severity, id }: PaymentIncident, minute: number): string {
  return closedMinute === null ? `${minute} ${id} ${severity}` : `${minute} ${id} ${closedAs}`;
}

describe('an incident', () => {
  test('[PAY-14] opens once, is told when it becomes graver, and closes after five minutes without', () => {
    const { book, told } = play([
      [10, [finding('minor')]],
      [11, [finding('minor')]],
      [12, [finding('critical', 500)]],
      [13, [finding('major', 200)]],
      [14, []],
      [15, [finding('major')]],
      [15 + OVER_AFTER_MINUTES - 1, []],
      [15 + OVER_AFTER_MINUTES, []],
    ]);
    expect(told).toEqual(['10 ano_0 minor', '12 ano_0 critical', '20 ano_0 over']);
    expect(book.open).toEqual([]);
    expect(book.closed).toHaveLength(1);
    expect(book.closed[0]).toMatchObject({
      openedMinute: 10,
      seenMinute: 15,
      closedMinute: 20,
      minorAtRiskPerMinute: 500,
    });
  });

  test('[PAY-26] keeps the evidence of the moment at which there was most of it, whatever is found while it goes away', () => {
    const drop = (effect: number, attemptsPerMinute: number, nats: number, score: number): Finding => ({
      ...{ kind: 'volume_drop', severity: effect > 0.5 ? 'major' : 'minor', effect },
      ...{ evidence: { attemptsPerMinute, usualPerMinute: 10, nats, score }, minorAtRiskPerMinute: null },
    });
    const { book } = play([
      [10, [drop(0.5, 5, 12, 0.3)]],
      [11, [drop(0.9, 1, 20, 0.4)]],
      [12, [drop(0.2, 8, 15, 0.6)]],
      // A rebound: still on, and nothing speaks for it.
      [13, [drop(0.95, 30, 0, 0.2)]],
      [19, []],
    ]);
    expect(book.closed).toMatchObject([{ effect: 0.9, severity: 'major', seenMinute: 13 }]);
    expect(book.closed[0]!.evidence).toEqual({ attemptsPerMinute: 1, usualPerMinute: 10, nats: 20, score: 0.6 });
    // Where nothing speaks for it nothing opens, or comes back.
    expect(play([[20, [drop(0.9, 1, 0, 0.9)]]], book).book).toEqual(book);
    expect(play([[20, [drop(0.9, 1, 0, 0.9)]]]).book).toEqual(EMPTY_INCIDENT_BOOK);
    expect(play([[20, [drop(0.3, 7, 9, 0)]]], book).book.open).toMatchObject([{ effect: 0.9, evidence: { nats: 20 } }]);
  });

  test('[PAY-26] a drop that ends in a rebound is told as a drop', () => {
    const watch = quietWatch(3);
    const begin = MONDAY + 3 * 1_440;
    let book = EMPTY_INCIDENT_BOOK;
    const rebounds: Finding[] = [];
    for (let i = 0; i < 40; i += 1) {
      const quiet = quietMinute(begin + i);
      const minute = i < 4 ? emptyMinute(begin + i) : i < 30 ? CHANGES.spike(quiet) : quiet;
      const found = watchMinute(watch, minute, ORDINARY).filter(({ kind }) => kind === 'volume_drop');
      if (i >= 4) rebounds.push(...found);
      book = applyFindings(book, { scope: '*', minute: begin + i }, found, () => 'ano_1').book;
    }
    // It is still found while there is five times the volume, and no longer likely.
    expect(rebounds.at(-1)!.evidence['attemptsPerMinute']).toBeGreaterThan(20);
    expect(rebounds.at(-1)!.evidence['nats']).toBe(0);
    const [drop] = book.closed;
    expect(drop!.evidence['attemptsPerMinute']).toBeLessThan(11);
    expect(drop!.evidence['usualPerMinute']).toBeGreaterThan(15);
    expect(drop!.evidence['nats']).toBeGreaterThan(5);
  });

  test('[PAY-14] that comes back within fifteen minutes is the same one, later another', () => {
    const begin: Step[] = [
      [10, [finding()]],
      [15, []],
    ];
    const same = play([...begin, [15 + REOPENS_WITHIN_MINUTES, [finding()]]]);
    expect(same.book.open.map(({ id, openedMinute }) => [id, openedMinute])).toEqual([['ano_0', 10]]);
    expect(same.book.closed).toEqual([]);
    const other = play([...begin, [16 + REOPENS_WITHIN_MINUTES, [finding()]]]);
    expect(other.book.open[0]!.id).not.toBe('ano_0');
    expect(other.book.closed).toHaveLength(1);
  });

  test('[PAY-14] of one scope is not closed by the silence of another, and is closed without data after an hour', () => {
    const { book } = play([
      [10, [finding()]],
      [40, [], 'b'],
    ]);
    expect(book.open).toHaveLength(1);
    expect(closeSilent(book, 9 + NO_DATA_AFTER_MINUTES).changed).toEqual([]);
    expect(closeSilent(book, 10 + NO_DATA_AFTER_MINUTES).changed.map(({ closedAs }) => closedAs)).toEqual(['no_data']);
  });

  test('[PAY-15] called a false alarm closes, stays away while it is still found, and counts against its kind in its scope for 14 days', () => {
    const { book } = play([[10, [finding()]]]);
    const { book: told, changed } = takeFeedback(book, 'ano_0', 'false_alarm', 12);
    expect(changed.map(({ closedAs, feedback }) => [closedAs, feedback])).toEqual([['false_alarm', 'false_alarm']]);
    const still = play(
      Array.from({ length: 40 }, (_, i): Step => [13 + i, [finding()]]),
      told,
    );
    expect(still.told).toEqual([]);
    expect(play([[53 + REOPENS_WITHIN_MINUTES, [finding()]]], still.book).book.open).toHaveLength(1);
    expect(falseAlarmsIn(told, 'a', 12 + REMEMBERED_MINUTES - 1)).toEqual({ success_drop: 1 });
    expect(falseAlarmsIn(told, 'a', 12 + REMEMBERED_MINUTES)).toEqual({});
    expect(falseAlarmsIn(told, 'b', 13)).toEqual({});
  });

  test('[PAY-15] feedback said twice counts once, said of nothing is unknown, and what is confirmed after all counts no more', () => {
    const { book } = play([
      [10, [finding()]],
      [20, []],
    ]);
    const once = takeFeedback(book, 'ano_0', 'false_alarm', 30).book;
    const twice = takeFeedback(once, 'ano_0', 'false_alarm', 31);
    expect([twice.book, twice.changed, twice.isKnown]).toEqual([once, [], true]);
    expect(takeFeedback(book, 'ano_9', 'confirmed', 30)).toEqual({ book, changed: [], isKnown: false });
    const after = takeFeedback(once, 'ano_0', 'confirmed', 32).book;
    expect(falseAlarmsIn(after, 'a', 33)).toEqual({});
    expect([measuredPrecision(book), measuredPrecision(once), measuredPrecision(after)]).toEqual([null, 0, 1]);
  });
});
