import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  A,
  B,
  C,
  CARD,
  CLOSED,
  houseOf,
  type Given,
  lettersOf,
  MINUTE,
  NOW,
  open,
  overrideOf,
  PIX,
  plannedIn,
  plansIn,
  results,
} from './house.ts';
import { HEALING_DEFAULT } from '../../../src/domain/healing/healing-settings.ts';
import { HEALING_KINDS } from '../../../src/domain/healing/healing-action.ts';
import { isStopped, othersAble } from '../../../src/domain/healing/standing-now.ts';
import type { HouseSnapshot } from '../../../src/domain/healing/snapshot.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';

const WELL: Given = {};
const FAILING: Given = { failed: { [PIX]: 30 }, recent: results(30, 'error', NOW - 5 * MINUTE) };
const told = (house: HouseSnapshot, over = {}) =>
  plansIn(house, over).map(({ kind, processorId, subject }) => [kind, processorId, subject]);

describe('a house in order', () => {
  test('gives nothing to do', () => {
    expect(plannedIn(houseOf({ a: WELL, b: WELL }))).toEqual({ planned: [], kept: [] });
  });
});

describe('[HEA-6] failing over', () => {
  const cases: readonly (readonly [string, HouseSnapshot, unknown[]])[] = [
    ['a segment that fails unstopped is drained', houseOf({ a: FAILING, b: WELL }), [['fail_over_segment', A, PIX]]],
    [
      'two segments of one processor are all of it',
      houseOf({ a: { failed: { [PIX]: 30, [CARD]: 30 } }, b: WELL }),
      [['drain', A, '*']],
    ],
    [
      'not all of it where others are able in one of them only',
      houseOf({ a: { failed: { [PIX]: 30, [CARD]: 30 } }, b: { methods: ['PIX'] } }),
      [['fail_over_segment', A, PIX]],
    ],
    ['half is not more than half', houseOf({ a: { failed: { [PIX]: 20 } }, b: { totals: { [PIX]: 19 } } }), []],
    [
      'a breaker that stops it is enough',
      houseOf({ a: { ...FAILING, breakers: { [PIX]: open(NOW - MINUTE) } }, b: WELL }),
      [],
    ],
    ['an operator’s hand stands', houseOf({ a: FAILING, b: WELL }, { overrides: [overrideOf(A, 'metrics_only')] }), []],
  ];
  test.each(cases)('%s', (_, house, expected) => {
    expect(told(house)).toEqual(expected);
  });

  test('puts a drain of six minutes that it can lift, and names who takes the traffic', () => {
    const [plan] = plansIn(houseOf({ a: FAILING, b: WELL }));
    expect(plan).toMatchObject({
      remedy: { do: 'put_override', override: { id: 'heal_1', kind: 'drain', segment: PIX, ttlMs: 360_000 } },
      undo: { do: 'lift_override', overrideId: 'heal_1' },
      evidence: { error_rate: 0.75, results: 40, to: 'b' },
      symptomAtMs: NOW - 5 * MINUTE + 1,
    });
  });
});

