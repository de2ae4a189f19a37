import { describe, expect, test } from 'vitest';
import { readTimestamp } from '../../../lab/anomalies/timestamp.ts';

const NOON = Date.UTC(2018, 6, 3, 12);

describe('a timestamp', () => {
  test.each([
    ['2018-07-03T12:00:00Z', NOON],
    ['2018-07-03 12:00:00', NOON],
    ['2018-07-03 12:00', NOON],
    ['2018-07-03T12:00:00.250Z', NOON + 250],
    ['2018-07-03T14:00:00+02:00', NOON],
    ['2018-07-03T06:30:00-0530', NOON],
    ['2018-07-03 12:00:00 UTC', NOON],
    ['2018-07-03 12:00:00.123456', NOON + 123.456],
    ['2018-07-03', NOON - 12 * 3_600_000],
    ['2018-07-02T24:00:00Z', NOON - 12 * 3_600_000],
    ['0001-01-01', Date.parse('0001-01-01')],
    [String(NOON / 1_000), NOON],
    [`${NOON / 1_000}.5`, NOON + 500],
    ['1.5306192e9', NOON],
    [String(NOON), NOON],
    ['0', 0],
    ['-3600', -3_600_000],
  ])('%s is read', (text, ms) => {
    expect(readTimestamp(text)).toBeCloseTo(ms, 6);
  });

  test.each([
    '',
    'noon',
    '2018-02-30',
    '2018-13-01',
    '2018-07-03 25:00:00',
    '2018-07-03 24:00:01',
    '2018-07-03 12:60:00',
    '2018-07-03T12:00:00+25:00',
    '03.07.2018 12:00',
    '1e300',
    '0x10',
  ])('%s is none', (text) => {
    expect(readTimestamp(text)).toBeNull();
  });
});
