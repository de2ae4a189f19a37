// What Adyen's refusal reasons mean, by name and by number. The numbers are its own and hold only where Adyen is told to speak.
import { normalCode, recordsOf, type DeclineRecord, type RowMeaning } from './decline-record.ts';

const ADYEN = {
  family: 'adyen',
  source: 'Adyen docs, development-resources/refusal-reasons',
  edition: '2026-11-21',
} as const;

type Reason = readonly [number: number, name: string, ...meaning: RowMeaning];

const REASONS: readonly Reason[] = [
  [2, 'Refused', 'later', 'issuer'],
  [3, 'Referral', 'later', 'issuer'],
  [4, 'Acquirer Error', 'technical', 'processor', { says: 'an error occurred on the acquirer’s end' }],
  [5, 'Blocked Card', 'never', 'issuer'],
  [6, 'Expired Card', 'fix_data', 'user'],
  [7, 'Invalid Amount', 'fix_data', 'issuer'],
  [8, 'Invalid Card Number', 'fix_data', 'user'],
  [9, 'Issuer Unavailable', 'technical', 'network'],
  [10, 'Not supported', 'never', 'issuer'],
  [11, '3D Not Authenticated', 'customer_action', 'user'],
  [12, 'Not enough balance', 'later', 'user'],
  [14, 'Acquirer Fraud', 'never', 'issuer'],
  [15, 'Cancelled', 'customer_action', 'user'],
  [16, 'Shopper Cancelled', 'customer_action', 'user'],
  [17, 'Invalid Pin', 'fix_data', 'user'],
  [18, 'Pin tries exceeded', 'later', 'user'],
  [19, 'Pin validation not possible', 'technical', 'issuer'],
  [20, 'FRAUD', 'never', 'issuer'],
  // "Not submitted correctly" does not say by whom.
  [21, 'Not Submitted', 'technical', 'network'],
  [22, 'FRAUD-CANCELLED', 'never', 'issuer'],
  [23, 'Transaction Not Permitted', 'never', 'issuer'],
  [24, 'CVC Declined', 'fix_data', 'user'],
  [25, 'Restricted Card', 'never', 'issuer'],
  [26, 'Revocation Of Auth', 'never', 'user'],
  [27, 'Declined Non Generic', 'later', 'issuer'],
  [28, 'Withdrawal amount exceeded', 'later', 'issuer'],
  [29, 'Withdrawal count exceeded', 'later', 'issuer'],
  [31, 'Issuer Suspected Fraud', 'later', 'issuer'],
  [32, 'AVS Declined', 'fix_data', 'user'],
  [33, 'Card requires online pin', 'customer_action', 'user'],
  [34, 'No checking account available on Card', 'later', 'issuer'],
  [35, 'No savings account available on Card', 'later', 'issuer'],
  [36, 'Mobile pin required', 'customer_action', 'user'],
  [37, 'Contactless fallback', 'customer_action', 'user'],
  [38, 'Authentication required', 'customer_action', 'user'],
  [39, 'RReq not received from DS', 'technical', 'network'],
  [41, 'CVM Required Restart Payment', 'customer_action', 'user'],
  [42, '3DS Authentication Error', 'customer_action', 'issuer'],
  [43, 'Online PIN required', 'customer_action', 'user'],
  [44, 'Try another interface', 'customer_action', 'user'],
  [45, 'Chip downgrade mode', 'customer_action', 'user'],
  [46, 'Transaction blocked by Adyen to prevent excessive retry fees', 'never', 'issuer'],
];

export const ADYEN_RECORDS: readonly DeclineRecord[] = [
  ...recordsOf(
    { ...ADYEN, everywhere: false },
    REASONS.map(([number, , ...meaning]) => [String(number), ...meaning]),
  ),
  ...recordsOf(
    { ...ADYEN, everywhere: true },
    REASONS.map(([, name, ...meaning]) => [normalCode(name), ...meaning]),
  ),
];
