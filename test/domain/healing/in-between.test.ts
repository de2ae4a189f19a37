import { describe, expect, test } from 'vitest';
import {
  A,
  actionOf,
  type Given,
  houseOf,
  MINUTE,
  NOW,
  open,
  overrideOf,
  PIX,
  plannedIn,
  plansIn,
  results,
} from './house.ts';
import { type HealingAction, type HealingPlan, withStanding } from '../../../src/domain/healing/healing-action.ts';
import { HEALING_DEFAULT } from '../../../src/domain/healing/healing-settings.ts';
import { healingRow } from '../../../src/domain/healing/healing-row.ts';
import { healingStatistics } from '../../../src/domain/healing/healing-statistics.ts';
import type { HouseSnapshot } from '../../../src/domain/healing/snapshot.ts';
import { beingUndone, isUnfinished, undoneNow } from '../../../src/domain/healing/undone-standing.ts';
import { mayBegin } from '../../../src/domain/healing/attempt-limit.ts';
import { measureAction } from '../../../src/domain/healing/measure-action.ts';
import { PLANS_MAX } from '../../../src/domain/healing/plan-healing.ts';
import { undoingLeft, undoingOf } from '../../../src/domain/healing/undo-action.ts';
import { voided } from '../../../src/domain/healing/no-attempt.ts';

const FAILING: Given = { failed: { [PIX]: 30 } };
const house = houseOf({ a: FAILING, b: {} });
const [failOver] = plansIn(house);
const done = (plan: HealingPlan, atMs = NOW): HealingAction =>
  withStanding(actionOf(plan, atMs), { state: 'done', atMs, step: 0 });
const ended = (plan: HealingPlan, outcome: 'recovered' | 'not_recovered', atMs = NOW): HealingAction =>
  withStanding(actionOf(plan, atMs), { state: 'ended', atMs, outcome, measured: '', undone: false, recoveryMs: null });
const anew = (given: HouseSnapshot, later = 1): HouseSnapshot => ({
  ...given,
  configuration: {
    ...given.configuration,
    processors: given.configuration.processors.map((one) => ({ ...one, epoch: one.epoch + later })),
  },
});

describe('[HEA-29] an act about a processor that was registered anew', () => {
  test.each([
    ['whose override is there', overrideOf(A, 'drain', { id: failOver!.id, segment: PIX })],
    ['whose override is gone', overrideOf(A, 'drain')],
  ])('%s has come to nothing, and is not taken back', (_, override) => {
    const now = houseOf({ a: FAILING, b: {} }, { now: NOW + MINUTE, overrides: [override] });
    const measured = 'The processor was registered anew';
    expect(measureAction(done(failOver!), anew(now))).toMatchObject({
      outcome: 'not_recovered',
      measured,
      remedy: null,
    });
    expect(undoingOf(done(failOver!), anew(now))).toEqual({ ok: false, why: measured });
    expect(measureAction(done(failOver!), now)).not.toMatchObject({ measured });
  });

  test('ramps nobody back, and takes up no attempt of the new one', () => {
    const well = houseOf({ a: {}, b: {} });
    const actions = [ended(failOver!, 'recovered')];
    const kinds = (seen: HouseSnapshot): string[] => plansIn(seen, { actions }).map(({ kind }) => kind);
    expect(kinds(well)).toEqual(['ramp_back']);
    expect(kinds(anew(well))).toEqual([]);
    const before = [1, 2, 3, 4, 5].map((minute) => ended(failOver!, 'not_recovered', NOW - minute * MINUTE));
    const [again] = plansIn(anew(house));
    const moment = { now: NOW, byDemand: false };
    expect(mayBegin(failOver!, before, HEALING_DEFAULT, moment)).toBe(false);
    expect(mayBegin(again!, before, HEALING_DEFAULT, moment)).toBe(true);
  });

  test('by older code counts as of this one', () => {
    const { processor_epoch: _, ...evidence } = failOver!.evidence;
    const old = done({ ...failOver!, evidence });
    expect(evidence).not.toEqual(failOver!.evidence);
    expect(mayBegin(plansIn(anew(house))[0]!, [old], HEALING_DEFAULT, { now: NOW, byDemand: true })).toBe(false);
  });
});

