import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  A,
  attemptOf,
  B,
  BUDGETS,
  DAY,
  HOUR,
  ledgerOf,
  NOW,
  policyOf,
  questionOf,
  readingOf,
  reserveInputOf,
  TECHNICAL,
} from './sample-question.ts';
import { attemptId, type LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';
import { EMPTY_LEDGER, noteAttempt, releaseReservation } from '../../../src/domain/retries/credential-ledger.ts';
import { reserveNext, type Reserved } from '../../../src/domain/retries/reserve-next.ts';

const GENERIC = readingOf({ visaCategory: 4 });
/** Everything at once, so that only ceilings hold anything back. */
const eager = policyOf({
  laterWaitMs: 0,
  laterSpreadMs: 0,
  retriesWithoutAdvice: true,
  hopsMax: 2,
  technicalRetriesMax: 100,
});
const CALLERS = 8;

describe('eight callers at once', () => {
  /** Each asks about a payment of its own that was declined 26 hours ago; then came other declines, in the last hour. */
  test.each([
    ['visa', 0, 8],
    ['visa', 4, 4],
    ['visa', 8, 0],
    ['mastercard', 0, 7],
    ['mastercard', 4, 3],
    ['mastercard', 7, 0],
  ])(
    '[RTY-22] of a %s card with %i more declines behind it are given what the ceiling leaves: %i',
    (network, before, given) => {
      const attempts = Array.from({ length: CALLERS }, (_, index) =>
        attemptOf({
          id: `a:${index}`,
          paymentId: `pay_${index}`,
          network,
          atMs: NOW - 26 * HOUR + index,
          reading: GENERIC,
        }),
      );
      const others = Array.from({ length: before }, (_, index) =>
        attemptOf({ id: `b:${index}`, paymentId: `other_${index}`, network, atMs: NOW - HOUR + index }),
      );
      let ledger = ledgerOf([...attempts, ...others]);
      const answers = attempts.map((attempt, index) => {
        const input = { ...reserveInputOf(questionOf(attempt)), policy: eager };
        const reserved = reserveNext({ ...input, ledger, requestId: `req_${index}` });
        ledger = reserved.ledger;
        return reserved.advice.action;
      });
      expect(answers.filter((action) => action === 'retry_now')).toHaveLength(given);
    },
  );

  interface Step {
    readonly caller: number;
    readonly does: 'ask' | 'use' | 'use_late' | 'release';
    readonly pauseMs: number;
  }
  const step: fc.Arbitrary<Step> = fc.record({
    caller: fc.nat(CALLERS - 1),
    does: fc.constantFrom('ask', 'ask', 'use', 'use', 'use_late', 'release'),
    pauseMs: fc.constantFrom(0, 1, 60_000, 10 * 60_000, HOUR, 6 * HOUR, DAY),
  });

  test('[RTY-22] never break a ceiling, in whatever order they ask, try, tell and give up', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 120 }), fc.boolean(), (steps, isVisa) => {
        const made = playOut(steps, isVisa ? 'visa' : 'mastercard');
        const windowMs = isVisa ? 30 * DAY : DAY;
        for (const end of made.retries) {
          const counted = (isVisa ? made.retries : made.all).filter((atMs) => atMs >= end - windowMs && atMs <= end);
          expect(counted.length).toBeLessThanOrEqual(isVisa ? 15 : 7);
        }
      }),
      { numRuns: 200 },
    );
  });

  /** Each caller has one payment that is always declined; its first attempt is told with the first question. */
  function playOut(steps: readonly Step[], network: string): { all: number[]; retries: number[] } {
    let ledger = EMPTY_LEDGER;
    let now = NOW;
    let serial = 0;
    const all: number[] = [];
    const retries: number[] = [];
    const last = new Map<number, LedgerAttempt>();
    const promised = new Map<number, Reserved>();
    const declined = (caller: number, processorId = A): LedgerAttempt =>
      attemptOf({
        id: attemptId(processorId, `txn_${(serial += 1)}`),
        processorId,
        paymentId: `pay_${caller}`,
        network,
        reading: GENERIC,
        atMs: now,
      });
    for (const { caller, does, pauseMs } of steps) {
      now += pauseMs;
      const reservation = promised.get(caller)?.reservation ?? null;
      if (does === 'ask') {
        // A first attempt is nobody's to forbid, so it is only made where it can break nothing.
        if (!last.has(caller) && network === 'mastercard' && all.length + promised.size >= 7) continue;
        if (!last.has(caller)) all.push(now);
        const attempt = last.get(caller) ?? declined(caller);
        last.set(caller, attempt);
        const input = { ...reserveInputOf(questionOf(attempt)), policy: eager, now, requestId: `req_${caller}` };
        const reserved = reserveNext({ ...input, ledger });
        ledger = reserved.ledger;
        promised.set(caller, reserved);
      } else if (reservation !== null && does === 'release') {
        ledger = releaseReservation(ledger, reservation.id);
        promised.delete(caller);
      } else if (reservation !== null && now >= reservation.notBeforeMs && now <= reservation.useByMs) {
        const attempt = declined(caller, reservation.processorId);
        all.push(now);
        retries.push(now);
        if (does === 'use_late') now += HOUR;
        ledger = noteAttempt(ledger, attempt, now);
        expect(ledger.reservations.map(({ id }) => id)).not.toContain(reservation.id);
        last.set(caller, attempt);
        promised.delete(caller);
      }
    }
    return { all, retries };
  }
});

