import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countsSinceMs,
  NEW_BREAKER,
  requestPermit,
  reset,
  type BreakerAttempt,
  type BreakerState,
} from '../../../src/domain/health/breaker.ts';
import { after, closed, halfOpen, open, step, T0 } from './breaker-attempts.ts';
import { BREAKER_DEFAULTS } from '../../../src/domain/processor-config.ts';
import { isTechnicalFailure } from '../../../src/domain/results/canonical-result.ts';

const FAILURE = { technicalFailure: true };
const LATE = T0 + 90_000;

function run(state: BreakerState, results: string, from = T0): BreakerState {
  return [...results].reduce(
    (held, letter, index) => after(held, from + index, { technicalFailure: letter === 'x' }),
    state,
  );
}

describe('CLOSED', () => {
  test('[BRK-1] the first failure never opens; five in a row do, four and a success do not', () => {
    expect(run(NEW_BREAKER, 'x').state).toBe('CLOSED');
    expect(run(NEW_BREAKER, 'xxxx').state).toBe('CLOSED');
    expect(run(NEW_BREAKER, 'xxxx.xxxx').state).toBe('CLOSED');
    expect(run(NEW_BREAKER, 'xxxxx')).toEqual(open({ openedAt: T0 + 4, reopensAt: T0 + 60_004 }));
  });

  test('[BRK-1] failures do not add up over a life', () => {
    expect(run(NEW_BREAKER, 'x.'.repeat(500)).state).toBe('CLOSED');
  });

  test.each([
    [{ total: 9, technical: 9 }, 'CLOSED'],
    [{ total: 10, technical: 4 }, 'CLOSED'],
    [{ total: 10, technical: 5 }, 'OPEN'],
    [{ total: 50, technical: 24 }, 'CLOSED'],
    [{ total: 50, technical: 25 }, 'OPEN'],
  ] as const)('[BRK-1] a failure in a window of %o leaves it %s', (window, state) => {
    expect(after(NEW_BREAKER, T0, { ...FAILURE, window }).state).toBe(state);
  });

  test('[BRK-1] the technical change detector opens it, and only at a failure', () => {
    expect(step(NEW_BREAKER, T0, { ...FAILURE, detectorTrips: true }).transition).toEqual({
      atMs: T0,
      from: 'CLOSED',
      to: 'OPEN',
      reason: 'detector',
    });
    expect(after(NEW_BREAKER, T0, { detectorTrips: true, window: { total: 50, technical: 49 } }).state).toBe('CLOSED');
  });

  test('[BRK-3] at a baseline of 20% a run of nine stays CLOSED and the tenth opens', () => {
    const baseline = { rate: 0.2, attempts: 5_000 };
    const nine = Array.from({ length: 9 }).reduce<BreakerState>(
      (held, _one, index) => after(held, T0 + index, { ...FAILURE, baseline }),
      NEW_BREAKER,
    );
    expect(nine.state).toBe('CLOSED');
    expect(after(nine, T0 + 9, { ...FAILURE, baseline }).state).toBe('OPEN');
  });

  test('[BRK-4] an issuer decline never trips the breaker, nor does an issuer or user fault of any kind', () => {
    for (const fault of ['issuer', 'user'] as const) {
      for (const result of ['declined', 'error', 'timeout'] as const) {
        const technicalFailure = isTechnicalFailure({ result, fault });
        const state = Array.from({ length: 1_000 }).reduce<BreakerState>(
          (held, _one, index) => after(held, T0 + index, { technicalFailure, window: { total: 50, technical: 0 } }),
          NEW_BREAKER,
        );
        expect(state).toEqual(NEW_BREAKER);
      }
    }
    expect(isTechnicalFailure({ result: 'declined', fault: 'merchant_config' })).toBe(true);
  });

  test('[BRK-6] after closing, the window of the outage does not count and results from before the trial change nothing', () => {
    const recovered = after(halfOpen({ successes: 2 }), LATE, {});
    expect(recovered).toEqual(closed({ since: LATE, countsFrom: T0 + 60_000 }));
    expect(countsSinceMs(recovered)).toBe(LATE);
    const late = { ...FAILURE, decidedAtMs: T0 + 59_999, window: { total: 50, technical: 50 }, detectorTrips: true };
    expect(after(recovered, LATE + 1, late)).toEqual(recovered);
    expect(after(recovered, LATE + 1, { ...late, decidedAtMs: T0 + 60_000 }).state).toBe('OPEN');
  });
});

