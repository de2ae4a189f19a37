// What Visa and Mastercard say of response codes, where it is another thing than ISO 8583 says. Advice codes stand in advice-records.ts.
import { ANY_OTHER_CODE, recordsOf, type DeclineRecord } from './decline-record.ts';

const VISA = {
  family: 'visa',
  everywhere: false,
  source:
    'Visa Core Rules and Visa Product and Service Rules, ID# 0030640, section 7.3.6.3, table 7-2, as IanFoxDev/decline-codes (MIT) read it',
  edition: '2026-04-18',
} as const;
const AI10325 = 'Visa bulletin AI10325, 3 September 2020, as IanFoxDev/decline-codes (MIT) read it';
const RESPONSE_CODES = 'Field 39 of Visa and Mastercard, as response code lists in public repositories give it';
/** On this day 03, 62, 78 and 93 went from category 1 to 2: pages that still call them final are older. */
const MOVED = '2021-04-17';

export const VISA_RECORDS: readonly DeclineRecord[] = [
  ...recordsOf(VISA, [
    ['04 07 12 15 41 43 46 57', 'never', 'issuer', { visaCategory: 1 }],
    ['14 R0 R1 R3', 'never', 'user', { visaCategory: 1 }],
    ['39 52 53 59 61 65 86 5C N3 N4 Z5', 'later', 'issuer', { visaCategory: 2 }],
    ['51 75 9G', 'later', 'user', { visaCategory: 2 }],
    // Category 2 allows a reattempt; who is at fault says that it may go another way at once.
    ['19', 'technical', 'issuer', { visaCategory: 2 }],
    ['91', 'technical', 'network', { visaCategory: 2 }],
    ['96', 'technical', 'processor', { visaCategory: 2, says: 'system malfunction' }],
    ['03', 'technical', 'merchant_config', { visaCategory: 2, holdsFrom: MOVED, says: 'invalid merchant' }],
    ['62 78 93', 'later', 'issuer', { visaCategory: 2, holdsFrom: MOVED }],
    ['83', 'later', 'issuer', { visaCategory: 2, holdsFrom: '2026-07-25' }],
    ['54 55 82 6P N7', 'fix_data', 'user', { visaCategory: 3 }],
    ['70 1A', 'customer_action', 'user', { visaCategory: 3, regions: ['cemea', 'europe'] }],
    ['70 1A', 'customer_action', 'user', { visaCategory: 4 }],
    ['01 05 58 63', 'later', 'issuer', { visaCategory: 4 }],
    ['13', 'fix_data', 'issuer', { visaCategory: 4 }],
    // "All other decline response codes."
    [ANY_OTHER_CODE, 'later', 'issuer', { visaCategory: 4 }],
  ]),
  // "No reason to decline a request for account number verification": a decline with it contradicts itself.
  ...recordsOf({ ...VISA, source: RESPONSE_CODES, edition: '2026-11-21' }, [
    ['85', 'unknown', 'network', { visaCategory: 4 }],
  ]),
  ...recordsOf({ ...VISA, source: AI10325, edition: '2020-04' }, [
    ['03', 'never', 'merchant_config', { visaCategory: 1, says: 'invalid merchant' }],
    ['62 78 93', 'never', 'issuer', { visaCategory: 1 }],
  ]),
];

const TABAPAY = {
  family: 'mastercard',
  everywhere: false,
  source: 'TabaPay developer docs, Merchant Advice Code (the rules themselves are not public)',
  edition: '2026-09-30',
} as const;

export const MASTERCARD_RECORDS: readonly DeclineRecord[] = [
  // Sent with an advice code that says more: each stands here as the mildest that its advice codes allow.
  ...recordsOf(TABAPAY, [
    ['79', 'fix_data', 'issuer'],
    ['82 83', 'later', 'issuer'],
  ]),
  // "Not declined."
  ...recordsOf({ ...TABAPAY, source: RESPONSE_CODES, edition: '2026-11-21' }, [['85', 'unknown', 'network']]),
  ...recordsOf(
    { ...TABAPAY, source: 'Adyen refusal reasons as helpguide.smarthotel.nl explains them', edition: '2026-11-21' },
    // Elsewhere it is a limit on withdrawals; under PSD2 the issuer asks for authentication with it.
    [['65', 'customer_action', 'user', { regions: ['europe'] }]],
  ),
];