describe('one question, one slot', () => {
  const input = reserveInputOf(questionOf(attemptOf({ reading: GENERIC })));
  const first = reserveNext(input);

  test('[RTY-23] the same question again is promised the same attempt and holds one slot', () => {
    const again = reserveNext({ ...input, ledger: first.ledger, now: NOW + 1_000, draw: 0.9 });
    expect(again.reservation).toEqual(first.reservation);
    expect(again.ledger.reservations).toHaveLength(1);
    expect(again.advice).toMatchObject({ action: 'retry_now', processorId: B, notBeforeMs: NOW, drawsOn: null });
  });

  test('[RTY-23] another question about the same payment is promised nothing', () => {
    const other = reserveNext({ ...input, ledger: first.ledger, requestId: 'req_2' });
    expect(other).toMatchObject({ advice: { action: 'stop', ruleId: 'retry_already_given' }, reservation: null });
    expect(other.ledger.reservations).toHaveLength(1);
  });

  test('[RTY-23] nor is one about an attempt that another has followed', () => {
    const later = attemptOf({ id: 'b:2', processorId: B, atMs: NOW + 1_000 });
    const ledger = noteAttempt(first.ledger, later, NOW + 1_000);
    expect(reserveNext({ ...input, ledger, now: NOW + 2_000 }).advice.ruleId).toBe('retry_already_given');
  });

  test('[RTY-23] an id that was used for another attempt is another question', () => {
    const question = questionOf(attemptOf({ id: 'a:9', paymentId: 'pay_9', reading: GENERIC }));
    const other = reserveNext({ ...input, question, ledger: first.ledger });
    expect(other.ledger.reservations).toHaveLength(2);
  });

  test('[RTY-23] a technical retry draws on the budget when it is promised, and not again', () => {
    const technical = { ...input, question: questionOf(attemptOf({ reading: TECHNICAL })), budgets: BUDGETS };
    const promised = reserveNext(technical);
    expect(promised.advice.drawsOn).toBe(B);
    expect(reserveNext({ ...technical, ledger: promised.ledger }).advice.drawsOn).toBeNull();
  });
});

describe('a promise for later', () => {
  const input = reserveInputOf(
    questionOf(attemptOf({ network: 'mastercard', reading: readingOf({ macCode: '25' }) })),
    { draw: 0.5 },
  );
  const promised = reserveNext(input);
  const dueMs = promised.reservation!.notBeforeMs;
  const ask = (atMs: number, ledger = promised.ledger) => reserveNext({ ...input, ledger, now: atMs, draw: 0.9 });

  test('[RTY-24] stands when its time has come', () => {
    expect(dueMs).toBe(NOW + DAY + 3 * HOUR);
    expect(ask(dueMs - HOUR).advice).toMatchObject({ action: 'retry_later', notBeforeMs: dueMs });
    expect(ask(dueMs)).toMatchObject({
      advice: { action: 'retry_now', notBeforeMs: dueMs },
      reservation: { ...promised.reservation, isDue: true },
    });
  });

  test('[RTY-24] falls when an issuer has said never meanwhile, and its slot with it', () => {
    const never = attemptOf({
      id: 'c:1',
      paymentId: 'pay_2',
      network: 'mastercard',
      atMs: NOW + HOUR,
      reading: readingOf({ macCode: '03' }),
    });
    const fallen = ask(dueMs, noteAttempt(promised.ledger, never, NOW + HOUR));
    expect(fallen).toMatchObject({ advice: { action: 'stop', ruleId: 'credential_blocked' }, reservation: null });
    expect(fallen.ledger.reservations).toEqual([]);
  });

  test('[RTY-24] moves when an issuer has asked to wait longer meanwhile', () => {
    const wait = attemptOf({
      id: 'c:1',
      paymentId: 'pay_2',
      network: 'mastercard',
      atMs: NOW + HOUR,
      reading: readingOf({ macCode: '26' }),
    });
    const moved = ask(dueMs, noteAttempt(promised.ledger, wait, NOW + HOUR));
    expect(moved.advice).toMatchObject({ action: 'retry_later', notBeforeMs: NOW + HOUR + 2 * DAY });
    expect(moved.ledger.reservations).toEqual([moved.reservation]);
  });

  test('[RTY-24] is judged anew when it was not used in time', () => {
    const anew = ask(dueMs + HOUR);
    expect(anew.reservation).toMatchObject({ notBeforeMs: NOW + DAY + Math.floor(0.9 * 6 * HOUR) });
    expect(anew.ledger.reservations).toHaveLength(1);
  });
});

test('[RTY-26] without a credential nothing is held', () => {
  const reserved = reserveNext({ ...reserveInputOf(questionOf(attemptOf({ reading: TECHNICAL }))), ledger: null });
  expect(reserved).toMatchObject({ advice: { action: 'retry_now' }, reservation: null });
});
