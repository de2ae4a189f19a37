// What the processors of Latin America say in words of their own: Mercado Pago's status details and PayU's response codes.
import { recordsOf, type DeclineRecord } from './decline-record.ts';

const MERCADO_PAGO = {
  family: 'mercado_pago',
  source: 'Mercado Pago docs, reasons-for-rejection and collection results (status_detail)',
  edition: '2026-11-21',
} as const;

const MERCADO_PAGO_ORDERS = {
  family: 'mercado_pago',
  everywhere: false,
  source:
    'Mercado Pago docs, Orders: transaction status (status_detail); Point: status of a transaction, integration test',
  edition: '2026-11-21',
} as const;

export const MERCADO_PAGO_RECORDS: readonly DeclineRecord[] = [
  ...recordsOf({ ...MERCADO_PAGO, everywhere: true }, [
    ['cc_rejected_other_reason cc_rejected_card_error', 'later', 'issuer'],
    ['cc_rejected_insufficient_amount', 'later', 'user'],
    ['cc_rejected_bad_filled_card_number cc_rejected_bad_filled_date', 'fix_data', 'user'],
    ['cc_rejected_bad_filled_security_code cc_rejected_bad_filled_other', 'fix_data', 'user'],
    ['cc_rejected_invalid_installments', 'fix_data', 'issuer'],
    ['cc_rejected_call_for_authorize cc_rejected_card_disabled', 'customer_action', 'issuer'],
    ['cc_rejected_high_risk cc_rejected_blacklist cc_rejected_max_attempts', 'never', 'issuer'],
    ['cc_rejected_card_type_not_allowed', 'never', 'issuer'],
    ['cc_rejected_duplicated_payment', 'unknown', 'issuer'],
    // "We are processing your payment": told within two working days.
    ['pending_contingency pending_review_manual offline_process', 'unknown', 'network'],
  ]),
  ...recordsOf({ ...MERCADO_PAGO, everywhere: false }, [
    ['insufficient_amount', 'later', 'user'],
    ['bad_filled_card_data', 'fix_data', 'user'],
    ['expired', 'customer_action', 'user'],
  ]),
  // Orders have words of their own for what payments call `cc_rejected_...`. `failed` and `in_review` give no reason, and are not listed.
  ...recordsOf(MERCADO_PAGO_ORDERS, [
    ['rejected_by_issuer rejected_other_reason amount_limit_exceeded', 'later', 'issuer'],
    ['card_insufficient_amount', 'later', 'user'],
    ['invalid_card_token', 'fix_data', 'user'],
    ['invalid_installments', 'fix_data', 'issuer'],
    ['required_call_for_authorize card_disabled', 'customer_action', 'issuer'],
    ['pending_challenge 3ds_challenge_expired', 'customer_action', 'user'],
    ['high_risk max_attempts_exceeded', 'never', 'issuer'],
    ['processing_error', 'technical', 'processor', { says: 'a technical problem or an error in the system' }],
  ]),
];

export const PAYU_RECORDS: readonly DeclineRecord[] = recordsOf(
  {
    family: 'payu',
    everywhere: true,
    source: 'PayU Latam docs, response codes and variables',
    edition: '2026-11-21',
  },
  [
    ['entity_declined payment_network_rejected bank_fraud_rejected', 'later', 'issuer'],
    ['exceeded_amount not_accepted_transaction', 'later', 'issuer'],
    ['insufficient_funds', 'later', 'user'],
    ['antifraud_rejected restricted_card invalid_transaction', 'never', 'issuer'],
    ['invalid_card expired_card invalid_expiration_date_or_security_code', 'fix_data', 'user'],
    ['contact_the_entity credit_card_not_authorized_for_internet_transactions', 'customer_action', 'issuer'],
    ['expired_transaction', 'customer_action', 'user'],
    ['repeat_transaction', 'technical', 'issuer'],
    ['bank_unreachable entity_messaging_error digital_certificate_not_found', 'technical', 'network'],
    ['payment_network_no_connection', 'technical', 'network'],
    ['internal_payment_provider_error', 'technical', 'processor', { says: 'an error in the system processing it' }],
    ['inactive_payment_provider', 'technical', 'processor', { says: 'the payment provider was not active' }],
    ['payment_network_no_response payment_network_bad_response', 'unknown', 'network'],
    // Part of the money was taken and is to be given back: nothing else may be tried before that is done.
    ['invalid_response_partial_approval', 'unknown', 'issuer'],
    ['pending_transaction_review pending_transaction_confirmation', 'unknown', 'network'],
    ['pending_transaction_transmission', 'unknown', 'network'],
  ],
);
