// How many instances are wanted: truth tables for each reason, properties for what must hold at any load and any clock.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideScaling, forceScale } from '../../../src/domain/scaling/scale-decision.ts';
import { readScalingSettings } from '../../../src/domain/scaling/scaling-settings.ts';
import { readScalingState, type ScalingState } from '../../../src/domain/scaling/scaling-state.ts';
import { SCALING_SAMPLE, scalingSettings } from '../../harness/in-memory-scaling.ts';

const START = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;
const settings = scalingSettings();
const stateOf = (changed: Partial<ScalingState> = {}): ScalingState => ({
  format: 1,
  instances: 8,
  evaluatedAtMs: START - MINUTE,
  changes: [],
  fewer: null,
  hold: null,
  ...changed,
});
const changedAt = (atMs: number) => [{ atMs, from: 6, to: 8, cause: 'load' as const, perMinute: 600, why: null }];
const decide = (
  state: ScalingState | null,
  perMinute: number,
  now = START,
  { isComplete = true, by = settings } = {},
) => decideScaling(state, { perMinute, isComplete }, by, now);

/** Evaluated every minute. */
function play(loads: readonly number[], by = settings): readonly number[] {
  let state: ScalingState | null = null;
  return loads.map((perMinute, minute) => {
    const decision = decide(state, perMinute, START + minute * MINUTE, { by });
    state = decision.state;
    return decision.instances;
  });
}

describe('by the load', () => {
  test.each([
    ['fits', 600, 'load_fits', 8],
    ['fits to the last payment', 600.0, 'load_fits', 8],
    ['asks for one more', 601, 'load_high', 9],
    ['asks for the most', 1e12, 'load_high', 20],
    ['would do with fewer', 400, 'low_too_briefly', 8],
    ['is none', 0, 'low_too_briefly', 8],
  ] as const)('[SCL-5] %s', (_, perMinute, reason, instances) => {
    expect(decide(stateOf(), perMinute)).toMatchObject({ reason, instances });
  });

  test('[SCL-5] the first number is what the load needs, and no change', () => {
    expect(decide(null, 500)).toMatchObject({ reason: 'first', instances: 7, change: null, state: { changes: [] } });
    expect(decide(null, 0)).toMatchObject({ instances: 2 });
  });

  test('[SCL-5] within the bounds, whatever the load, the state and the clock', () => {
    fc.assert(
      fc.property(
        anyState,
        anyLoad,
        fc.integer({ min: -1e7, max: 1e7 }),
        fc.boolean(),
        (state, load, jump, isComplete) => {
          const { instances, utilisation } = decide(state, load, START + jump, { isComplete });
          expect(instances >= 2 && instances <= 20 && Number.isInteger(instances)).toBe(true);
          expect(Number.isFinite(utilisation)).toBe(true);
        },
      ),
    );
  });

  test('[SCL-6] more load never leads to fewer', () => {
    fc.assert(
      fc.property(anyState, anyLoad, anyLoad, fc.boolean(), (state, one, other, isComplete) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        expect(decide(state, more, START, { isComplete }).instances).toBeGreaterThanOrEqual(
          decide(state, less, START, { isComplete }).instances,
        );
      }),
    );
  });

  test.each([
    ['low cost', scalingSettings(), 1.24],
    ['head-room', { ...scalingSettings(), downAt: 0.45 }, 1.66],
  ])('[SCL-7] no flapping under noise, with a preference for %s', (_, by, ratio) => {
    const noise = fc.array(fc.double({ min: 1, max: ratio, noNaN: true }), { minLength: 30, maxLength: 60 });
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1_500, noNaN: true }), noise, (base, factors) => {
        const quick = { ...by, upCooldownMs: 0, downCooldownMs: 0 };
        const numbers = play(
          factors.map((factor) => base * factor),
          quick,
        );
        const moves = numbers.slice(1).map((number, index) => Math.sign(number - numbers[index]!));
        expect(moves.includes(1) && moves.includes(-1)).toBe(false);
      }),
    );
  });

  test('throws on a load that is none', () => {
    for (const load of [NaN, -1, Infinity]) expect(() => decide(stateOf(), load)).toThrow('is no load');
  });
});

