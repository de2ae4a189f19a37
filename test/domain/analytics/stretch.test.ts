import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUCKET_MS, BUCKETS_MAX, DAY_MS, partsOf, readStretch } from '../../../src/domain/analytics/stretch.ts';

const NOW = Date.parse('2031-03-10T12:34:56Z');
const at = (text: string): number => Date.parse(text);
const told = (from: string | null, to: string | null, bucket: 'hour' | 'day' = 'hour') => {
  const read = readStretch({ fromMs: from === null ? null : at(from), toMs: to === null ? null : at(to) }, bucket, NOW);
  return read.ok
    ? [read.stretch.fromMs, read.stretch.toMs].map((ms) => new Date(ms).toISOString().slice(0, 16))
    : read.field;
};

test.each([
  [null, null, 'hour', ['2031-03-09T13:00', '2031-03-10T13:00']],
  [null, null, 'day', ['2031-02-09T00:00', '2031-03-11T00:00']],
  ['2031-03-10T11:59:59Z', '2031-03-10T12:00:01Z', 'hour', ['2031-03-10T11:00', '2031-03-10T13:00']],
  ['2031-03-10T11:00:00Z', '2031-03-10T12:00:00Z', 'hour', ['2031-03-10T11:00', '2031-03-10T12:00']],
  ['2031-03-01T00:00:00Z', '2099-12-31T23:59:59Z', 'day', ['2031-03-01T00:00', '2031-03-11T00:00']],
  ['2031-03-10T13:00:00Z', null, 'hour', 'from'],
  ['2031-03-10T12:00:00Z', '2031-03-10T11:00:00Z', 'hour', 'to'],
  ['2031-03-10T12:00:00Z', '2031-03-10T12:00:00Z', 'hour', 'to'],
  ['2030-12-08T00:00:00Z', null, 'hour', 'from'],
  ['0001-01-01T00:00:00Z', null, 'day', 'from'],
] as const)('[ANL-17] from %s to %s by the %s', (from, to, bucket, expected) => {
  expect(told(from, to, bucket)).toEqual(expected);
});

test.each([
  ['2031-03-10T10:00:00Z', '2031-03-10T09:00:00Z', 'day', 'to'],
  ['2031-03-10T10:00:00Z', '2031-03-10T10:00:00Z', 'day', 'to'],
  ['2031-03-10T10:30:00Z', '2031-03-10T10:15:00Z', 'hour', 'to'],
  ['2031-03-10T09:00:00Z', '2031-03-10T10:00:00Z', 'day', ['2031-03-10T00:00', '2031-03-11T00:00']],
  [null, '0001-01-01T00:00:00Z', 'hour', 'to'],
  [null, '1999-12-31T23:59:59.999Z', 'day', 'to'],
  [null, '2000-01-01T00:00:00Z', 'hour', ['1999-12-31T00:00', '2000-01-01T00:00']],
  [null, '2100-01-01T00:00:00Z', 'day', 'to'],
  ['0000-01-01T00:00:00Z', '0000-02-01T00:00:00Z', 'hour', 'from'],
  ['9999-12-31T23:59:59Z', null, 'hour', 'from'],
] as const)(
  '[ANL-18] from %s to %s by the %s: ends that are turned round, or in no year of 2000 to 2099, are refused by name',
  (from, to, bucket, expected) => {
    expect(told(from, to, bucket)).toEqual(expected);
  },
);

const moment = fc.integer({ min: at('1970-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') });

test('[ANL-17] whatever is asked, a stretch is of whole buckets, not empty, bounded, and its parts are all of it', () => {
  fc.assert(
    fc.property(
      fc.option(moment),
      fc.option(moment),
      moment,
      fc.constantFrom('hour', 'day'),
      (from, to, now, bucket) => {
        const read = readStretch({ fromMs: from, toMs: to }, bucket as 'hour' | 'day', now);
        if (!read.ok) return;
        const { fromMs, toMs } = read.stretch;
        const step = BUCKET_MS[bucket as 'hour' | 'day'];
        expect([fromMs, toMs].map((ms) => Number.isInteger(ms / step))).toEqual([true, true]);
        expect(toMs).toBeGreaterThan(fromMs);
        expect(toMs).toBeLessThanOrEqual(now + step);
        expect(toMs - fromMs).toBeLessThanOrEqual(BUCKETS_MAX[bucket as 'hour' | 'day'] * step);
        const { days, hours } = partsOf(read.stretch);
        const parts = [...hours, ...(days === null ? [] : [days])].sort((one, other) => one.fromMs - other.fromMs);
        expect(parts.map((part) => part.fromMs)).toEqual([fromMs, ...parts.map((part) => part.toMs).slice(0, -1)]);
        expect(parts.at(-1)?.toMs).toBe(toMs);
        if (days !== null)
          expect(Number.isInteger(days.fromMs / DAY_MS) && Number.isInteger(days.toMs / DAY_MS)).toBe(true);
        for (const part of hours) expect(part.toMs - part.fromMs).toBeLessThan(2 * DAY_MS);
      },
    ),
  );
});
