import { describe, expect, test } from 'vitest';
import {
  A,
  actionOf,
  B,
  CARD,
  type Given,
  houseOf,
  MINUTE,
  NOW,
  open,
  overrideOf,
  PIX,
  plansIn,
  results,
  lettersOf,
} from './house.ts';
import { type HealingAction, type HealingPlan, withStanding } from '../../../src/domain/healing/healing-action.ts';
import { HEALING_DEFAULT } from '../../../src/domain/healing/healing-settings.ts';
import { eventsOf } from '../../../src/domain/healing/healing-event.ts';
import { healingStatistics } from '../../../src/domain/healing/healing-statistics.ts';
import type { HouseSnapshot } from '../../../src/domain/healing/snapshot.ts';
import { measureAction } from '../../../src/domain/healing/measure-action.ts';
import { readAction, writeAction } from '../../../src/domain/healing/stored-action.ts';
import type { Override } from '../../../src/domain/configuration/configuration.ts';

const since = NOW - 3 * MINUTE;
const done = (plan: HealingPlan | undefined, atMs: number, step = 0): HealingAction =>
  withStanding(actionOf(plan!, atMs), { state: 'done', atMs, step });
const later = (
  given: Record<string, Given>,
  ms: number,
  overrides: readonly Override[] = [],
  rest: Partial<HouseSnapshot> = {},
) => houseOf(given, { now: NOW + ms, overrides, ...rest });
const held = (kind: Override['kind'], over: Partial<Override> = {}): Override =>
  overrideOf(A, kind, { id: 'heal_1', who: 'self-healing', segment: PIX, ...over });

const FAILING: Given = { failed: { [PIX]: 30 }, recent: results(30, 'error', NOW - 5 * MINUTE) };
const [failOver] = plansIn(houseOf({ a: FAILING, b: {} }));
const [probe] = plansIn(houseOf({ a: { breakers: { [PIX]: open(since) }, recent: results(5, 'approved', since) } }));
const turns = [
  { atMs: since - MINUTE, scope: PIX, from: 'CLOSED', to: 'OPEN', reason: 'consecutive_failures' },
  { atMs: since, scope: PIX, from: 'HALF_OPEN', to: 'CLOSED', reason: 'recovered' },
] as const;
const [ramp] = plansIn(houseOf({ a: { transitions: turns }, b: {} }));
const [unknowns] = plansIn(houseOf({ a: { overdue: 2 } }));

describe('[HEA-2] a drain that leaves nobody', () => {
  test('is lifted at once', () => {
    const house = later({ a: FAILING, b: { breaker: open(NOW) } }, 60_000, [held('drain')]);
    expect(measureAction(done(failOver, NOW), house)).toMatchObject({
      verdict: 'end',
      outcome: 'made_worse',
      undone: true,
      remedy: { do: 'lift_override', overrideId: 'heal_1' },
    });
  });
});

/** Of the others since the drain: so many in ten that fail, one each second. */
const served = (failures: number, of = 40, fromMs = NOW): Given => ({
  recent: Array.from({ length: of }, (_, index) => results(1, 'approved', fromMs + index * 1_000)[0]!).map(
    (one, index) => (index >= of - failures ? { ...one, result: 'timeout' as const } : one),
  ),
});

