// Card numbers as parts of ids: found in every dress, and rarely seen where there is none.
import { describe, expect, test } from 'vitest';
import { holdsCardNumberInId } from '../../../src/domain/results/card-number-in-id.ts';
import { seeded } from '../../harness/seeded.ts';
import { randomText } from './random-text.ts';

const CARD = '4111111111111111';
const spaced = (separator: string): string => CARD.replace(/(.{4})(?=.)/g, `$1${separator}`);
const inScript = (digits: string, zero: number): string =>
  digits.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

describe('an id', () => {
  test.each([CARD, `card${CARD}`, `ord${CARD}`, `${CARD}x`, `a${CARD}b`, `ord_7-${CARD}`, `ord_20261120:${CARD}`])(
    '[PAN-9] %s holds one: letters beside it make no difference',
    (id) => {
      expect(holdsCardNumberInId(id)).toBe(true);
    },
  );

  test.each(['/', ':', ',', '+', '*', '\n', '    ', ' - ', '-/-/', '\u200b', '\u0301', '😀', '😀😀😀😀'])(
    '[PAN-9] in groups with %j between them it holds one',
    (separator) => {
      expect(holdsCardNumberInId(spaced(separator))).toBe(true);
    },
  );

  test.each([0x660, 0x966, 0xff10, 0x1d7ce])('[PAN-9] in digits of the script at %s it holds one', (zero) => {
    expect(holdsCardNumberInId(inScript(CARD, zero))).toBe(true);
  });

  test('[PAN-9] in raised and in circled digits it holds one', () => {
    expect(holdsCardNumberInId('⁴¹¹¹¹¹¹¹¹¹¹¹¹¹¹¹')).toBe(true);
    expect(holdsCardNumberInId('④①①①①①①①①①①①①①①①')).toBe(true);
  });

  test.each([
    '41111111111111111225',
    '4111111111111111123',
    '+378282246310005',
    '00378282246310005',
    '0-0378282246310005',
  ])('[PAN-9] %s begins with one, zeros aside', (id) => {
    expect(holdsCardNumberInId(id)).toBe(true);
  });

  test.each([
    '',
    '4111',
    spaced('-----'),
    spaced('x'),
    '4111111111111112',
    'ord_1000000000000001',
    'txn_1763640000000',
  ])('[PAN-9] %j holds none', (id) => {
    expect(holdsCardNumberInId(id)).toBe(false);
  });
});

/** Share of 200,000 ids that are taken for a card number. */
function rateOf(draw: (random: () => number) => string): number {
  const random = seeded(20261120);
  let hits = 0;
  for (let drawn = 0; drawn < 200_000; drawn++) if (holdsCardNumberInId(draw(random))) hits++;
  return hits / 200_000;
}
const hex = (random: () => number, length: number): string => randomText(random, length, '0123456789abcdef');
const moment = (random: () => number): string => String(1_600_000_000_000 + Math.floor(random() * 399_999_999_999));

describe('what holds none', () => {
  test.each([
    ['13-digit milliseconds', moment],
    ['19-digit nanoseconds', (random: () => number) => moment(random) + randomText(random, 6, '0123456789')],
    ['ids with milliseconds', (random: () => number) => `ord_${moment(random)}`],
  ])('[PAN-10] %s are never taken for one', (_, draw) => {
    expect(rateOf(draw)).toBe(0);
  });

  test.each([
    [
      'random UUIDs',
      (random: () => number) =>
        `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-${randomText(random, 1, '89ab')}${hex(random, 3)}-${hex(random, 12)}`,
    ],
    [
      'UUIDs in the order of time',
      (random: () => number) =>
        `019${hex(random, 5)}-${hex(random, 4)}-7${hex(random, 3)}-${randomText(random, 1, '89ab')}${hex(random, 3)}-${hex(random, 12)}`,
    ],
    ['our own transaction ids', (random: () => number) => `txn_${hex(random, 32)}`],
    ['ULIDs', (random: () => number) => `01K${randomText(random, 23, '0123456789ABCDEFGHJKMNPQRSTVWXYZ')}`],
  ])('[PAN-10] at most one in 1,000 %s is taken for one', (_, draw) => {
    expect(rateOf(draw)).toBeLessThanOrEqual(1e-3);
  });
});
