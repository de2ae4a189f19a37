// What M-Pesa's and MTN MoMo's codes mean for a payment that the customer approves on a telephone.
import { recordsOf, type DeclineRecord } from './decline-record.ts';

const READ = '2026-11-21';
const MINUTE_MS = 60_000;

const DARAJA = { family: 'mpesa', everywhere: false } as const;

export const MPESA_RECORDS: readonly DeclineRecord[] = [
  ...recordsOf(
    {
      ...DARAJA,
      source: 'Safaricom Daraja STK push result codes, as paylod.dev/docs/errors explains them',
      edition: READ,
    },
    [
      ['1', 'customer_action', 'user'],
      ['1019', 'customer_action', 'user'],
      // Another session of the customer's is open; "retry after 1-3 minutes".
      ['1001', 'later', 'user', { waitMs: 3 * MINUTE_MS }],
      ['26', 'technical', 'processor', { says: 'rejected because the system was busy', waitMs: MINUTE_MS / 2 }],
      // Its explanations differ: the receiver's side, or a text that is too long.
      ['17 1025 9999', 'technical', 'network', { waitMs: MINUTE_MS / 2 }],
    ],
  ),
  ...recordsOf(
    {
      ...DARAJA,
      source: 'Safaricom Daraja, as ronnyabuto/daraja-error-codes and kenzobe.com explain it',
      edition: '2026-03-24',
    },
    [
      // 2001 is a wrong PIN of the customer's when money is asked for (and wrong initiator credentials when it is sent).
      ['1032 1037 2001', 'customer_action', 'user'],
      ['401.003.01 404.001.03', 'technical', 'merchant_config', { says: 'the access token is invalid or expired' }],
    ],
  ),
  ...recordsOf(
    {
      ...DARAJA,
      source: 'Safaricom Daraja docs, M-Pesa Express, result codes, as a public copy of the page gives them',
      edition: READ,
    },
    [
      // Below the least and above the most that may be paid at once.
      ['2 3', 'fix_data', 'issuer'],
      // "Would exceed the customer's daily transfer limit."
      ['4', 'later', 'user'],
      ['8', 'technical', 'merchant_config', { says: 'would exceed the Pay Bill or Till account’s balance limit' }],
      ['2028', 'technical', 'merchant_config', { says: 'either the TransactionType or PartyB is incorrect' }],
      // "The customer should contact Customer Care."
      ['8006', 'customer_action', 'user'],
      // Processed successfully, which is no decline.
      ['0', 'unknown', 'network'],
    ],
  ),
  ...recordsOf(
    {
      ...DARAJA,
      source: 'Safaricom Daraja docs, B2C, reversal and account balance result codes, as public copies give them',
      edition: READ,
    },
    [
      // The party that is debited is the customer where money is asked for.
      ['11', 'customer_action', 'user'],
      ['20', 'technical', 'merchant_config', { says: 'unresolved initiator: its username cannot be found' }],
      ['21', 'technical', 'merchant_config', { says: 'the initiator is not allowed to initiate this request' }],
      ['100000000', 'unknown', 'network'],
    ],
  ),
];

export const MTN_MOMO_RECORDS: readonly DeclineRecord[] = recordsOf(
  {
    family: 'mtn_momo',
    everywhere: false,
    source: 'MTN MoMo developer portal, common errors, as api-evangelist/mtn-group lists them',
    edition: '2026-07-25',
  },
  [
    ['NOT_ENOUGH_FUNDS COULD_NOT_PERFORM_TRANSACTION EXPIRED', 'customer_action', 'user'],
    ['REJECTED APPROVAL_REJECTED', 'customer_action', 'user'],
    ['PAYER_LIMIT_REACHED', 'later', 'user'],
    ['PAYER_NOT_FOUND', 'fix_data', 'user'],
    // "Predominantly occurs due to insufficient customer funds": its name would have the platform shed for them.
    ['INTERNAL_PROCESSING_ERROR', 'customer_action', 'issuer'],
    ['SERVICE_UNAVAILABLE', 'technical', 'processor', { says: 'the wallet platform is temporarily unavailable' }],
    ['PAYEE_NOT_FOUND', 'technical', 'merchant_config', { says: 'the number being paid is not registered' }],
    ['PAYEE_NOT_ALLOWED_TO_RECEIVE', 'technical', 'merchant_config', { says: 'target wallet may not receive this' }],
    ['NOT_ALLOWED', 'technical', 'merchant_config', { says: 'the authenticated account is restricted' }],
    ['NOT_ALLOWED_TARGET_ENVIRONMENT', 'technical', 'merchant_config', { says: 'no permitted market' }],
    ['INVALID_CALLBACK_URL_HOST', 'technical', 'merchant_config', { says: 'callback host is not the registered one' }],
    ['INVALID_CURRENCY', 'technical', 'merchant_config', { says: 'currency not supported on the target wallet' }],
    ['PENDING ONGOING DELAYED', 'unknown', 'network'],
  ],
);
