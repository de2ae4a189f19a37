// What banks say of transfers and vouchers: ISO 20022 in general, the SPI of PIX, PSE, and OXXO. The customer pays, the processor receives.
import { recordsOf, type DeclineRecord } from './decline-record.ts';

const READ = '2026-11-21';

export const ISO_20022_RECORDS: readonly DeclineRecord[] = [
  ...recordsOf(
    {
      family: 'iso20022',
      everywhere: true,
      source: 'ISO 20022 ExternalStatusReason1Code, as @taprsvp/iso20022_external_codes 1.0.1 lists it',
      edition: READ,
    },
    [
      ['AB01 AB02 AB03 AB04 AB05 AB06 AB07 AB08 AB09 AB10 AB11', 'technical', 'network'],
      ['AC01 AC02', 'fix_data', 'user'],
      ['AC04 AC05 AG01 AG03', 'never', 'issuer'],
      ['AC06 AM02 AM14', 'later', 'issuer'],
      ['AC03 AC07', 'technical', 'merchant_config', { says: 'creditor account number invalid, missing or closed' }],
      ['AM04', 'later', 'user'],
      ['AM05', 'unknown', 'issuer'],
    ],
  ),
  ...recordsOf(
    {
      family: 'iso20022',
      everywhere: true,
      source: 'STET PSD2 API 1.6.3, StatusReasonInformation (ISO 20022 names)',
      edition: READ,
    },
    [
      ['CUST DS02 NOAS', 'customer_action', 'user'],
      ['FRAD', 'never', 'issuer'],
      ['MS03', 'later', 'issuer'],
      ['DUPL', 'unknown', 'issuer'],
    ],
  ),
];

/**
 * The receiving user of a payment is the merchant, and the receiving participant their processor; the debtor's agent is the customer's bank.
 * What the customer's bank wrote wrongly is `issuer`. AM04 is an empty account of that bank at the central bank, not of the customer.
 */
export const PIX_RECORDS: readonly DeclineRecord[] = [
  ...recordsOf(
    {
      family: 'pix',
      everywhere: false,
      source:
        'Banco Central do Brasil, SPI message catalogue, pacs.002 1.14, as Woovi docs (error-codes-payment) list it',
      edition: READ,
    },
    [
      ['AB03 AB11 ED05 AGNT DS27 RC10', 'technical', 'network'],
      ['AB09', 'technical', 'processor', { says: 'stopped by an error at the receiving user’s participant' }],
      ['AC03', 'technical', 'merchant_config', { says: 'the receiving user’s account does not exist' }],
      ['AC06 AC07', 'technical', 'merchant_config', { says: 'the receiving user’s account is blocked or closed' }],
      ['AC14 AG03', 'technical', 'merchant_config', { says: 'the receiving user’s account does not take this type' }],
      ['AM02', 'technical', 'merchant_config', { says: 'exceeds the limit of the credited account’s type' }],
      ['BE01 CH11', 'technical', 'merchant_config', { says: 'the receiving user’s CPF/CNPJ is wrong' }],
      ['AM04 DS04', 'later', 'issuer'],
      ['AG12 AM12 BE05 BE15 CH16 DS0G DT02 FF07 FF08 RC09', 'technical', 'issuer'],
      ['AM01', 'fix_data', 'issuer'],
      // A QR code that is rejected was paid, withdrawn or has expired: the customer needs a new one.
      ['BE17 UPAY', 'customer_action', 'issuer'],
      ['CN01', 'never', 'user'],
      ['FRAD RR04', 'never', 'issuer'],
      ['DUPL', 'unknown', 'issuer'],
    ],
  ),
  ...recordsOf(
    {
      family: 'pix',
      everywhere: false,
      source:
        'Banco Central do Brasil, SPI message catalogue, pacs.002 1.14, reasons with their comments, as a public code list gives them',
      edition: READ,
    },
    [
      // Answers to a return: the payment that was to be given back stands.
      ['AG13 AM09 DT05 SL02', 'unknown', 'network'],
      // The number of transactions in the message, or who serves the withdrawal, was written wrongly by the payer's bank.
      ['AM18 MD01', 'technical', 'issuer'],
      // Accepted for execution by the payer's bank, and not settled yet.
      ['ACSP', 'unknown', 'network'],
    ],
  ),
  ...recordsOf(
    { family: 'pix', everywhere: false, source: 'Woovi docs, webhook OPENPIX:CHARGE_EXPIRED', edition: READ },
    [['expired', 'customer_action', 'user']],
  ),
];

export const PSE_RECORDS: readonly DeclineRecord[] = recordsOf(
  {
    family: 'pse',
    everywhere: false,
    source:
      'ACH Colombia PSE, transaction states and createTransactionPayment return codes (WSDL), with the messages of its annex 1.2',
    edition: READ,
  },
  [
    ['NOT_AUTHORIZED', 'customer_action', 'issuer'],
    ['FAILED FAIL_BANKNOTEXISTSORDISABLED FAIL_BANKUNREACHEABLE', 'technical', 'network'],
    ['FAIL_NOTCONFIRMEDBYBANK FAIL_CANNOTGETCURRENTCYCLE FAIL_GENERICERROR', 'technical', 'network'],
    ['PENDING FAIL_TIMEOUT FAIL_INVALIDTRAZABILITYCODE', 'unknown', 'network'],
    ['FAIL_ENTITYNOTEXISTSORDISABLED', 'technical', 'merchant_config', { says: 'the collecting company is disabled' }],
    ['FAIL_SERVICENOTEXISTS', 'technical', 'merchant_config', { says: 'the company’s service does not exist' }],
    ['FAIL_SERVICENOTEXISTSORNOTCONFIGURED', 'technical', 'merchant_config', { says: 'service not configured' }],
    ['FAIL_TRANSACTIONNOTALLOWED', 'later', 'issuer'],
    ['FAIL_INVALIDAMOUNT FAIL_INVALIDAMOUNTORVATAMOUNT FAIL_EXCEEDEDLIMIT', 'fix_data', 'issuer'],
    ['FAIL_DISABLEDUSEREMAIL', 'fix_data', 'user'],
  ],
);

export const OXXO_RECORDS: readonly DeclineRecord[] = recordsOf(
  {
    family: 'oxxo',
    everywhere: false,
    source: 'Stripe docs, payments/oxxo/accept-a-payment: an unpaid voucher expires after 1 to 7 days',
    edition: READ,
  },
  [['expired voucher_expired', 'customer_action', 'user']],
);
