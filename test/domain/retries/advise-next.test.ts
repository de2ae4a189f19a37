import { describe, expect, test } from 'vitest';
import { adviceOn, A, attemptOf, B, DAY, HOUR, NOW, policyOf, readingOf, SOFT, TECHNICAL } from './sample-question.ts';
import type {
  AdviceInput,
  NextAction,
  RetryQuestion,
  RetryRuleId,
} from '../../../src/domain/retries/retry-question.ts';
import { attemptId, type DeclineReading, type LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';

interface Case {
  readonly name: string;
  readonly attempt: Partial<LedgerAttempt>;
  readonly question?: Partial<RetryQuestion>;
  readonly input?: Partial<AdviceInput>;
  readonly past?: readonly LedgerAttempt[];
  readonly expected: readonly [NextAction, RetryRuleId, waitMs: number | null];
}

function check(cases: readonly Case[]): void {
  test.each(cases)('$name', ({ attempt, expected, ...given }) => {
    const advice = adviceOn(attemptOf(attempt), given);
    const waitMs = advice.notBeforeMs === null ? null : advice.notBeforeMs - NOW;
    expect([advice.action, advice.ruleId, waitMs]).toEqual(expected);
  });
}

const mac = (macCode: string, given: Partial<DeclineReading> = {}): Partial<LedgerAttempt> => ({
  network: 'mastercard',
  reading: readingOf({ macCode, ...given }),
});

describe('never', () => {
  const never = ['stop', 'issuer_said_never', null] as const;
  check([
    {
      name: '[RTY-10] Visa category 1 ends all attempts',
      attempt: { reading: readingOf({ visaCategory: 1 }) },
      expected: never,
    },
    { name: '[RTY-10] MAC 03 ends all attempts', attempt: mac('03'), expected: never },
    { name: '[RTY-10] MAC 21 ends all attempts', attempt: mac('21'), expected: never },
    {
      name: '[RTY-10] MAC 03 on a technical decline ends all attempts',
      attempt: mac('03', { class: 'technical' }),
      expected: never,
    },
    {
      name: '[RTY-10] corrected data do not bring a category 1 back',
      attempt: { reading: readingOf({ visaCategory: 1, class: 'fix_data' }) },
      question: { remedied: { data: true, customer: true } },
      expected: never,
    },
    {
      name: '[RTY-10] the class never ends the payment',
      attempt: { reading: readingOf({ class: 'never', visaCategory: 4 }) },
      expected: never,
    },
    {
      name: '[RTY-10] so does the processor that advises against it',
      attempt: { reading: readingOf({ processorAdvice: 'do_not_try_again' }) },
      expected: ['stop', 'processor_said_never', null],
    },
    {
      name: '[RTY-10] a category 1 of another payment at another processor blocks the credential',
      attempt: {},
      past: [
        attemptOf({
          id: 'b:1',
          paymentId: 'pay_2',
          processorId: B,
          acceptor: 'other',
          atMs: NOW - 29 * DAY,
          reading: readingOf({ visaCategory: 1 }),
        }),
      ],
      expected: ['stop', 'credential_blocked', null],
    },
    {
      name: '[RTY-10] a MAC 03 on an approval blocks nothing',
      attempt: {},
      past: [
        attemptOf({
          id: 'b:1',
          paymentId: 'pay_2',
          outcome: 'approved',
          atMs: NOW - DAY,
          reading: readingOf({ macCode: '03' }),
        }),
      ],
      expected: ['retry_later', 'soft_decline', DAY],
    },
    {
      name: '[RTY-14] an approved attempt is not repeated',
      attempt: { outcome: 'approved' },
      expected: ['stop', 'already_approved', null],
    },
  ]);
});

describe('waits', () => {
  const waits: readonly [string, number][] = [
    ['24', HOUR],
    ['25', DAY],
    ['26', 2 * DAY],
    ['27', 4 * DAY],
    ['28', 6 * DAY],
    ['29', 8 * DAY],
    ['30', 10 * DAY],
    ['02', 3 * DAY],
  ];
  check(
    waits.map(([code, waitMs]) => ({
      name: `[RTY-11] MAC ${code} waits ${waitMs / HOUR} h`,
      attempt: mac(code),
      expected: ['retry_later', 'issuer_said_wait', waitMs] as const,
    })),
  );
  check([
    {
      name: '[RTY-11] the spread only ever adds to the wait',
      attempt: mac('24'),
      input: { draw: 0.5 },
      expected: ['retry_later', 'issuer_said_wait', HOUR + 3 * HOUR],
    },
    {
      name: '[RTY-11] a wait that is over asks for no other',
      attempt: { ...mac('24'), atMs: NOW - 2 * HOUR },
      expected: ['retry_now', 'issuer_said_wait', 0],
    },
    {
      name: '[RTY-11] the wait of one payment holds for every other with the credential, also a technical one',
      attempt: { network: 'mastercard', reading: TECHNICAL },
      past: [attemptOf({ id: 'b:1', paymentId: 'pay_2', atMs: NOW - DAY, ...mac('27') })],
      expected: ['retry_later', 'issuer_said_wait', 3 * DAY],
    },
    {
      name: '[RTY-11] a wait that the reading itself names holds as well',
      attempt: { reading: readingOf({ visaCategory: 2, waitMs: 5 * HOUR }) },
      expected: ['retry_later', 'issuer_said_wait', 5 * HOUR],
    },
    { name: '[RTY-16] a soft decline waits a day', attempt: {}, expected: ['retry_later', 'soft_decline', DAY] },
    {
      name: '[RTY-16] and up to six hours more, by the draw',
      attempt: {},
      input: { draw: 0.5 },
      expected: ['retry_later', 'soft_decline', DAY + 3 * HOUR],
    },
    {
      name: '[RTY-16] a generic decline goes to another processor at once',
      attempt: { reading: readingOf({ visaCategory: 4 }) },
      expected: ['retry_now', 'generic_decline', 0],
    },
    {
      name: '[RTY-16] where there is no other it waits like a soft one',
      attempt: { reading: readingOf({ visaCategory: 4 }) },
      question: { eligibleProcessors: [A] },
      expected: ['retry_later', 'generic_decline', DAY],
    },
  ]);
});

describe('somebody has to do something first', () => {
  const data = { remedied: { data: true, customer: false } };
  check([
    {
      name: '[RTY-12] Visa category 3 asks for corrected data',
      attempt: { reading: readingOf({ visaCategory: 3 }) },
      expected: ['fix_data', 'correct_data_first', null],
    },
    {
      name: '[RTY-12] with corrected data it is tried again',
      attempt: { reading: readingOf({ visaCategory: 3 }) },
      question: data,
      expected: ['retry_now', 'remedied', 0],
    },
    {
      name: '[RTY-12] MAC 01 asks for new data',
      attempt: mac('01'),
      expected: ['fix_data', 'correct_data_first', null],
    },
    {
      name: '[RTY-12] MAC 04 asks for what the token lacks',
      attempt: mac('04'),
      expected: ['fix_data', 'correct_data_first', null],
    },
    {
      name: '[RTY-12] confirm_card_data asks for corrected data',
      attempt: { reading: readingOf({ processorAdvice: 'confirm_card_data' }) },
      expected: ['fix_data', 'correct_data_first', null],
    },
    {
      name: '[RTY-12] MAC 40 asks for another card',
      attempt: mac('40'),
      expected: ['customer_action', 'card_will_not_do', null],
    },
    {
      name: '[RTY-12] MAC 41 asks for another card',
      attempt: mac('41'),
      expected: ['customer_action', 'card_will_not_do', null],
    },
    {
      name: '[RTY-12] MAC 43 only describes the card, which is no leave to retry',
      attempt: mac('43'),
      expected: ['stop', 'no_advice', null],
    },
    {
      name: '[RTY-12] the customer is asked where the issuer wants them',
      attempt: { reading: readingOf({ class: 'customer_action', visaCategory: 2 }) },
      expected: ['customer_action', 'customer_first', null],
    },
    {
      name: '[RTY-12] once the customer has acted it is tried again',
      attempt: { reading: readingOf({ class: 'customer_action', visaCategory: 2 }) },
      question: { remedied: { data: false, customer: true } },
      expected: ['retry_now', 'remedied', 0],
    },
    {
      name: '[RTY-13] an issuer decline without advice is not retried',
      attempt: { network: 'amex', reading: readingOf() },
      expected: ['stop', 'no_advice', null],
    },
    {
      name: '[RTY-13] nor is one that nobody could read',
      attempt: { reading: null },
      expected: ['stop', 'no_advice', null],
    },
    {
      name: '[RTY-13] unless the merchant says so',
      attempt: { network: 'amex', reading: readingOf() },
      input: { policy: policyOf({ retriesWithoutAdvice: true }) },
      expected: ['retry_later', 'soft_decline', DAY],
    },
    {
      name: '[RTY-13] the processor saying try_again_later is advice',
      attempt: { network: 'amex', reading: readingOf({ processorAdvice: 'try_again_later' }) },
      expected: ['retry_later', 'soft_decline', DAY],
    },
  ]);
});

describe('unknown outcomes', () => {
  const unknown = { outcome: 'unknown' } as const;
  const cancels = policyOf({ processors: { [A]: { vendor: null, ceilings: {}, reliableCancel: true } } });
  const override = { by: 'ana', reason: 'the acquirer confirmed by phone', auditId: 'aud_1' };
  check([
    {
      name: '[RTY-14] an unknown outcome is reconciled, after 40 s',
      attempt: unknown,
      expected: ['reconcile', 'outcome_unknown', 40_000],
    },
    {
      name: '[RTY-14] it stays so however old it is',
      attempt: { ...unknown, atMs: NOW - 30 * DAY },
      expected: ['reconcile', 'outcome_unknown', 0],
    },
    {
      name: '[RTY-14] a reading of class unknown counts as one',
      attempt: { outcome: 'failed', reading: readingOf({ class: 'unknown', fault: 'processor' }) },
      expected: ['reconcile', 'outcome_unknown', 40_000],
    },
    {
      name: '[RTY-14] a reliable cancel allows void_then_retry',
      attempt: unknown,
      input: { policy: cancels },
      expected: ['void_then_retry', 'outcome_unknown', 40_000],
    },
    {
      name: '[RTY-14] once it is voided it is tried again',
      attempt: { outcome: 'voided' },
      expected: ['retry_now', 'voided', 0],
    },
    {
      name: '[RTY-14] an audited override sends another attempt',
      attempt: unknown,
      question: { override },
      expected: ['retry_now', 'unknown_overridden', 0],
    },
    {
      name: '[RTY-14] an override without its place in the audit log does not',
      attempt: unknown,
      question: { override: { ...override, auditId: ' ' } },
      expected: ['reconcile', 'outcome_unknown', 40_000],
    },
    {
      name: '[RTY-14] another attempt of the payment that is unknown is reconciled first',
      attempt: {},
      past: [attemptOf({ id: 'b:1', processorId: B, outcome: 'unknown', atMs: NOW - HOUR })],
      expected: ['reconcile', 'other_attempt_unknown', 0],
    },
    {
      name: '[RTY-14] an unknown attempt of another payment is none of this one',
      attempt: {},
      past: [attemptOf({ id: 'b:1', paymentId: 'pay_2', processorId: B, outcome: 'unknown', atMs: NOW - HOUR })],
      expected: ['retry_later', 'soft_decline', DAY],
    },
    {
      name: '[RTY-14] a payment that was approved at another attempt is not tried again',
      attempt: {},
      past: [attemptOf({ id: 'b:1', processorId: B, outcome: 'approved', atMs: NOW - HOUR })],
      expected: ['stop', 'already_approved', null],
    },
    {
      name: '[RTY-14] what a webhook settled meanwhile goes before what the caller still believes',
      attempt: unknown,
      past: [attemptOf({ outcome: 'approved' })],
      expected: ['stop', 'already_approved', null],
    },
  ]);

  test('[RTY-14] the advice names the attempt that is unknown, whichever was told', () => {
    const other = attemptOf({ id: attemptId(B, 'ord_1'), processorId: B, outcome: 'unknown', atMs: NOW - 10_000 });
    expect(adviceOn(attemptOf({}), { past: [other] })).toMatchObject({
      action: 'reconcile',
      processorId: B,
      transactionId: 'ord_1',
      notBeforeMs: NOW + 30_000,
    });
    expect(adviceOn(attemptOf({ ...unknown, id: attemptId(A, 'ord_2') }))).toMatchObject({
      processorId: A,
      transactionId: 'ord_2',
    });
  });

  test('[RTY-14] an override is marked as a risk of a double charge, and nothing else is', () => {
    expect(adviceOn(attemptOf(unknown), { question: { override } }).doubleChargeRisk).toBe(true);
    expect(adviceOn(attemptOf({ outcome: 'voided' })).doubleChargeRisk).toBe(false);
  });

  test('[RTY-14] to reconcile is to ask the processor of the attempt', () => {
    expect(adviceOn(attemptOf({ ...unknown, processorId: B })).processorId).toBe(B);
  });
});

describe('what is not retried at all', () => {
  check([
    {
      name: '[RTY-26] an attempt that ended more than 30 days ago',
      attempt: { atMs: NOW - 30 * DAY - 1 },
      expected: ['stop', 'attempt_too_old', null],
    },
    {
      name: '[RTY-26] one whose wait would end later than that',
      attempt: { ...mac('30'), atMs: NOW },
      past: [attemptOf({ id: 'b:1', paymentId: 'pay_2', atMs: NOW, reading: readingOf({ waitMs: 31 * DAY }) })],
      expected: ['stop', 'attempt_too_old', null],
    },
    {
      name: '[RTY-26] an issuer decline of a card without a fingerprint',
      attempt: {},
      input: { ledger: null },
      expected: ['stop', 'no_credential_ledger', null],
    },
    {
      name: '[RTY-26] a technical failure of it is',
      attempt: { reading: TECHNICAL },
      input: { ledger: null },
      expected: ['retry_now', 'technical_failure', 0],
    },
    {
      name: '[RTY-26] what is no card needs no fingerprint',
      attempt: { network: null, reading: readingOf({ processorAdvice: 'try_again_later' }) },
      question: { credential: { kind: 'none' } },
      input: { ledger: null },
      expected: ['retry_later', 'soft_decline', DAY],
    },
  ]);
});

test('[RTY-27] every advice names its rule, its edition and how much of the tightest ceiling is used', () => {
  const advice = adviceOn(attemptOf({ reading: SOFT }), {
    past: [attemptOf({ id: 'a:0', paymentId: 'pay_0', atMs: NOW - HOUR })],
  });
  expect(advice.ceiling).toEqual({
    ruleId: 'visa_reattempts_30d',
    edition: '2026-04-18',
    windowMs: 30 * DAY,
    max: 15,
    used: 1,
    left: 14,
  });
  expect(advice.explanation).toBe(
    'The issuer cannot approve at this time. Visa limits reattempts after a decline within 30 days. 1 of 15 are used (edition 2026-04-18).',
  );
});
