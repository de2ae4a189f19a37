import { describe, expect, test } from 'vitest';
import { type Anomaly, joinSymptoms, withCauses } from '../../../src/domain/payment-anomalies/anomaly.ts';
import {
  applyFindings,
  EMPTY_INCIDENT_BOOK,
  falseAlarmsIn,
  type PaymentIncident,
} from '../../../src/domain/payment-anomalies/incident-book.ts';
import { judgeAnomaly } from '../../../src/domain/payment-anomalies/judge-anomaly.ts';
import { alertOf, isNews } from '../../../src/domain/payment-anomalies/anomaly-alert.ts';
import { areRelated, scopeParts } from '../../../src/domain/payment-anomalies/scope-name.ts';

const symptomOf = (scope: string, openedMinute: number, over: Partial<PaymentIncident> = {}): PaymentIncident => ({
  id: `ano_${scope}_${over.kind ?? 'success_drop'}`,
  scope,
  kind: 'success_drop',
  severity: 'major',
  openedMinute,
  seenMinute: openedMinute,
  closedMinute: null,
  closedAs: null,
  evidence: {},
  effect: 1,
  minorAtRiskPerMinute: null,
  feedback: null,
  ...over,
});

function join(known: readonly Anomaly[], ...symptoms: PaymentIncident[]) {
  let drawn = known.length;
  return joinSymptoms(known, symptoms, {
    newId: () => `a${(drawn += 1)}`,
    currencyOf: (scope) => (scope === 'processor:yen' ? 'JPY' : 'BRL'),
  });
}
const told = (anomalies: readonly Anomaly[]) =>
  anomalies.map(({ id, scope, symptoms, closedAs }) => `${id} ${scope} ${symptoms.length} ${closedAs ?? 'open'}`);

describe('scopes', () => {
  test.each([
    ['*', 'processor:p', true],
    ['processor:p', 'processor:q', false],
    ['processor:p', 'segment:PIX|BR', true],
    ['segment:PIX|BR', 'segment:CARD|BR', true],
    ['segment:PIX|BR', 'segment:CARD|MX', false],
    ['route:p|PIX|BR', 'processor:p', true],
    ['route:p|PIX|BR', 'processor:q', false],
    ['route:p|PIX|BR', 'route:q|PIX|BR', false],
    ['route:p|PIX|BR', 'route:p|CARD|MX', false],
    ['route:p|PIX|BR', 'segment:PIX|MX', true],
  ])('[ANM-8] %s and %s may show one fault: %s', (left, right, expected) => {
    expect(areRelated(left, right)).toBe(expected);
    expect(areRelated(right, left)).toBe(expected);
  });

  test('[ANM-8] names hold their processor and segment', () => {
    expect(scopeParts('route:p_1|PIX|BR')).toEqual({ processorId: 'p_1', segment: 'PIX|BR' });
    expect(scopeParts('*')).toEqual({ processorId: '*', segment: '*' });
  });
});

