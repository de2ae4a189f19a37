import { describe, expect, test } from 'vitest';
import { ADVICE_RECORDS } from '../../../src/domain/results/declines/advice-records.ts';
import { adviceOf } from '../../../src/domain/retries/network-rules.ts';
import { ledgerAttemptOf, type ToldAttempt } from '../../../src/domain/retries/told-attempt.ts';
import { A, NOW } from './sample-question.ts';

const toldOf = (given: Partial<ToldAttempt>): ToldAttempt => ({
  processorId: A,
  transactionId: 'txn_1',
  paymentId: null,
  result: 'declined',
  declineCode: null,
  networkDeclineCode: null,
  adviceCode: null,
  network: null,
  family: null,
  amountMinor: 5_000,
  currency: 'EUR',
  atMs: NOW,
  ...given,
});
const readingOf = (given: Partial<ToldAttempt>) => ledgerAttemptOf(toldOf(given)).reading;

describe('[NXT-15] advice codes have one table', () => {
  const mastercard = ADVICE_RECORDS.filter(({ family }) => family === 'mastercard');

  test('fifteen of Mastercard ask for something, each as its record says', () => {
    expect(mastercard.filter(({ code }) => adviceOf(code) !== null)).toHaveLength(15);
    for (const { code, class: adviceClass, waitMs, cardKind } of mastercard) {
      const advice = adviceOf(code);
      if (adviceClass === 'never') expect(advice).toEqual({ asks: 'never' });
      else if (adviceClass === 'later') expect(advice).toEqual({ asks: 'wait', waitMs });
      else if (adviceClass === 'fix_data') expect(advice).toEqual({ asks: 'new_data' });
      else expect(advice?.asks ?? null).toBe(cardKind === null ? null : 'tells');
    }
  });

  test.each([null, '99', '', 'constructor', 'TRY_AGAIN_LATER'])('%j is none of them', (code) => {
    expect(adviceOf(code)).toBeNull();
  });
});

describe('[NXT-16] an attempt as it is told', () => {
  test.each([
    ['approved', 'approved'],
    ['declined', 'declined'],
    ['error', 'failed'],
    ['timeout', 'unknown'],
    ['not_sent', 'not_sent'],
    ['voided', 'voided'],
  ] as const)('%s is %s in the ledger', (result, outcome) => {
    expect(ledgerAttemptOf(toldOf({ result, network: 'VISA' }))).toMatchObject({
      id: 'processor_a:txn_1',
      outcome,
      network: 'visa',
      acceptor: 'main',
    });
  });

  test("Mastercard's advice code is kept as such, Visa's of one digit is its category, a vendor's its own advice", () => {
    expect(readingOf({ network: 'mastercard', declineCode: '05', adviceCode: '24' })).toMatchObject({
      macCode: '24',
      processorAdvice: null,
      waitMs: 3_600_000,
    });
    expect(readingOf({ network: 'visa', adviceCode: '1' })).toMatchObject({ visaCategory: 1, macCode: null });
    expect(readingOf({ family: 'stripe', adviceCode: 'try_again_later' })).toMatchObject({
      macCode: null,
      processorAdvice: 'try_again_later',
    });
  });

  test('what nobody has listed is a decline without advice, and no never of the issuer', () => {
    expect(readingOf({ network: 'amex', declineCode: 'qqq_qqq' })).toMatchObject({ class: 'later', waitMs: null });
    expect(readingOf({ network: 'visa', declineCode: '04' })).toMatchObject({ class: 'never', visaCategory: 1 });
  });

  test('what never left the processor or was cancelled says nothing of its issuer', () => {
    for (const result of ['not_sent', 'voided', 'approved'] as const)
      expect(readingOf({ result, declineCode: '04', network: 'visa' })).toBeNull();
  });
});