describe('OPEN', () => {
  test.each([
    ['before the opening', T0 - 1],
    ['while open', T0 + 59_999],
  ])('[BRK-7] a result decided %s changes nothing', (_when, decidedAtMs) => {
    for (const technicalFailure of [true, false]) {
      expect(step(open(), LATE, { technicalFailure, decidedAtMs })).toEqual({ state: open(), transition: null });
    }
  });

  test('[BRK-8] a success decided when it may be tried begins the trial and counts', () => {
    expect(step(open(), LATE, { decidedAtMs: T0 + 60_000 })).toEqual({
      state: halfOpen({ successes: 1 }),
      transition: { atMs: LATE, from: 'OPEN', to: 'HALF_OPEN', reason: 'trial' },
    });
    expect(after(open(), LATE, {}, { ...BREAKER_DEFAULTS, successThreshold: 1 }).state).toBe('CLOSED');
  });

  test('[BRK-8] a failure decided when it may be tried is a relapse', () => {
    const { state, transition } = step(open(), LATE, FAILURE);
    expect(state).toMatchObject({ state: 'OPEN', openedAt: LATE, relapses: 1, reason: 'relapse' });
    expect(transition).toEqual({ atMs: LATE, from: 'OPEN', to: 'OPEN', reason: 'relapse' });
  });

  test('[BRK-8] a stamp ahead of the clock begins no trial early', () => {
    expect(after(open(), T0 + 1_000, { decidedAtMs: T0 + 300_000 })).toEqual(open());
  });
});

describe('HALF_OPEN', () => {
  test('[BRK-9] three successes close it, with or without permit', () => {
    const permit = { nonce: 'a', expiresAt: LATE + 1 };
    const first = after(halfOpen({ permits: [permit] }), LATE, { permitNonce: 'a' });
    expect(first).toMatchObject({ state: 'HALF_OPEN', permits: [], successes: 1 });
    const second = after(first, LATE);
    expect(second).toMatchObject({ state: 'HALF_OPEN', permits: [], successes: 2 });
    expect(step(second, LATE).transition).toEqual({ atMs: LATE, from: 'HALF_OPEN', to: 'CLOSED', reason: 'recovered' });
  });

  test('[BRK-9] one failure is a relapse: open again, twice as long within 10%', () => {
    const relapsed = after(halfOpen({ successes: 2 }), LATE, FAILURE);
    expect(relapsed).toMatchObject({ state: 'OPEN', openedAt: LATE, relapses: 1 });
    if (relapsed.state !== 'OPEN') return;
    expect(relapsed.reopensAt - LATE).toBeGreaterThanOrEqual(108_000);
    expect(relapsed.reopensAt - LATE).toBeLessThanOrEqual(132_000);
  });

  test('[BRK-9] a result decided before the trial changes nothing', () => {
    for (const technicalFailure of [true, false]) {
      expect(after(halfOpen(), LATE, { technicalFailure, decidedAtMs: T0 + 59_999 })).toEqual(halfOpen());
    }
  });

  test('[BRK-9] no result keeps it half-open for ever: one payment a minute brings it back a year later', () => {
    const year = T0 + 365 * 86_400_000;
    expect(run(halfOpen(), '..', year)).toEqual(halfOpen({ successes: 2 }));
    expect(run(halfOpen(), '...', year).state).toBe('CLOSED');
  });

  test('[BRK-10] the open time doubles to its maximum and is spread by 10% by the seed', () => {
    const lengths = [1, 2, 3, 6, 40].map((relapses) => {
      const state = after(halfOpen({ relapses: relapses - 1 }), LATE, FAILURE);
      return state.state === 'OPEN' ? state.reopensAt - state.openedAt : Number.NaN;
    });
    [120_000, 240_000, 300_000, 300_000, 300_000].forEach((expected, index) => {
      expect(Math.abs(lengths[index]! / expected - 1)).toBeLessThanOrEqual(0.1);
    });
  });

  test('[BRK-11] relapses are forgotten after ten minutes of CLOSED, not before', () => {
    const trip = (nowMs: number) =>
      after(closed({ since: T0, countsFrom: T0, relapses: 2 }), nowMs, { ...FAILURE, detectorTrips: true });
    expect(trip(T0 + 599_999)).toMatchObject({ state: 'OPEN', relapses: 2 });
    expect(trip(T0 + 600_000)).toEqual(open({ openedAt: T0 + 600_000, reopensAt: T0 + 660_000, reason: 'detector' }));
  });
});

