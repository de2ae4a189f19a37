// Numbers that a double would round, and the texts that take their place before a body is parsed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { longNumbersAsText } from '../../../src/domain/results/card-number-digits.ts';
import { drawCards } from '../../harness/card-flood.ts';
import { maskCardNumbersIn } from '../../../src/domain/results/card-number-mask.ts';
import { seeded } from '../../harness/seeded.ts';

const LONG = '6205500000000000004';

describe('a number in JSON', () => {
  test.each([
    [LONG, `"${LONG}"`],
    [`-${LONG}`, `"-${LONG}"`],
    [` [1,${LONG} , ${LONG}\n]`, ` [1,"${LONG}" , "${LONG}"\n]`],
    [`{"a":{"b":${LONG}}}`, `{"a":{"b":"${LONG}"}}`],
    ['9792000000000000', '"9792000000000000"'],
    ['9007199254740993', '"9007199254740993"'],
    ['1e16', '"10000000000000000"'],
    [`${LONG}.0`, `"${LONG}"`],
    ['6.205500000000000004e18', `"${LONG}"`],
    ['6.205500000000000004E+18', `"${LONG}"`],
    ['6205500000000000.0041e3', `"${LONG}"`],
    ['0.06205500000000000004e20', `"${LONG}"`],
    [`{"a":"\\"",${'"b"'}:${LONG}}`, `{"a":"\\"","b":"${LONG}"}`],
  ])('[PAN-13] %s keeps every digit, as a text', (json, exact) => {
    expect(longNumbersAsText(json)).toBe(exact);
    expect(JSON.stringify(JSON.parse(longNumbersAsText(json)))).toContain(exact.match(/\d{16,}/)![0]);
  });

  test.each([
    '9007199254740991',
    '4111111111111111',
    '0.4111111111111111',
    '412.30000001192093',
    '5e-324',
    '1e19',
    '1e+21',
    '1e400',
    `"${LONG}"`,
    `{"${LONG}":1}`,
    `{"a":"x ${LONG}, \\" ${LONG}"}`,
    `"\\\\${LONG}"`,
  ])('[PAN-13] %s stays as it is', (json) => {
    const value: unknown = JSON.parse(json);
    const exact = longNumbersAsText(json);
    expect([exact, JSON.parse(exact)]).toEqual([json, value]);
  });

  test.each([`{${LONG}:1}`, `${LONG}x`, `0${LONG}`, `+${LONG}`, `.${LONG}`, `"${LONG}`, `[${LONG}`, `${LONG} ${LONG}`])(
    '[PAN-13] %s is no JSON, and becomes none',
    (text) => {
      expect(() => JSON.parse(longNumbersAsText(text)) as unknown).toThrow(SyntaxError);
    },
  );

  test('[PAN-13] whatever JSON it is, it parses to the same but for its long numbers', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.bigInt(2n ** 53n, 10n ** 25n), (value, long) => {
        const json = JSON.stringify({ value, list: [value, 'LONG'] }).replaceAll('"LONG"', String(long));
        const read = JSON.parse(longNumbersAsText(json), (_, held: unknown) => held) as { list: unknown[] };
        expect(read.list[1]).toBe(String(long));
        expect(longNumbersAsText(longNumbersAsText(json))).toBe(longNumbersAsText(json));
      }),
    );
  });

  test('[PAN-13] two that a double takes for one stay two', () => {
    const ids = [`[${LONG}]`, '[6205500000000000005]'];
    expect(new Set(ids.map((json) => JSON.stringify(JSON.parse(json)))).size).toBe(1);
    expect(new Set(ids.map(longNumbersAsText)).size).toBe(2);
  });

  test('[PAN-13] of a card number written as one nothing is left behind the mask, and every long one was rounded before', () => {
    const cards = drawCards(500, seeded(7)).filter((digits) => !Number.isSafeInteger(Number(digits)));
    expect(cards.length).toBeGreaterThan(100);
    for (const digits of cards) {
      const json = `{"a":[${digits}]}`;
      const masked = JSON.stringify(maskCardNumbersIn(JSON.parse(longNumbersAsText(json))).value);
      expect(masked).toBe(`{"a":["${'*'.repeat(digits.length)}"]}`);
    }
    const rounded = cards.filter((digits) => {
      const { value } = maskCardNumbersIn(JSON.parse(`[${digits}]`));
      return JSON.stringify(value).includes(digits.slice(0, 12));
    });
    expect(rounded.length).toBeGreaterThan(cards.length / 2);
  });

  test('[PAN-13] two megabytes of anything take less than a second', () => {
    for (const piece of ['1e', '"', '\\"', '12345678901234567', '-', '[1e9,', '"\\', '0']) {
      const startedMs = performance.now();
      longNumbersAsText(piece.repeat(2_000_000 / piece.length));
      expect(performance.now() - startedMs).toBeLessThan(1_000);
    }
  });
});
