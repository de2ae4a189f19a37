import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { actionOf, A, houseOf, MINUTE, NOW, plansIn } from './house.ts';
import { begun, type HealingAction, withStanding } from '../../../src/domain/healing/healing-action.ts';
import { checkHealing, HEALING_DEFAULT } from '../../../src/domain/healing/healing-settings.ts';
import { mayBegin } from '../../../src/domain/healing/attempt-limit.ts';

const [plan] = plansIn(houseOf({ a: { overdue: 1 } }));
const ended = (atMs: number): HealingAction =>
  withStanding(actionOf(plan!, atMs), {
    state: 'ended',
    atMs,
    outcome: 'not_recovered',
    measured: '',
    undone: false,
    recoveryMs: null,
  });
const may = (before: readonly HealingAction[], now = NOW, byDemand = false, asked = plan!) =>
  mayBegin(asked, before, HEALING_DEFAULT, { now, byDemand });

describe('[HEA-3] attempts', () => {
  test('wait a minute, two, four and eight, and are at most five in an hour', () => {
    const begunAt: number[] = [];
    let before: HealingAction[] = [];
    for (let now = NOW; now < NOW + 59 * MINUTE; now += MINUTE / 2) {
      if (!may(before, now)) continue;
      begunAt.push((now - NOW) / MINUTE);
      before = [...before, ended(now)];
    }
    expect(begunAt).toEqual([0, 1, 3, 7, 15]);
    const [first, ...others] = before;
    const unsure = [
      { ...first!, standing: { ...first!.standing, outcome: 'interrupted' } } as HealingAction,
      ...others,
    ];
    expect(may(unsure, NOW + 59.9 * MINUTE)).toBe(false);
    expect(may(unsure, NOW + 60 * MINUTE)).toBe(true);
  });

  test('[HEA-25] that came to nothing five times are made once an hour from then on, until one recovers', () => {
    const begunAt: number[] = [];
    let before: HealingAction[] = [];
    const until = (hours: number): void => {
      for (
        let now = begunAt.length === 0 ? NOW : NOW + begunAt.at(-1)! * MINUTE;
        now < NOW + hours * 60 * MINUTE;
        now += MINUTE
      ) {
        if (!may(before, now)) continue;
        begunAt.push((now - NOW) / MINUTE);
        before = [...before, ended(now)];
      }
    };
    until(5);
    expect(begunAt).toEqual([0, 1, 3, 7, 15, 75, 135, 195, 255]);
    expect(may(before, NOW + 256 * MINUTE, true)).toBe(true);
    const recovered = ended(NOW + 300 * MINUTE);
    const well = { ...recovered, standing: { ...recovered.standing, outcome: 'recovered' } } as HealingAction;
    expect(may([...before, well], NOW + 302 * MINUTE)).toBe(true);
  });

  test('by demand skip the waiting, and keep the bound', () => {
    expect(may([ended(NOW - 1)], NOW, true)).toBe(true);
    expect(
      may(
        [1, 2, 3, 4, 5].map((ago) => ended(NOW - ago)),
        NOW,
        true,
      ),
    ).toBe(false);
  });

  test('of other kinds and subjects are none of its business', () => {
    const other = { ...ended(NOW - 1), subject: 'other' };
    expect(may([other])).toBe(true);
    expect(may([{ ...ended(NOW - 1), processorId: null }])).toBe(true);
  });

  test('are one at a time, however old the open one is; an advice is open to nobody', () => {
    expect(may([actionOf(plan!, NOW - 24 * 60 * MINUTE)], NOW, true)).toBe(false);
    const advised = begun(plan!, { now: NOW - 2 * MINUTE, askedBy: 'x', advises: true });
    expect(may([advised])).toBe(true);
  });

  test('[HEA-23] that a person has undone are not made again within the window, unless they are asked for', () => {
    const { standing } = ended(NOW - 30 * MINUTE);
    const undone = { ...ended(NOW - 30 * MINUTE), standing: { ...standing, outcome: 'undone' } } as HealingAction;
    expect(may([ended(NOW - 30 * MINUTE)])).toBe(true);
    expect(may([undone])).toBe(false);
    expect(may([undone], NOW, true)).toBe(true);
    expect(may([undone], NOW + 30 * MINUTE)).toBe(true);
  });

  test('for the same occasion are one', () => {
    const occasioned = { ...plan!, occasion: 'closed 1' };
    const before = [{ ...ended(NOW - 30 * MINUTE), occasion: 'closed 1' }];
    expect(may(before, NOW, true, occasioned)).toBe(false);
    expect(may(before, NOW, false, { ...plan!, occasion: 'closed 2' })).toBe(true);
  });

  test('are within the bound in every window, whenever they are asked for, also when the clock jumps back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10, max: 40 }), { maxLength: 60 }), fc.boolean(), (steps, byDemand) => {
        let now = NOW;
        let before: HealingAction[] = [];
        for (const step of steps) {
          now += step * MINUTE;
          if (may(before, now, byDemand)) before = [...before, ended(now)];
          const within = before.filter(
            ({ plannedAtMs }) => plannedAtMs > now - HEALING_DEFAULT.windowMs && plannedAtMs <= now,
          );
          expect(within.length).toBeLessThanOrEqual(HEALING_DEFAULT.attemptsMax);
        }
      }),
    );
    expect(plan?.processorId).toBe(A);
  });
});

describe('[HEA-16] settings', () => {
  test.each([
    [{ attemptsMax: 0 }, ['max_healing_attempts']],
    [{ attemptsMax: 21 }, ['max_healing_attempts']],
    [{ attemptsMax: 1.5 }, ['max_healing_attempts']],
    [{ windowMs: 599_999, backoffMs: 3_600_001 }, ['window_seconds', 'backoff_seconds']],
    [{ windowMs: Number.NaN }, ['window_seconds']],
    [{ attemptsMax: 20, windowMs: 600_000, backoffMs: 30_000 }, []],
  ])('%o', (over, fields) => {
    expect(checkHealing({ ...HEALING_DEFAULT, ...over }).map(({ field }) => field)).toEqual(fields);
  });
});
