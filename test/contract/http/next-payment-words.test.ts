// POST /api/v1/payments/next by the words that callers really send: codes and networks however they are written, and tellings that are corrected.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Asking, askingOf, declined } from './next-payment-question.ts';
import { createCaller } from '../../harness/http-caller.ts';

let advised: Asking['advised'];
beforeEach(async () => {
  ({ advised } = askingOf(await createCaller()));
});

const rule = ({ action, rule_id }: Record<string, unknown>): string => `${String(action)} ${String(rule_id)}`;

describe('[RTY-32] an error is what its code says', () => {
  test.each([
    ['timeout', undefined, 'reconcile outcome_unknown'],
    ['idempotency_key_in_use', 'stripe', 'reconcile outcome_unknown'],
    ['lock_timeout', 'stripe', 'reconcile outcome_unknown'],
    ['api_connection_error', undefined, 'reconcile outcome_unknown'],
    ['read ETIMEDOUT', 'adyen', 'reconcile outcome_unknown'],
    ['authentication_required', 'stripe', 'customer_action customer_first'],
    ['expired_card', 'stripe', 'fix_data correct_data_first'],
    ['54', undefined, 'fix_data correct_data_first'],
    ['51', undefined, 'retry_later soft_decline'],
    ['insufficient_funds', 'stripe', 'stop no_advice'],
    ['lost_card', 'stripe', 'stop issuer_said_never'],
    ['processing_error', 'stripe', 'retry_now technical_failure'],
    ['never_heard_of', undefined, 'retry_now technical_failure'],
  ])('%s of %s: %s', async (code, family, expected) => {
    expect(rule(await advised({ result: 'error', decline_code: code, processor_family: family }))).toBe(expected);
  });
});

describe('[RTY-31] a card is held to its network however that is written', () => {
  test.each(['mc', 'Master Card', 'master', 'MASTERCARD_DEBIT', 'maestro', ' mastercard', undefined])(
    'MAC 03 on %s ends all attempts with the card',
    async (network) => {
      const never = declined({ network, decline_code: '05', advice_code: '03' });
      expect(rule(await advised(never))).toBe('stop issuer_said_never');
      const other = { transaction_id: 'ord_2-1', payment_id: 'ord_2' };
      expect(rule(await advised(other))).toBe('stop credential_blocked');
    },
  );

  test('MAC 03 that is dated fourteen months back forbids the card all the same', async () => {
    const dated = { ...declined({ network: 'mastercard', advice_code: '03' }), timestamp: '2025-01-01T00:00:00Z' };
    expect(rule(await advised(dated))).toBe('stop issuer_said_never');
    expect(rule(await advised({ transaction_id: 'ord_2-1', payment_id: 'ord_2' }))).toBe('stop credential_blocked');
  });

  test('an edition of Visa’s is named for Visa Electron', async () => {
    const json = await advised(declined({ network: 'Visa Electron', decline_code: '51' }));
    expect(json).toMatchObject({ action: 'retry_later', ceiling: { rule_id: 'visa_reattempts_30d' } });
  });
});

describe('[RTY-29] a later telling', () => {
  test('of an error that turns out to be unanswered is reconciled', async () => {
    await advised({ result: 'error' });
    expect(rule(await advised({ result: 'timeout' }))).toBe('reconcile outcome_unknown');
    expect(rule(await advised({ transaction_id: 'ord_1-2' }))).toBe('reconcile other_attempt_unknown');
  });

  test.each([
    [{ result: 'not_sent' }, 'retry_now not_sent'],
    [{ result: 'error' }, 'retry_now technical_failure'],
    [declined({ decline_code: '51' }), 'retry_later soft_decline'],
  ])('settles what nobody could say: %o', async (settling, expected) => {
    await advised({ result: 'timeout' });
    expect(rule(await advised(settling))).toBe(expected);
  });

  test.each([
    [{ result: 'not_sent' }, 'retry_now not_sent'],
    [{ result: 'error' }, 'retry_now technical_failure'],
    [declined({ decline_code: '51' }), 'retry_later soft_decline'],
  ])('settles a decline that came too late to be sure: %o', async (settling, expected) => {
    expect(rule(await advised(declined({ decline_code: '68' })))).toBe('reconcile outcome_unknown');
    expect(rule(await advised(settling))).toBe(expected);
  });
});

describe('[RTY-30] a duplicate', () => {
  const duplicate = declined({ transaction_id: 'ord_1-2', decline_code: 'duplicate_transaction' });

  test('names the other attempt of the payment, and ends when that is approved', async () => {
    await advised(declined({ decline_code: '51' }));
    expect(await advised(duplicate)).toMatchObject({
      action: 'reconcile',
      rule_id: 'duplicate_of_other',
      transaction_id: 'ord_1-1',
    });
    await advised({ result: 'approved' });
    expect(rule(await advised(duplicate))).toBe('stop already_approved');
  });

  test('of which no other is known names itself, and is settled by what is told next', async () => {
    expect(await advised(duplicate)).toMatchObject({ action: 'reconcile', transaction_id: 'ord_1-2' });
    expect(rule(await advised({ transaction_id: 'ord_1-2', result: 'not_sent' }))).toBe('retry_now not_sent');
  });
});

describe('[RTY-33] "not now" of a rail or processor is advice', () => {
  test.each([
    [{ decline_code: 'try_again_later', processor_family: 'stripe', network: 'amex' }, 'retry_later soft_decline'],
    [{ decline_code: '1001', processor_family: 'mpesa', network: 'mpesa' }, 'retry_later issuer_said_wait'],
    [{ decline_code: '4', network: 'MPESA' }, 'retry_later soft_decline'],
    [{ decline_code: 'generic_decline', processor_family: 'stripe', network: 'amex' }, 'stop no_advice'],
    [{ decline_code: '00' }, 'reconcile outcome_unknown'],
    [{ decline_code: '85' }, 'reconcile outcome_unknown'],
  ])('%o: %s', async (codes, expected) => {
    expect(rule(await advised(declined(codes)))).toBe(expected);
  });
});
