import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applySignal,
  closeDeleted,
  EMPTY_ALERT_BOOK,
  shouldSendOff,
  type Alert,
  type AlertBook,
  type AlertSignal,
} from '../../../src/domain/health/alert-book.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { RESIDUAL, segmentKey } from '../../../src/domain/segment.ts';

const T0 = 1_760_000_000_000;
const A = asProcessorId('processor_a');
const B = asProcessorId('processor_b');
const C = asProcessorId('processor_c');
const PIX = segmentKey('PIX', 'BR');
const CARD = segmentKey('CARD', 'BR');

function signal(afterMs: number, fields: Partial<AlertSignal> = {}): AlertSignal {
  return {
    processorId: A,
    epoch: 1,
    scope: PIX,
    kind: 'breaker',
    state: 'on',
    atMs: T0 + afterMs,
    fromStatus: 'HEALTHY',
    toStatus: 'DOWN',
    reason: 'High error/timeout rate (>50%)',
    evidence: { failures: 5 },
    moneyAtRisk: { minorPerHour: 100, currency: 'BRL' },
    ...fields,
  };
}

/** Applies signals as they happen and gathers what the book said of them. */
function told(
  signals: readonly AlertSignal[],
  start: AlertBook = EMPTY_ALERT_BOOK,
): { book: AlertBook; changed: Alert[][] } {
  let book = start;
  const changed = signals.map((one, index) => {
    const step = applySignal(book, one, one.atMs, `alt_${index}`);
    book = step.book;
    return [...step.changed];
  });
  return { book, changed };
}
const opened = (book: AlertBook): Alert[] => book.open.map(({ alert }) => alert);
const approval = (afterMs: number, fields: Partial<AlertSignal> = {}) =>
  signal(afterMs, { kind: 'approval', toStatus: 'DEGRADED', ...fields });

