// Card numbers in text: found in every dress, told from what only looks like one, and masked without a trace.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../harness/seeded.ts';
import { tellFigures } from '../../harness/soak.ts';
import { CARD_RANGES, isCardNumber, networkOf } from '../../../src/domain/results/card-networks.ts';
import { findCardNumber, holdsCardNumber, maskCardNumbers } from '../../../src/domain/results/card-number.ts';
import { randomText } from './random-text.ts';

/** Published test numbers of the networks and of processors. */
const TEST_NUMBERS: readonly (readonly [network: string, digits: string])[] = [
  ['visa', '4111111111111111'],
  ['visa', '4242424242424242'],
  ['visa', '4222222222222'],
  ['mastercard', '5555555555554444'],
  ['mastercard', '2223003122003222'],
  ['amex', '378282246310005'],
  ['amex', '371449635398431'],
  ['discover', '6011111111111117'],
  ['diners', '30569309025904'],
  ['diners', '36227206271667'],
  ['jcb', '3566002020360505'],
  ['unionpay', '6200000000000005'],
  ['unionpay', '6205500000000000004'],
  ['maestro', '6759649826438453'],
];

const withCheckDigit = (digits: string): string => {
  for (let check = 0; check < 10; check++) if (luhn(digits + check)) return digits + check;
  throw new Error('no check digit fits');
};
const luhn = (digits: string): boolean =>
  digits
    .split('')
    .reverse()
    .reduce(
      (sum, digit, at) => sum + (at % 2 === 0 ? Number(digit) : [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(digit)]!),
      0,
    ) %
    10 ===
  0;

const spaced = (digits: string, separator: string): string => digits.replace(/(.{4})(?=.)/g, `$1${separator}`);
const inScript = (digits: string, zero: number): string =>
  digits.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
const found = (text: string): string | null => {
  const span = findCardNumber(text);
  return span === null ? null : text.slice(span.start, span.end);
};

describe('networks', () => {
  test.each(TEST_NUMBERS)('[PAN-1] %s: %s is a card number', (network, digits) => {
    expect([networkOf(digits), isCardNumber(digits)]).toEqual([network, true]);
  });

  test('[PAN-1] every range of every network is recognised at both ends in each of its lengths', () => {
    const networks = new Set(CARD_RANGES.map(({ network }) => network));
    const promised = [
      'visa',
      'mastercard',
      'amex',
      'discover',
      'diners',
      'jcb',
      'unionpay',
      'maestro',
      'elo',
      'hipercard',
      'rupay',
      'mir',
    ];
    expect(promised.filter((network) => !networks.has(network))).toEqual([]);
    for (const { from, to, lengths, source } of CARD_RANGES) {
      expect(source).not.toBe('');
      expect(from.length).toBe(to.length);
      for (const length of lengths) {
        for (const prefix of [from, to])
          expect(isCardNumber(withCheckDigit(prefix.padEnd(length - 1, '7')))).toBe(true);
      }
    }
  });

  test('[PAN-1] prefix, length and check digit must all fit', () => {
    const otherPrefixes = ['1', '2220', '2721', '505', '5656', '6390', '7', '99'].map((prefix) =>
      withCheckDigit(prefix.padEnd(15, '9')),
    );
    const otherLengths = [11, 12, 14, 15, 17, 18, 20].map((length) => withCheckDigit('4'.padEnd(length - 1, '1')));
    const otherCheckDigits = Array.from({ length: 10 }, (_, check) => `411111111111111${check}`).filter(
      (digits) => !luhn(digits),
    );
    expect(otherCheckDigits.length).toBe(9);
    const refused = [...otherPrefixes, ...otherLengths, ...otherCheckDigits, '0000000000000000', ''];
    expect(refused.filter((digits) => isCardNumber(digits))).toEqual([]);
  });
});

