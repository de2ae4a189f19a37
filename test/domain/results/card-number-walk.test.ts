// Card numbers anywhere in a JSON value: where they are said to be, and what is not searched is refused.
import { describe, expect, test } from 'vitest';
import { CHARACTERS_MAX, DEPTH_MAX, hasCardNumberIn, NODES_MAX } from '../../../src/domain/results/card-number-walk.ts';

const PAN = '4111111111111111';
const nested = (depth: number, leaf: unknown): unknown => (depth === 0 ? leaf : { inner: nested(depth - 1, leaf) });

describe('walk', () => {
  test.each([
    ['a string', PAN, ''],
    ['a number', 4111111111111111, ''],
    ['a field', { note: PAN }, 'note'],
    [
      'a field of an item',
      { transactions: [{ amount: 1 }, { metadata: { note: `pan ${PAN}` } }] },
      'transactions[1].metadata.note',
    ],
    ['a list in a list', [[1], [2, PAN]], '[1][1]'],
    ['base64', { note: Buffer.from(PAN).toString('base64') }, 'note'],
    ['a number below zero', -4111111111111111, ''],
    ['the whole part of a number', { sum: -4111111111111111.5 }, 'sum'],
    ['a number deep inside', { a: [{ b: { c: 378282246310005 } }] }, 'a[0].b.c'],
  ])('[PAN-7] %s is found with its path', (_, value, path) => {
    expect(hasCardNumberIn(value, '')).toEqual({ path, reason: 'card_number' });
  });

  test('[PAN-7] the path begins where the caller says', () => {
    expect(hasCardNumberIn([PAN], 'query')).toEqual({ path: 'query[0]', reason: 'card_number' });
    expect(hasCardNumberIn({ a: PAN }, 'query')).toEqual({ path: 'query.a', reason: 'card_number' });
    expect(hasCardNumberIn(PAN, 'x-note')).toEqual({ path: 'x-note', reason: 'card_number' });
  });

  test('[PAN-7] a key is searched too, and its number is not repeated in the path', () => {
    expect(hasCardNumberIn({ metadata: { [PAN]: 1 } }, '')).toEqual({ path: 'metadata.*', reason: 'card_number' });
  });

  test('[PAN-7] clean values are clean', () => {
    const values = [
      null,
      undefined,
      true,
      0,
      0.4111111111111111,
      Number.NaN,
      '',
      {},
      [],
      'dec_abc',
      { bin: '411111', last4: '1111' },
      { ['at']: 1795262400000 },
    ];
    expect(values.filter((value) => hasCardNumberIn(value, '') !== null)).toEqual([]);
  });

  test.each([9_007_199_254_740_992, 4_111_111_111_111_111_168, -6_304_000_000_000_000_000, 99_999_999_999_999_900_000])(
    '[PAN-16] a number beyond 2^53, such as %d, is refused as not searched, for its last digits are lost',
    (value) => {
      expect(hasCardNumberIn({ metadata: { sum: value } }, '')).toEqual({ path: 'metadata.sum', reason: 'rounded' });
    },
  );

  test('[PAN-16] a number of 21 digits and more is no card number, and 2^53 - 1 is held to the digit', () => {
    for (const value of [1e20, -1e21, 1e300, Infinity, Number.MAX_SAFE_INTEGER])
      expect(hasCardNumberIn([value], '')).toBeNull();
  });

  test('[PAN-8] what is deeper than 32 levels, or larger than the bounds, is refused as not searched', () => {
    expect(hasCardNumberIn(nested(DEPTH_MAX, 'clean'), '')).toBeNull();
    expect(hasCardNumberIn(nested(DEPTH_MAX, PAN), '')).toMatchObject({ reason: 'card_number' });
    expect(hasCardNumberIn(nested(DEPTH_MAX + 1, 'clean'), '')).toMatchObject({ reason: 'too_deep' });
    expect(hasCardNumberIn(Array(NODES_MAX - 1).fill(1), '')).toBeNull();
    expect(hasCardNumberIn(Array(NODES_MAX).fill(1), '')).toMatchObject({ reason: 'too_large' });
    expect(hasCardNumberIn('a b '.repeat(CHARACTERS_MAX / 4), '')).toBeNull();
    expect(hasCardNumberIn('a b '.repeat(CHARACTERS_MAX / 4) + '.', '')).toMatchObject({ reason: 'too_large' });
  });

  test('[PAN-8] two megabytes made to be slow are searched within two seconds', () => {
    const made = [
      '4 '.repeat(1e6),
      '4111 '.repeat(4e5),
      '41111111-1111-4111-8111-501800000009 '.repeat(54_000),
      'A'.repeat(2e6),
      '٤'.repeat(2e6),
      '4-'.repeat(1e6),
    ];
    for (const text of made) {
      // Of the processor's time: a busy machine may take as long as it likes.
      const before = process.cpuUsage();
      hasCardNumberIn({ text }, '');
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000).toBeLessThan(2000);
    }
  });
});
