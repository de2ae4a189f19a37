// Amounts are exact, positive, within the minor unit and in a currency of ISO 4217.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minorDigits } from '../../../src/domain/results/currencies.ts';
import {
  AMOUNT_MINOR_MAX,
  decimalTextOf,
  fromMinor,
  isKnownCurrency,
  toMinor,
} from '../../../src/domain/results/money.ts';

interface Case {
  readonly text: string;
  readonly currency: string;
  readonly reading: number | string;
}

const READINGS: readonly Case[] = [
  { text: '150.00', currency: 'BRL', reading: 15_000 },
  { text: '150', currency: 'BRL', reading: 15_000 },
  { text: '150.5', currency: 'BRL', reading: 15_050 },
  { text: '0.01', currency: 'BRL', reading: 1 },
  { text: '0.29', currency: 'USD', reading: 29 },
  { text: '1.005', currency: 'USD', reading: 'too_precise' },
  { text: '1.500', currency: 'USD', reading: 150 },
  { text: '0150.00', currency: 'BRL', reading: 15_000 },
  { text: '1500', currency: 'JPY', reading: 1500 },
  { text: '1500.0', currency: 'JPY', reading: 1500 },
  { text: '1500.5', currency: 'JPY', reading: 'too_precise' },
  { text: '1.234', currency: 'KWD', reading: 1234 },
  { text: '1.2345', currency: 'KWD', reading: 'too_precise' },
  { text: '1.2345', currency: 'CLF', reading: 12_345 },
  { text: '10000000000.00', currency: 'BRL', reading: AMOUNT_MINOR_MAX },
  { text: '10000000000.01', currency: 'BRL', reading: 'too_large' },
  { text: '9'.repeat(60), currency: 'BRL', reading: 'too_large' },
  { text: '0', currency: 'BRL', reading: 'zero' },
  { text: '0.00', currency: 'BRL', reading: 'zero' },
  { text: '-0.00', currency: 'BRL', reading: 'zero' },
  { text: '-1', currency: 'BRL', reading: 'negative' },
  { text: '-0.001', currency: 'BRL', reading: 'negative' },
  { text: '0.001', currency: 'BRL', reading: 'too_precise' },
  { text: '', currency: 'BRL', reading: 'not_a_number' },
  { text: 'abc', currency: 'BRL', reading: 'not_a_number' },
  { text: '1e3', currency: 'BRL', reading: 'not_a_number' },
  { text: '1,50', currency: 'BRL', reading: 'not_a_number' },
  { text: '.5', currency: 'BRL', reading: 'not_a_number' },
  { text: '5.', currency: 'BRL', reading: 'not_a_number' },
  { text: '+5', currency: 'BRL', reading: 'not_a_number' },
  { text: ' 5', currency: 'BRL', reading: 'not_a_number' },
  { text: '5\n', currency: 'BRL', reading: 'not_a_number' },
  { text: '0x10', currency: 'BRL', reading: 'not_a_number' },
  { text: 'NaN', currency: 'BRL', reading: 'not_a_number' },
  { text: 'Infinity', currency: 'BRL', reading: 'not_a_number' },
  { text: '٥', currency: 'BRL', reading: 'not_a_number' },
  { text: '1'.repeat(65), currency: 'BRL', reading: 'not_a_number' },
  { text: '1.00', currency: 'XYZ', reading: 'unknown_currency' },
  { text: '1.00', currency: 'brl', reading: 'unknown_currency' },
  { text: '1.00', currency: 'XTS', reading: 'unknown_currency' },
];

describe('amounts', () => {
  test.each(READINGS)('[MON-1] [MON-2] $text $currency reads as $reading', ({ text, currency, reading }) => {
    const expected = typeof reading === 'number' ? { ok: true, minor: reading } : { ok: false, reason: reading };
    expect(toMinor(text, currency)).toEqual(expected);
  });

  const currencies = fc.constantFrom('BRL', 'USD', 'JPY', 'KWD', 'CLF', 'COP', 'HUF');

  test('[MON-1] every amount comes back from its text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: AMOUNT_MINOR_MAX }), currencies, (minor, currency) => {
        expect(toMinor(fromMinor(minor, currency), currency)).toEqual({ ok: true, minor });
      }),
    );
  });

  test('[MON-1] a JSON number means what its shortest text says, for every amount', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: AMOUNT_MINOR_MAX }), currencies, (minor, currency) => {
        const parsed = JSON.parse(fromMinor(minor, currency)) as number;
        const text = decimalTextOf(parsed);
        expect(text.ok && toMinor(text.text, currency)).toEqual({ ok: true, minor });
      }),
    );
  });

  test.each([
    [0.1 + 0.2, { ok: true, text: '0.30000000000000004' }],
    [150, { ok: true, text: '150' }],
    [-0, { ok: true, text: '0' }],
    [0.000001, { ok: true, text: '0.000001' }],
    [1e-7, { ok: false, reason: 'too_precise' }],
    [-1e-7, { ok: false, reason: 'too_precise' }],
    [1e21, { ok: false, reason: 'too_large' }],
    [-1e21, { ok: false, reason: 'too_large' }],
    [Number.NaN, { ok: false, reason: 'not_a_number' }],
    [Number.POSITIVE_INFINITY, { ok: false, reason: 'not_a_number' }],
  ])('[MON-2] the number %d is the text %o', (value, expected) => {
    expect(decimalTextOf(value)).toEqual(expected);
  });

  test.each([
    [0, 'BRL', '0.00'],
    [5, 'BRL', '0.05'],
    [-5, 'BRL', '-0.05'],
    [1500, 'JPY', '1500'],
    [1, 'KWD', '0.001'],
  ])('[MON-1] %d minor units of %s are %s', (minor, currency, text) => {
    expect(fromMinor(minor, currency)).toBe(text);
  });

  test('a fraction of a minor unit or an unknown currency is a bug', () => {
    expect(() => fromMinor(0.5, 'BRL')).toThrow();
    expect(() => fromMinor(1, 'XYZ')).toThrow();
  });
});

describe('currencies', () => {
  test.each([
    ['BRL', 2],
    ['MXN', 2],
    ['COP', 2],
    ['HUF', 2],
    ['IDR', 2],
    ['TWD', 2],
    ['RSD', 2],
    ['MGA', 2],
    ['CLP', 0],
    ['JPY', 0],
    ['KRW', 0],
    ['UGX', 0],
    ['ISK', 0],
    ['VND', 0],
    ['KWD', 3],
    ['IQD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['UYW', 4],
    ['SLE', 2],
    ['XCG', 2],
  ])('[MON-3] %s has %d digits, by ISO 4217 and not by the runtime', (currency, digits) => {
    expect(minorDigits(currency)).toBe(digits);
  });

  test('[MON-3] every currency the runtime knows is known, but for those withdrawn and those without a minor unit', () => {
    const unknown = Intl.supportedValuesOf('currency').filter((code) => !isKnownCurrency(code));
    const withdrawnOrNoMoney = new Set(['ANG', 'BGN', 'CUC', 'HRK', 'SLL', 'ZWL', 'XDR', 'XSU']);
    expect(unknown.filter((code) => !withdrawnOrNoMoney.has(code))).toEqual([]);
  });

  test.each(['', 'brl', 'XTS', 'XAU', 'XDR', 'BGN', 'constructor', 'BR'])('[MON-3] %o is no currency', (code) => {
    expect([isKnownCurrency(code), minorDigits(code)]).toEqual([false, null]);
  });
});
