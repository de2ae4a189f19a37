import { describe, expect, test } from 'vitest';
import {
  A,
  actionOf,
  type Given,
  houseOf,
  lettersOf,
  MINUTE,
  NOW,
  open,
  overrideOf,
  PIX,
  plansIn,
  results,
} from './house.ts';
import { type HealingAction, type HealingPlan, withStanding } from '../../../src/domain/healing/healing-action.ts';
import { HEALING_DEFAULT } from '../../../src/domain/healing/healing-settings.ts';
import type { HouseSnapshot } from '../../../src/domain/healing/snapshot.ts';
import { undoingOf, undoRemedyOf } from '../../../src/domain/healing/undo-action.ts';

const FAILING: Given = { failed: { [PIX]: 30 } };
const first = (house: HouseSnapshot): HealingPlan => plansIn(house)[0]!;
const done = (plan: HealingPlan): HealingAction =>
  withStanding(actionOf(plan, NOW), { state: 'done', atMs: NOW, step: 0 });
const ended = (plan: HealingPlan, over: object = {}): HealingAction =>
  withStanding(actionOf(plan, NOW), {
    state: 'ended',
    atMs: NOW,
    outcome: 'recovered',
    measured: '',
    undone: false,
    recoveryMs: 1,
    ...over,
  });
const failOver = first(houseOf({ a: FAILING, b: {} }));
const drained = { ...overrideOf(A, 'drain'), id: failOver.id, segment: PIX };
const inForce = houseOf({ a: {}, b: {} }, { overrides: [drained] });
const why = (action: HealingAction, house: HouseSnapshot): string | null => {
  const undoing = undoingOf(action, house);
  return undoing.ok ? null : undoing.why;
};

describe('[HEA-23] undoing', () => {
  test('lifts what it put in force, while it goes on and after it has ended', () => {
    const lifted = { ok: true, remedy: { do: 'lift_override', overrideId: failOver.id } };
    expect(undoingOf(done(failOver), inForce)).toEqual(lifted);
    expect(undoingOf(ended(failOver), inForce)).toEqual(lifted);
    expect(undoRemedyOf(failOver)).toEqual(lifted.remedy);
  });

  test.each([
    ['It was only advised: nothing was done', actionOf(failOver, NOW), { state: 'advised' }],
    ['It is being done now', actionOf(failOver, NOW), { state: 'acting' }],
    ['It was undone before', ended(failOver, { outcome: 'made_worse', undone: true }), null],
    ['It was undone before', ended(failOver, { outcome: 'undone', undone: true }), null],
    ['It was never done', ended(failOver, { outcome: 'failed' }), null],
    ['It was never done', ended(failOver, { outcome: 'interrupted' }), null],
    ['It ended more than an hour ago', ended(failOver, { atMs: NOW - 60 * MINUTE - 1 }), null],
  ] as const)('is refused: %s', (sentence, action, standing) => {
    const its = standing === null ? action : { ...action, standing };
    expect(why(its as HealingAction, inForce)).toBe(sentence);
  });

  test('is refused where what it put has ended', () => {
    expect(why(done(failOver), houseOf({ a: {}, b: {} }))).toBe('What it put in force has ended');
  });

  test('puts an operator’s override back for the rest of its time, but not against the last processor', () => {
    const settings = { ...HEALING_DEFAULT, kinds: { expire_override: 'act' } as const };
    const override = overrideOf(A, 'drain', { createdAtMs: NOW - 11 * MINUTE, expiresAtMs: NOW + 10 * MINUTE });
    const [plan] = plansIn(houseOf({ a: {} }, { overrides: [override] }), { settings });
    const later = { now: NOW + 4 * MINUTE };
    expect(undoingOf(done(plan!), houseOf({ a: {}, b: {} }, later))).toMatchObject({
      ok: true,
      remedy: { do: 'put_override', override: { id: override.id, who: 'key_operator', ttlMs: 6 * MINUTE } },
    });
    expect(why(done(plan!), houseOf({ a: {} }, later))).toBe(`Nobody else can serve ${PIX}`);
    expect(why(done(plan!), houseOf({ a: {}, b: {} }, { ...later, overrides: [override] }))).toBe(
      'What it lifted is in force again',
    );
    expect(why(done(plan!), houseOf({ a: {}, b: {} }, { now: NOW + 10 * MINUTE }))).toBe(
      'The time of what it lifted is over',
    );
  });

  test('holds a breaker open for a minute that was closed, but not against the last processor', () => {
    const since = NOW - 3 * MINUTE;
    const shut = { breakers: { [PIX]: open(since) }, recent: results(5, 'approved', since) };
    const probe = first(houseOf({ a: shut }));
    expect(undoingOf(done(probe), houseOf({ a: {}, b: {} }))).toMatchObject({
      ok: true,
      remedy: { do: 'put_override', override: { kind: 'force_open', segment: PIX, ttlMs: MINUTE } },
    });
    expect(why(done(probe), houseOf({ a: {} }))).toBe(`Nobody else can serve ${PIX}`);
    expect(why(done(probe), houseOf({ a: shut, b: {} }))).toBe('The breaker is not closed');
  });

  test.each([
    ['reconcile_unknowns', houseOf({ a: { overdue: 1 } })],
    ['replay_dead_letters', houseOf({}, { letters: lettersOf(1) })],
    ['refresh_boards', houseOf({ a: { lastResultAtMs: NOW - 90_000, boardResultAtMs: NOW - 95_000 } })],
    ['rearm_alarms', houseOf({}, { readers: [{ sourceId: 's', lastStepAtMs: null }] })],
    ['rearm_alarms', houseOf({}, { alarms: [{ object: 'registry', processorId: null, lostSinceMs: NOW }] })],
    ['expire_override', houseOf({}, { endedOverrides: [overrideOf(A, 'drain', { expiresAtMs: NOW })] })],
  ] as const)('of %s is nothing, and says why', (kind, house) => {
    const plan = first(house);
    expect(plan.kind).toBe(kind);
    expect(undoRemedyOf(plan)).toBeNull();
    expect(why(done(plan), house)).toEqual(expect.stringMatching(/^[A-Z].{20,}[^.]$/));
  });
});
