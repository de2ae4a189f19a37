import { expect, test } from 'vitest';
import { readDecline } from '../../../src/domain/results/declines/read-decline.ts';
import { spokenFamily } from '../../../src/domain/results/declines/spoken-family.ts';
import { TRANSACTION_STATUSES } from './fixtures/orders.ts';

const SPEAKER = {
  networkCode: null,
  adviceCode: null,
  network: 'mastercard',
  family: spokenFamily(null, 'mercado-pago'),
  region: null,
  at: Date.UTC(2026, 10, 21),
};
const meaningOf = (code: string) => {
  const { class: declineClass, fault, listed } = readDecline({ ...SPEAKER, result: 'declined', code })!;
  return { declineClass, fault, listed };
};
const DECLINES = TRANSACTION_STATUSES.filter(({ kinds }) => kinds.includes('declined')).map(({ detail }) => detail);

test.each([
  ['bad_filled_card_data', 'cc_rejected_bad_filled_other'],
  ['card_disabled', 'cc_rejected_card_disabled'],
  ['card_insufficient_amount', 'cc_rejected_insufficient_amount'],
  ['high_risk', 'cc_rejected_high_risk'],
  ['insufficient_amount', 'cc_rejected_insufficient_amount'],
  ['invalid_installments', 'cc_rejected_invalid_installments'],
  ['max_attempts_exceeded', 'cc_rejected_max_attempts'],
  ['rejected_by_issuer', 'cc_rejected_other_reason'],
  ['rejected_other_reason', 'cc_rejected_other_reason'],
  ['required_call_for_authorize', 'cc_rejected_call_for_authorize'],
])('[CON-48] %s of an order means what %s of a payment means', (ofOrder, ofPayment) => {
  expect(DECLINES).toContain(ofOrder);
  expect(meaningOf(ofOrder)).toEqual(meaningOf(ofPayment));
});

test.each([
  ['amount_limit_exceeded', 'later', 'issuer'],
  ['invalid_card_token', 'fix_data', 'user'],
  ['pending_challenge', 'customer_action', 'user'],
])('[CON-48] %s, which payments have no word for, is %s of %s', (code, declineClass, fault) => {
  expect(DECLINES).toContain(code);
  expect(meaningOf(code)).toEqual({ declineClass, fault, listed: true });
});

test('[CON-48] of all documented declines only those without a reason are not listed', () => {
  expect(DECLINES.filter((code) => !meaningOf(code).listed)).toEqual(['failed', 'in_review']);
});

test('[CON-48] an error of processing is technical and the processor’s', () => {
  expect(readDecline({ ...SPEAKER, result: 'error', code: 'processing_error' })).toMatchObject({
    class: 'technical',
    fault: 'processor',
    ruleId: 'mercado_pago:processing_error',
  });
});
