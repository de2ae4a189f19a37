import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applySignal, EMPTY_ALERT_BOOK } from '../../../src/domain/health/alert-book.ts';
import {
  growth,
  growthSignal,
  type LetterGrowth,
  lettersLastHour,
  NO_GROWTH,
} from '../../../src/domain/health/letter-growth.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;

interface Arrival {
  readonly atMs: number;
  readonly count: number;
}

function through(arrivals: readonly Arrival[]): { state: LetterGrowth; signals: readonly string[] } {
  let state = NO_GROWTH;
  const signals: string[] = [];
  for (const { atMs, count } of arrivals) {
    const step = growth(state, count, NOW + atMs);
    state = step.state;
    if (step.signal !== null) signals.push(step.signal);
  }
  return { state, signals };
}

describe('growth of dead letters', () => {
  const cases: readonly (readonly [string, readonly Arrival[], readonly string[]])[] = [
    ['100 within an hour are none', [{ atMs: 0, count: 100 }], []],
    ['101 at once are one', [{ atMs: 0, count: 101 }], ['on']],
    [
      '101 in two halves of an hour are one',
      [
        { atMs: 0, count: 50 },
        { atMs: 59 * MINUTE, count: 51 },
      ],
      ['on'],
    ],
    [
      '101 over more than an hour are none',
      [
        { atMs: 0, count: 50 },
        { atMs: 60 * MINUTE, count: 51 },
      ],
      [],
    ],
    [
      'more while it is on is told once',
      [
        { atMs: 0, count: 101 },
        { atMs: 1, count: 500 },
      ],
      ['on'],
    ],
    [
      'an hour without any ends it',
      [
        { atMs: 0, count: 101 },
        { atMs: 59 * MINUTE, count: 0 },
        { atMs: 60 * MINUTE, count: 0 },
      ],
      ['on', 'off'],
    ],
    [
      '10 in the last hour do not end it',
      [
        { atMs: 0, count: 101 },
        { atMs: 30 * MINUTE, count: 10 },
        { atMs: 60 * MINUTE, count: 0 },
      ],
      ['on'],
    ],
    [
      '9 in the last hour end it',
      [
        { atMs: 0, count: 101 },
        { atMs: 30 * MINUTE, count: 9 },
        { atMs: 60 * MINUTE, count: 0 },
      ],
      ['on', 'off'],
    ],
    [
      'it begins again',
      [
        { atMs: 0, count: 101 },
        { atMs: 60 * MINUTE, count: 0 },
        { atMs: 61 * MINUTE, count: 101 },
      ],
      ['on', 'off', 'on'],
    ],
  ];
  for (const [name, arrivals, signals] of cases)
    test(`[ALT-19] ${name}`, () => expect(through(arrivals).signals).toEqual(signals));

  test('[ALT-19] counts what came in the last 60 minutes, on and off in turn, and keeps at most 60 numbers', () => {
    const arrival = fc.record({ afterMs: fc.nat(40 * MINUTE), count: fc.nat(60) });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 60 }), (moves) => {
        let state = NO_GROWTH;
        let now = NOW;
        let wasOn = false;
        const all: Arrival[] = [];
        for (const { afterMs, count } of moves) {
          now += afterMs;
          all.push({ atMs: now, count });
          const step = growth(state, count, now);
          const minute = Math.floor(now / MINUTE);
          const expected = all.filter(({ atMs }) => Math.floor(atMs / MINUTE) > minute - 60);
          expect(lettersLastHour(step.state)).toBe(expected.reduce((sum, each) => sum + each.count, 0));
          expect(step.state.arrivals.length).toBeLessThanOrEqual(60);
          expect(step.signal).toBe(step.state.isOn === wasOn ? null : step.state.isOn ? 'on' : 'off');
          wasOn = step.state.isOn;
          state = step.state;
        }
      }),
    );
  });

  const fills = (share: number, lostCount = 0) => ({ share, lostCount });

  test.each([
    ['79% of the room are none', [fills(0.79)], []],
    ['80% are one, however slowly they came', [fills(0.8)], ['on']],
    ['more is told once', [fills(0.8), fills(1), fills(1, 50)], ['on']],
    ['70% do not end it', [fills(0.8), fills(0.7)], ['on']],
    ['less than 70% end it', [fills(0.8), fills(0.69)], ['on', 'off']],
    ['a source that has less and loses letters is one, too', [fills(0.5, 1), fills(0.5)], ['on']],
  ])('[ALT-30] letters that fill the room there is: %s', (_, stores, signals) => {
    let state = NO_GROWTH;
    const told = stores.flatMap((store, at) => {
      const step = growth(state, 1, NOW + at * 60 * MINUTE, store);
      state = step.state;
      return step.signal ?? [];
    });
    expect(told).toEqual(signals);
  });

  test('[ALT-30] letters that are lost now and then are one alert, which ends a day after the last', () => {
    const lost = growth(NO_GROWTH, 1, NOW, fills(0.5, 1));
    const again = growth(lost.state, 1, NOW + 600 * MINUTE, fills(0.5, 1));
    const almost = growth(again.state, 0, NOW + (600 + 1_440) * MINUTE - 1, fills(0.5));
    const over = growth(almost.state, 0, NOW + (600 + 1_440) * MINUTE, fills(0.5));
    expect([lost, again, almost, over].map(({ signal }) => signal)).toEqual(['on', null, null, 'off']);
    expect(over.state).toEqual(NO_GROWTH);
    expect(growthSignal('stripe', lost, NOW)).toMatchObject({
      kind: 'dead_letters',
      subject: 'stripe',
      reason: 'dead letters of stripe fill the room there is for them: the oldest give way',
      evidence: { letters_last_hour: 1, room_used_percent: 50 },
    });
  });

  test('[ALT-19] what came before a clock was set back is forgotten', () => {
    const { state } = through([{ atMs: 0, count: 101 }]);
    expect(growth(state, 0, NOW - MINUTE)).toMatchObject({ state: NO_GROWTH, signal: 'off' });
  });

  test('[ALT-19] its signals open and close one alert of the source', () => {
    const begun = growth(NO_GROWTH, 150, NOW);
    const on = growthSignal('stripe', begun, NOW)!;
    const opened = applySignal(EMPTY_ALERT_BOOK, on, NOW, 'alt_1');
    expect(opened.changed).toMatchObject([
      { id: 'alt_1', kind: 'dead_letters', subject: 'stripe', evidence: { letters_last_hour: 150 }, closedAtMs: null },
    ]);
    const later = NOW + 60 * MINUTE;
    const off = growthSignal('stripe', growth(begun.state, 0, later), later)!;
    expect(applySignal(opened.book, off, later, 'alt_2').changed).toMatchObject([{ id: 'alt_1', closedAtMs: later }]);
    expect(growthSignal('stripe', growth(NO_GROWTH, 1, NOW), NOW)).toBeNull();
  });
});
