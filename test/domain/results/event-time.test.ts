// Times of events: their form, their zone, and how far from now they may lie.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AHEAD_MAX_MS, HORIZON_MS, readTimestamp } from '../../../src/domain/results/event-time.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const at = (text: string): number => {
  const reading = readTimestamp(text, NOW);
  if (!reading.ok) throw new Error(`${text}: ${reading.reason}`);
  return reading.eventTimeMs;
};

describe('form', () => {
  test.each([
    ['2026-11-21T12:00:00Z', NOW],
    ['2026-11-21t12:00:00z', NOW],
    ['2026-11-21 12:00:00Z', NOW],
    ['2026-11-21T09:00:00-03:00', NOW],
    ['2026-11-21T17:30:00+05:30', NOW],
    ['2026-11-21T12:00:00-00:00', NOW],
    ['2026-11-21T11:59:59.570Z', NOW - 430],
    ['2026-11-21T11:59:59.5Z', NOW - 500],
    ['2026-11-21T11:59:59.999999999Z', NOW - 1],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['2017-01-01T05:29:60+05:30', Date.UTC(2017, 0, 1)],
  ])('[MON-4] %s is read', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  test.each([
    ['2026-11-21T12:00:00', 'no_zone'],
    ['2026-11-21', 'not_rfc3339'],
    ['', 'not_rfc3339'],
    ['1795262400000', 'not_rfc3339'],
    ['yesterday', 'not_rfc3339'],
    ['2026-11-21T12:00Z', 'not_rfc3339'],
    ['2026-11-21T12:00:00+0300', 'not_rfc3339'],
    ['2026-11-21T12:00:00Z\n', 'not_rfc3339'],
    ['+02026-11-21T12:00:00Z', 'not_rfc3339'],
    ['2026-11-21T12:00:00.Z', 'not_rfc3339'],
    ['2026-13-01T00:00:00Z', 'out_of_range'],
    ['2026-00-01T00:00:00Z', 'out_of_range'],
    ['2026-02-29T00:00:00Z', 'out_of_range'],
    ['2026-04-31T00:00:00Z', 'out_of_range'],
    ['2026-11-00T00:00:00Z', 'out_of_range'],
    ['2026-11-21T24:00:00Z', 'out_of_range'],
    ['2026-11-21T12:60:00Z', 'out_of_range'],
    ['2026-11-21T12:00:61Z', 'out_of_range'],
    ['2026-11-21T12:00:60Z', 'out_of_range'],
    ['2026-11-21T12:00:00+24:00', 'out_of_range'],
    ['2026-11-21T12:00:00+01:60', 'out_of_range'],
    ['0026-11-21T12:00:00Z', 'out_of_range'],
  ])('[MON-4] %o is refused: %s', (text, reason) => {
    expect(readTimestamp(text, NOW)).toEqual({ ok: false, reason });
  });

  test('[MON-4] every moment is read back from its ISO text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: NOW }), (moment) => {
        expect(at(new Date(moment).toISOString())).toBe(moment);
      }),
    );
  });
});

describe('distance from now', () => {
  const reading = (differenceMs: number): unknown => readTimestamp(new Date(NOW + differenceMs).toISOString(), NOW);

  test('[MON-5] five minutes ahead is read, a millisecond more is refused', () => {
    expect(reading(AHEAD_MAX_MS)).toMatchObject({ ok: true, historyOnly: false });
    expect(reading(AHEAD_MAX_MS + 1)).toEqual({ ok: false, reason: 'ahead' });
    expect(AHEAD_MAX_MS).toBe(300_000);
  });

  test('[MON-6] 24 hours back still counts, a millisecond more is history only', () => {
    expect(reading(-HORIZON_MS)).toMatchObject({ ok: true, hasOwnEventTime: true, historyOnly: false });
    expect(reading(-HORIZON_MS - 1)).toMatchObject({ ok: true, hasOwnEventTime: true, historyOnly: true });
    expect(HORIZON_MS).toBe(86_400_000);
  });

  test('[MON-7] without a time the event is of now, and says that the time is not its own', () => {
    expect(readTimestamp(null, NOW)).toEqual({
      ok: true,
      eventTimeMs: NOW,
      hasOwnEventTime: false,
      historyOnly: false,
    });
  });
});
