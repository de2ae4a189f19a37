import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applySignal, closeDeleted, EMPTY_ALERT_BOOK, isOfEveryone } from '../../../src/domain/health/alert-book.ts';
import { NO_STALL, stall, STALLED_AFTER_MS, stallSignal } from '../../../src/domain/health/stream-stall.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { incidentOf } from '../../../src/domain/notifications/incident.ts';
import { headline } from '../../../src/platform/notifications/incident-text.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

describe('a stream that stands still', () => {
  const stepsOf = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 200_000 })), { maxLength: 60 });

  test('[STR-35] on and off take turns, and on comes only after 5 minutes in which no step was current', () => {
    fc.assert(
      fc.property(stepsOf, (steps) => {
        let state = NO_STALL;
        let [now, currentAt, last] = [NOW, NOW, 'off'];
        for (const [isCurrent, afterMs] of steps) {
          now += afterMs;
          const next = stall(state, isCurrent, now);
          if (isCurrent) currentAt = now;
          if (next.signal !== null) {
            expect(next.signal).not.toBe(last);
            last = next.signal;
          }
          if (next.signal === 'on') expect(now - currentAt).toBeGreaterThanOrEqual(STALLED_AFTER_MS);
          expect(next.state.isOn).toBe(last === 'on');
          state = next.state;
        }
      }),
    );
  });

  test('[STR-35] a clock that was set back begins the wait anew', () => {
    const behind = stall(NO_STALL, false, NOW).state;
    const back = stall(behind, false, NOW - 3_600_000).state;
    expect(stall(back, false, NOW - 3_600_000 + STALLED_AFTER_MS - 1).signal).toBeNull();
  });

  test('[STR-35] is an alert of its source and of no processor, graver than its dead letters', () => {
    const behind = stall(NO_STALL, false, NOW).state;
    const on = stall(behind, false, NOW + STALLED_AFTER_MS);
    const signal = stallSignal('apos', on, 'unreachable', NOW + STALLED_AFTER_MS)!;
    const { book, changed } = applySignal(EMPTY_ALERT_BOOK, signal, NOW + STALLED_AFTER_MS, 'alt_1');
    expect(isOfEveryone('stream_stalled')).toBe(true);
    expect(closeDeleted(book, asProcessorId('*'), -1, NOW).changed).toEqual([]);
    const incident = incidentOf(changed[0]!);
    expect([incident.severity, headline(incident, 'open')]).toEqual([
      'error',
      'ERROR: stream of source apos is not read, or not as fast as it grows',
    ]);
    const off = stallSignal('apos', stall(on.state, true, NOW + 400_000), 'drained', NOW + 400_000)!;
    expect(applySignal(book, off, NOW + 400_000, 'alt_2').changed).toMatchObject([
      { id: 'alt_1', closedAtMs: NOW + 400_000 },
    ]);
  });
});
