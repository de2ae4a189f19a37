import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isListed, rangeOf } from '../../../src/connectors/mpesa/address-list.ts';

const V6 = '2c0f:fe38:2405:3297:4c0a:eb25:4a8e:cd0a';

test.each([
  ['196.201.214.200', '196.201.214.200', true],
  ['196.201.214.201', '196.201.214.200', false],
  ['196.201.212.0', '196.201.212.0/22', true],
  ['196.201.215.255', '196.201.212.0/22', true],
  ['196.201.216.0', '196.201.212.0/22', false],
  ['196.201.211.255', '196.201.212.0/22', false],
  ['196.201.213.7', '196.201.212.99/22', true],
  ['1.2.3.4', '0.0.0.0/0', true],
  ['::1', '0.0.0.0/0', false],
  ['1.2.3.4', '::/0', false],
  ['::ffff:196.201.214.200', '196.201.214.200', true],
  ['::FFFF:c4c9:d6c8', '196.201.214.200', true],
  ['196.201.214.200', '::ffff:196.201.214.200', true],
  [V6, '2c0f:fe38::/32', true],
  ['2C0F:FE38::1', '2c0f:fe38:0:0:0:0:0:1', true],
  ['2c0f:fe39::1', '2c0f:fe38::/32', false],
  ['2c0f:fe38:8000::', '2c0f:fe38::/33', false],
  ['::', '::/128', true],
])('[CON-32] %s is on %s: %s', (address, entry, expected) => {
  expect(isListed(address, [entry])).toBe(expected);
  expect(isListed(address, ['10.0.0.0/8', entry])).toBe(expected);
});

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4 ',
  '0x1.2.3.4',
  '1.2.3.4/33',
  '1.2.3.4/',
  '1.2.3.4/8/8',
  '1.2.3.4/-1',
  '1.2.3.4/08',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  'g::1',
  '12345::',
  '::1.2.3',
  '::/129',
  'localhost',
])('[CON-32] %o is neither address nor range, and lists nobody', (text) => {
  expect(rangeOf(text)).toBeNull();
  expect(isListed('1.2.3.4', [text])).toBe(false);
  expect(isListed(text, ['0.0.0.0/0', '::/0'])).toBe(false);
});

test('[CON-32] a range holds the addresses that share its first bits, and no others', () => {
  const byte = fc.nat(255);
  fc.assert(
    fc.property(
      fc.tuple(byte, byte, byte, byte),
      fc.tuple(byte, byte, byte, byte),
      fc.nat(32),
      (one, other, prefix) => {
        const bits = (bytes: readonly number[]) =>
          bytes
            .map((value) => value.toString(2).padStart(8, '0'))
            .join('')
            .slice(0, prefix);
        expect(isListed(one.join('.'), [`${other.join('.')}/${prefix}`])).toBe(bits(one) === bits(other));
      },
    ),
    { numRuns: 1_000, seed: 20_261_121 },
  );
});
