import { describe, expect, test } from 'vitest';
import {
  type ActLog,
  actsNow,
  explainedIn,
  type KnownAct,
  NO_ACTS,
  rememberActs,
} from '../../../src/domain/payment-anomalies/known-acts.ts';
import { afterQuiet, CHANGES, MONDAY, ORDINARY, quietMinute, quietWatch } from './sample-minutes.ts';
import type { MaintenanceWindow, WindowStanding } from '../../../src/domain/predictions/maintenance-window.ts';
import type { Override } from '../../../src/domain/configuration/configuration.ts';
import { watchMinute } from '../../../src/domain/payment-anomalies/scope-watch.ts';

const DAY = 1_440;
const MINUTE_MS = 60_000;
const overrideOf = (over: Partial<Override>): Override => ({
  ...{
    id: 'ovr',
    processorId: 'p' as Override['processorId'],
    segment: null,
    kind: 'drain',
    who: 'key',
    why: 'because',
  },
  ...{ createdAtMs: 100 * MINUTE_MS, expiresAtMs: 160 * MINUTE_MS },
  ...over,
});
const windowOf = (standing: WindowStanding): MaintenanceWindow =>
  ({
    ...{ id: 'w', processorId: 'p', drainFromMs: 100 * MINUTE_MS, standing },
    window: { fromMs: 110 * MINUTE_MS, toMs: 140 * MINUTE_MS },
  }) as MaintenanceWindow;
const actsAt = (minute: number, overrides: readonly Override[], windows: readonly MaintenanceWindow[] = []) =>
  actsNow({ overrides }, windows, minute * MINUTE_MS);
const seenAt = (minute: number, acts: readonly KnownAct[], log: ActLog = NO_ACTS, processors = ['p', 'q']): ActLog =>
  rememberActs(log, acts, processors, { beforeMinute: minute - 1, minute });

