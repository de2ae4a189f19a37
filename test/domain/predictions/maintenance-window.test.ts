import { describe, expect, test } from 'vitest';
import { A, B, CARD, houseOf, type Given, MINUTE, NOW, open, overrideOf, PIX, results } from '../healing/house.ts';
import {
  cancelled,
  MAINTENANCE_HAND,
  type MaintenanceWindow,
  overridesWanted,
  remediesFor,
  turnWindow,
  type WindowStanding,
} from '../../../src/domain/predictions/maintenance-window.ts';
import { mayStand, OPEN_WINDOWS_MAX, readWindow, writeWindow } from '../../../src/domain/predictions/stored-window.ts';

const HOUR = 60 * MINUTE;

/** Drained from NOW on for a quarter of an hour, then an hour of maintenance. */
const windowOf = (standing: WindowStanding = { state: 'scheduled' }, over: Partial<MaintenanceWindow> = {}) =>
  ({
    id: 'mtn_1',
    processorId: A,
    window: { fromMs: NOW + 15 * MINUTE, toMs: NOW + 75 * MINUTE },
    drainFromMs: NOW,
    why: 'Certificates',
    who: 'key_operator',
    predictionId: null,
    plan: null,
    createdAtMs: NOW - HOUR,
    standing,
    revision: 0,
    ...over,
  }) satisfies MaintenanceWindow;

const DRAINING = { state: 'draining', wasDrained: true, drained: [null], left: [] } as const;
const returning = (share: number, sinceMs: number, fromMs = sinceMs): WindowStanding => ({
  state: 'returning',
  drained: [null],
  share,
  sinceMs,
  fromMs,
});
const at = (ms: number, given: Readonly<Record<string, Given>> = { a: {}, b: {} }) => houseOf(given, { now: NOW + ms });
const turned = (window: MaintenanceWindow, house: ReturnType<typeof houseOf>) => turnWindow(window, house).standing;

describe('[PRD-33] a window', () => {
  test('waits until its drain, then drains all of its processor until its end', () => {
    const window = windowOf();
    expect(turnWindow(window, at(-1))).toBe(window);
    const draining = turnWindow(window, at(0));
    expect(draining).toMatchObject({ standing: DRAINING, revision: 1 });
    expect(overridesWanted(draining, NOW)).toEqual([
      {
        id: 'mtn_1',
        processorId: A,
        segment: null,
        kind: 'drain',
        who: 'maintenance',
        why: 'Certificates',
        ttlMs: 80 * MINUTE,
      },
    ]);
    expect(turnWindow(draining, at(75 * MINUTE - 1))).toBe(draining);
  });

  test('leaves the segments that nobody else can serve, and names them', () => {
    const house = at(0, { a: {}, b: { methods: ['PIX'] } });
    const window = turnWindow(windowOf(), house);
    expect(window.standing).toEqual({ state: 'draining', wasDrained: true, drained: [PIX], left: [CARD] });
    expect(overridesWanted(window, NOW)).toMatchObject([{ id: 'mtn_1_pix_br', segment: PIX, kind: 'drain' }]);
  });

  test.each([
    ['whose breaker is open', { breaker: open(NOW) }],
    ['that is switched off', { enabled: false }],
    ['that does not answer', { isAway: true }],
    ['that may take nothing', { maxShare: 0 }],
  ] as const)('counts on no other %s', (_, b) => {
    const house = at(5 * MINUTE, { a: {}, b });
    const window = turnWindow(windowOf(DRAINING), house);
    expect(window.standing).toEqual({ ...DRAINING, drained: [], left: [PIX, CARD] });
    const wanted = overridesWanted(window, house.now);
    expect(wanted).toEqual([]);
    const drain = overrideOf(A, 'drain', { id: 'mtn_1', who: MAINTENANCE_HAND });
    expect(remediesFor([drain], wanted, NOW)).toEqual([{ do: 'lift_override', overrideId: 'mtn_1' }]);
  });

  test('counts on no other that the same minute drains', () => {
    const stopping = new Set([`${B} *`]);
    const window = turnWindow(windowOf(), at(0), stopping);
    expect(window.standing).toMatchObject({ wasDrained: false, left: [PIX, CARD] });
    expect(overridesWanted(window, NOW)).toEqual([]);
  });

  test('that could never drain, or was over before anybody looked, has nothing to bring back', () => {
    const end = { state: 'ended', outcome: 'never_drained' };
    expect(turned(windowOf({ ...DRAINING, drained: [], wasDrained: false }), at(75 * MINUTE))).toMatchObject(end);
    expect(turned(windowOf(), at(75 * MINUTE))).toMatchObject(end);
  });

  test('of a processor that is registered no more ends', () => {
    expect(turned(windowOf(DRAINING), at(0, { b: {} }))).toEqual({
      state: 'ended',
      atMs: NOW,
      outcome: 'processor_gone',
    });
  });

  test('[PRD-48] of a namesake that was registered before ends, and stands in no way', () => {
    const { epoch } = at(0).configuration.processors[0]!;
    expect(turned(windowOf(DRAINING, { epoch }), at(0))).toMatchObject({ state: 'draining' });
    const former = windowOf(DRAINING, { epoch: epoch - 1 });
    expect(turned(former, at(0))).toMatchObject({ state: 'ended', outcome: 'processor_gone' });
    expect(mayStand(windowOf(undefined, { id: 'mtn_2', epoch }), [former])).toBe(true);
    expect(mayStand(windowOf(undefined, { id: 'mtn_2', epoch }), [windowOf(DRAINING)])).toBe(false);
  });
});