describe('dress', () => {
  const DRESSES: readonly (readonly [name: string, dress: (digits: string) => string])[] = [
    ['plain', (digits) => digits],
    ['spaced', (digits) => spaced(digits, ' ')],
    ['dashed', (digits) => spaced(digits, '-')],
    ['dotted', (digits) => spaced(digits, '.')],
    ['underscored', (digits) => spaced(digits, '_')],
    ['with no-break spaces', (digits) => spaced(digits, '\u00a0')],
    ['with en dashes and spaces', (digits) => spaced(digits, ' \u2013 ')],
    ['with zero-width spaces', (digits) => spaced(digits, '\u200b')],
    ['digit by digit', (digits) => digits.split('').join(' ')],
    ['in pairs', (digits) => digits.replace(/(..)(?=.)/g, '$1 ')],
    ['full-width', (digits) => inScript(digits, 0xff10)],
    ['Arabic-Indic', (digits) => inScript(digits, 0x0660)],
    ['Devanagari, dashed', (digits) => inScript(spaced(digits, '-'), 0x0966)],
    ['mathematical bold', (digits) => inScript(digits, 0x1d7ce)],
    ['mathematical monospace', (digits) => inScript(digits, 0x1d7f6)],
  ];

  test.each(DRESSES)('[PAN-2] a number written %s is found in a sentence, exactly', (_, dress) => {
    for (const [, digits] of TEST_NUMBERS) {
      expect(found(dress(digits))).toBe(dress(digits));
      expect(found(`card: ${dress(digits)}, thanks`)).toBe(dress(digits));
    }
  });

  test.each([
    ['order-4111111111111111', '4111111111111111'],
    ['txn_4111111111111111', '4111111111111111'],
    ['"4111111111111111"', '4111111111111111'],
    ['pan=4111111111111111&cvv=123', '4111111111111111'],
    ['4111 1111 1111 1111 123 12/27', '4111 1111 1111 1111'],
    ['item 2 4111 1111 1111 1111', '4111 1111 1111 1111'],
    ['3782 822463 10005', '3782 822463 10005'],
    ['3056 930902 5904', '3056 930902 5904'],
    ['411111 1111111111', '411111 1111111111'],
    ['41111111-11111111', '41111111-11111111'],
    ['%B4111111111111111^DOE/JOHN^2512101?', '4111111111111111'],
    [';4111111111111111=25121010000012300000?', '4111111111111111'],
    ['4111111111111111D25121010000012300000F', '4111111111111111'],
    ['número：４１１１１１１１１１１１１１１１。', '４１１１１１１１１１１１１１１１'],
  ])('[PAN-2] in %o the number is found', (text, number) => {
    expect(found(text)).toBe(number);
  });
});

describe('what only looks like one', () => {
  test.each([
    ['a millisecond time', '1795262400000'],
    ['a nanosecond time', '1795262400000000000'],
    ['a longer run of digits', '41111111111111110000'],
    ['a word around it', 'x4111111111111111'],
    ['a word behind it', '4111111111111111y'],
    ['a hash', '9f4111111111111111ab0c'],
    ['an accent of another script behind it', '4111111111111111é'],
    ['a superscript behind it', '4111111111111111²'],
    ['a UUID of digits', '41111111-1111-4111-8111-676770000000'],
    ['a UUID that ends in a Maestro number', '0f8fad5b-d9cb-469f-a165-501800000009'],
    ['a telephone number', '+4915123456784'],
    ['a spaced telephone number', '+49 15 12 34 56 78 4'],
    ['a rate', '0.4111111111111111'],
    ['a coordinate', '50.4111111111111'],
    ['lines of a column', '4111\n1111\n1111\n1111'],
    ['a list', '4111,1111,1111,1111'],
    ['RFC 3339 times', '2026-11-21T12:00:00.000000000Z 2026-11-21T12:00:00Z'],
    ['a masked number', '411111******1111'],
  ])('[PAN-3] %s is none', (_, text) => {
    expect(findCardNumber(text)).toBeNull();
  });

  test('[PAN-3] every millisecond, microsecond and nanosecond of this century is none', () => {
    const random = seeded(3);
    for (let round = 0; round < 20_000; round++) {
      const ms = Math.floor(Date.UTC(2002, 0, 1) + random() * (Date.UTC(2030, 0, 1) - Date.UTC(2002, 0, 1)));
      for (const text of [`${ms}`, `${ms}123`, `${ms}123456`, new Date(ms).toISOString()])
        expect(findCardNumber(text)).toBeNull();
    }
  });

  test('[PAN-4] of 1,000,000 random UUIDs at most 10 are taken for a card number', { timeout: 60_000 }, ({ task }) => {
    const random = seeded(4);
    const hex = (length: number): string => randomText(random, length, '0123456789abcdef');
    let hits = 0;
    for (let round = 0; round < 1_000_000; round++) {
      if (holdsCardNumber(`${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`)) hits++;
    }
    expect(hits).toBeLessThanOrEqual(10);
    tellFigures(task, { 'ids of our own': 1_000_000, 'false rejects': hits });
  });

  const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  test.for([
    ['decision ids', 'dec_', 60, BASE64URL],
    ['transaction ids', 'txn_', 26, CROCKFORD],
    ['transaction ids in hex', 'txn_', 32, '0123456789abcdef'],
    ['alert ids', 'alt_', 22, BASE64URL],
    ['API keys', 'sbx_', 52, BASE64URL],
    ['request ids', 'req_', 32, '0123456789abcdef'],
  ] as const)(
    '[PAN-4] of 200,000 random %s at most 2 are',
    { timeout: 60_000 },
    ([, prefix, length, alphabet], { task }) => {
      const random = seeded(5);
      let hits = 0;
      for (let round = 0; round < 200_000; round++)
        if (holdsCardNumber(prefix + randomText(random, length, alphabet))) hits++;
      expect(hits).toBeLessThanOrEqual(2);
      tellFigures(task, { 'ids of our own': 200_000, 'false rejects': hits });
    },
  );
});

