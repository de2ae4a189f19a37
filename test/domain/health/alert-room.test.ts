import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applySignal, EMPTY_ALERT_BOOK } from '../../../src/domain/health/alert-book.ts';
import type { AlertBook, AlertSignal } from '../../../src/domain/health/alert-book.ts';
import {
  bounded,
  chapterOf,
  chapterOfHeard,
  overflowSignal,
  placeSignal,
  PROCESSORS_CHAPTER,
  WAITING_OF_KIND_MAX,
} from '../../../src/domain/health/alert-room.ts';
import { incidentOf } from '../../../src/domain/notifications/incident.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { RESIDUAL, segmentKey } from '../../../src/domain/segment.ts';

const T0 = 1_760_000_000_000;
const risk = (subject: string, fields: Partial<AlertSignal> = {}): AlertSignal => ({
  processorId: asProcessorId('*'),
  epoch: 0,
  scope: RESIDUAL,
  kind: 'double_charge_risk',
  subject,
  state: 'on',
  atMs: T0,
  fromStatus: 'HEALTHY',
  toStatus: 'HEALTHY',
  reason: 'void it',
  evidence: {},
  moneyAtRisk: null,
  ...fields,
});
const room = (chapter: AlertBook = EMPTY_ALERT_BOOK, isFull = true, waiting: AlertSignal | null = null) => ({
  chapter,
  isFull,
  waiting,
});

describe('chapters', () => {
  const subjects = { double_charge_risk: true, dead_letters: true, stream_stalled: true } as Record<string, true>;
  const signals = fc.array(
    fc.record({
      kind: fc.constantFrom('breaker', 'approval', 'source_silent', ...(Object.keys(subjects) as ['dead_letters'])),
      id: fc.constantFrom('a', 'b'),
      named: fc.constantFrom('pay 1', 'breaker'),
      scope: fc.constantFrom(segmentKey('PIX', 'BR'), segmentKey('CARD', 'BR')),
      state: fc.constantFrom('on', 'off'),
      afterMs: fc.integer({ min: 0, max: 90_000 }),
    }),
    { maxLength: 40 },
  );

  test('[ALT-31] a book judged chapter by chapter says of every signal what the whole book says', () => {
    fc.assert(
      fc.property(signals, (drawn) => {
        let whole = EMPTY_ALERT_BOOK;
        let at = T0;
        const chapters = new Map<string, AlertBook>();
        for (const [index, { id, named, afterMs, ...fields }] of drawn.entries()) {
          at += afterMs;
          const { subject: _, ...base } = risk('');
          const about = fields.kind in subjects ? { subject: named } : {};
          const signal: AlertSignal = { ...base, ...fields, ...about, processorId: asProcessorId(id), atMs: at };
          const name = chapterOf(signal);
          const expected = applySignal(whole, signal, at, `alt_${index}`);
          const step = applySignal(chapters.get(name) ?? EMPTY_ALERT_BOOK, signal, at, `alt_${index}`);
          expect(step.changed).toEqual(expected.changed);
          expect(step.book.heard.map(([key]) => chapterOfHeard(key))).toEqual(step.book.heard.map(() => name));
          whole = expected.book;
          chapters.set(name, step.book);
        }
      }),
    );
  });

  test('[ALT-31] what is about processors may flow together and is one chapter', () => {
    expect(chapterOf({ kind: 'breaker' })).toBe(PROCESSORS_CHAPTER);
    expect(chapterOf({ kind: 'approval_collapse' })).toBe(PROCESSORS_CHAPTER);
    expect(chapterOf(risk('pay_1'))).not.toBe(chapterOf(risk('pay_2')));
  });
});

describe('no room', () => {
  test('[ALT-32] what would open waits, what goes on or ends does not', () => {
    expect(placeSignal(room(), risk('p'), T0, 'alt_1')).toEqual({ place: 'waits' });
    const open = applySignal(EMPTY_ALERT_BOOK, risk('p'), T0, 'alt_1').book;
    expect(placeSignal(room(open), risk('p', { atMs: T0 + 1 }), T0 + 1, 'alt_2')).toMatchObject({
      place: 'book',
      step: { changed: [{ id: 'alt_1' }] },
    });
    const off = risk('p', { state: 'off', atMs: T0 + 2 });
    expect(placeSignal(room(open), off, T0 + 2, 'alt_3')).toMatchObject({
      place: 'book',
      step: { changed: [{ id: 'alt_1', closedAtMs: T0 + 2 }] },
    });
  });

  test('[ALT-32] a signal that waits is known by its time, and the end of it is heard', () => {
    const waiting = risk('p', { atMs: T0 + 5 });
    expect(placeSignal(room(EMPTY_ALERT_BOOK, true, waiting), risk('p'), T0 + 6, 'alt_1').place).toBe('known');
    const off = risk('p', { state: 'off', atMs: T0 + 7 });
    const ended = placeSignal(room(EMPTY_ALERT_BOOK, true, waiting), off, T0 + 7, 'alt_1');
    if (ended.place !== 'book') throw new Error(ended.place);
    expect(ended.step.changed).toEqual([]);
    expect(placeSignal(room(ended.step.book, false), waiting, T0 + 8, 'alt_2').place).toBe('known');
  });

  test.each([
    [3, '3 more payments may be charged twice than the 10000 that have an alert of their own'],
    [
      WAITING_OF_KIND_MAX,
      'At least 100000 more payments may be charged twice than the 10000 that have an alert of their own',
    ],
  ])('[ALT-32] one alert says that %i wait', (waits, reason) => {
    const on = overflowSignal('double_charge_risk', waits, EMPTY_ALERT_BOOK, T0);
    const { book, changed } = applySignal(EMPTY_ALERT_BOOK, on, T0, 'alt_1');
    expect(changed).toMatchObject([{ reason, evidence: { more: waits } }]);
    expect(incidentOf(changed[0]!)).toMatchObject({ subject: 'further payments', severity: 'critical' });
    const off = overflowSignal('double_charge_risk', 0, book, T0);
    expect(applySignal(book, off, T0 + 1, 'alt_2').changed).toMatchObject([{ id: 'alt_1', closedAtMs: T0 + 1 }]);
  });
});

test('[ALT-33] texts of a signal are kept to their bounds, and short ones as they are', () => {
  const long = 'x'.repeat(5_000);
  const evidence = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`${index}${long}`, long]));
  const cut = bounded(risk('p', { reason: long, evidence }));
  expect(cut.reason).toHaveLength(1_000);
  expect(Object.entries(cut.evidence)).toHaveLength(20);
  for (const [key, value] of Object.entries(cut.evidence))
    expect([key.length, String(value).length]).toEqual([64, 300]);
  const short = risk('p', { evidence: { failures: 5, other: 'txn_1' } });
  expect(bounded(short)).toEqual(short);
});