describe('[HEA-17] a drain', () => {
  const cases: readonly (readonly [string, Record<string, Given>, string, string])[] = [
    ['the others do well', { b: served(0) }, 'recovered', '40 results'],
    ['the others fail half as often still', { b: served(15) }, 'recovered', '15 of them'],
    ['the others fail more than that', { b: served(16) }, 'not_recovered', '16 of them'],
    ['five are enough, of all of them together', { b: served(0, 3), c: served(0, 2) }, 'recovered', '5 results'],
    ['four are too few to say', { b: served(0, 4) }, 'not_recovered', 'Too few'],
    ['what the others did before is no evidence', { b: {} }, 'not_recovered', 'Too few'],
    ['nor is what they do elsewhere', { b: { recent: results(9, 'approved', NOW, CARD) } }, 'not_recovered', 'Too few'],
    ['who has failed with it since counts', { b: served(5, 5), c: served(0, 5) }, 'not_recovered', '5 of them'],
    [
      'even where its breaker has stopped it since',
      { b: { ...served(5, 5), breakers: { [PIX]: open(NOW + 9) } }, c: served(0, 5) },
      'not_recovered',
      '5 of them',
    ],
  ];
  test.each(cases)(
    'is measured after four minutes by the results since at the others: %s',
    (_, others, outcome, told) => {
      const given = { a: FAILING, ...others };
      const action = withStanding(done(failOver, NOW), { state: 'done', atMs: NOW, step: 0, recoveredAtMs: NOW + 1 });
      expect(measureAction(action, later(given, 239_999, [held('drain')]))).toEqual({ verdict: 'wait' });
      expect(measureAction(action, later(given, 240_000, [held('drain')]))).toMatchObject({
        outcome,
        measured: expect.stringContaining(told),
        remedy: null,
      });
    },
  );

  test('has its recovery noted by the first sweep whose results show it, as of the result that does', () => {
    const at = (ms: number, others: Record<string, Given>, action = done(failOver, NOW)) =>
      measureAction(action, later({ a: FAILING, ...others }, ms, [held('drain')]));
    const good = { b: served(0, 20) };
    expect(at(60_000, { b: served(0, 4) })).toEqual({ verdict: 'wait' });
    expect(at(60_000, { b: served(3, 5) })).toEqual({ verdict: 'wait' });
    expect(at(60_000, good)).toEqual({ verdict: 'seen', recoveredAtMs: NOW + 4_001 });
    const late = { b: served(0, 20, NOW + 100_000), c: { recent: results(5, 'error', NOW) } };
    expect(at(120_000, late)).toEqual({ verdict: 'seen', recoveredAtMs: NOW + 108_001 });
    const noted = withStanding(done(failOver, NOW), { state: 'done', atMs: NOW, step: 0, recoveredAtMs: NOW + 4_001 });
    expect(at(120_000, good, noted)).toEqual({ verdict: 'wait' });
    const far = { b: served(0, 50, NOW + 180_000) };
    expect(at(240_000, far, noted)).toMatchObject({ outcome: 'recovered', recoveredAtMs: NOW + 4_001 });
    expect(at(240_000, far)).toMatchObject({ outcome: 'recovered', recoveredAtMs: NOW + 184_001 });
    expect(at(120_000, good, actionOf(failOver!, NOW))).toEqual({ verdict: 'wait' });
    const ahead = { b: served(0, 5, NOW + 70_000) };
    expect(at(60_000, ahead)).toEqual({ verdict: 'seen', recoveredAtMs: NOW + 60_000 });
  });

  test('that somebody lifted has not recovered', () => {
    expect(measureAction(done(failOver, NOW), later({ a: FAILING, b: {} }, 60_000))).toMatchObject({
      outcome: 'not_recovered',
    });
  });

  test('[HEA-7] that is over is followed by a return in steps, once', () => {
    const over = withStanding(done(failOver, NOW - 4 * MINUTE), {
      state: 'ended',
      atMs: NOW,
      outcome: 'recovered',
      measured: '',
      undone: false,
      recoveryMs: 1,
    });
    const house = houseOf({ a: {}, b: {} }, { overrides: [held('drain')] });
    const [plan] = plansIn(house, { actions: [over] });
    expect(plan).toMatchObject({ kind: 'ramp_back', subject: PIX, occasion: 'drained heal_1' });
    expect(plansIn(house, { actions: [over, done(plan, NOW)] })).toEqual([]);
  });
});

describe('[HEA-5] a breaker that was closed', () => {
  const good = (ms: number, recent: Given['recent'], over: Given = {}) =>
    measureAction(done(probe, NOW), later({ a: { recent: recent ?? [], ...over }, b: {} }, ms));

  test('has recovered after a minute of results without many failures', () => {
    expect(good(54_999, results(5, 'approved', NOW))).toEqual({ verdict: 'wait' });
    expect(good(55_000, results(5, 'approved', NOW))).toMatchObject({ outcome: 'recovered', remedy: null });
    expect(good(60_000, results(4, 'approved', NOW))).toEqual({ verdict: 'wait' });
    expect(good(600_000, results(4, 'approved', NOW))).toMatchObject({ outcome: 'not_recovered' });
  });

  test('is held open again when half fail, but not where nobody else is able', () => {
    const half = [...results(3, 'error', NOW), ...results(3, 'approved', NOW + 10)];
    expect(good(5_000, half)).toMatchObject({
      outcome: 'made_worse',
      undone: true,
      remedy: { override: { kind: 'force_open' } },
    });
    const alone = later({ a: { recent: half } }, 5_000);
    expect(measureAction(done(probe, NOW), alone)).toMatchObject({
      outcome: 'not_recovered',
      undone: false,
      remedy: null,
    });
  });

  test('that has opened by itself needs no hand', () => {
    const transitions = [{ atMs: NOW + 9, scope: PIX, from: 'CLOSED', to: 'OPEN', reason: 'failure_rate' }] as const;
    expect(good(10_000, [], { transitions, breakers: { [PIX]: open(NOW + 9) } })).toMatchObject({
      outcome: 'made_worse',
      undone: true,
      remedy: null,
    });
  });
});

