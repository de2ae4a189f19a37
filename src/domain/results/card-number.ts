// Finds card numbers in text and values, and masks them: issuer prefix, length and check digit, in a run of its own. Rules: SPEC.md [PAN].
// It says where, never what: no answer of this file carries a digit of the number it found.
import { decodeBase64Digits } from './base64-text.ts';
import { CARD_DIGITS_MAX, CARD_DIGITS_MIN, isCardNumber } from './card-networks.ts';
import { asciiDigits, digitGroups, type DigitGroup } from './digit-groups.ts';

/** Offsets in UTF-16 code units; `end` is past the last digit. */
export interface CardSpan {
  readonly start: number;
  readonly end: number;
}

/** How people and forms break up a number: sizes of the groups. Found also inside a longer run, as in number and security code. */
const SHAPES: ReadonlySet<string> = new Set(
  '4-4-4-4 4-4-4-4-1 4-4-4-4-2 4-4-4-4-3 4-6-5 4-6-4 4-5-6 4-4-5 4-4-4-1 4-4-4-2 4-4-4-3 4-4-8 6-6-4 4-12 6-10 6-13 8-8'.split(
    ' ',
  ),
);
const SHAPE_GROUPS_MAX = 5;
/** A run broken up in any other way counts only as a whole, in at least three groups of at most six digits, and from 13 digits on. */
const ODD_GROUPS_MIN = 3;
const ODD_GROUP_DIGITS_MAX = 6;
const ODD_DIGITS_MIN = 13;
/** ITU-T E.164: a plus and at most 15 digits are a telephone number. */
const TELEPHONE_DIGITS_MAX = 15;
const UUID_LENGTH = 36;
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const BASE64_TOKEN = /[A-Za-z0-9+/_-]{16,}={0,2}/g;

/** The first card number of the text as written; base64 is left to the functions below. */
export function findCardNumber(text: string): CardSpan | null {
  return findSpans(text, 1)[0] ?? null;
}

/** The text with every digit of every card number as `*`; base64 that holds one is masked whole. Other text is untouched. */
export function maskCardNumbers(text: string): string {
  const plain = maskWritten(text);
  const masked = plain.replace(BASE64_TOKEN, (token) => (hidesCardNumber(token) ? '*'.repeat(token.length) : token));
  // What was masked can have kept its neighbour from being a number, as the whole part of a decimal fraction does.
  return masked === text ? text : maskCardNumbers(masked);
}

function maskWritten(text: string): string {
  let masked = text;
  // A number masked can leave its neighbours as a number of their own; each turn takes at least 12 digits, so this ends.
  for (let spans = findSpans(masked); spans.length > 0; spans = findSpans(masked)) {
    let from = 0;
    let next = '';
    for (const { start, end } of spans) {
      next += masked.slice(from, start) + masked.slice(start, end).replace(/\p{Nd}/gu, '*');
      from = end;
    }
    masked = next + masked.slice(from);
  }
  return masked;
}

/** Plain or in base64. */
export function holdsCardNumber(text: string): boolean {
  if (text.length < CARD_DIGITS_MIN) return false;
  if (findCardNumber(text) !== null) return true;
  if (text.length < 16) return false;
  for (const [token] of text.matchAll(BASE64_TOKEN)) if (hidesCardNumber(token)) return true;
  return false;
}

function hidesCardNumber(token: string): boolean {
  const decoded = decodeBase64Digits(token, CARD_DIGITS_MIN);
  return decoded !== null && findCardNumber(decoded) !== null;
}

function findSpans(text: string, spansMax = Number.POSITIVE_INFINITY): CardSpan[] {
  if (!hasDigitsEnough(text)) return [];
  const groups = digitGroups(text);
  const spans: CardSpan[] = [];
  for (let first = 0; first < groups.length && spans.length < spansMax; first++) {
    const last = lastOfNumber(text, groups, first);
    if (last === null) continue;
    const span = { start: groups[first]!.start, end: groups[last]!.end };
    if (isInUuid(text, span)) continue;
    spans.push(span);
    first = last;
  }
  return spans;
}

function hasDigitsEnough(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code >= 48 && code <= 57) || code > 127) digits++;
    if (digits >= CARD_DIGITS_MIN) return true;
  }
  return false;
}

/** Index of the group with which the longest card number that begins at `first` ends; `null`: none begins there. */
function lastOfNumber(text: string, groups: readonly DigitGroup[], first: number): number | null {
  let size = 0;
  let longest: number | null = null;
  for (let last = first; last < groups.length; last++) {
    const group = groups[last]!;
    if (group.inWord || (last > first && group.joinedBy === 'none')) break;
    size += group.size;
    if (size > CARD_DIGITS_MAX) break;
    if (size < CARD_DIGITS_MIN || !isShapedAsCard(text, groups, first, last)) continue;
    if (isCardNumber(asciiDigits(text.slice(groups[first]!.start, group.end)))) longest = last;
  }
  return longest;
}

function isShapedAsCard(text: string, groups: readonly DigitGroup[], first: number, last: number): boolean {
  const head = groups[first]!;
  const endsRun = last + 1 === groups.length || groups[last + 1]!.joinedBy === 'none';
  const afterPlus = head.joinedBy === 'none' && text[head.start - 1] === '+';
  if (first === last) {
    // Two groups around one dot are a decimal fraction, such as a rate or a coordinate.
    const isFraction = head.joinedBy === 'dot' && groups[first - 1]!.joinedBy === 'none' && endsRun;
    return !isFraction && !(afterPlus && head.size <= TELEPHONE_DIGITS_MAX);
  }
  if (last - first < SHAPE_GROUPS_MAX) {
    const shape = groups.slice(first, last + 1).map((group) => group.size);
    if (SHAPES.has(shape.join('-'))) return shape.length > 2 || groups[last]!.joinedBy !== 'dot';
  }
  if (head.joinedBy !== 'none' || !endsRun || afterPlus || last - first + 1 < ODD_GROUPS_MIN) return false;
  const run = groups.slice(first, last + 1);
  return (
    run.every((group) => group.size <= ODD_GROUP_DIGITS_MAX) &&
    run.reduce((sum, group) => sum + group.size, 0) >= ODD_DIGITS_MIN
  );
}

/** Digits of a UUID are random and bounded by dashes: without this three in 400,000 hold a "card number". */
function isInUuid(text: string, span: CardSpan): boolean {
  const from = Math.max(0, span.start - UUID_LENGTH);
  for (const { index } of text.slice(from, span.end + UUID_LENGTH).matchAll(UUID)) {
    if (from + index <= span.start && span.end <= from + index + UUID_LENGTH) return true;
  }
  return false;
}
