import { createMixWatch, watchMix } from '../../../src/domain/payment-anomalies/mix-watch.ts';
import { expect, test } from 'vitest';

test.each([
  ['few', { usual: 1 }],
  ['no', {}],
])('[PAY-18] a mix that was anomalous is over when %s counts are left', (_, left) => {
  const watch = createMixWatch();
  for (let minute = 0; minute < 600; minute += 1) watchMix(watch, minute, { usual: 10, seldom: 1 }, 5);
  expect(watch.isOn).toBe(false);
  for (let minute = 600; minute < 620; minute += 1) watchMix(watch, minute, { usual: 2, seldom: 30 }, 5);
  expect(watch.isOn).toBe(true);
  let minute = 620;
  while (watch.isOn && minute < 1_000) watchMix(watch, (minute += 1), left, 5);
  expect(minute - 620).toBeGreaterThan(20);
  expect(minute - 620).toBeLessThan(40);
});
