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
      -4111111111111111,
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
