import { expect, test } from 'vitest';
import { isDue } from '../../tools/cron-line.ts';

// A Saturday.
const moment = new Date('2026-11-21T04:30:00Z');

test.each([
  '* * * * *',
  '30 4 * * *',
  '*/15 * * * *',
  '0-40/10 * * * *',
  '5,30 4 * 11 7',
  '30 * * NOV SAT',
  '30 4 1 * 7',
  '10/20 * * * *',
])('%s is due at 04:30 on Saturday 21 November', (line) => {
  expect(isDue(line, moment)).toBe(true);
});

test.each(['31 * * * *', '*/7 * * * *', '30 5 * * *', '* * 20 * *', '* * * 12 *', '* * * * 6', '30 4 20 * FRI'])(
  '%s is not due at 04:30 on Saturday 21 November',
  (line) => {
    expect(isDue(line, moment)).toBe(false);
  },
);

test.each(['* * * *', '* * * * * *', '* * L * *', ''])('%j is refused, not guessed at', (line) => {
  expect(() => isDue(line, moment)).toThrow();
});
