// Whether an id holds a card number, in any dress. Asked of id fields only, where a hash takes its place: a wrong yes refuses nobody. Rules: SPEC.md [PAN].
import { CARD_DIGITS_MAX, CARD_DIGITS_MIN, isCardNumber } from './card-networks.ts';
import { asciiDigits } from './digit-groups.ts';

/** More than people put between groups by hand, fewer than what stands between two fields of one text. */
const SEPARATORS_MAX = 4;
const ALPHANUMERIC = /^[\p{L}\p{N}]$/u;

export function holdsCardNumberInId(text: string): boolean {
  return (
    mayHoldDigitsEnough(text) &&
    runsOf(text).some(({ digits, groupStarts }) => groupStarts.some((start) => beginsWithCard(digits, start)))
  );
}

/** Without looking closer: of most ids it is plain that they do not. One character of another script or form may be several digits. */
function mayHoldDigitsEnough(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return true;
    if (code >= 48 && code <= 57) digits++;
  }
  return digits >= CARD_DIGITS_MIN;
}

interface Run {
  readonly digits: string;
  /** Offsets into `digits` at which a group of the text begins. */
  readonly groupStarts: readonly number[];
}

/** Digits that only separators stand between; a letter ends the run, and another begins behind it. */
function runsOf(text: string): Run[] {
  const runs: { digits: string; groupStarts: number[] }[] = [];
  let run = { digits: '', groupStarts: [] as number[] };
  let separators = 0;
  // Compatibility forms are other ways to write a digit: full width, raised, circled.
  for (const character of text.normalize('NFKC')) {
    const digit = asciiDigits(character);
    if (digit === '') {
      separators += ALPHANUMERIC.test(character) ? SEPARATORS_MAX + 1 : 1;
      continue;
    }
    if (separators > SEPARATORS_MAX || runs.length === 0) {
      run = { digits: '', groupStarts: [0] };
      runs.push(run);
    } else if (separators > 0) run.groupStarts.push(run.digits.length);
    run.digits += digit;
    separators = 0;
  }
  return runs;
}

/** What stands behind it may be an expiry date or a security code; zeros before it fill a column. */
function beginsWithCard(digits: string, start: number): boolean {
  let first = start;
  while (digits[first] === '0') first++;
  for (let size = CARD_DIGITS_MIN; size <= CARD_DIGITS_MAX && first + size <= digits.length; size++) {
    if (isCardNumber(digits.slice(first, first + size))) return true;
  }
  return false;
}
