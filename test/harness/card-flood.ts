// Card numbers in every spelling and place that a payload has, and a search of its own for what is left of them afterwards.
import { CARD_RANGES } from '../../src/domain/results/card-networks.ts';
import { pick, type Draw } from '../connectors/signature-cases.ts';

/** Published test numbers of networks and processors. */
const TEST_CARDS = [
  '4111111111111111',
  '4242424242424242',
  '5555555555554444',
  '2223003122003222',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '30569309025904',
  '36227206271667',
  '3566002020360505',
  '6200000000000005',
  '6205500000000000004',
  '6759649826438453',
];

/** Test cards, and numbers in the networks' ranges as wallets draw them for a device. */
export function drawCards(count: number, draw: Draw): readonly string[] {
  const cards = new Set(TEST_CARDS);
  const ranges = CARD_RANGES.filter(({ lengths }) => lengths.some((length) => length >= 13));
  while (cards.size < count) {
    const { from, lengths } = pick(ranges, draw);
    const length = pick(
      lengths.filter((each) => each >= 13),
      draw,
    );
    const digits = from + Array.from({ length: length - 1 - from.length }, () => Math.floor(draw() * 10)).join('');
    cards.add(digits + checkDigitOf(digits));
  }
  return [...cards];
}

/** ISO/IEC 7812-1, annex B. */
function checkDigitOf(digits: string): number {
  let sum = 0;
  for (const [at, digit] of [...digits].reverse().entries()) {
    const weighted = at % 2 === 0 ? Number(digit) * 2 : Number(digit);
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return (10 - (sum % 10)) % 10;
}

/** Zeros of scripts, for digits and for reading them back. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6, 0xff10, 0x1d7ce, 0x1d7f6];

const inFours = (digits: string, separator: string): string => digits.replace(/(.{4})(?=.)/g, `$1${separator}`);
const inScript = (digits: string, zero: number): string =>
  digits.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

type Spelling = (digits: string, draw: Draw) => string;

/** In characters that a header and a query can carry too. */
const PLAIN_SPELLINGS: readonly Spelling[] = [
  (digits) => digits,
  (digits) => inFours(digits, ' '),
  (digits) => inFours(digits, '-'),
  (digits) => inFours(digits, '.'),
  (digits) => inFours(digits, '_'),
  (digits) => [...digits].join(' '),
  (digits) => Buffer.from(digits).toString('base64'),
  (digits) => Buffer.from(`pan ${inFours(digits, ' ')} exp 12/29`).toString('base64url'),
  (digits) => `card ${digits}, exp 12/29`,
  (digits) => `{"pan":"${digits}"}`,
];
const SPELLINGS: readonly Spelling[] = [
  ...PLAIN_SPELLINGS,
  (digits) => inFours(digits, '\u00a0'),
  (digits) => inFours(digits, ' \u2013 '),
  (digits) => inFours(digits, '\u200b'),
  (digits, draw) => inScript(digits, pick(ZEROS, draw)),
  (digits, draw) => inScript(inFours(digits, '-'), pick(ZEROS, draw)),
  (digits) => `Pagó con ${inFours(digits, ' ')} ayer.`,
];

export const spelled = (digits: string, draw: Draw): string => pick(SPELLINGS, draw)(digits, draw);
export const spelledPlainly = (digits: string, draw: Draw): string => pick(PLAIN_SPELLINGS, draw)(digits, draw);

/** JSON that has the number at one place of it: in a text, as a number, as a name, nested, or in a list. */
export function plantedJson(value: object, digits: string, draw: Draw): string {
  return JSON.stringify(planted(value, digits, draw)).replaceAll(NUMBER_MARK, '$1');
}

/** What a double would round is written by hand. */
const NUMBER_MARK = /"number:(\d+)"/g;

function planted(value: object, digits: string, draw: Draw): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  const holder = pick(holdersOf(copy), draw);
  const names = Object.keys(holder);
  const text = spelled(digits, draw);
  const way = draw();
  if (way < 0.45 && names.length > 0) holder[pick(names, draw)] = text;
  else if (way < 0.55 && names.length > 0) holder[pick(names, draw)] = `number:${digits}`;
  else if (way < 0.65) holder[text] = true;
  else if (way < 0.8) holder['metadata'] = { customer: { cards: [{ note: text }] } };
  else if (way < 0.9) holder['notes'] = ['first', [text]];
  else holder['reference'] = text;
  return copy;
}

function holdersOf(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(holdersOf);
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner];
}

/** As a double keeps it, which tells all but the last digits of a long one. */
export const asDouble = (digits: string): string => String(Number(digits));

/** Which of the numbers can be read out of the text, in any of the spellings. */
export function leftOf(text: string, wanted: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  const cards = new Set([...wanted, ...[...wanted].map(asDouble)]);
  searchDigits(text, cards, found);
  for (const [token] of text.matchAll(/[A-Za-z0-9+/_-]{16,}/g))
    searchDigits(Buffer.from(token, 'base64').toString('latin1'), cards, found);
  return [...found];
}

function searchDigits(text: string, cards: ReadonlySet<string>, found: Set<string>): void {
  const ascii = text.replace(/[\u0080-\u{10ffff}]/gu, (character) => digitOf(character.codePointAt(0)!));
  const joined = ascii.replace(/(?<=\d)[^0-9A-Za-z"'{}[\],:]{1,3}(?=\d)/g, '');
  for (const [run] of joined.matchAll(/\d{13,}/g)) {
    for (let from = 0; from + 13 <= run.length; from += 1)
      for (let length = 13; length <= 19 && from + length <= run.length; length += 1) {
        const digits = run.slice(from, from + length);
        if (cards.has(digits)) found.add(digits);
      }
  }
}

function digitOf(code: number): string {
  const zero = ZEROS.find((each) => code >= each && code < each + 10);
  return zero === undefined ? String.fromCodePoint(code) : String(code - zero);
}