describe('every state', () => {
  const moves: readonly (readonly [string, BreakerState, Partial<BreakerAttempt>, BreakerState['state']])[] = [
    ['CLOSED stays', closed(), {}, 'CLOSED'],
    ['CLOSED to OPEN', closed({ consecutiveFailures: 4 }), FAILURE, 'OPEN'],
    ['CLOSED never to HALF_OPEN', closed(), FAILURE, 'CLOSED'],
    ['OPEN stays', open(), { decidedAtMs: T0 }, 'OPEN'],
    ['OPEN to HALF_OPEN', open(), {}, 'HALF_OPEN'],
    [
      'OPEN never straight to CLOSED at the default threshold',
      open(),
      { window: { total: 50, technical: 0 } },
      'HALF_OPEN',
    ],
    ['HALF_OPEN stays', halfOpen(), {}, 'HALF_OPEN'],
    ['HALF_OPEN to CLOSED', halfOpen({ successes: 2 }), {}, 'CLOSED'],
    ['HALF_OPEN to OPEN', halfOpen({ successes: 2 }), FAILURE, 'OPEN'],
  ];
  test.each(moves)('[BRK-12] %s', (_name, state, fields, expected) => {
    const moved = step(state, LATE, fields);
    expect(moved.state.state).toBe(expected);
    expect(moved.transition !== null).toBe(expected !== state.state);
  });

  test('[BRK-13] a reset closes any state, and forgets what was decided before it', () => {
    for (const state of [closed({ consecutiveFailures: 4 }), open({ relapses: 3 }), halfOpen({ relapses: 3 })]) {
      const { state: fresh, transition } = reset(state, LATE);
      expect(fresh).toEqual(closed({ since: LATE, countsFrom: LATE }));
      expect(transition?.reason ?? null).toBe(state.state === 'CLOSED' ? null : 'reset');
      expect(after(fresh, LATE + 1, { ...FAILURE, decidedAtMs: LATE - 1, detectorTrips: true })).toEqual(fresh);
    }
  });

  test('[BRK-14] a clock set back a day stretches no open time and no permit, and one set forward only ends them', () => {
    const dayBack = T0 - 86_400_000;
    expect(after(open(), dayBack)).toEqual(open({ openedAt: dayBack, reopensAt: dayBack + 60_000 }));
    const permits = Array.from({ length: 5 }, (_one, index) => ({ nonce: `n${index}`, expiresAt: LATE + 900_000 }));
    const back = requestPermit(halfOpen({ permits }), { nowMs: dayBack, nonce: 'x', ttlMs: 30_000 }, BREAKER_DEFAULTS);
    expect(back.granted).toBe(false);
    expect(
      requestPermit(back.state, { nowMs: dayBack + 900_000, nonce: 'x', ttlMs: 30_000 }, BREAKER_DEFAULTS).granted,
    ).toBe(true);
    expect(after(closed({ since: T0, countsFrom: T0 }), dayBack, FAILURE)).toMatchObject({
      since: dayBack,
      consecutiveFailures: 1,
    });
    expect(requestPermit(open(), { nowMs: T0 + 86_400_000, nonce: 'x', ttlMs: 30_000 }, BREAKER_DEFAULTS).granted).toBe(
      true,
    );
  });

  test('[BRK-15] any history gives the same state after a round trip through JSON, and only legal transitions', () => {
    const event = fc.record({
      afterMs: fc.integer({ min: -5_000, max: 70_000 }),
      technicalFailure: fc.boolean(),
      decidedBeforeMs: fc.integer({ min: -10_000, max: 100_000 }),
      detectorTrips: fc.boolean(),
      permit: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let live: BreakerState = NEW_BREAKER;
        let stored: BreakerState = NEW_BREAKER;
        let nowMs = T0;
        for (const { afterMs, technicalFailure, decidedBeforeMs, detectorTrips, permit } of events) {
          nowMs += afterMs;
          if (permit) {
            const request = { nowMs, nonce: `n${nowMs}`, ttlMs: 30_000 };
            live = requestPermit(live, request, BREAKER_DEFAULTS).state;
            stored = requestPermit(JSON.parse(JSON.stringify(stored)), request, BREAKER_DEFAULTS).state;
          }
          const before: BreakerState = live;
          const fields = { technicalFailure, detectorTrips, decidedAtMs: nowMs - decidedBeforeMs };
          const moved = step(live, nowMs, fields);
          live = moved.state;
          stored = after(JSON.parse(JSON.stringify(stored)), nowMs, fields);
          expect(stored).toEqual(live);
          if (moved.transition !== null) {
            expect([moved.transition.from, moved.transition.to]).toEqual([before.state, live.state]);
            if (before.state === 'CLOSED') expect(live.state).toBe('OPEN');
          } else expect(live.state).toBe(before.state);
          if (live.state === 'OPEN') expect(live.reopensAt - live.openedAt).toBeLessThanOrEqual(330_000);
        }
      }),
    );
  });
});