describe('acts of ours', () => {
  test.each([
    ['drain', 'own', 'other'],
    ['force_open', 'own', 'other'],
    ['cap', 'own', 'other'],
    ['pin', 'own', 'other'],
    ['force_close', null, null],
    ['metrics_only', null, null],
  ] as const)(
    '[ANM-17] %s explains the volume of its processor: %s, and of those who have its traffic: %s',
    (kind, own, other) => {
      const log = seenAt(101, actsAt(101, [overrideOf({ kind })]));
      expect(explainedIn(log, 'processor:p', 120)).toBe(own);
      expect(explainedIn(log, 'route:p|PIX|BR', 120)).toBe(own);
      expect(explainedIn(log, 'processor:q', 120)).toBe(other);
      expect(explainedIn(log, '*', 120)).toBeNull();
      expect(explainedIn(log, 'segment:PIX|BR', 120)).toBeNull();
      expect(explainedIn(log, 'processor:p', 99)).toBeNull();
      expect(explainedIn(log, 'processor:p', 170)).toBe(own);
      expect(explainedIn(log, 'processor:p', 171)).toBeNull();
    },
  );

  test('[ANM-17] of one segment explains that segment’s routes, and processors as a whole', () => {
    const log = seenAt(101, actsAt(101, [overrideOf({ segment: 'PIX|BR' as Override['segment'] })]));
    const told = [
      'route:p|PIX|BR',
      'route:p|CARD|BR',
      'route:q|PIX|BR',
      'route:q|CARD|BR',
      'processor:p',
      'processor:q',
    ];
    expect(told.map((scope) => explainedIn(log, scope, 120))).toEqual(['own', null, 'other', null, 'own', 'other']);
  });

  test('[ANM-17] lifted before its time it explains ten more minutes; seen twice it is one', () => {
    const acts = actsAt(101, [overrideOf({})]);
    const log = seenAt(120, [], seenAt(102, acts, seenAt(101, acts)));
    expect(log.acts).toHaveLength(1);
    expect(explainedIn(log, 'processor:p', 130)).toBe('own');
    expect(explainedIn(log, 'processor:p', 131)).toBeNull();
    expect(seenAt(120 + 5 * DAY, [], log).acts).toEqual([]);
  });

  test('[ANM-17] maintenance windows explain from their drain until their traffic is back, even if nobody looked meanwhile', () => {
    const explained = (standing: WindowStanding): number =>
      explainedCount(seenAt(200, actsAt(200, [], [windowOf(standing)])), 'processor:p');
    const back = { atMs: 150 * MINUTE_MS, state: 'ended' } as const;
    expect(explained({ state: 'scheduled' })).toBe(0);
    expect(explained({ state: 'draining', wasDrained: true, drained: [null], left: [] })).toBe(51);
    expect(explained({ state: 'draining', wasDrained: false, drained: [], left: [] })).toBe(0);
    expect(explained({ ...back, outcome: 'returned' })).toBe(61);
    expect(explained({ ...back, outcome: 'never_drained' })).toBe(0);
  });
  const explainedCount = (log: ActLog, scope: string): number =>
    Array.from({ length: 400 }, (_, minute) => explainedIn(log, scope, minute)).filter((each) => each !== null).length;

  test('[ANM-18] a processor that is switched off or registered explains the others’ volume for a day, one that is soon back until then', () => {
    const first = seenAt(100, []);
    expect(first.acts).toEqual([]);
    const off = seenAt(200, [], first, ['q']);
    expect([199, 900, 199 + DAY].map((minute) => explainedIn(off, 'processor:q', minute))).toEqual([
      'other',
      'other',
      'other',
    ]);
    expect(explainedIn(seenAt(201 + DAY, [], off, ['q']), 'processor:q', 300 + DAY)).toBeNull();
    const back = seenAt(220, [], off, ['p', 'q']);
    expect([230, 231].map((minute) => explainedIn(back, 'processor:q', minute))).toEqual(['other', null]);
    const joined = seenAt(200, [], first, ['p', 'q', 'r']);
    expect([199, 900].map((minute) => explainedIn(joined, 'processor:q', minute))).toEqual(['other', 'other']);
  });

  test('[ANM-18] what is stopped for days is the others’ usual after one, and its end another change of a day', () => {
    const long = overrideOf({ expiresAtMs: (100 + 7 * DAY) * MINUTE_MS });
    const log = seenAt(101, actsAt(101, [long]));
    const at = (days: number) =>
      ['processor:p', 'processor:q'].map((scope) => explainedIn(log, scope, 101 + days * DAY));
    expect([0.5, 2, 7.5, 9].map(at)).toEqual([
      ['own', 'other'],
      ['own', null],
      [null, 'other'],
      [null, null],
    ]);
  });

  test('[ANM-17] the log is bounded, and another override of its name goes on with it', () => {
    const many = Array.from({ length: 900 }, (_, index) => overrideOf({ id: `o${index}` }));
    expect(seenAt(101, actsAt(101, many)).acts).toHaveLength(500);
    const later = overrideOf({ createdAtMs: 130 * MINUTE_MS, kind: 'cap' });
    const log = seenAt(131, actsAt(131, [later]), seenAt(101, actsAt(101, [overrideOf({})])));
    expect(log.acts).toMatchObject([{ fromMinute: 100, untilMinute: 160 }]);
  });
});

describe('counts that are explained', () => {
  test('[ANM-17] find no drop and learn none: after the act the same silence is found at once', () => {
    const watch = quietWatch(3);
    const begin = MONDAY + 3 * DAY;
    const silent = (at: number, explained: 'own' | null) =>
      watchMinute(watch, CHANGES.silence(quietMinute(begin + at)), ORDINARY, explained).map(({ kind }) => kind);
    for (let at = 0; at < 300; at += 1) expect(silent(at, 'own')).toEqual([]);
    for (let at = 300; at < 420; at += 1) expect(watchMinute(watch, quietMinute(begin + at), ORDINARY)).toEqual([]);
    expect([420, 421, 422].map((at) => silent(at, null)).at(-1)).toEqual(['volume_drop']);
  });

  test('[ANM-18] that are taken over for a day are usual then', () => {
    const watch = quietWatch(3);
    const begin = MONDAY + 3 * DAY;
    for (let at = 0; at < 2 * DAY; at += 1) {
      const explained = at < DAY ? 'other' : null;
      expect(
        watchMinute(watch, CHANGES.spike(quietMinute(begin + at)), ORDINARY, explained).map(({ kind }) => kind),
      ).not.toContain('volume_spike');
    }
    expect(
      afterQuiet(CHANGES.spike)
        .flat()
        .map(({ kind }) => kind),
    ).toContain('volume_spike');
  });
});