describe('joining', () => {
  test('[ANM-8] what begins within an hour where it may show is one; elsewhere, or later, another', () => {
    const first = join([], symptomOf('processor:p', 100)).anomalies;
    const joined = join(first, symptomOf('segment:PIX|BR', 130), symptomOf('processor:p', 150, { kind: 'error_mix' }));
    expect(told(joined.anomalies)).toEqual(['a1 processor:p 3 open']);
    expect(told(join(first, symptomOf('processor:q', 101)).anomalies)).toEqual([
      'a1 processor:p 1 open',
      'a2 processor:q 1 open',
    ]);
    expect(told(join(first, symptomOf('*', 161)).anomalies)).toEqual(['a1 processor:p 1 open', 'a2 * 1 open']);
    // Another kind where it is open is the same, however late.
    expect(told(join(first, symptomOf('processor:p', 900, { kind: 'latency_shift' })).anomalies)).toEqual([
      'a1 processor:p 2 open',
    ]);
  });

  const series = (scope: string, evidence: PaymentIncident['evidence']) =>
    symptomOf(scope, 105, { kind: 'metric_shift', evidence });
  const technical = { technicalShare: 0.9 };
  test.each<[PaymentIncident['kind'], PaymentIncident['kind'], boolean]>([
    ['success_drop', 'latency_shift', true],
    ['error_mix', 'decline_mix', true],
    ['success_drop', 'volume_drop', false],
    ['success_drop', 'volume_spike', false],
    ['success_drop', 'amount_shift', false],
    ['volume_drop', 'volume_spike', false],
    ['volume_spike', 'velocity', true],
    ['volume_spike', 'amount_shift', false],
    ['card_testing', 'velocity', true],
    ['card_testing', 'success_drop', true],
    ['card_testing', 'amount_shift', true],
    ['card_testing', 'volume_drop', false],
    ['card_testing', 'latency_shift', false],
  ])('[ANM-21] %s and %s of the house are one: %s', (one, other, expected) => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const { anomalies } = join([], symptomOf('*', 100, { kind: first }), symptomOf('*', 101, { kind: second }));
      expect(anomalies).toHaveLength(expected ? 1 : 2);
    }
  });

  test('[ANM-21] technical losses are no attack, and a series goes with what it is of', () => {
    const attack = symptomOf('*', 100, { kind: 'card_testing' });
    expect(join([], attack, symptomOf('processor:q', 101, { evidence: technical })).anomalies).toHaveLength(2);
    // What shows in both does not make them one.
    const both = join([], attack, symptomOf('processor:q', 101, { evidence: technical }), symptomOf('*', 102));
    expect(told(both.anomalies)).toEqual(['a1 * 2 open', 'a2 processor:q 1 open']);
    const silence = symptomOf('*', 100, { kind: 'volume_drop' });
    expect(join([], silence, series('*', { metric: 'volume', observed: 4, usual: 9 })).anomalies).toHaveLength(1);
    expect(join([], silence, series('*', { metric: 'volume', observed: 9, usual: 4 })).anomalies).toHaveLength(2);
    expect(join([], silence, series('*', { metric: 'success_rate', observed: 4, usual: 9 })).anomalies).toHaveLength(2);
  });

  test('[ANM-21] what a failing processor loses of its traffic, and another takes over, is one with its losses; of a house it is not', () => {
    const outage = symptomOf('processor:q', 100);
    const risen = symptomOf('processor:p', 102, { kind: 'volume_spike' });
    const gone = symptomOf('processor:q', 104, { kind: 'volume_drop' });
    expect(told(join([], outage, risen).anomalies)).toEqual(['a1 processor:q 1 open', 'a2 processor:p 1 open']);
    expect(told(join([], outage, risen, gone).anomalies)).toEqual(['a1 processor:q 3 open', 'a2 processor:p 0 joined']);
    expect(told(join([], gone, risen).anomalies)).toEqual(['a1 processor:q 2 open']);
    const rush = symptomOf('*', 101, { kind: 'volume_spike' });
    expect(told(join([], outage, rush, risen, gone).anomalies)).toEqual(['a1 processor:q 2 open', 'a2 * 2 open']);
    const silence = symptomOf('*', 99, { kind: 'volume_drop' });
    expect(told(join([], silence, gone, outage).anomalies)).toEqual(['a1 * 2 open', 'a2 processor:q 1 open']);
    const route = symptomOf('route:q|PIX|BR', 103, { kind: 'volume_drop' });
    expect(told(join([], outage, route).anomalies)).toEqual(['a1 processor:q 2 open']);
    const late = { ...gone, openedMinute: 170 };
    expect(told(join([], { ...outage, closedMinute: null }, { ...late }).anomalies)).toEqual(['a1 processor:q 2 open']);
    const other = symptomOf('segment:PIX|BR', 103, { kind: 'volume_drop' });
    expect(told(join([], outage, other).anomalies)).toEqual(['a1 processor:q 1 open', 'a2 segment:PIX|BR 1 open']);
  });

  test('[ANM-8] what belongs to two joins them to the older', () => {
    const two = join([], symptomOf('processor:p', 100), symptomOf('processor:q', 104)).anomalies;
    const { anomalies, changed } = join(two, symptomOf('*', 106));
    expect(told(anomalies)).toEqual(['a1 * 3 open', 'a2 processor:q 0 joined']);
    expect(anomalies[1]).toMatchObject({ joinedTo: 'a1', closedMinute: 106 });
    expect([...changed].sort()).toEqual(['a1', 'a2']);
  });

  test('[ANM-8] it is known by what hurts most, the gravest and then the widest, and is over with that', () => {
    const { anomalies } = join(
      [],
      symptomOf('segment:PIX|BR', 100, { kind: 'error_mix', severity: 'critical' }),
      symptomOf('route:p|PIX|BR', 101, { severity: 'critical' }),
      symptomOf('processor:p', 102, { severity: 'critical' }),
      symptomOf('*', 103, { severity: 'minor' }),
    );
    expect(anomalies).toMatchObject([{ kind: 'success_drop', scope: 'processor:p', severity: 'critical' }]);
    const small = join(anomalies, symptomOf('*', 103, { severity: 'minor', closedMinute: 120, closedAs: 'over' }));
    expect(small.anomalies[0]!.closedMinute).toBeNull();
    expect(small.changed.size).toBe(0);
    const lead = symptomOf('processor:p', 102, { severity: 'critical', closedMinute: 130, closedAs: 'over' });
    const over = join(small.anomalies, lead);
    expect(over.anomalies[0]).toMatchObject({ closedMinute: 130, closedAs: 'over', revision: 2 });
    const reopened = join(over.anomalies, { ...lead, closedMinute: null, closedAs: null });
    expect(reopened.anomalies[0]).toMatchObject({ closedMinute: null, revision: 3 });
  });

  test('[ANM-8] the end of a finding that no anomaly has is nothing', () => {
    expect(join([], symptomOf('*', 100, { closedMinute: 110, closedAs: 'over' })).anomalies).toEqual([]);
  });

  test('[ANM-16] money at risk is the most of any finding, in one currency', () => {
    const { anomalies } = join(
      [],
      symptomOf('processor:p', 100, { minorAtRiskPerMinute: 50 }),
      symptomOf('*', 101, { minorAtRiskPerMinute: 70 }),
      symptomOf('processor:yen', 102, { minorAtRiskPerMinute: 9_000 }),
    );
    expect(anomalies[0]!.atRisk).toEqual({ minorPerHour: 4_200, currency: 'BRL' });
  });
});

