import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  A,
  attemptOf,
  B,
  C,
  DAY,
  HOUR,
  inputOf,
  ledgerOf,
  NOW,
  policyOf,
  questionOf,
  readingOf,
  reserveInputOf,
  SOFT,
} from './sample-question.ts';
import { adviseNext } from '../../../src/domain/retries/advise-next.ts';
import {
  ATTEMPTS_MAX,
  EMPTY_LEDGER,
  nextExpiryMs,
  noteAttempt,
  prunedLedger,
  RESERVATIONS_MAX,
  withReservation,
  type CredentialLedger,
} from '../../../src/domain/retries/credential-ledger.ts';
import { readLedger, writeLedger } from '../../../src/domain/retries/stored-ledger.ts';
import { attemptId, type LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';
import { reserveNext } from '../../../src/domain/retries/reserve-next.ts';

const telling: fc.Arbitrary<LedgerAttempt> = fc
  .record({
    id: fc.constantFrom('a:1', 'a:2', 'b:3', 'b:4'),
    paymentId: fc.constantFrom(null, 'pay_1', 'pay_2'),
    processorId: fc.constantFrom(A, B),
    network: fc.constantFrom(null, 'visa'),
    atMs: fc.integer({ min: NOW - DAY, max: NOW }),
    outcome: fc.constantFrom('not_sent', 'unknown', 'failed', 'declined', 'approved', 'voided'),
    reading: fc.constantFrom(null, SOFT, readingOf({ macCode: '24' }), readingOf({ visaCategory: 1 })),
  })
  .map(attemptOf);

describe('noting', () => {
  test('[RTY-1] what is kept is dropped after 31 days, and with the last of it the ledger', () => {
    const ledger = ledgerOf([attemptOf({ id: 'a:1', atMs: NOW - 31 * DAY }), attemptOf({ id: 'a:2', atMs: NOW })]);
    expect(nextExpiryMs(ledger)).toBe(NOW + 1);
    expect(prunedLedger(ledger, NOW)).toBe(ledger);
    expect(prunedLedger(ledger, NOW + 1).attempts.map(({ id }) => id)).toEqual(['a:2']);
    expect(nextExpiryMs(prunedLedger(ledger, NOW + 31 * DAY + 1))).toBeNull();
  });

  test('[RTY-1] it is stored as short JSON with a format number, and read back the same', () => {
    fc.assert(
      fc.property(fc.array(telling, { maxLength: 20 }), (attempts) => {
        const ledger = reserveNext({ ...reserveInputOf(questionOf(attemptOf())), ledger: ledgerOf(attempts) }).ledger;
        expect(readLedger(writeLedger(ledger))).toEqual(ledger);
      }),
    );
    const full = ledgerOf(
      Array.from({ length: ATTEMPTS_MAX }, (_, index) => attemptOf({ id: `processor_a:txn_${index}` })),
    );
    expect(writeLedger(full).length).toBeLessThan(20_000);
    expect(JSON.parse(writeLedger(full))).toMatchObject({ format: 1 });
  });

  test('[RTY-1] a format of newer code is refused', () => {
    expect(() => readLedger('{"format":2,"attempts":[],"reservations":[],"incompleteUntilMs":0}')).toThrow('format 2');
  });

  test('[RTY-2] tellings of the same attempts end in the same ledger in any order and however often', () => {
    fc.assert(
      fc.property(fc.array(telling, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (tellings, order) => {
        const keyed = [...tellings, ...tellings].map((each) => ({ each, key: order.next().value as number }));
        const shuffled = keyed.sort((one, other) => one.key - other.key).map(({ each }) => each);
        expect(ledgerOf(shuffled)).toEqual(ledgerOf(tellings));
      }),
    );
  });

  test('[RTY-2] an attempt is what the last of its outcomes says', () => {
    const told = [
      attemptOf({ outcome: 'declined', atMs: NOW + 5 }),
      attemptOf({ outcome: 'unknown', network: null, atMs: NOW }),
      attemptOf({ outcome: 'approved', paymentId: null, atMs: NOW + 9 }),
    ];
    expect(ledgerOf(told).attempts).toEqual([
      { ...attemptOf({ outcome: 'approved', atMs: NOW }), followsForgotten: false, promisedAfter: null },
    ]);
  });

  test('[RTY-3] an attempt that comes late counts at its own time', () => {
    const ledger = ledgerOf([attemptOf({ id: 'a:2', atMs: NOW }), attemptOf({ id: 'a:1', atMs: NOW - 3 * DAY })]);
    expect(ledger.attempts.map(({ id }) => id)).toEqual(['a:1', 'a:2']);
    const { ceiling } = adviseNext(inputOf(questionOf(ledger.attempts[1]!), { ledger }));
    expect(ceiling).toMatchObject({ used: 1 });
  });

  test('[RTY-10] that an issuer said never is kept for 400 days, also of an attempt that is told too late to be kept itself', () => {
    const ledger = ledgerOf([attemptOf({ atMs: NOW - 40 * DAY, reading: readingOf({ visaCategory: 1 }) })]);
    expect(ledger).toMatchObject({ attempts: [], forbiddenAtMs: NOW - 30 * DAY });
    expect(nextExpiryMs(ledger)).toBe(NOW + 370 * DAY + 1);
    expect(prunedLedger(ledger, NOW + 370 * DAY)).toBe(ledger);
    expect(prunedLedger(ledger, NOW + 370 * DAY + 1)).toEqual(EMPTY_LEDGER);
  });

  test('[RTY-5] a reattempt stays one when the decline before it is no longer kept', () => {
    const ledger = ledgerOf([
      attemptOf({ id: 'a:1', atMs: NOW - 31 * DAY }),
      attemptOf({ id: 'a:2', atMs: NOW - DAY / 2 }),
    ]);
    expect(prunedLedger(ledger, NOW + 1).attempts).toMatchObject([{ id: 'a:2', followsForgotten: false }]);
    const followed = noteAttempt(ledger, attemptOf({ id: 'a:3', atMs: NOW - 29 * DAY }), NOW);
    const pruned = prunedLedger(followed, NOW + 1);
    expect(pruned.attempts).toMatchObject([{ id: 'a:3', followsForgotten: true }, { followsForgotten: false }]);
    expect(readLedger(writeLedger(pruned))).toEqual(pruned);
  });

  test('[RTY-3] one that is older than 31 days is not kept', () => {
    expect(ledgerOf([attemptOf({ atMs: NOW - 31 * DAY - 1 })])).toEqual(EMPTY_LEDGER);
  });
});

describe('bounds', () => {
  const many = (count: number, given: Partial<LedgerAttempt>) =>
    Array.from({ length: count }, (_, index) =>
      attemptOf({ id: `a:${index}`, paymentId: null, atMs: NOW - DAY + index, ...given }),
    );

  test('[RTY-4] approvals that followed no decline make room first, and nothing is lost by it', () => {
    const first = attemptOf({ id: 'a:decline', atMs: NOW - 2 * DAY, amountMinor: 1 });
    const ledger = ledgerOf([first, ...many(2 * ATTEMPTS_MAX, { outcome: 'approved' })]);
    expect(ledger.attempts).toHaveLength(ATTEMPTS_MAX);
    expect(ledger.attempts[0]).toMatchObject(first);
    expect(ledger.incompleteUntilMs).toBe(0);
  });

  test('[RTY-4] where a decline has to go, everything is refused as long as it would have counted', () => {
    const ledger = ledgerOf(many(ATTEMPTS_MAX + 1, {}));
    expect(ledger.attempts).toHaveLength(ATTEMPTS_MAX);
    expect(ledger.incompleteUntilMs).toBe(NOW - DAY + 31 * DAY);
    const question = questionOf(attemptOf({ acceptor: 'other' }));
    expect(adviseNext(inputOf(question, { ledger })).ruleId).toBe('ledger_incomplete');
    const later = { ...question, attempt: { ...question.attempt, atMs: NOW + 31 * DAY } };
    expect(adviseNext(inputOf(later, { ledger, now: NOW + 31 * DAY })).action).toBe('retry_later');
  });

  test('[RTY-4] more than 32 promises at once are not given', () => {
    let ledger: CredentialLedger = EMPTY_LEDGER;
    const actions = Array.from({ length: RESERVATIONS_MAX + 1 }, (_, index) => {
      const attempt = attemptOf({ id: `a:${index}`, paymentId: `pay_${index}`, acceptor: `acceptor_${index}` });
      const reserved = reserveNext({ ...reserveInputOf(questionOf(attempt)), ledger, requestId: `req_${index}` });
      ledger = reserved.ledger;
      return reserved.advice.ruleId;
    });
    expect(actions.filter((rule) => rule === 'soft_decline')).toHaveLength(RESERVATIONS_MAX);
    expect(actions.at(-1)).toBe('ledger_incomplete');
  });
});

describe('promised slots', () => {
  const promised = reserveNext(
    reserveInputOf(questionOf(attemptOf({ reading: readingOf({ visaCategory: 4 }) })), { nextTransactionId: 'txn_2' }),
  );
  const result = attemptOf({ id: attemptId(B, 'txn_2'), processorId: B, atMs: NOW + HOUR });

  test('[RTY-24] are taken by the result of the attempt they were promised to', () => {
    expect(promised.reservation).toMatchObject({ processorId: B, attemptId: 'processor_b:txn_2', notBeforeMs: NOW });
    const settled = noteAttempt(promised.ledger, result, NOW + HOUR);
    expect(settled.reservations).toEqual([]);
    expect(settled.attempts).toHaveLength(2);
  });

  const unnamed = reserveNext(reserveInputOf(questionOf(attemptOf({ reading: readingOf({ visaCategory: 4 }) }))));
  const next = { ...result, atMs: NOW };
  test.each<[string, CredentialLedger, Partial<LedgerAttempt>, number]>([
    ['the promised id', promised.ledger, {}, 0],
    ['the promised id at an alternative', promised.ledger, { id: 'processor_c:txn_2', processorId: C }, 0],
    ['another id than was told', promised.ledger, { id: 'processor_b:another' }, 1],
    ['any id, where none was told', unnamed.ledger, {}, 0],
    ['any id at an alternative', unnamed.ledger, { id: 'processor_c:txn_2', processorId: C }, 1],
    ['an attempt that was never sent', unnamed.ledger, { outcome: 'not_sent', reading: null }, 0],
    ['a clock that is five minutes behind', unnamed.ledger, { atMs: NOW - 300_000 }, 0],
    ['an attempt that began before its time', unnamed.ledger, { atMs: NOW - 300_001 }, 1],
    ['the attempt that was asked about', unnamed.ledger, { id: 'processor_a:txn_1', processorId: A }, 1],
    ['an attempt of another payment', unnamed.ledger, { paymentId: 'pay_2' }, 1],
    ['an attempt of no payment that was told', unnamed.ledger, { paymentId: null }, 1],
  ])('[RTY-28] told of %s, a promise is taken or left', (...row) => {
    const [, ledger, given, left] = row;
    expect(noteAttempt(ledger, { ...next, ...given }, NOW + HOUR).reservations).toHaveLength(left);
  });

  test('[RTY-28] the merchant tells of the payment what a webhook told without it; what the payment had before takes nothing', () => {
    const byWebhook = noteAttempt(unnamed.ledger, { ...next, paymentId: null }, NOW + HOUR);
    expect(noteAttempt(byWebhook, next, NOW + HOUR)).toMatchObject({ reservations: [], attempts: [{}, {}] });
    const before = reserveNext({
      ...reserveInputOf(questionOf(attemptOf({ reading: readingOf({ visaCategory: 4 }) }))),
      ledger: ledgerOf([{ ...next, atMs: NOW - 1 }]),
    });
    expect(noteAttempt(before.ledger, { ...next, outcome: 'approved', reading: null }, NOW).reservations).toHaveLength(
      1,
    );
  });

  test('[RTY-28] without ids two attempts of a payment are counted as two, and a third is asked for and given', () => {
    const policy = policyOf({ hopsMax: 2 });
    const generic = readingOf({ visaCategory: 4 });
    let ledger: CredentialLedger = EMPTY_LEDGER;
    let processorId = A;
    const used = [0, 1, 2].map((index) => {
      const now = NOW + index * 1_000;
      const attempt = attemptOf({
        id: attemptId(processorId, `txn_${index}`),
        processorId,
        atMs: now,
        reading: generic,
      });
      const input = { ...reserveInputOf(questionOf(attempt)), policy, now, requestId: `req_${index}` };
      const { advice, ...reserved } = reserveNext({ ...input, ledger });
      ledger = reserved.ledger;
      processorId = advice.processorId!;
      expect(advice.ruleId).toBe('generic_decline');
      expect(ledger.reservations).toHaveLength(1);
      return advice.ceiling?.used;
    });
    // Reattempts, before the one that is promised.
    expect(used).toEqual([0, 1, 2]);
  });

  test('[RTY-24] lapse a day after they had to be used, and the result that comes later still counts', () => {
    const { useByMs, lapsesAtMs } = promised.reservation!;
    expect([useByMs - NOW, lapsesAtMs - NOW]).toEqual([15 * 60_000, DAY + 15 * 60_000]);
    expect(prunedLedger(promised.ledger, lapsesAtMs - 1).reservations).toHaveLength(1);
    const lapsed = prunedLedger(promised.ledger, lapsesAtMs);
    expect(lapsed.reservations).toEqual([]);
    expect(noteAttempt(lapsed, result, lapsesAtMs).attempts).toHaveLength(2);
    expect(nextExpiryMs(withReservation(EMPTY_LEDGER, promised.reservation!))).toBe(lapsesAtMs);
  });
});