describe('one alert per real change', () => {
  test('[ALT-1] a trip opens one alert that carries the signal, and its end closes it', () => {
    const { book, changed } = told([signal(0), signal(120_000, { state: 'off' })]);
    expect(changed[0]).toEqual([
      {
        id: 'alt_0',
        processorId: A,
        segment: PIX,
        kind: 'breaker',
        fromStatus: 'HEALTHY',
        toStatus: 'DOWN',
        openedAtMs: T0,
        updatedAtMs: T0,
        closedAtMs: null,
        reason: 'High error/timeout rate (>50%)',
        evidence: { failures: 5 },
        moneyAtRisk: { minorPerHour: 100, currency: 'BRL' },
      },
    ]);
    expect(changed[1]).toEqual([{ ...changed[0]![0]!, updatedAtMs: T0 + 120_000, closedAtMs: T0 + 120_000 }]);
    expect([book.open.length, book.closed.length]).toEqual([0, 1]);
  });

  test('[ALT-2] detector, breaker, re-openings and silence of one processor are one alert, told by its gravest word', () => {
    const { book } = told([
      signal(0, { kind: 'technical', toStatus: 'DEGRADED' }),
      signal(10),
      signal(70_000, { evidence: { failures: 9 } }),
      signal(80_000, { kind: 'silent' }),
    ]);
    expect(opened(book)).toMatchObject([
      { id: 'alt_0', segment: PIX, kind: 'breaker', toStatus: 'DOWN', openedAtMs: T0, updatedAtMs: T0 + 80_000 },
    ]);
    expect(opened(book)[0]?.moneyAtRisk?.minorPerHour).toBe(100);
  });

  test('[ALT-2] another segment of the processor widens the alert to all of it and adds its money', () => {
    const { book } = told([signal(0), signal(10, { scope: CARD, moneyAtRisk: { minorPerHour: 50, currency: 'BRL' } })]);
    expect(opened(book)).toMatchObject([
      {
        id: 'alt_0',
        processorId: A,
        segment: RESIDUAL,
        moneyAtRisk: { minorPerHour: 150 },
        evidence: { scopes: 2, processors: 1 },
      },
    ]);
  });

  test('[ALT-2] technical changes of two processors are two alerts, and so are a technical and an approval one', () => {
    expect(opened(told([signal(0), signal(10, { processorId: B })]).book)).toHaveLength(2);
    expect(opened(told([signal(0), approval(10)]).book)).toHaveLength(2);
  });

  test('[ALT-3] approvals that fall at several processors of one segment within 10 minutes are one issuer-wide alert', () => {
    const { book, changed } = told([
      approval(0),
      approval(300_000, { processorId: B, kind: 'approval_collapse', toStatus: 'DOWN' }),
      approval(890_000, { processorId: C }),
    ]);
    expect(changed.map((one) => one.map(({ id }) => id))).toEqual([['alt_0'], ['alt_0'], ['alt_0']]);
    expect(opened(book)).toMatchObject([
      {
        processorId: '*',
        segment: PIX,
        kind: 'approval_collapse',
        toStatus: 'DOWN',
        evidence: { processors: 3, scopes: 3 },
      },
    ]);
    expect(opened(book)[0]?.reason).toMatch(/issuer-wide/);
  });

  test('[ALT-3] more than 10 minutes apart, or in different segments, they are two', () => {
    expect(opened(told([approval(0), approval(600_001, { processorId: B })]).book)).toHaveLength(2);
    expect(opened(told([approval(0), approval(600_000, { processorId: B })]).book)).toHaveLength(1);
    expect(opened(told([approval(0), approval(10, { processorId: B, scope: CARD })]).book)).toHaveLength(2);
  });

  test('[ALT-3] a signal that ties two alerts together leaves the older one open, as wide as both', () => {
    const { book, changed } = told([
      approval(0),
      approval(10, { processorId: B, scope: CARD }),
      approval(20, { scope: CARD }),
    ]);
    expect(opened(book)).toMatchObject([{ id: 'alt_0', processorId: '*', segment: RESIDUAL }]);
    expect(changed[2]).toMatchObject([
      { id: 'alt_0', closedAtMs: null },
      { id: 'alt_1', closedAtMs: T0 + 20, reason: 'Part of alt_0' },
    ]);
  });

  test('[ALT-4] it closes only when all that is in it is off', () => {
    const { book, changed } = told([signal(0), signal(10, { scope: CARD }), signal(100_000, { state: 'off' })]);
    expect(changed[2]).toEqual([]);
    expect(opened(book)).toHaveLength(1);
    const ended = told([signal(200_000, { scope: CARD, state: 'off' })], book);
    expect(ended.changed[0]).toMatchObject([{ id: 'alt_0', segment: RESIDUAL, closedAtMs: T0 + 200_000 }]);
    expect(opened(ended.book)).toHaveLength(0);
  });

  test('[ALT-4] an end of what never began says nothing', () => {
    expect(told([signal(0, { state: 'off' })]).changed).toEqual([[]]);
  });

  test('[ALT-5] what begins anew within 60 s of its end is the same alert, later it is a new one', () => {
    const ended = told([signal(0), signal(100_000, { state: 'off' })]).book;
    const soon = told([signal(159_999)], ended);
    expect(opened(soon.book)).toMatchObject([{ id: 'alt_0', openedAtMs: T0, closedAtMs: null }]);
    expect(soon.book.closed).toHaveLength(0);
    const later = applySignal(ended, signal(160_000), T0 + 160_000, 'alt_9').book;
    expect(opened(later)).toMatchObject([{ id: 'alt_9' }]);
    expect(later.closed).toHaveLength(1);
  });

  test('[ALT-6] a signal delivered twice or late changes nothing', () => {
    const { book, changed } = told([
      signal(0),
      signal(0),
      signal(100_000, { state: 'off' }),
      signal(0),
      signal(100_000, { state: 'off' }),
    ]);
    expect(changed.map((one) => one.length)).toEqual([1, 0, 1, 0, 0]);
    expect(opened(book)).toHaveLength(0);
  });

  test('[ALT-7] the alerts of a deleted processor close, those of its later namesake do not', () => {
    const { book } = told([signal(0), signal(10, { epoch: 2, scope: CARD })]);
    const step = closeDeleted(book, A, 1, T0 + 20);
    expect(step.changed).toEqual([]);
    expect(closeDeleted(step.book, A, 2, T0 + 30).changed).toMatchObject([{ id: 'alt_0', closedAtMs: T0 + 30 }]);
    expect(told([signal(50, { scope: segmentKey('OXXO', 'MX') })], step.book).changed).toEqual([[]]);
  });

  test('[ALT-8] a silent source is one alert of everyone, whoever tells of its beginning and of its end', () => {
    const { book, changed } = told([
      signal(0, { kind: 'source_silent', scope: RESIDUAL }),
      signal(5, { kind: 'source_silent', scope: RESIDUAL, processorId: C, epoch: 9 }),
      signal(100, { kind: 'source_silent', scope: RESIDUAL, processorId: B, epoch: 4, state: 'off' }),
    ]);
    expect(changed[0]).toMatchObject([{ processorId: '*', segment: RESIDUAL, kind: 'source_silent' }]);
    expect(changed[1]?.[0]?.id).toBe('alt_0');
    expect(opened(book)).toHaveLength(0);
  });
});