describe('[HEA-30] [HEA-27] what is no attempt', () => {
  const expired = Array.from({ length: 30 }, (_, index) =>
    overrideOf(A, 'drain', { id: `ovr_${index}`, expiresAtMs: NOW - MINUTE }),
  );

  test('is planned last, in whatever room the others leave', () => {
    const seen = houseOf(
      { a: FAILING, b: {} },
      { endedOverrides: expired, readers: [{ sourceId: 's', lastStepAtMs: null }] },
    );
    const kinds = plannedIn(seen).planned.map(({ plan }) => plan.kind);
    expect(kinds).toHaveLength(PLANS_MAX);
    expect(kinds.slice(0, 3)).toEqual(['fail_over_segment', 'rearm_alarms', 'expire_override']);
  });

  test('counts neither as an attempt nor as a recovery', () => {
    const [bookkeeping] = plansIn(houseOf({ a: {} }, { endedOverrides: expired }));
    const lifting = { ...bookkeeping!, remedy: { do: 'lift_override', overrideId: 'ovr_1' } } as const;
    const figures = healingStatistics([
      ended(bookkeeping!, 'recovered'),
      ended(bookkeeping!, 'recovered'),
      ended(lifting, 'not_recovered'),
      voided(actionOf(failOver!, NOW), { why: 'stale', version: 7, now: NOW }),
    ]);
    const of = (kind: string) => figures.find((one) => one.kind === kind);
    expect(of('expire_override')).toMatchObject({ attempts: 1, bookkeeping: 2, void: 0, open: 0, successRate: 0 });
    expect(of('fail_over_segment')).toMatchObject({ attempts: 0, bookkeeping: 0, void: 1, successRate: null });
  });

  test('and was void stands in nobody’s way', () => {
    const many = Array.from({ length: 9 }, () =>
      voided(actionOf(failOver!, NOW), { why: 'stale', version: 7, now: NOW }),
    );
    expect(mayBegin(failOver!, many, HEALING_DEFAULT, { now: NOW, byDemand: false })).toBe(true);
  });
});

describe('[HEA-28] an act that is being undone', () => {
  const BY = { keyId: 'key_operator', requestKey: null };
  const taken = (plan: HealingPlan): HealingAction => beingUndone(done(plan), BY, NOW);
  const put = overrideOf(A, 'drain', { id: failOver!.id, segment: PIX });

  test('is unfinished, has no outcome yet, and is not begun again', () => {
    const action = taken(failOver!);
    expect([isUnfinished(action), isUnfinished(undoneNow(action, NOW))]).toEqual([true, false]);
    expect(healingRow(action)).toMatchObject({ outcome: null, undoneAtMs: null, verifiedAtMs: null });
    expect(healingRow(undoneNow(action, NOW + 1))).toMatchObject({ outcome: 'undone', undoneAtMs: NOW + 1 });
    expect(healingStatistics([action])[1]).toMatchObject({ attempts: 1, open: 1, outcomes: { undone: 0 } });
    const later = { now: NOW + 50 * MINUTE, byDemand: false };
    expect(mayBegin(failOver!, [action], HEALING_DEFAULT, later)).toBe(false);
  });

  test('is undone from then on for a whole window, however long ago it was planned', () => {
    const old = { ...undoneNow(taken(failOver!), NOW), plannedAtMs: NOW - 90 * MINUTE };
    const may = (now: number, byDemand = false): boolean =>
      mayBegin(failOver!, [old], HEALING_DEFAULT, { now, byDemand });
    expect([may(NOW + 59 * MINUTE), may(NOW + 60 * MINUTE), may(NOW, true)]).toEqual([false, true, true]);
  });

  test('whose override is in force has it lifted, and is undone once it is not, or its processor is gone', () => {
    const inForce = houseOf({ a: {}, b: {} }, { overrides: [put] });
    const lifted = { ok: true, remedy: { do: 'lift_override', overrideId: failOver!.id } };
    expect(undoingLeft(taken(failOver!), inForce)).toEqual(lifted);
    expect(undoingLeft(taken(failOver!), houseOf({ a: {}, b: {} }))).toBe('reached');
    expect(undoingLeft(taken(failOver!), anew(inForce))).toBe('reached');
  });

  test('that lifted an override puts it back once, for the rest of its time, and not against the last processor', () => {
    const settings = { ...HEALING_DEFAULT, kinds: { expire_override: 'act' } as const };
    const override = overrideOf(A, 'drain', { createdAtMs: NOW - 11 * MINUTE, expiresAtMs: NOW + 10 * MINUTE });
    const [plan] = plansIn(houseOf({ a: {} }, { overrides: [override] }), { settings });
    const left = (given: HouseSnapshot) => undoingLeft(taken(plan!), given);
    expect(left(houseOf({ a: {}, b: {} }))).toMatchObject({ remedy: { override: { id: override.id } } });
    expect(left(houseOf({ a: {}, b: {} }, { overrides: [override] }))).toBe('reached');
    expect(left(houseOf({ a: {}, b: {} }, { now: NOW + 10 * MINUTE }))).toBe('reached');
    expect(left(houseOf({ a: {} }))).toEqual({ ok: false, why: `Nobody else can serve ${PIX}` });
  });

  test('that closed a breaker holds it open once', () => {
    const since = NOW - 3 * MINUTE;
    const shut = { breakers: { [PIX]: open(since) }, recent: results(5, 'approved', since) };
    const [probe] = plansIn(houseOf({ a: shut }));
    const left = (given: HouseSnapshot) => undoingLeft(taken(probe!), given);
    expect(left(houseOf({ a: {}, b: {} }))).toMatchObject({ remedy: { override: { kind: 'force_open' } } });
    expect(left(houseOf({ a: shut, b: {} }))).toBe('reached');
    const held = overrideOf(A, 'force_open', { id: probe!.id, segment: PIX });
    expect(left(houseOf({ a: {}, b: {} }, { overrides: [held] }))).toBe('reached');
  });
});