describe('[HEA-7] a return', () => {
  const at = (ms: number, share: number, given: Given, step = 0) =>
    measureAction(done(ramp, NOW, step), later({ a: given, b: {} }, ms, [held('cap', { share })]));

  test('goes 5, 25, 50% and is then lifted', () => {
    const good = { recent: results(5, 'approved', NOW) };
    expect(at(54_999, 0.05, good)).toEqual({ verdict: 'wait' });
    expect(at(55_000, 0.05, good)).toMatchObject({
      verdict: 'step',
      step: 1,
      remedy: { override: { id: 'heal_1', share: 0.25 } },
    });
    expect(at(55_000, 0.25, good, 1)).toMatchObject({ verdict: 'step', step: 2, remedy: { override: { share: 0.5 } } });
    expect(at(55_000, 0.5, good, 2)).toMatchObject({
      verdict: 'end',
      outcome: 'recovered',
      remedy: { do: 'lift_override', overrideId: 'heal_1' },
    });
  });

  test('without traffic goes on after five minutes, and does not count as recovered', () => {
    expect(at(299_999, 0.05, {})).toEqual({ verdict: 'wait' });
    expect(at(300_000, 0.05, {})).toMatchObject({ verdict: 'step' });
    expect(at(300_000, 0.5, {})).toMatchObject({ outcome: 'not_recovered', remedy: { do: 'lift_override' } });
  });

  test('is taken back when it fails again', () => {
    const undo = {
      outcome: 'made_worse',
      undone: true,
      remedy: { override: { kind: 'cap', share: 0.05, ttlMs: 900_000 } },
    };
    expect(at(5_000, 0.25, { breakers: { [PIX]: open(NOW + 1) } })).toMatchObject(undo);
    expect(at(5_000, 0.25, { recent: results(3, 'timeout', NOW) })).toMatchObject(undo);
    expect(at(5_000, 0.25, { recent: results(2, 'timeout', NOW) })).toEqual({ verdict: 'wait' });
  });
});

describe('[HEA-10] an override that was lifted', () => {
  const settings = { ...HEALING_DEFAULT, kinds: { expire_override: 'act' } as const };
  const plan = (kind: Override['kind'], given: Given) =>
    plansIn(houseOf({ a: given }, { overrides: [overrideOf(A, kind, { createdAtMs: NOW - 11 * MINUTE })] }), {
      settings,
    }).find((one) => one.kind === 'expire_override');

  test('is put back where it makes things worse', () => {
    const action = done(plan('drain', {}), NOW);
    const bad = later({ a: { recent: results(5, 'error', NOW) } }, 5_000);
    expect(measureAction(action, bad)).toMatchObject({
      outcome: 'made_worse',
      undone: true,
      remedy: { override: { kind: 'drain' } },
    });
    const good = later({ a: { recent: results(5, 'approved', NOW) } }, 55_000);
    expect(measureAction(action, good)).toMatchObject({ outcome: 'recovered' });
  });

  test('has helped once the breaker protects again', () => {
    const action = done(plan('force_close', FAILING), NOW);
    const house = later({ a: { breakers: { [PIX]: open(NOW + 1) } } }, 5_000);
    expect(measureAction(action, house)).toMatchObject({ outcome: 'recovered' });
  });
});

