import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  asksForPermit,
  breakerView,
  nextPermitExpiry,
  onAttempt,
  permitTtlMs,
  requestPermit,
  type BreakerState,
} from '../../../src/domain/health/breaker.ts';
import { after, attempt, closed, halfOpen, open, step, T0 } from './breaker-attempts.ts';
import { BREAKER_DEFAULTS } from '../../../src/domain/processor-config.ts';
import type { BreakerView } from '../../../src/domain/health/status-row.ts';

const TRIAL = T0 + 60_000;
const ask = (state: BreakerState, nowMs: number, nonce: string, ttlMs = 30_000) =>
  requestPermit(state, { nowMs, nonce, ttlMs }, BREAKER_DEFAULTS);
const view = (state: BreakerState, nowMs: number) => breakerView(state, nowMs, BREAKER_DEFAULTS);

describe('permits', () => {
  test('[BRK-16] of 64 requests at once exactly N get a permit', () => {
    for (const halfOpenMaxAttempts of [1, 5, 12]) {
      let state: BreakerState = open();
      let granted = 0;
      for (let index = 0; index < 64; index += 1) {
        const reply = requestPermit(
          state,
          { nowMs: TRIAL, nonce: `n${index}`, ttlMs: 30_000 },
          { ...BREAKER_DEFAULTS, halfOpenMaxAttempts },
        );
        state = reply.state;
        if (reply.granted) granted += 1;
      }
      expect(granted).toBe(halfOpenMaxAttempts);
    }
  });

  test('[BRK-16] the first request past the open time begins the trial, dated from when it might have begun', () => {
    expect(ask(open(), TRIAL - 1, 'a')).toEqual({ state: open(), granted: false, transition: null });
    expect(ask(open(), TRIAL + 500, 'a')).toEqual({
      state: halfOpen({ permits: [{ nonce: 'a', expiresAt: TRIAL + 30_500 }] }),
      granted: true,
      transition: { atMs: TRIAL + 500, from: 'OPEN', to: 'HALF_OPEN', reason: 'trial' },
    });
  });

  test('[BRK-16] a CLOSED breaker needs no permit, and the same nonce takes only one', () => {
    expect(ask(closed(), T0, 'a')).toEqual({ state: closed(), granted: true, transition: null });
    const once = ask(open(), TRIAL, 'a');
    const twice = ask(once.state, TRIAL, 'a');
    expect(twice).toEqual({ state: once.state, granted: true, transition: null });
  });

  test('[BRK-17] stuck permits expire and just return', () => {
    const state = Array.from({ length: 5 }).reduce<BreakerState>(
      (held, _one, index) => ask(held, TRIAL, `n${index}`).state,
      open(),
    );
    expect(ask(state, TRIAL + 29_999, 'x').granted).toBe(false);
    expect(nextPermitExpiry(state, TRIAL)).toBe(TRIAL + 30_000);
    expect(view(state, TRIAL + 29_999)).toMatchObject({ state: 'HALF_OPEN', permitsOut: 5, permitsMax: 5 });
    expect(view(state, TRIAL + 30_000)).toMatchObject({ state: 'HALF_OPEN', permitsOut: 0 });
    expect(nextPermitExpiry(state, TRIAL + 30_000)).toBeNull();
    const late = ask(state, TRIAL + 30_000, 'x');
    expect(late.granted).toBe(true);
    expect(late.state).toEqual(halfOpen({ permits: [{ nonce: 'x', expiresAt: TRIAL + 60_000 }] }));
  });

  test('[BRK-17] a result returns its permit, whoever decided it when', () => {
    const state = halfOpen({ permits: ['a', 'b'].map((nonce) => ({ nonce, expiresAt: TRIAL + 30_000 })) });
    const returned = after(state, TRIAL + 10, { permitNonce: 'a', decidedAtMs: TRIAL - 20 });
    expect(returned).toEqual(
      halfOpen({
        permits: [{ nonce: 'b', expiresAt: TRIAL + 30_000 }],
        successes: 1,
        answeredTo: TRIAL + 30_000,
      }),
    );
    expect(after(state, TRIAL + 10, { permitNonce: 'stranger', decidedAtMs: TRIAL - 20 })).toEqual(state);
  });

  describe('of five trials, sent one after the other', () => {
    const sent = ['a', 'b', 'c', 'd', 'e'].reduce<BreakerState>(
      (held, nonce, index) => ask(held, TRIAL + index, nonce).state,
      open(),
    );
    const answers = (state: BreakerState, nonces: string, technicalFailure = false): BreakerState =>
      [...nonces].reduce(
        (held, permitNonce, index) => after(held, TRIAL + 2_000 + index, { permitNonce, technicalFailure }),
        state,
      );

    test('[BRK-33] three answers close it, if none sent earlier is still out', () => {
      expect(answers(sent, 'abc').state).toBe('CLOSED');
      expect(answers(sent, 'cab').state).toBe('CLOSED');
      expect(answers(sent, 'acd').state).toBe('HALF_OPEN');
      expect(answers(sent, 'acdb').state).toBe('CLOSED');
    });

    test('[BRK-33] the silence of one is outweighed by six successes, and so it is when its permit has expired', () => {
      let held = answers(sent, 'acde');
      for (const [index, nonce] of ['f', 'g'].entries()) {
        expect(held.state).toBe('HALF_OPEN');
        held = ask(held, TRIAL + 3_000 + index, nonce).state;
        held = after(held, TRIAL + 4_000 + index, { permitNonce: nonce });
      }
      expect(held.state).toBe('CLOSED');
      const late = ask(answers(sent, 'acde'), TRIAL + 31_000, 'f').state;
      expect(after(late, TRIAL + 31_500, { permitNonce: 'f' }).state).toBe('CLOSED');
    });

    test('[BRK-33] the timeout that was out is a relapse, not a failure of what has closed', () => {
      expect(answers(answers(sent, 'acd'), 'b', true)).toMatchObject({ state: 'OPEN', relapses: 1 });
    });
  });

  test.each([
    [0, 30_000],
    [45_000, 45_000],
    [86_400_000, 900_000],
    [Infinity, 900_000],
    [Number.NaN, 30_000],
  ])('[BRK-17] a p99 result delay of %d ms gives a permit of %d ms', (p99, ttl) => {
    expect(permitTtlMs(p99)).toBe(ttl);
  });

  test('[BRK-16] never more than N permits are out, whatever is asked, answered and left hanging', () => {
    const event = fc.record({
      afterMs: fc.integer({ min: 0, max: 20_000 }),
      nonce: fc.integer({ min: 0, max: 20 }),
      result: fc.constantFrom(null, true, false),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        let state: BreakerState = open();
        let nowMs = T0;
        for (const { afterMs, nonce, result } of events) {
          nowMs += afterMs;
          if (result === null) state = ask(state, nowMs, `n${nonce}`).state;
          else state = after(state, nowMs, { technicalFailure: result, permitNonce: `n${nonce}` });
          const shown = view(state, nowMs);
          if (shown.state === 'HALF_OPEN')
            expect(shown.permitsOut).toBeLessThanOrEqual(BREAKER_DEFAULTS.halfOpenMaxAttempts);
        }
      }),
    );
  });
});