describe('what is about a payment or a source', () => {
  const risk = (afterMs: number, payment: string, fields: Partial<AlertSignal> = {}): AlertSignal =>
    signal(afterMs, { kind: 'double_charge_risk', subject: payment, toStatus: 'HEALTHY', ...fields });

  test('[ALT-18] each payment that may be charged twice is an alert of its own, and ends by itself', () => {
    const { book, changed } = told([
      risk(0, 'pay_1'),
      risk(5, 'pay_2', { processorId: B }),
      risk(10, 'pay_1', { state: 'off', processorId: C, epoch: 7 }),
    ]);
    expect(changed[1]).toMatchObject([{ id: 'alt_1', processorId: '*', subject: 'pay_2' }]);
    expect(changed[2]).toMatchObject([{ id: 'alt_0', subject: 'pay_1', closedAtMs: T0 + 10 }]);
    expect(opened(book)).toMatchObject([{ subject: 'pay_2' }]);
  });

  test('[ALT-18] a processor that is deleted ends no such alert, and the dead letters of two sources are two', () => {
    const letters = (source: string): AlertSignal => signal(1, { kind: 'dead_letters', subject: source });
    const { book } = told([risk(0, 'pay_1'), letters('stripe_eu'), letters('adyen_eu')]);
    expect(closeDeleted(book, A, 9, T0 + 20).changed).toEqual([]);
    expect(opened(book).map(({ subject }) => subject)).toEqual(['pay_1', 'stripe_eu', 'adyen_eu']);
  });
});

describe('bounds', () => {
  test('[ALT-10] at most 1,000 closed alerts are kept, the youngest', () => {
    let book = EMPTY_ALERT_BOOK;
    for (let index = 0; index < 1_050; index += 1) {
      book = applySignal(book, signal(index * 200_000), T0 + index * 200_000, `alt_${index}`).book;
      book = applySignal(
        book,
        signal(index * 200_000 + 1, { state: 'off' }),
        T0 + index * 200_000 + 1,
        'alt_none',
      ).book;
    }
    expect(book.closed).toHaveLength(1_000);
    expect([book.closed[0]?.id, book.closed.at(-1)?.id]).toEqual(['alt_50', 'alt_1049']);
    expect(book.heard).toHaveLength(1);
  });

  test('[ALT-2] whatever is signalled, a processor has one open alert a family, the book survives JSON, and all off closes all', () => {
    const event = fc.record({
      processorId: fc.constantFrom(A, B, C),
      scope: fc.constantFrom(PIX, CARD, RESIDUAL),
      kind: fc.constantFrom<Alert['kind'][]>(
        'breaker',
        'technical',
        'approval',
        'approval_collapse',
        'silent',
        'source_silent',
      ),
      state: fc.constantFrom('on', 'off'),
      afterMs: fc.integer({ min: 1, max: 400_000 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let book = EMPTY_ALERT_BOOK;
        let at = 0;
        for (const [index, { afterMs, ...fields }] of events.entries()) {
          at += afterMs;
          const step = applySignal(JSON.parse(JSON.stringify(book)), signal(at, fields), T0 + at, `alt_${index}`);
          expect(step).toEqual(applySignal(book, signal(at, fields), T0 + at, `alt_${index}`));
          book = step.book;
          const held = book.open.flatMap(({ alert, members }) => [
            ...new Set(members.map((one) => `${one.processorId} ${family(alert.kind)}`)),
          ]);
          expect(new Set(held).size).toBe(held.length);
          const ids = [...opened(book), ...book.closed].map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
        }
        for (const { afterMs: _ignored, ...fields } of events)
          book = applySignal(book, signal((at += 1), { ...fields, state: 'off' }), T0 + at, 'alt_none').book;
        expect(book.open).toEqual([]);
      }),
    );
  });
});

function family(kind: Alert['kind']): string {
  if (kind === 'source_silent') return 'source';
  return kind.startsWith('approval') ? 'approval' : 'technical';
}

describe('when an alert may end', () => {
  const quiet = { onSince: T0, quietSince: T0 + 10_000, resultsSinceQuiet: 50, breakerClosed: true };
  test.each([
    ['60 s and 50 results of quiet', quiet, T0 + 70_000, true],
    ['a millisecond less', quiet, T0 + 69_999, false],
    ['a result less', { ...quiet, resultsSinceQuiet: 49 }, T0 + 700_000, false],
    ['a breaker that is not CLOSED', { ...quiet, breakerClosed: false }, T0 + 700_000, false],
    ['a detector that is not quiet', { ...quiet, quietSince: null }, T0 + 700_000, false],
    ['nothing that is on', { ...quiet, onSince: null }, T0 + 700_000, false],
  ])('[ALT-11] %s', (_name, evidence, now, expected) => {
    expect(shouldSendOff(evidence, now)).toBe(expected);
  });
});