describe('[HEA-1] upkeep is measured', () => {
  const [letters] = plansIn(houseOf({}, { letters: lettersOf(3) }));
  const [boards] = plansIn(houseOf({ a: { lastResultAtMs: NOW - 90_000, boardResultAtMs: NOW - 95_000 } }));
  const [reader] = plansIn(houseOf({}, { readers: [{ sourceId: 's', lastStepAtMs: null }] }));
  const cases: readonly (readonly [string, HealingPlan | undefined, HouseSnapshot, string])[] = [
    ['no unknown is overdue', unknowns, later({ a: {} }, MINUTE), 'recovered'],
    ['some are overdue still', unknowns, later({ a: { overdue: 1 } }, 10 * MINUTE), 'not_recovered'],
    ['nobody can say', unknowns, later({ a: { overdue: null } }, 10 * MINUTE), 'not_recovered'],
    ['fewer letters', letters, later({}, MINUTE, [], { letters: lettersOf(2) }), 'recovered'],
    ['as many letters', letters, later({}, MINUTE, [], { letters: lettersOf(3) }), 'not_recovered'],
    ['boards know', boards, later({ a: { lastResultAtMs: NOW } }, MINUTE), 'recovered'],
    [
      'boards lag',
      boards,
      later({ a: { lastResultAtMs: NOW - 90_000, boardResultAtMs: NOW - 95_000 } }, 10 * MINUTE),
      'not_recovered',
    ],
    ['a step', reader, later({}, MINUTE, [], { readers: [{ sourceId: 's', lastStepAtMs: NOW + 1 }] }), 'recovered'],
    [
      'no step',
      reader,
      later({}, 3 * MINUTE, [], { readers: [{ sourceId: 's', lastStepAtMs: null }] }),
      'not_recovered',
    ],
  ];
  test.each(cases)('%s', (_, plan, house, outcome) => {
    expect(measureAction(done(plan, NOW), house)).toMatchObject({ verdict: 'end', outcome });
  });

  test('and waited for meanwhile', () => {
    expect(measureAction(done(unknowns, NOW), later({ a: { overdue: 1 } }, 9 * MINUTE))).toEqual({ verdict: 'wait' });
    expect(
      measureAction(done(reader, NOW), later({}, MINUTE, [], { readers: [{ sourceId: 's', lastStepAtMs: null }] })),
    ).toEqual({
      verdict: 'wait',
    });
  });
});

describe('[HEA-12] an act that was cut off', () => {
  test('is waited for, and then is interrupted where its override never came', () => {
    const action = actionOf(failOver!, NOW);
    expect(measureAction(action, later({ a: FAILING, b: {} }, 89_999))).toEqual({ verdict: 'wait' });
    expect(measureAction(action, later({ a: FAILING, b: {} }, 90_000))).toMatchObject({
      outcome: 'interrupted',
      remedy: null,
    });
  });

  test('is measured as what was done where its override came', () => {
    const house = later({ a: FAILING, b: served(0) }, 240_000, [held('drain')]);
    expect(measureAction(actionOf(failOver!, NOW), house)).toMatchObject({ outcome: 'recovered' });
  });
});

describe('[HEA-8] statistics', () => {
  const ended = (recoveryMs: number | null): HealingAction =>
    withStanding(done(ramp, NOW), {
      state: 'ended',
      atMs: NOW,
      outcome: recoveryMs === null ? 'made_worse' : 'recovered',
      measured: '',
      undone: recoveryMs === null,
      recoveryMs,
    });

  test('are by kind, of what has ended, and the middle of what recovered', () => {
    const figures = healingStatistics([ended(1_000), ended(4_000), ended(9_000), ended(null), done(ramp, NOW)]);
    expect(figures.find(({ kind }) => kind === 'ramp_back')).toEqual({
      kind: 'ramp_back',
      attempts: 5,
      advised: 0,
      void: 0,
      bookkeeping: 0,
      open: 1,
      outcomes: { recovered: 3, not_recovered: 0, made_worse: 1, undone: 0, interrupted: 0, failed: 0 },
      successRate: 0.75,
      recoveryMedianMs: 4_000,
    });
    expect(healingStatistics([ended(1_000), ended(4_000)])[3]?.recoveryMedianMs).toBe(2_500);
    expect(healingStatistics([])[3]).toMatchObject({ attempts: 0, successRate: null, recoveryMedianMs: null });
  });

  test('[HEA-15] what is told live', () => {
    const names = (action: HealingAction) => eventsOf(action).map(({ name }) => name);
    expect(names(done(failOver, NOW))).toEqual(['healing_event', 'failover_triggered']);
    expect(names(ended(1))).toEqual(['healing_event', 'provider_recovered']);
    expect(names(ended(null))).toEqual(['healing_event']);
    expect(names(actionOf(failOver!, NOW))).toEqual(['healing_event']);
  });

  test('[HEA-13] an act is kept as text with a format, and a newer one is refused', () => {
    expect(readAction(writeAction(ended(1)))).toEqual(ended(1));
    expect(() => readAction(`{"format":2}`)).toThrow('format 2');
    expect(B).toBe('b');
  });
});