describe('[PRD-34] what was drained', () => {
  const since = NOW + 75 * MINUTE;
  test('comes back at 5, 25 and 50% by turns', () => {
    let window = turnWindow(windowOf(DRAINING), at(75 * MINUTE));
    const shares: (number | undefined)[] = [];
    for (let minute = 75; window.standing.state !== 'ended'; minute += 1) {
      const house = at(minute * MINUTE, { a: { recent: results(5, 'approved', NOW + (minute - 1) * MINUTE) }, b: {} });
      window = turnWindow(window, house);
      shares.push(overridesWanted(window, house.now)[0]?.share);
    }
    expect(shares).toEqual([0.05, 0.25, 0.5, undefined]);
    expect(window.standing).toMatchObject({ outcome: 'returned' });
  });

  test('by segments comes back by these alone, and what had to flow again before the end by none', () => {
    const window = turnWindow(windowOf({ ...DRAINING, drained: [PIX], left: [CARD] }), at(75 * MINUTE));
    expect(overridesWanted(window, since)).toMatchObject([{ id: 'mtn_1_pix_br_back', segment: PIX, share: 0.05 }]);
    expect(turned(windowOf({ ...DRAINING, drained: [], left: [PIX, CARD] }), at(75 * MINUTE))).toMatchObject({
      state: 'ended',
      outcome: 'returned',
    });
  });

  test('takes its time where nothing is seen of it', () => {
    expect(turned(windowOf(returning(0.05, since)), at(76 * MINUTE))).toMatchObject({ share: 0.05 });
    expect(turned(windowOf(returning(0.05, since)), at(80 * MINUTE))).toMatchObject({ share: 0.25 });
  });

  test('begins anew where it fails, and is given up after an hour', () => {
    const failing = (minute: number) =>
      at(minute * MINUTE, { a: { recent: results(4, 'error', NOW + (minute - 1) * MINUTE) }, b: {} });
    const step = returning(0.5, NOW + 89 * MINUTE, since);
    expect(turned(windowOf(step), failing(90))).toEqual(returning(0.05, NOW + 90 * MINUTE, since));
    const late = returning(0.25, NOW + 134 * MINUTE, since);
    expect(turned(windowOf(late), failing(135))).toMatchObject({ state: 'ended', outcome: 'relapsed' });
  });
});

