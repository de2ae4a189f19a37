import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasCardNumberIn } from '../../../src/domain/results/card-number-walk.ts';
import { maskCardNumbersIn, NOT_SEARCHED } from '../../../src/domain/results/card-number-mask.ts';

const CARD = '4111111111111111';
const MASK = '*'.repeat(16);

describe('masking', () => {
  test.each([
    ['a text', CARD, MASK],
    ['one among other words', 'paid with 4111 1111 1111 1111 (12/29)', 'paid with **** **** **** **** (12/29)'],
    ['a number', Number(CARD), MASK],
    ['a number below zero', -Number(CARD), MASK],
    ['a number with a fraction behind it', Number(`${CARD}.5`), MASK],
    ['a list', ['a', CARD, 7], ['a', MASK, 7]],
    ['a nested field', { a: { b: [{ c: CARD, d: true }] }, e: null }, { a: { b: [{ c: MASK, d: true }] }, e: null }],
    ['a name', { [CARD]: 1, other: 2 }, { [MASK]: 1, other: 2 }],
  ])('[PAN-11] takes out %s and leaves the rest', (_what, value, masked) => {
    const before = JSON.stringify(value);
    expect(maskCardNumbersIn(value)).toEqual({ value: masked, count: 1 });
    expect(JSON.stringify(value)).toBe(before);
  });

  test.each([412.30000001192093, 4.111111111111111, 0.4111111111111111, 4e21, -4, 41111111111])(
    '[PAN-11] leaves %d, whose whole part is none',
    (value) => {
      expect(maskCardNumbersIn(value)).toEqual({ value, count: 0 });
    },
  );

  test('[PAN-11] cuts what lies too deep to be looked at', () => {
    let deep: unknown = CARD;
    for (let depth = 0; depth < 10_000; depth++) deep = [deep];
    const { value, count } = maskCardNumbersIn(deep);
    expect(JSON.stringify(value)).toContain(NOT_SEARCHED);
    expect(JSON.stringify(value)).not.toContain(CARD);
    expect(count).toBe(1);
  });

  test('[PAN-11] whatever the value, none is found in it afterwards', () => {
    const leaf = fc.oneof(
      fc.constantFrom(CARD, Number(CARD), '5555-5555-5555-4444', '378282246310005', 'a', 1),
      fc.string(),
    );
    const { value: anyValue } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.constant(CARD), fc.string()), tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(hasCardNumberIn(maskCardNumbersIn(value).value, '')).toBeNull();
      }),
    );
  });
});
