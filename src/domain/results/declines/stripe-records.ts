// What Stripe's decline codes and error codes mean. Its words are nobody else's, so they hold where no family is told.
import { recordsOf, type DeclineRecord } from './decline-record.ts';

const STRIPE = { family: 'stripe', everywhere: true } as const;

const DECLINES = recordsOf({ ...STRIPE, source: 'Stripe docs, declines/codes', edition: '2026-10-05' }, [
  ['generic_decline do_not_honor call_issuer no_action_taken try_again_later', 'later', 'issuer'],
  ['security_violation service_not_allowed card_declined', 'later', 'issuer'],
  ['card_velocity_exceeded withdrawal_count_limit_exceeded', 'later', 'issuer'],
  ['insufficient_funds pin_try_exceeded', 'later', 'user'],
  ['lost_card stolen_card pickup_card restricted_card fraudulent do_not_try_again', 'never', 'issuer'],
  ['invalid_account transaction_not_allowed not_permitted', 'never', 'issuer'],
  ['card_not_supported currency_not_supported', 'never', 'issuer'],
  ['stop_payment_order revocation_of_authorization revocation_of_all_authorizations', 'never', 'user'],
  // On the merchant's own block list: of the customer, not of the processor or its configuration.
  ['merchant_blacklist', 'never', 'user'],
  ['expired_card incorrect_cvc invalid_cvc incorrect_number invalid_number', 'fix_data', 'user'],
  ['invalid_expiry_month invalid_expiry_year incorrect_zip incorrect_address', 'fix_data', 'user'],
  ['incorrect_pin invalid_pin testmode_decline', 'fix_data', 'user'],
  ['invalid_amount new_account_information_available', 'fix_data', 'issuer'],
  ['authentication_required authentication_not_handled', 'customer_action', 'user'],
  ['mobile_device_authentication_required', 'customer_action', 'user'],
  ['offline_pin_required online_or_offline_pin_required', 'customer_action', 'user'],
  ['approve_with_id reenter_transaction', 'technical', 'issuer'],
  ['issuer_not_available', 'technical', 'network'],
  ['processing_error', 'technical', 'processor', { says: 'an error occurred while processing the card' }],
  ['duplicate_transaction', 'unknown', 'issuer'],
]);

const ERRORS = recordsOf(
  { ...STRIPE, source: 'Stripe docs, error-codes, and the Code enum of stripe-node 23.1.0', edition: '2026-11-21' },
  [
    ['rate_limit', 'technical', 'processor', { says: 'too many requests: this processor takes no more for now' }],
    ['api_key_expired platform_api_key_expired', 'technical', 'merchant_config', { says: 'the API key has expired' }],
    ['account_invalid', 'technical', 'merchant_config', { says: 'the account ID provided is invalid' }],
    ['authentication_error', 'technical', 'merchant_config', { says: 'failure to authenticate in the request' }],
    ['testmode_charges_only', 'technical', 'merchant_config', { says: 'your account has not been activated' }],
    ['tls_version_unsupported', 'technical', 'merchant_config', { says: 'your integration uses an older version' }],
    ['payment_method_unactivated', 'technical', 'merchant_config', { says: 'not activated for your account' }],
    ['payment_method_not_available payment_method_provider_timeout', 'technical', 'network'],
    ['payment_method_provider_decline payment_intent_payment_attempt_failed', 'later', 'issuer'],
    // "You can try to charge this card again after 24 hours."
    ['card_decline_rate_limit_exceeded', 'later', 'issuer', { waitMs: 24 * 3_600_000 }],
    ['payment_method_customer_decline payment_intent_payment_attempt_expired', 'customer_action', 'user'],
    ['payment_intent_authentication_failure setup_intent_authentication_failure', 'customer_action', 'user'],
    ['incorrect_postal_code postal_code_invalid', 'fix_data', 'user'],
    // Of a bank account that is debited.
    ['account_closed bank_account_restricted debit_not_authorized', 'never', 'user'],
  ],
);

const UNANSWERED = recordsOf(
  {
    ...STRIPE,
    source:
      'Stripe docs, error-handling: what leaves the outcome unknown is reconciled before another operation, and while a request is still executing only the same one is sent again',
    edition: '2026-11-21',
  },
  [
    ['api_error', 'unknown', 'processor', { says: 'a temporary problem with Stripe’s servers' }],
    ['api_connection_error', 'unknown', 'network'],
    ['idempotency_key_in_use lock_timeout', 'unknown', 'network'],
  ],
);

const BLOCKED = recordsOf(
  {
    ...STRIPE,
    source: 'Stripe API, charge.outcome.reason: blocked by Radar; support.stripe.com, excessive retries',
    edition: '2026-11-21',
  },
  [['highest_risk_level previously_declined_do_not_retry', 'never', 'issuer']],
);

export const STRIPE_RECORDS: readonly DeclineRecord[] = [...DECLINES, ...ERRORS, ...UNANSWERED, ...BLOCKED];