describe('[PRD-35] overrides', () => {
  test('are put once, changed with the step, and lifted when no window wants them', () => {
    const wanted = overridesWanted(windowOf(returning(0.25, NOW)), NOW);
    expect(wanted).toMatchObject([{ id: 'mtn_1_back', kind: 'cap', share: 0.25, ttlMs: 15 * MINUTE }]);
    const own = { who: MAINTENANCE_HAND };
    const cap = overrideOf(A, 'cap', { id: 'mtn_1_back', share: 0.05, ...own });
    const drain = overrideOf(A, 'drain', { id: 'mtn_1', ...own });
    const foreign = overrideOf(A, 'drain', { id: 'ovr_x' });
    expect(remediesFor([cap, drain, foreign], wanted, NOW)).toEqual([
      { do: 'put_override', override: wanted[0] },
      { do: 'lift_override', overrideId: 'mtn_1' },
    ]);
    expect(remediesFor([{ ...cap, share: 0.25 }], wanted, NOW)).toEqual([]);
  });

  test('of a drain outlive the window by five minutes, and by no more', () => {
    const [drain] = overridesWanted(windowOf(DRAINING), NOW + 74 * MINUTE);
    expect(drain?.ttlMs).toBe(6 * MINUTE);
  });
});

describe('[PRD-38] a window that is cancelled', () => {
  test.each([
    [{ state: 'scheduled' }, { state: 'ended', outcome: 'cancelled' }],
    [
      { ...DRAINING, drained: [], wasDrained: false },
      { state: 'ended', outcome: 'cancelled' },
    ],
    [DRAINING, { state: 'returning', share: 0.05 }],
  ] as const)('%o becomes %o', (standing, expected) => {
    expect(cancelled(windowOf(standing), NOW).standing).toMatchObject(expected);
  });

  test('and that is over already, or returning, stays as it is', () => {
    for (const standing of [returning(0.5, NOW), { state: 'ended', atMs: NOW, outcome: 'returned' }] as const) {
      const window = windowOf(standing);
      expect(cancelled(window, NOW)).toBe(window);
    }
  });
});

describe('[PRD-41] a clock that jumps', () => {
  test('and is set back takes the drain back with it', () => {
    expect(turned(windowOf(DRAINING), at(-2 * MINUTE))).toEqual({ state: 'scheduled' });
    expect(turned(windowOf(DRAINING), at(-30_000))).toEqual(DRAINING);
    expect(turned(windowOf(returning(0.5, NOW + HOUR)), at(0))).toEqual(returning(0.05, NOW));
  });

  test('by years ends what was drained', () => {
    expect(turned(windowOf(DRAINING), at(1e12))).toMatchObject({ state: 'returning', share: 0.05 });
    expect(turned(windowOf(), at(1e12))).toMatchObject({ outcome: 'never_drained' });
  });
});

describe('[PRD-36] beside others', () => {
  const other = (over: Partial<MaintenanceWindow>) => windowOf({ state: 'scheduled' }, { id: 'mtn_2', ...over });
  const shifted = (ms: number) => ({
    drainFromMs: NOW + ms,
    window: { fromMs: NOW + ms + 15 * MINUTE, toMs: NOW + ms + 75 * MINUTE },
  });
  test('none of the same processor may overlap, its drain included', () => {
    expect(mayStand(other({}), [windowOf()])).toBe(false);
    expect(mayStand(other(shifted(74 * MINUTE)), [windowOf()])).toBe(false);
    expect(mayStand(other(shifted(75 * MINUTE)), [windowOf()])).toBe(true);
    expect(mayStand(other({ processorId: B }), [windowOf()])).toBe(true);
    expect(mayStand(other({}), [windowOf({ state: 'ended', atMs: NOW, outcome: 'cancelled' })])).toBe(true);
  });

  test('there are at most 200 open ones', () => {
    const many = Array.from({ length: OPEN_WINDOWS_MAX }, (_, i) =>
      windowOf({ state: 'scheduled' }, { id: `mtn_${i + 10}`, ...shifted(i * 2 * HOUR) }),
    );
    expect(mayStand(other(shifted(5_000 * HOUR)), many)).toBe(false);
    expect(mayStand(other(shifted(5_000 * HOUR)), many.slice(1))).toBe(true);
  });
});

test('[PRD-42] a window is kept as it is, and one of newer code is refused', () => {
  expect(readWindow(writeWindow(windowOf(DRAINING)))).toEqual(windowOf(DRAINING));
  expect(() => readWindow(JSON.stringify({ format: 2 }))).toThrow('newer');
});