/** Payments at a fixed pace against a healed processor; how many were eligible from the first trial on until it closed. */
function paymentsToClose(
  start: BreakerState,
  everyMs: number,
  resultAfterMs: number,
  draw: (index: number) => number,
): number {
  let state = start;
  const pending: { atMs: number; decidedAtMs: number; nonce: string }[] = [];
  for (let index = 0; index < 10_000; index += 1) {
    const nowMs = TRIAL + index * everyMs;
    for (const due of pending.filter(({ atMs }) => atMs <= nowMs)) {
      state = onAttempt(
        state,
        attempt(due.atMs, { decidedAtMs: due.decidedAtMs, permitNonce: due.nonce }),
        BREAKER_DEFAULTS,
        1,
      ).state;
      pending.splice(pending.indexOf(due), 1);
    }
    if (state.state === 'CLOSED') return index;
    if (!asksForPermit(view(state, nowMs), nowMs, draw(index))) continue;
    const reply = ask(state, nowMs, `n${index}`);
    state = reply.state;
    if (reply.granted) pending.push({ atMs: nowMs + resultAfterMs, decidedAtMs: nowMs, nonce: `n${index}` });
  }
  return Infinity;
}

describe('coming back', () => {
  test.each([
    [1_000, 200],
    [60_000, 2_000],
    [1_000, 3_000],
    [86_400_000, 2_000],
  ])(
    '[BRK-18] a healed processor is CLOSED within 10 eligible payments (one each %d ms, answered after %d ms)',
    (everyMs, resultAfterMs) => {
      expect(paymentsToClose(open(), everyMs, resultAfterMs, () => 0.999)).toBeLessThanOrEqual(10);
    },
  );

  test('[BRK-19] with one payment a minute it comes back after a relapse too, though no draw ever asks', () => {
    expect(paymentsToClose(open({ relapses: 6 }), 60_000, 2_000, () => 0.999)).toBeLessThanOrEqual(5);
  });

  test('[BRK-19] after a relapse one request in a hundred asks, until the trial is a minute old and no permit is out', () => {
    const relapsed = view(open({ relapses: 1 }), TRIAL);
    expect(asksForPermit(relapsed, TRIAL - 1, 0)).toBe(false);
    expect(asksForPermit(relapsed, TRIAL, 0.0099)).toBe(true);
    expect(asksForPermit(relapsed, TRIAL, 0.01)).toBe(false);
    expect(asksForPermit(relapsed, TRIAL + 59_999, 0.01)).toBe(false);
    expect(asksForPermit(relapsed, TRIAL + 60_000, 0.999)).toBe(true);
    const trying: BreakerView = { state: 'HALF_OPEN', since: TRIAL, permitsOut: 1, permitsMax: 5, relapses: 1 };
    expect(asksForPermit(trying, TRIAL + 60_000, 0.999)).toBe(false);
    expect(asksForPermit({ ...trying, permitsOut: 0 }, TRIAL + 60_000, 0.999)).toBe(true);
    expect(asksForPermit(trying, TRIAL + 960_000, 0.999)).toBe(true);
  });

  test('[BRK-19] at the first trial every eligible request asks, and a CLOSED breaker is never asked', () => {
    expect(asksForPermit(view(open(), TRIAL), TRIAL, 0.999)).toBe(true);
    expect(asksForPermit(view(open(), TRIAL), TRIAL - 1, 0)).toBe(false);
    expect(asksForPermit({ state: 'CLOSED' }, TRIAL, 0)).toBe(false);
  });

  test('[BRK-19] a shorter open time shortens the wait', () => {
    const relapsed = view(open({ relapses: 1 }), TRIAL);
    expect(asksForPermit(relapsed, TRIAL + 2_000, 0.999, 2_000)).toBe(true);
  });
});

