// Words of those who stand between: Hyperswitch's unified codes and error categories, and the ones Signalbox offers its callers.
import { recordsOf, type DeclineRecord } from './decline-record.ts';

export const HYPERSWITCH_RECORDS: readonly DeclineRecord[] = recordsOf(
  {
    family: 'hyperswitch',
    everywhere: true,
    source: 'Hyperswitch docs, unified error codes and error categories',
    edition: '2026-10',
  },
  [
    ['UE_1000 IssueWithPaymentMethod', 'fix_data', 'user'],
    ['UE_2000', 'technical', 'merchant_config', { says: 'configuration' }],
    ['UE_3000', 'technical', 'processor', { says: 'technical issue with the PSP' }],
    ['UE_4000', 'technical', 'merchant_config', { says: 'integration' }],
    ['ProcessorDowntime', 'technical', 'processor', { says: 'one of the two categories that take it out of routing' }],
    ['ProcessorDeclineUnauthorized', 'technical', 'merchant_config', { says: 'the other one of the two' }],
    ['ProcessorDeclineIncorrectData', 'fix_data', 'issuer'],
    ['FrmDecline HardDecline', 'never', 'issuer'],
    ['SoftDecline', 'later', 'issuer'],
    // "Something went wrong": what no rule of Hyperswitch's translates, `card_declined` among it. As a decline that nobody has listed.
    ['UE_9000', 'later', 'issuer'],
  ],
);

export const SIGNALBOX_RECORDS: readonly DeclineRecord[] = recordsOf(
  {
    family: 'signalbox',
    everywhere: true,
    source: 'Signalbox: the words that a caller may use who has no code of a vendor',
    edition: '2026-11-21',
  },
  [
    [
      'processor_unavailable processor_error gateway_error',
      'technical',
      'processor',
      { says: 'it did not do its work' },
    ],
    ['gateway_timeout', 'unknown', 'processor', { says: 'it did not answer in time' }],
    ['invalid_merchant', 'technical', 'merchant_config', { says: 'it does not know the merchant' }],
    ['merchant_not_enabled', 'technical', 'merchant_config', { says: 'the merchant may not do this there' }],
    ['merchant_account_closed', 'technical', 'merchant_config', { says: 'the merchant’s account is closed' }],
    ['voucher_expired qr_code_expired', 'customer_action', 'user'],
  ],
);
