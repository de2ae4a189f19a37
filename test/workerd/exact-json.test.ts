import { expect, test } from 'vitest';
import { parseExactly } from '../../src/connectors/exact-json.ts';

test('[STR-30] workerd, too, hands on how a number was written', () => {
  expect(parseExactly('{"id":90071992547409931,"in":[{"a":12345678901234567890,"b":-7,"c":0.1}]}')).toEqual({
    id: '90071992547409931',
    in: [{ a: '12345678901234567890', b: -7, c: 0.1 }],
  });
});