describe('not too often', () => {
  test.each([
    ['a minute after a change it rises', START - MINUTE, 900, 'load_high', 12],
    ['before that it does not', START - MINUTE + 1, 900, 'cooldown', 8],
    ['by a change that lies ahead nothing is held up', START + 9 * MINUTE, 900, 'load_high', 12],
  ] as const)('[SCL-8] [SCL-11] %s', (...[, atMs, load, reason, instances]) => {
    expect(decide(stateOf({ changes: changedAt(atMs) }), load)).toMatchObject({ reason, instances });
  });

  test('[SCL-8] two changes are never closer than the cooldown of the later one', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 3_000, noNaN: true }), { maxLength: 60 }), (loads) => {
        const numbers = play(loads, { ...settings, upCooldownMs: 3 * MINUTE });
        let last = -Infinity;
        numbers.forEach((number, minute) => {
          const before = numbers[minute - 1] ?? number;
          if (number === before) return;
          expect(minute - last).toBeGreaterThanOrEqual(number > before ? 3 : 5);
          last = minute;
        });
      }),
    );
  });

  test.each([
    ['a higher minimum', { instancesMin: 10 }, 10],
    ['a lower maximum', { instancesMax: 5 }, 5],
  ])('[SCL-8] %s does not wait', (_, bounds, instances) => {
    const state = stateOf({ changes: changedAt(START - 1), hold: { sinceMs: START - 1, untilMs: START + 1e6 } });
    expect(decide(state, 600, START, { by: { ...settings, ...bounds } })).toMatchObject({
      reason: 'bounds',
      instances,
      change: { cause: 'bounds', from: 8, to: instances },
    });
  });

  test('[SCL-9] falls after five minutes of low load, to the most that was asked for meanwhile', () => {
    expect(play([590, 100, 100, 310, 100, 100, 100])).toEqual([8, 8, 8, 8, 8, 8, 6]);
    expect(play([590, 100, 100, 590, 100, 100, 100, 100])).toEqual([8, 8, 8, 8, 8, 8, 8, 8]);
  });

  test('[SCL-9] [SCL-11] low load is not taken for unbroken across a gap, or a clock that jumped', () => {
    const fewer = { sinceMs: START - 10 * MINUTE, instances: 3 };
    expect(decide(stateOf({ fewer }), 100)).toMatchObject({ reason: 'load_low', instances: 3 });
    for (const evaluatedAtMs of [START - 181_000, START + 1]) {
      expect(decide(stateOf({ fewer, evaluatedAtMs }), 100)).toMatchObject({
        reason: 'low_too_briefly',
        state: { fewer: { sinceMs: START, instances: 2 } },
      });
    }
  });

  test('[SCL-10] an object that cannot be asked: up, and never down', () => {
    const fewer = { sinceMs: START - 10 * MINUTE, instances: 3 };
    expect(decide(stateOf({ fewer }), 100, START, { isComplete: false })).toMatchObject({
      reason: 'load_unknown',
      instances: 8,
      state: { fewer: null },
    });
    expect(decide(stateOf(), 900, START, { isComplete: false })).toMatchObject({ reason: 'load_high', instances: 12 });
  });

  test('[SCL-14] switched off the number stays', () => {
    expect(decide(stateOf(), 900, START, { by: { ...settings, isOn: false } })).toMatchObject({
      reason: 'off',
      instances: 8,
    });
  });

  test('[SCL-16] the newest 50 changes are kept with their cause', () => {
    let state = stateOf();
    for (let turn = 1; turn <= 60; turn += 1) {
      const forced = forceScale(
        state,
        { instances: 2 + (turn % 2), holdMs: 0, why: `turn ${turn}` },
        settings,
        START + turn,
      );
      if (forced.ok) state = forced.state;
    }
    expect(state.changes).toHaveLength(50);
    expect(state.changes[0]).toMatchObject({ cause: 'operator', from: 3, to: 2, why: 'turn 60' });
  });
});