describe('scouts', () => {
  const relapsed = open({ relapses: 2, reopensAt: T0 + 240_000, reason: 'relapse' });
  const DUE = T0 + 60_000;
  const sent = ask(relapsed, DUE, 'scout').state;

  test('[BRK-32] a first opening sends none, a relapsed one sends one each open time', () => {
    expect(view(open(), T0)).not.toHaveProperty('scoutsAt');
    expect(view(relapsed, T0)).toMatchObject({ state: 'OPEN', scoutsAt: DUE });
    expect(ask(relapsed, DUE - 1, 'scout')).toEqual({ state: relapsed, granted: false, transition: null });
    expect(ask(relapsed, DUE, 'scout')).toMatchObject({ granted: true, transition: null, state: { state: 'OPEN' } });
    expect(ask(sent, DUE, 'scout')).toEqual({ state: sent, granted: true, transition: null });
    expect(ask(sent, DUE + 59_999, 'other').granted).toBe(false);
    expect(view(sent, DUE)).toMatchObject({ scoutsAt: DUE + 60_000 });
    expect(ask(sent, DUE + 60_000, 'other').granted).toBe(true);
  });

  test('[BRK-32] it is asked for by one payment in a hundred', () => {
    const seen = view(relapsed, DUE);
    expect(asksForPermit(seen, DUE - 1, 0)).toBe(false);
    expect([0.0099, 0.01].map((luck) => asksForPermit(seen, DUE, luck))).toEqual([true, false]);
    expect(asksForPermit(view(sent, DUE), DUE + 1, 0)).toBe(false);
  });

  test('[BRK-32] its success begins the trial and counts, its failure changes nothing', () => {
    const failed = step(sent, DUE + 500, { decidedAtMs: DUE, permitNonce: 'scout', technicalFailure: true });
    expect(failed).toEqual({ state: sent, transition: null });
    const found = step(sent, DUE + 500, { decidedAtMs: DUE, permitNonce: 'scout' });
    expect(found.state).toEqual(halfOpen({ since: DUE, successes: 1, relapses: 2 }));
    expect(found.transition).toEqual({ atMs: DUE + 500, from: 'OPEN', to: 'HALF_OPEN', reason: 'trial' });
  });

  test('[BRK-7] any other result of the open time still changes nothing', () => {
    for (const permitNonce of [null, 'other'])
      expect(step(sent, DUE + 500, { decidedAtMs: DUE, permitNonce })).toEqual({ state: sent, transition: null });
  });

  test('[BRK-19] once a trial has succeeded every one asks, relapsed or not', () => {
    const trying: BreakerView = { state: 'HALF_OPEN', since: T0, permitsOut: 1, permitsMax: 5, relapses: 2 };
    expect(asksForPermit({ ...trying, successes: 0 }, T0 + 1, 0.5)).toBe(false);
    expect(asksForPermit({ ...trying, successes: 1 }, T0 + 1, 0.999)).toBe(true);
  });

  test('[BRK-32] a processor that heals early in a long open time is back long before its end', () => {
    const end = T0 + 600_000;
    let state: BreakerState = open({ relapses: 4, reopensAt: end, reason: 'relapse' });
    let nowMs = T0;
    for (let index = 0; state.state !== 'CLOSED'; index += 1, nowMs += 100) {
      const nonce = `n${index}`;
      // A draw of its own for each payment, spread evenly.
      if (!asksForPermit(view(state, nowMs), nowMs, (index * 0.618_034) % 1)) continue;
      const reply = ask(state, nowMs, nonce);
      state = reply.granted ? after(reply.state, nowMs, { permitNonce: nonce }) : reply.state;
    }
    expect(nowMs - T0).toBeLessThan(80_000);
  });
});
