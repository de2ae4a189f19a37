// Which digit strings are card numbers: issuer ranges and lengths of the networks, and the check digit of ISO/IEC 7812-1; and what a network is called.

export interface CardRange {
  readonly network: string;
  /** First and last issuer prefix, of equal length, both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly lengths: readonly number[];
  readonly source: string;
}

const IIN_LIST = 'Wikipedia, Payment card number, IIN table (read 2026-11)';
const BRAINTREE = 'braintree/credit-card-type, card type table (read 2026-11)';

const LONG = [16, 17, 18, 19];
const MAESTRO = [12, 13, 14, 15, 16, 17, 18, 19];

const range = (network: string, prefixes: string, lengths: readonly number[], source: string): CardRange[] =>
  prefixes.split(' ').map((prefix) => {
    const [from, to] = prefix.split('-') as [string, string?];
    return { network, from, to: to ?? from, lengths, source };
  });

/**
 * Maestro is held to the prefixes it names as its own: the whole of 50 and 56-69 at 12 digits would take every tenth Colombian
 * telephone number (57 and ten digits) for a card.
 */
export const CARD_RANGES: readonly CardRange[] = [
  ...range('visa', '4', [13, 16, 19], IIN_LIST),
  ...range('mastercard', '51-55 2221-2720', [16], IIN_LIST),
  ...range('amex', '34 37', [15], IIN_LIST),
  ...range('discover', '6011 644-649 65', LONG, IIN_LIST),
  ...range('diners', '300-305 3095 36 38-39', [14, 15, 16, 17, 18, 19], IIN_LIST),
  ...range('jcb', '3528-3589', LONG, IIN_LIST),
  ...range('unionpay', '62 8100-8171', LONG, IIN_LIST),
  ...range('maestro', '5018 5020 5038 5893 6304 6759 6761-6763', MAESTRO, IIN_LIST),
  ...range('elo', '504175 506699-506778 509000-509999 627780 636297 636368 650031-655058', [16], BRAINTREE),
  ...range('hipercard', '384100 384140 384160 606282 637095 637568 637599 637609 637612', [16], BRAINTREE),
  ...range('rupay', '508 60 65 81-82', [16], IIN_LIST),
  ...range('mir', '2200-2204', LONG, IIN_LIST),
  ...range('verve', '506099-506198 507865-507964 650002-650027', [16, 18, 19], IIN_LIST),
  ...range('troy', '9792', [16], IIN_LIST),
];

/** Longest name that anybody gives a network; what is longer is nobody's, and costs nothing. */
const NAME_LENGTH_MAX = 64;
/** Words for a card of whichever network. */
const ANY_CARD = /^(credit|debit|prepaid)?_?(card)?$|^(unknown|other|none|n_?\/?_?a)$/;
const AMEX = /^(amex|american_?express)/;
/** Adyen says `mc`, Mercado Pago `master` and `debmaster`, Visa's debit brands are Electron and V PAY; Maestro and Cirrus are Mastercard's. */
const MASTERCARD = /master|maestro|cirrus|^mc(_|$|debit|credit|prepaid)/;
const VISA = /visa|^v_?pay|^electron/;

/**
 * The network whose rules hold, however callers and vendors write its name: `Master Card`, `mc` and `MASTERCARD_DEBIT` are `mastercard`. A rail keeps
 * its own name. `null`: none is named, or more than one.
 */
export function networkNamed(name: string | null): string | null {
  if (name === null || name.length > NAME_LENGTH_MAX) return null;
  const word = name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  if (ANY_CARD.test(word)) return null;
  const [isVisa, isMastercard] = [VISA.test(word), MASTERCARD.test(word)];
  if (isVisa && isMastercard) return null;
  if (isVisa) return 'visa';
  if (isMastercard) return 'mastercard';
  return AMEX.test(word) ? 'amex' : word;
}

export const CARD_DIGITS_MIN = 12;
export const CARD_DIGITS_MAX = 19;

const rangesByFirstDigit: readonly (readonly CardRange[])[] = Array.from({ length: 10 }, (_, digit) =>
  CARD_RANGES.filter(({ from, to }) => Number(from[0]) <= digit && digit <= Number(to[0])),
);

/** `digits` are ASCII digits only. */
export function isCardNumber(digits: string): boolean {
  if (digits.length < CARD_DIGITS_MIN || digits.length > CARD_DIGITS_MAX) return false;
  return networkOf(digits) !== null && checkDigitHolds(digits);
}

/** The first network whose prefix and length fit, check digit aside. */
export function networkOf(digits: string): string | null {
  const ranges = rangesByFirstDigit[digits.charCodeAt(0) - 48] ?? [];
  const found = ranges.find(({ from, to, lengths }) => {
    const prefix = digits.slice(0, from.length);
    return prefix >= from && prefix <= to && lengths.includes(digits.length);
  });
  return found?.network ?? null;
}

/** ISO/IEC 7812-1, annex B (Luhn). */
function checkDigitHolds(digits: string): boolean {
  let sum = 0;
  for (let fromRight = 0; fromRight < digits.length; fromRight++) {
    const digit = digits.charCodeAt(digits.length - 1 - fromRight) - 48;
    const weighted = fromRight % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
