import { expect, test } from 'vitest';
import { requestIdOf } from '../../src/http/request-id.ts';

test('ids that are drawn have 128 bits, and none comes twice', () => {
  const ids = Array.from({ length: 1_000 }, () => requestIdOf(undefined));
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^req_[0-9a-f]{32}$/);
  // Each letter but the e of req stands about as often as any other: 32,000 of 16.
  const count = (letter: string): number => ids.join('').split(letter).length - 1;
  for (const letter of '0123456789abcdf') expect(Math.abs(count(letter) - 2_000)).toBeLessThan(250);
});

test.each([
  ['its own, where it may be written to a log', 'order-17:a_b.c', true],
  ['none with a card number', '4111111111111111', false],
  ['none with other letters', 'a b', false],
  ['none that is long', 'x'.repeat(65), false],
  ['none that is empty', '', false],
])('a caller keeps %s', (_, sent, isKept) => {
  expect(requestIdOf(sent) === sent).toBe(isKept);
});