describe('telling', () => {
  const [anomaly] = join([], symptomOf('processor:p', 100, { severity: 'critical' })).anomalies as [Anomaly];

  test('[ANM-9] a look that finds no cause takes none back, and one that finds the same is no news', () => {
    const first = withCauses(anomaly, [], 101, true);
    expect(first).toMatchObject({ causes: [], localisedMinute: 101, revision: 2 });
    const found = withCauses(first, [{ share: 1 } as never], 106, false);
    expect(found.revision).toBe(3);
    expect(withCauses(found, [], 111, false)).toMatchObject({
      causes: [{ share: 1 }],
      localisedMinute: 111,
      revision: 3,
    });
    expect(withCauses(found, [{ share: 0.9 } as never], 111, true)).toMatchObject({
      causes: [{ share: 0.9 }],
      revision: 3,
    });
  });

  test('[ANM-10] what was heard before, or is over before it was ever told, is no news; of what is info nobody is told', () => {
    const alert = alertOf(anomaly)!;
    expect(alert).toMatchObject({ id: 'alt_a1', processorId: 'p', toStatus: 'DOWN', closedAtMs: null });
    expect(isNews(alert, null)).toBe(true);
    expect(isNews(alert, alert)).toBe(false);
    const closed = alertOf({ ...anomaly, closedMinute: 120, revision: 5 })!;
    expect(isNews(closed, alert)).toBe(true);
    expect(isNews(closed, null)).toBe(false);
    expect(alertOf({ ...anomaly, severity: 'info' })).toBeNull();
    expect(alertOf({ ...anomaly, severity: 'minor' })).toMatchObject({ toStatus: 'DEGRADED' });
  });
});

describe('judging', () => {
  const [open] = join([], symptomOf('processor:p', 100)).anomalies as [Anomaly];
  const moment = { minute: 20_000, currencyOf: () => 'BRL' };

  test('[ANM-11] a false alarm of long ago counts against its findings, though the book has let them go; a later word takes that back', () => {
    const wrong = judgeAnomaly(EMPTY_INCIDENT_BOOK, open, 'false_alarm', moment);
    expect(falseAlarmsIn(wrong.book, 'processor:p', 20_001)).toEqual({ success_drop: 1 });
    expect(wrong.anomaly).toMatchObject({ feedback: 'false_alarm', revision: 2 });
    expect(judgeAnomaly(wrong.book, wrong.anomaly, 'false_alarm', moment)).toEqual(wrong);
    const right = judgeAnomaly(wrong.book, wrong.anomaly, 'confirmed', moment);
    expect(falseAlarmsIn(right.book, 'processor:p', 20_001)).toEqual({});
    expect(right.anomaly.feedback).toBe('confirmed');
  });

  test('[ANM-11] a false alarm closes all that belongs to it, and counts against the kind alone that it was told as', () => {
    const finding = { severity: 'major', effect: 0.5, evidence: {}, minorAtRiskPerMinute: null } as const;
    const kinds = ['success_drop', 'error_mix', 'volume_drop'] as const;
    const found = kinds.map((kind) => ({ ...finding, kind }));
    let drawn = 0;
    const at = { scope: 'processor:p', minute: 100 };
    const { book, changed } = applyFindings(EMPTY_INCIDENT_BOOK, at, found, () => `f${(drawn += 1)}`);
    const [anomaly] = join([], ...changed).anomalies as [Anomaly];
    expect(anomaly).toMatchObject({ kind: 'success_drop', symptoms: { length: 3 } });
    const wrong = judgeAnomaly(book, anomaly, 'false_alarm', { ...moment, minute: 101 });
    expect(falseAlarmsIn(wrong.book, 'processor:p', 102)).toEqual({ success_drop: 1 });
    expect(wrong.book.open).toEqual([]);
    expect(wrong.anomaly.symptoms.map(({ closedAs, feedback }) => [closedAs, feedback])).toEqual([
      ['false_alarm', 'false_alarm'],
      ['false_alarm', null],
      ['false_alarm', null],
    ]);
    const still = applyFindings(wrong.book, { ...at, minute: 102 }, found, () => 'f9');
    expect([still.book.open, still.changed]).toEqual([[], []]);
    const right = judgeAnomaly(wrong.book, wrong.anomaly, 'confirmed', { ...moment, minute: 103 });
    expect(falseAlarmsIn(right.book, 'processor:p', 104)).toEqual({});
  });
});
