// Keeps every digit of the numbers in a JSON text: what a double would round is put as text before anybody parses it. Rules: SPEC.md [PAN].
import { CARD_DIGITS_MAX } from './card-networks.ts';

/** Most bodies have no such number, and are not looked at twice. */
const MAYBE_LONG = /\d{16}|\d[eE]/;
const STARTS_NUMBER = /[-\d]/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PARTS = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:[eE](?<exponent>[+-]?\d+))?$/;
const ENDS_VALUE = /^[\s,\]}]?$/;

/** Whole numbers beyond 2^53 become texts of their digits; names, texts, other numbers and what is no JSON stay as they are. */
export function longNumbersAsText(json: string): string {
  if (!MAYBE_LONG.test(json)) return json;
  let exact = '';
  let from = 0;
  let at = 0;
  while (at < json.length) {
    const character = json[at]!;
    if (character === '"') {
      at = endOfText(json, at);
      continue;
    }
    NUMBER.lastIndex = at;
    const literal = STARTS_NUMBER.test(character) ? NUMBER.exec(json)?.[0] : undefined;
    const end = at + (literal ?? character).length;
    const digits = literal !== undefined && ENDS_VALUE.test(json.charAt(end)) ? digitsOfLong(literal) : null;
    if (digits !== null) {
      exact += `${json.slice(from, at)}"${digits}"`;
      from = end;
    }
    at = end;
  }
  return exact + json.slice(from);
}

/** Past the closing quote of the text that opens at `start`. */
function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** `null`: a double holds it, or it has an exponent and more places than any card number. */
function digitsOfLong(literal: string): string | null {
  const size = Math.abs(Number(literal));
  if (size <= Number.MAX_SAFE_INTEGER) return null;
  const { sign, whole, fraction = '', exponent } = PARTS.exec(literal)!.groups as Readonly<Record<string, string>>;
  if (exponent !== undefined && size >= 10 ** CARD_DIGITS_MAX) return null;
  const places = whole!.length + Number(exponent ?? 0);
  // What is past the point lies below what a double of that size can tell.
  const digits = (whole! + fraction).padEnd(places, '0').slice(0, places);
  return sign! + digits.replace(/^0+/, '');
}
