// How many rows a processor sends, whatever happens in it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { againAfterMs, PushPace } from '../../../src/domain/routing/push-pace.ts';

/** As the publisher goes by it: the newest state waits for the next push. Returns when rows went. */
function pushesOf(changes: readonly { readonly atMs: number; readonly isTransition: boolean }[]): number[] {
  const pace = new PushPace();
  const pushed: number[] = [];
  let due: number | null = null;
  let hasTransition = false;
  const pushUntil = (now: number): void => {
    if (due === null || due > now) return;
    pace.pushed(hasTransition, due);
    pushed.push(due);
    [due, hasTransition] = [null, false];
  };
  for (const { atMs, isTransition } of changes) {
    pushUntil(atMs);
    hasTransition ||= isTransition;
    const next = atMs + pace.waitMs(hasTransition, atMs);
    due = due === null ? next : Math.min(due, next);
    pushUntil(atMs);
  }
  pushUntil(Infinity);
  return pushed;
}

const every20Ms = (isTransition: boolean) =>
  Array.from({ length: 500 }, (_, index) => ({ atMs: index * 20, isTransition }));

describe('the pace of pushes', () => {
  test('[BRD-14] 50 commits a second without a transition are one row a second', () => {
    expect(pushesOf(every20Ms(false))).toEqual([
      0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000,
    ]);
  });

  test('[BRD-14] 50 transitions a second are five rows at once and then two a second', () => {
    const pushed = pushesOf(every20Ms(true));
    expect(pushed.slice(0, 5)).toEqual([0, 20, 40, 60, 80]);
    expect(pushed.length).toBeLessThanOrEqual(26);
    expect(pushed.length).toBeGreaterThan(20);
  });

  test('[BRD-14] a transition that comes between goes at once', () => {
    const changes = [0, 100, 200].map((atMs) => ({ atMs, isTransition: atMs === 200 }));
    expect(pushesOf(changes)).toEqual([0, 200]);
  });

  test('[BRD-14] the last change is always told, and no later than a second after it', () => {
    const change = fc.record({ afterMs: fc.integer({ min: 0, max: 3_000 }), isTransition: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), (steps) => {
        let atMs = 0;
        const changes = steps.map(({ afterMs, isTransition }) => ({ atMs: (atMs += afterMs), isTransition }));
        const last = pushesOf(changes).at(-1)!;
        expect(last).toBeGreaterThanOrEqual(atMs);
        expect(last).toBeLessThanOrEqual(atMs + 1_000);
      }),
    );
  });

  test('[BRD-14] a clock that is set back holds nothing up', () => {
    const pace = new PushPace();
    pace.pushed(false, 1_000_000);
    expect(pace.waitMs(false, 5_000)).toBe(0);
  });

  test('[BRD-15] a push that failed is made again six times, each after twice as long', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(againAfterMs)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, null]);
  });
});
