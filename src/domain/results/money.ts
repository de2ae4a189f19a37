// Amounts: decimal text of major units to integer minor units and back, exactly; no amount is ever computed in binary fractions.
import { minorDigits } from './currencies.ts';

export { isKnownCurrency } from './currencies.ts';

export const AMOUNT_MINOR_MAX = 1_000_000_000_000;

export type AmountReading =
  | { readonly ok: true; readonly minor: number }
  | {
      readonly ok: false;
      readonly reason: 'not_a_number' | 'negative' | 'zero' | 'too_precise' | 'too_large' | 'unknown_currency';
    };

export type DecimalReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'not_a_number' | 'too_precise' | 'too_large' };

/** Longer texts are no amounts, whatever they say. */
const TEXT_LENGTH_MAX = 64;
/** Read at once: with four decimals more it is still exact as a number. */
const FEW_WHOLE_DIGITS = /^[1-9]\d{0,9}$/;
const DECIMAL = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?$/;

/** `150.00` in BRL is 15,000. Digits past the minor unit are refused unless they are zeros. A fee may be zero: its caller takes `zero` as 0. */
export function toMinor(decimalText: string, currency: string): AmountReading {
  const digits = minorDigits(currency);
  if (digits === null) return { ok: false, reason: 'unknown_currency' };
  if (FEW_WHOLE_DIGITS.test(decimalText)) {
    const minor = Number(decimalText) * 10 ** digits;
    return minor > AMOUNT_MINOR_MAX ? { ok: false, reason: 'too_large' } : { ok: true, minor };
  }
  const parts = decimalText.length <= TEXT_LENGTH_MAX ? DECIMAL.exec(decimalText)?.groups : undefined;
  if (parts === undefined) return { ok: false, reason: 'not_a_number' };
  const fraction = (parts['fraction'] ?? '').replace(/0+$/, '');
  const significant = (parts['whole']! + fraction.padEnd(digits, '0')).replace(/^0+/, '');
  if (significant === '') return { ok: false, reason: 'zero' };
  if (parts['sign'] === '-') return { ok: false, reason: 'negative' };
  if (fraction.length > digits) return { ok: false, reason: 'too_precise' };
  // Up to 15 digits are exact as a number; the maximum has 13.
  if (significant.length > 15 || Number(significant) > AMOUNT_MINOR_MAX) return { ok: false, reason: 'too_large' };
  return { ok: true, minor: Number(significant) };
}

/** `15000` in BRL is `150.00`. `minor` is an integer; an unknown currency is a bug of the caller. */
export function fromMinor(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  if (digits === null || !Number.isSafeInteger(minor))
    throw new Error('fromMinor takes an integer and a known currency');
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  const sign = minor < 0 ? '-' : '';
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** The shortest decimal text that reads back as this number: what the caller wrote, for every amount of up to 15 digits. */
export function decimalTextOf(value: number): DecimalReading {
  if (!Number.isFinite(value)) return { ok: false, reason: 'not_a_number' };
  const text = String(value);
  if (!text.includes('e')) return { ok: true, text };
  return { ok: false, reason: Math.abs(value) > 1 ? 'too_large' : 'too_precise' };
}