describe('[HEA-2] the last processor', () => {
  const unable: readonly (readonly [string, HouseSnapshot])[] = [
    ['alone', houseOf({ a: FAILING })],
    ['the other serves another segment', houseOf({ a: FAILING, b: { methods: ['CARD'] } })],
    ['the other is switched off', houseOf({ a: FAILING, b: { enabled: false } })],
    ['the other has a share of 0', houseOf({ a: FAILING, b: { maxShare: 0 } })],
    ['the other does not answer', houseOf({ a: FAILING, b: { isAway: true } })],
    ['the other’s breaker is open', houseOf({ a: FAILING, b: { breaker: open(NOW - 1) } })],
    ['the other’s segment is open', houseOf({ a: FAILING, b: { breakers: { [PIX]: open(NOW - 1) } } })],
    ['the other is drained', houseOf({ a: FAILING, b: WELL }, { overrides: [overrideOf(B, 'drain')] })],
    ['the other is forced open', houseOf({ a: FAILING, b: WELL }, { overrides: [overrideOf(B, 'force_open')] })],
    [
      'the other is coming back',
      houseOf({ a: FAILING, b: WELL }, { overrides: [overrideOf(B, 'cap', { share: 0.05 })] }),
    ],
    [
      'the other is silent',
      houseOf(
        { a: FAILING, b: WELL },
        { silences: [{ processorId: B, segment: PIX, sinceMs: NOW - 1, untilMs: NOW + 1, trialEveryMs: 30_000 }] },
      ),
    ],
  ];
  test.each(unable)('keeps its traffic: %s', (_, house) => {
    expect(told(house)).toEqual([]);
  });

  test('two that fail alike do not drain each other', () => {
    const both = { failed: { [PIX]: 21 } };
    // Down by the table, each is no help to the other.
    expect(told(houseOf({ a: both, b: both }))).toEqual([]);
  });

  const view = fc.constantFrom<Given['breaker'] & object>(CLOSED, open(NOW - MINUTE));
  const anyProcessor: fc.Arbitrary<Given> = fc.record({
    methods: fc.constantFrom(['PIX'], ['CARD'], ['PIX', 'CARD']),
    enabled: fc.boolean(),
    breaker: view,
    breakers: fc.record({ [PIX]: view, [CARD]: view }),
    failed: fc.record({ [PIX]: fc.nat(40), [CARD]: fc.nat(40) }),
    isAway: fc.boolean(),
  });
  test('is never taken away, whatever the house is like', () => {
    fc.assert(
      fc.property(fc.array(anyProcessor, { minLength: 1, maxLength: 4 }), (given) => {
        const house = houseOf(Object.fromEntries(given.map((one, index) => [`p${index}`, one])));
        const drained = plansIn(house).flatMap(({ remedy }) =>
          remedy.do === 'put_override' && remedy.override.kind === 'drain' ? [remedy.override] : [],
        );
        const overrides = drained.map(({ ttlMs, ...one }) => ({ ...one, createdAtMs: NOW, expiresAtMs: NOW + ttlMs }));
        const after = { ...house, configuration: { ...house.configuration, overrides } };
        for (const { processorId, segment } of overrides) {
          const segments = segment === null ? [PIX, CARD] : [segment];
          const own = house.configuration.processors.find(({ id }) => id === processorId)!;
          for (const one of segments.filter((key) => own.paymentMethods.includes(key.split('|')[0]!))) {
            expect(isStopped(after, processorId, one)).toBe(true);
            expect(othersAble(after, processorId, one)).not.toEqual([]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('[HEA-5] probing a breaker', () => {
  const since = NOW - 3 * MINUTE;
  const shut = (recent: Given['recent'], over: Given = {}): HouseSnapshot =>
    houseOf({ a: { breakers: { [PIX]: open(since) }, recent: recent ?? [], ...over } });

  test('closes it when payments go well all the same', () => {
    const [plan] = plansIn(shut([...results(5, 'approved', since), ...results(9, 'error', since - MINUTE)]));
    expect(plan).toMatchObject({
      kind: 'probe_breaker',
      remedy: { do: 'close_breaker', processorId: A, scope: PIX },
      undo: { do: 'put_override', override: { kind: 'force_open', segment: PIX, ttlMs: 60_000 } },
    });
  });

  test.each([
    ['too few', results(4, 'approved', since)],
    ['one failed', [...results(9, 'declined', since), ...results(1, 'timeout', since + 20)]],
    ['they are of another segment', results(9, 'approved', since, CARD)],
    ['they came before', results(9, 'approved', since - MINUTE)],
  ])('keeps it and says why: %s', (_, recent) => {
    const { planned, kept } = plannedIn(shut(recent));
    expect(planned).toEqual([]);
    expect(kept).toEqual([
      { kind: 'probe_breaker', subject: PIX, why: expect.stringMatching(/OPEN: \d+ results since/) },
    ]);
  });
});

describe('[HEA-7] coming back', () => {
  const turn = (
    from: 'CLOSED' | 'OPEN' | 'HALF_OPEN',
    to: 'CLOSED' | 'OPEN' | 'HALF_OPEN',
    atMs: number,
    reason = 'x',
  ) => ({
    atMs,
    scope: PIX,
    from,
    to,
    reason,
  });
  const healed = (atMs: number, recent: Given['recent'] = [], reason = 'recovered') =>
    houseOf({
      a: {
        recent,
        transitions: [
          turn('CLOSED', 'OPEN', atMs - 4 * MINUTE),
          turn('OPEN', 'HALF_OPEN', atMs - 3 * MINUTE),
          turn('HALF_OPEN', 'OPEN', atMs - 2 * MINUTE),
          turn('OPEN', 'HALF_OPEN', atMs - MINUTE),
          turn('HALF_OPEN', 'CLOSED', atMs, reason),
        ],
      },
      b: WELL,
    });
  const at = NOW - MINUTE;

  test.each([
    [0, 0.05],
    [4, 0.05],
    [5, 0.25],
    [20, 0.5],
  ])('after %i good results begins at %f', (count, share) => {
    const [plan] = plansIn(healed(at, results(count, 'approved', at)));
    expect(plan).toMatchObject({
      kind: 'ramp_back',
      subject: PIX,
      symptomAtMs: at - 4 * MINUTE,
      remedy: { override: { kind: 'cap', share, segment: PIX } },
      undo: { override: { kind: 'cap', share: 0.05 } },
    });
  });

  test.each([
    ['it has shown enough', healed(at, results(50, 'approved', at))],
    ['it is long ago', healed(NOW - 11 * MINUTE)],
    ['an operator closed it', healed(at, [], 'reset')],
    ['it is failing again', healed(at, results(3, 'error', at))],
    ['nobody shares the segment', houseOf({ a: { transitions: [turn('HALF_OPEN', 'CLOSED', at)] } })],
  ])('is not held: %s', (_, house) => {
    expect(told(house)).toEqual([]);
  });
});

describe('[HEA-10] operators’ overrides', () => {
  const act = { settings: { ...HEALING_DEFAULT, kinds: { expire_override: 'act' } as const } };
  const old = { createdAtMs: NOW - 11 * MINUTE };
  const cases: readonly (readonly [string, HouseSnapshot, number])[] = [
    [
      'a breaker ignored while payments fail',
      houseOf({ a: FAILING, b: WELL }, { overrides: [overrideOf(A, 'force_close', old)] }),
      1,
    ],
    [
      'watched only while payments fail',
      houseOf({ a: FAILING, b: WELL }, { overrides: [overrideOf(A, 'metrics_only', old)] }),
      1,
    ],
    ['ignored while all is well', houseOf({ a: WELL }, { overrides: [overrideOf(A, 'force_close', old)] }), 0],
    ['the only one drained', houseOf({ a: WELL }, { overrides: [overrideOf(A, 'drain', old)] }), 1],
    ['drained a moment ago', houseOf({ a: WELL }, { overrides: [overrideOf(A, 'drain')] }), 0],
    ['one of two drained', houseOf({ a: WELL, b: WELL }, { overrides: [overrideOf(A, 'drain', old)] }), 0],
    ['sick anyway', houseOf({ a: { breaker: open(NOW - 1) } }, { overrides: [overrideOf(A, 'drain', old)] }), 0],
    ['our own', houseOf({ a: WELL }, { overrides: [overrideOf(A, 'drain', { ...old, who: 'self-healing' })] }), 0],
  ];
  test.each(cases)('%s', (_, house, count) => {
    expect(plansIn(house, act).filter(({ kind }) => kind === 'expire_override')).toHaveLength(count);
  });

  test('can be put back as it was', () => {
    const override = overrideOf(A, 'drain', { ...old, expiresAtMs: NOW + 90_000 });
    const [plan] = plansIn(houseOf({ a: WELL }, { overrides: [override] }), act);
    expect(plan?.undo).toEqual({
      do: 'put_override',
      override: {
        id: override.id,
        processorId: A,
        segment: null,
        kind: 'drain',
        who: 'key_operator',
        why: 'Because',
        ttlMs: 90_000,
      },
    });
  });
});

describe('[HEA-11] upkeep', () => {
  const cases: readonly (readonly [string, HouseSnapshot, unknown[]])[] = [
    ['overdue unknowns', houseOf({ a: { overdue: 2 } }), [['reconcile_unknowns', A, '*']]],
    ['nobody can say how many', houseOf({ a: { overdue: null } }), []],
    [
      'dead letters',
      houseOf(
        {},
        {
          letters: new Map([
            ['hooks', { count: 3, oldestAtMs: NOW }],
            ['calm', { count: 0, oldestAtMs: NOW }],
          ]),
        },
      ),
      [['replay_dead_letters', null, 'hooks']],
    ],
    [
      'boards that lag',
      houseOf({ a: { lastResultAtMs: NOW - 90_000, boardResultAtMs: NOW - 95_000 } }),
      [['refresh_boards', null, 'boards']],
    ],
    ['on its way still', houseOf({ a: { lastResultAtMs: NOW - 89_000, boardResultAtMs: NOW - 95_000 } }), []],
    [
      'no board was reached',
      houseOf({ a: { lastResultAtMs: NOW - 90_000, boardResultAtMs: NOW - 95_000 } }, { boardsHeard: false }),
      [],
    ],
    [
      'a reader without a step',
      houseOf(
        {},
        {
          readers: [
            { sourceId: 's', lastStepAtMs: NOW - 180_000 },
            { sourceId: 't', lastStepAtMs: NOW - 179_999 },
          ],
        },
      ),
      [['rearm_alarms', null, 's']],
    ],
    [
      'a reader that never stepped',
      houseOf({}, { readers: [{ sourceId: 's', lastStepAtMs: null }] }),
      [['rearm_alarms', null, 's']],
    ],
  ];
  test.each(cases)('%s', (_, house, expected) => {
    expect(told(house)).toEqual(expected);
  });

  test('[HEA-19] began when the oldest unknown became one, and when the oldest letter came', () => {
    const house = houseOf(
      { a: { overdue: 2, oldestUnknownAtMs: NOW - 30 * 60 * MINUTE } },
      { letters: lettersOf(1, NOW - 9 * MINUTE) },
    );
    expect(plansIn(house).map(({ kind, symptomAtMs }) => [kind, symptomAtMs])).toEqual([
      ['reconcile_unknowns', NOW - 30 * 60 * MINUTE],
      ['replay_dead_letters', NOW - 9 * MINUTE],
    ]);
    const ahead = plansIn(houseOf({}, { letters: lettersOf(1, NOW + MINUTE) }));
    expect(ahead.map(({ symptomAtMs }) => symptomAtMs)).toEqual([NOW]);
  });

  test('asked about one processor does nothing about others or sources', () => {
    const house = houseOf({ a: { overdue: 1 }, b: { overdue: 1 } }, { letters: lettersOf(1) });
    expect(told(house, { processorId: A })).toEqual([['reconcile_unknowns', A, '*']]);
    expect(told(house, { processorId: asProcessorId('none') })).toEqual([]);
    expect(C).toBe('c');
  });
});

describe('[HEA-4] the switch', () => {
  const troubled = houseOf({ a: FAILING, b: { overdue: 1 } }, { letters: lettersOf(1) });
  const modes = (settings: object) =>
    plannedIn(troubled, { settings: { ...HEALING_DEFAULT, ...settings } }).planned.map(({ plan, mode }) => [
      plan.kind,
      mode,
    ]);

  test('off: nothing; a kind that is bolder is off, too', () => {
    expect(modes({ mode: 'off' })).toEqual([]);
    expect(modes({ mode: 'off', kinds: Object.fromEntries(HEALING_KINDS.map((kind) => [kind, 'act'])) })).toEqual([]);
  });

  test('advise: all of it, and none to be done', () => {
    expect(modes({ mode: 'advise', kinds: { fail_over_segment: 'act' } })).toEqual([
      ['fail_over_segment', 'advise'],
      ['reconcile_unknowns', 'advise'],
      ['replay_dead_letters', 'advise'],
    ]);
  });

  test('act: but for the kinds that are said to be more careful, and operators’ overrides', () => {
    expect(modes({ kinds: { reconcile_unknowns: 'off', replay_dead_letters: 'advise' } })).toEqual([
      ['fail_over_segment', 'act'],
      ['replay_dead_letters', 'advise'],
    ]);
    const overrides = [overrideOf(A, 'drain', { createdAtMs: NOW - 11 * MINUTE })];
    expect(plannedIn(houseOf({ a: WELL }, { overrides })).planned).toMatchObject([{ mode: 'advise' }]);
  });
});
