// Who is to blame for a result: a small cited table over decline codes, and a default by kind of result where it says nothing.
// Only `processor` and `merchant_config` reach a breaker, so a code is listed as one of these only where its source is plain about it.
import type { Fault, ResultKind } from './canonical-result.ts';

export interface FaultRecord {
  /** In the form `normalCode` gives them. */
  readonly codes: readonly string[];
  /** Card networks, lower case, for which the record holds; `null`: any. The same two characters mean different things per network. */
  readonly networks: readonly string[] | null;
  readonly fault: Exclude<Fault, 'none'>;
  readonly source: string;
}

const ISO_8583 =
  'ISO 8583:1987 field 39, as listed by readme.io/card-present errors and Lyra acquirer codes (read 2026-11)';
const STRIPE = 'Stripe docs, declines/codes (edition read 2026-10-05)';
const STRIPE_ERRORS =
  'Stripe error types and error codes, as its Terminal SDK and OpenAPI enums list them (read 2026-11)';
const ADYEN = 'Adyen docs, development-resources/refusal-reasons (read 2026-11)';
const VISA = 'Visa Core Rules, edition 2026-04-18, ID# 0030640, Table 7-2';
const OURS = 'Signalbox: the word a caller uses for a processor that did not do its work';

export const FAULT_RECORDS: readonly FaultRecord[] = [
  { codes: ['processing_error'], networks: null, fault: 'processor', source: STRIPE },
  { codes: ['acquirer_error'], networks: null, fault: 'processor', source: ADYEN },
  { codes: ['96'], networks: null, fault: 'processor', source: ISO_8583 },
  { codes: ['api_error', 'rate_limit'], networks: null, fault: 'processor', source: STRIPE_ERRORS },
  {
    codes: ['processor_unavailable', 'processor_error', 'gateway_timeout', 'gateway_error'],
    networks: null,
    fault: 'processor',
    source: OURS,
  },
  { codes: ['issuer_not_available'], networks: null, fault: 'network', source: STRIPE },
  { codes: ['issuer_unavailable'], networks: null, fault: 'network', source: ADYEN },
  { codes: ['68', '91'], networks: null, fault: 'network', source: ISO_8583 },
  { codes: ['03'], networks: null, fault: 'merchant_config', source: ISO_8583 },
  {
    codes: ['api_key_expired', 'account_invalid', 'authentication_error'],
    networks: null,
    fault: 'merchant_config',
    source: STRIPE_ERRORS,
  },
  {
    codes: ['invalid_merchant', 'merchant_not_enabled', 'merchant_account_closed'],
    networks: null,
    fault: 'merchant_config',
    source: OURS,
  },
  {
    codes: ['expired_card', 'incorrect_cvc', 'incorrect_number', 'incorrect_pin', 'incorrect_zip', 'incorrect_address'],
    networks: null,
    fault: 'user',
    source: STRIPE,
  },
  {
    codes: [
      'invalid_cvc',
      'invalid_expiry_month',
      'invalid_expiry_year',
      'invalid_number',
      'invalid_pin',
      'pin_try_exceeded',
    ],
    networks: null,
    fault: 'user',
    source: STRIPE,
  },
  {
    codes: ['authentication_required', 'offline_pin_required', 'online_or_offline_pin_required'],
    networks: null,
    fault: 'user',
    source: STRIPE,
  },
  { codes: ['cvc_declined', 'invalid_card_number', 'shopper_cancelled'], networks: null, fault: 'user', source: ADYEN },
  { codes: ['14', '33', '54', '55', '75'], networks: null, fault: 'user', source: ISO_8583 },
  { codes: ['82', 'n7'], networks: ['visa'], fault: 'user', source: VISA },
];

const longestCode = Math.max(...FAULT_RECORDS.flatMap((record) => record.codes.map((code) => code.length)));

const faultByCode = new Map<string, FaultRecord['fault']>(
  FAULT_RECORDS.flatMap(({ codes, networks, fault }) =>
    codes.flatMap((code) =>
      networks === null ? [[code, fault] as const] : networks.map((network) => [`${network}:${code}`, fault] as const),
    ),
  ),
);

/** Lower case, with spaces and dashes as underscores: `Issuer Unavailable` is `issuer_unavailable`. */
export function normalCode(code: string): string {
  return code
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

/** `network` is the card network where it is known, e.g. `visa`; its own record goes before the general one. */
export function faultOf(result: ResultKind, declineCode: string | null, network: string | null): Fault {
  if (result === 'approved' || result === 'refunded' || result === 'disputed') return 'none';
  const byDefault = result === 'declined' ? 'issuer' : 'processor';
  if (declineCode === null || declineCode.length > 2 * longestCode) return byDefault;
  const code = normalCode(declineCode);
  const ofNetwork = network === null ? undefined : faultByCode.get(`${normalCode(network)}:${code}`);
  return ofNetwork ?? faultByCode.get(code) ?? byDefault;
}