describe('base64', () => {
  test.each(['base64', 'base64url'] as const)(
    '[PAN-5] a number in %s is found once decoded, with or without padding',
    (encoding) => {
      for (const [, digits] of TEST_NUMBERS) {
        for (const text of [digits, spaced(digits, ' '), `{"pan":"${digits}","cvv":"123"}`, `ÿþ ${digits}`]) {
          const encoded = Buffer.from(text, 'latin1').toString(encoding);
          for (const token of [
            encoded,
            encoded.replace(/=+$/, ''),
            `Basic ${encoded}`,
            `data:text/plain;base64,${encoded}`,
          ]) {
            expect([token, holdsCardNumber(token)]).toEqual([token, true]);
          }
        }
      }
    },
  );

  test('[PAN-5] base64 is decoded once only', () => {
    const once = Buffer.from('4111111111111111').toString('base64');
    expect([holdsCardNumber(once), holdsCardNumber(Buffer.from(once).toString('base64'))]).toEqual([true, false]);
  });
});

describe('masking', () => {
  test.each([
    ['pay 4111 1111 1111 1111 now', 'pay **** **** **** **** now'],
    ['4111111111111111,5555555555554444', '****************,****************'],
    ['４１１１１１１１１１１１１１１１', '****************'],
    ['nothing here 2026-11-21', 'nothing here 2026-11-21'],
    ['Basic NDExMTExMTExMTExMTExMQ==', 'Basic ************************'],
  ])('[PAN-6] %o becomes %o', (text, masked) => {
    expect(maskCardNumbers(text)).toBe(masked);
  });

  test('[PAN-6] what becomes a number only when its neighbour is masked is masked too', () => {
    const masked = maskCardNumbers('MzcxNDQ5NjM1Mzk4NDMx1.4111111111111111');
    expect(masked).toBe(`${'*'.repeat(21)}.${'*'.repeat(16)}`);
  });

  test('[PAN-6] masked text holds no card number, keeps its other text and is not changed again', () => {
    const piece = fc.oneof(
      fc.constantFrom(...TEST_NUMBERS.map(([, digits]) => digits)),
      fc.constantFrom(...TEST_NUMBERS.map(([, digits]) => spaced(digits, '-'))),
      fc.constantFrom(...TEST_NUMBERS.map(([, digits]) => Buffer.from(digits).toString('base64'))),
      fc.constantFrom(' ', '-', '.', ', ', 'abc', '1', '4', '1111', '\n', 'é'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        const masked = maskCardNumbers(text);
        expect(holdsCardNumber(masked)).toBe(false);
        expect(maskCardNumbers(masked)).toBe(masked);
        expect(masked === text).toBe(!holdsCardNumber(text));
      }),
      { numRuns: 2000 },
    );
  });
});