describe('by hand', () => {
  test('[SCL-13] at once, and it stands for its hold', () => {
    const forced = forceScale(
      stateOf({ changes: changedAt(START - 1) }),
      { instances: 3, holdMs: 600_000, why: 'sale is over' },
      settings,
      START,
    );
    expect(forced).toMatchObject({ ok: true, change: { from: 8, to: 3, cause: 'operator', why: 'sale is over' } });
    if (!forced.ok) return;
    expect(decide(forced.state, 900, START + 599_999)).toMatchObject({ reason: 'held', instances: 3 });
    expect(decide(forced.state, 900, START + 600_000)).toMatchObject({ reason: 'load_high', instances: 12 });
    // A clock that was set back.
    expect(decide(forced.state, 900, START - 1)).toMatchObject({ reason: 'load_high', state: { hold: null } });
  });

  test.each([1, 21, 2.5, NaN, -3, Infinity])('[SCL-13] %s instances are refused', (instances) => {
    expect(forceScale(stateOf(), { instances, holdMs: 0, why: null }, settings, START)).toEqual({
      ok: false,
      reason: 'out_of_bounds',
      min: 2,
      max: 20,
    });
  });
});

describe('settings', () => {
  test.each([
    ['MIN_INSTANCES', '0'],
    ['MIN_INSTANCES', '1.5'],
    ['MAX_INSTANCES', 'NaN'],
    ['MAX_INSTANCES', ''],
    ['MAX_INSTANCES', '1'],
    ['TARGET_TPM_PER_INSTANCE', '0'],
    ['TARGET_TPM_PER_INSTANCE', '-100'],
    ['TARGET_TPM_PER_INSTANCE', '1e3'],
    ['CPU_SCALE_UP_THRESHOLD', '101'],
    ['SCALE_UP_COOLDOWN_MS', 'Infinity'],
    ['SCALE_DOWN_COOLDOWN_MS', '86400001'],
    ['AUTO_SCALING_ENABLED', 'yes'],
    ['SCALING_PREFER_LOW_COST', ''],
  ])('[SCL-12] %s = "%s" is refused by its name', (name, text) => {
    expect(readScalingSettings({ ...SCALING_SAMPLE, [name]: text })).toMatchObject({
      ok: false,
      issues: [{ field: name }],
    });
  });

  test('[SCL-7] the lower threshold is nearer where low cost is preferred', () => {
    expect(scalingSettings().downAt).toBeCloseTo(0.6, 9);
    const read = readScalingSettings({ ...SCALING_SAMPLE, SCALING_PREFER_LOW_COST: 'false' });
    expect(read.ok && read.settings.downAt).toBeCloseTo(0.45, 9);
  });

  test('a stored state of newer code is not guessed at', () => {
    expect(() => readScalingState({ ...stateOf(), format: 2 as never })).toThrow('unknown scaling format 2');
  });
});

const anyLoad = fc.oneof(fc.double({ min: 0, max: 3_000, noNaN: true }), fc.constantFrom(0, 1e15, 5e-324));
const anyState: fc.Arbitrary<ScalingState> = fc.record({
  format: fc.constant(1 as const),
  instances: fc.integer({ min: 2, max: 20 }),
  evaluatedAtMs: fc.integer({ min: START - 400_000, max: START + 400_000 }),
  changes: fc
    .option(fc.integer({ min: START - 400_000, max: START + 400_000 }), { nil: null })
    .map((atMs) => (atMs === null ? [] : changedAt(atMs))),
  fewer: fc.option(
    fc.record({ sinceMs: fc.integer({ min: START - 900_000, max: START }), instances: fc.constant(2) }),
    { nil: null },
  ),
  hold: fc.constant(null),
});
