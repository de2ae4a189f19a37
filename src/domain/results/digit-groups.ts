// Splits text into groups of decimal digits, of any script, and says which of them spaces, dashes and dots make one run.

export interface DigitGroup {
  /** How many digits it has. */
  readonly size: number;
  /** Offsets into the text, in UTF-16 code units; `end` is past the last digit. */
  readonly start: number;
  readonly end: number;
  /** Joined to the group before it by a separator of this kind; `none`: a new run begins. */
  readonly joinedBy: 'none' | 'dot' | 'other';
  /** A letter stands right before or behind it: part of a word, a hash or an id, not a number. */
  readonly inWord: boolean;
}

/** Spaces, dashes, dots, underscores, and the invisible characters that text is broken up with. Not a line end: columns are not numbers. */
const SEPARATOR =
  /^[ \t._\u00a0\u00ad\u00b7\u2000-\u200d\u2010-\u2015\u202f\u205f\u2060\u2212\u3000\ufeff\ufe58\ufe63\uff0d\uff0e-]$/u;
const SEPARATORS_MAX = 3;
const LETTER = /^[\p{L}\p{M}\p{Nl}\p{No}]$/u;
const DIGIT = /^\p{Nd}$/u;
/** Magnetic stripe data (ISO/IEC 7813): track 1 opens with %B, track 2 in hex has D, expiry and service code behind the number. */
const TRACK_1_START = /^%[Bb]$/;
const TRACK_2_REST = /^[Dd]\d{7}/;

const [UNSEEN, IS_DIGIT, IS_LETTER, IS_SEPARATOR, IS_OTHER] = [0, 1, 2, 3, 4] as const;
/** Class of each code point of the basic plane, looked up in Unicode's tables when first seen. */
const classes = new Uint8Array(0x10000);

function classOf(code: number): number {
  const seen = classes[code];
  if (seen !== undefined && seen !== UNSEEN) return seen;
  const character = String.fromCodePoint(code);
  const found = DIGIT.test(character)
    ? IS_DIGIT
    : LETTER.test(character)
      ? IS_LETTER
      : SEPARATOR.test(character)
        ? IS_SEPARATOR
        : IS_OTHER;
  if (seen !== undefined) classes[code] = found;
  return found;
}

export function digitGroups(text: string): DigitGroup[] {
  const groups: DigitGroup[] = [];
  let size = 0;
  let start = 0;
  let joinedBy: DigitGroup['joinedBy'] = 'none';
  let afterLetter = false;
  // Separators since the last group; more than the maximum once anything else was seen.
  let separators = SEPARATORS_MAX + 1;
  let before: number = IS_OTHER;
  for (let at = 0; at <= text.length; ) {
    const code = at < text.length ? text.codePointAt(at)! : 0;
    const kind = at < text.length ? classOf(code) : IS_OTHER;
    if (kind === IS_DIGIT) {
      if (size === 0) {
        start = at;
        joinedBy = separators > SEPARATORS_MAX ? 'none' : separators === 1 && text[at - 1] === '.' ? 'dot' : 'other';
        afterLetter = before === IS_LETTER && !TRACK_1_START.test(text.slice(Math.max(0, at - 2), at));
      }
      size++;
    } else {
      if (size > 0) {
        const beforeLetter = kind === IS_LETTER && !TRACK_2_REST.test(text.slice(at, at + 8));
        groups.push({ size, start, end: at, joinedBy, inWord: afterLetter || beforeLetter });
        size = 0;
        separators = 0;
      }
      separators = kind === IS_SEPARATOR ? separators + 1 : SEPARATORS_MAX + 1;
    }
    before = kind;
    at += code > 0xffff ? 2 : 1;
  }
  return groups;
}

/** The digits of a text that has no other characters but separators, as ASCII. */
export function asciiDigits(text: string): string {
  let ascii = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 48 && code <= 57) ascii += character;
    else if (classOf(code) === IS_DIGIT) ascii += digitValue(code);
  }
  return ascii;
}

/** Decimal digits of every script come in runs of ten from zero to nine (Unicode, 4.6), so the run's start tells the value. */
function digitValue(code: number): number {
  let zero = code;
  while (classOf(zero - 1) === IS_DIGIT) zero--;
  return (code - zero) % 10;
}
