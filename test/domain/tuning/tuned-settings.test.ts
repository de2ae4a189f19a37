// Who gets what is tried, what everybody is told, and what a revert puts back.
import { describe, expect, test } from 'vitest';
import { EMPTY_TALLY, type Optimization, type OptimizationStanding } from '../../../src/domain/tuning/optimization.ts';
import {
  EMPTY_TUNING,
  isOnTop,
  publishedOf,
  readTuning,
  type TuningShelf,
  valuesOf,
  withBegun,
  withoutOthers,
  withStanding,
  writeTuning,
} from '../../../src/domain/tuning/tuning-shelf.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { isOnTrial, SLOT_MS, trialPosition } from '../../../src/domain/tuning/trial-arm.ts';
import { measuredOf } from '../../../src/domain/tuning/judge-trial.ts';
import { readTuningSettings, tuningSettingsFrom } from '../../../src/domain/tuning/tuning-settings.ts';
import { settingsFor } from '../../../src/domain/tuning/tuned-settings.ts';
import { tuningRow } from '../../../src/domain/tuning/tuning-row.ts';

const P = { id: asProcessorId('processor_a'), epoch: 7, maxTps: null };
const tallies = { trial: EMPTY_TALLY, heldOut: EMPTY_TALLY };
const TRYING: OptimizationStanding = { state: 'trying', countedToMs: 0, ...tallies };
const ended = (state: 'kept' | 'reverted'): OptimizationStanding => ({
  state,
  endedAtMs: 5,
  why: 'so',
  by: 'tuning',
  measured: measuredOf(tallies, null),
});
const optimization = (id: string, over: Partial<Optimization> = {}): Optimization => ({
  id,
  setting: 'timeout_ms',
  from: 30_000,
  to: 22_500,
  proof: 'not_worse',
  reason: 'measured',
  evidence: { measured: 2_000 },
  processorId: P.id,
  epoch: P.epoch,
  salt: 0x1234_5678,
  startedAtMs: 1,
  standing: TRYING,
  ...over,
});
const shelfOf = (...all: readonly Optimization[]): TuningShelf => all.reduce(withBegun, EMPTY_TUNING);
const told = (shelf: TuningShelf, nonce: bigint, processor = P) =>
  settingsFor(
    processor,
    publishedOf(shelf).find(({ processorId }) => processorId === P.id),
    { nonce, now: 0 },
  );

describe('[TUN-9] a trial', () => {
  test('falls on half of the nonces, whatever their other bits, and on others for each salt', () => {
    const on = (salt: number) =>
      Array.from({ length: 20_000 }, (_, i) =>
        isOnTrial({ setting: 'timeout_ms', salt }, { nonce: BigInt(i) | (77n << 32n), now: i }),
      );
    const [first, second] = [on(1), on(0xffff_ffff)];
    const share = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length;
    expect(Math.abs(share(first) - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(share(first.map((flag, i) => flag === second[i])) - 0.5)).toBeLessThan(0.02);
    expect(trialPosition(0xffff_ffff, 0)).toBeLessThan(1);
  });

  test('of a rate falls on whole slots of ten minutes', () => {
    const trial = { setting: 'requests_per_second', salt: 5 } as const;
    const at = (now: number, nonce = 0n): boolean => isOnTrial(trial, { nonce, now });
    const slots = Array.from({ length: 2_000 }, (_, slot) => at(slot * SLOT_MS));
    expect(Math.abs(slots.filter(Boolean).length / 2_000 - 0.5)).toBeLessThan(0.05);
    expect(slots.map((_, slot) => at((slot + 1) * SLOT_MS - 1, 99n))).toEqual(slots);
  });
});

describe('[TUN-14] a payment', () => {
  const DEFAULTS = { timeoutMs: 30_000, attemptsMax: 3, requestsPerSecond: null, tableMaxAgeMs: 2_000, trial: null };
  test('is told the defaults where nothing was tuned', () => {
    expect(told(EMPTY_TUNING, 1n)).toEqual(DEFAULTS);
    expect(told(EMPTY_TUNING, 1n, { ...P, maxTps: 5 } as never)).toMatchObject({ requestsPerSecond: 5 });
  });

  test('gets what is tried, or the former setting where it is held out', () => {
    const shelf = shelfOf(optimization('opt_1'));
    const answers = Array.from({ length: 200 }, (_, i) => told(shelf, BigInt(i)));
    expect(new Set(answers.map(({ timeoutMs, trial }) => `${timeoutMs} ${trial?.id} ${trial?.isOn}`))).toEqual(
      new Set(['22500 opt_1 true', '30000 opt_1 false']),
    );
  });

  test('is told nothing of another life of its processor, nor what is beyond the bounds', () => {
    const shelf = withStanding(shelfOf(optimization('opt_1', { to: 1e12 })), 'opt_1', ended('kept'));
    expect(told(shelf, 1n, { ...P, epoch: 8 })).toEqual(DEFAULTS);
    expect(told(shelf, 1n)).toMatchObject({ timeoutMs: 60_000 });
  });
});

describe('[TUN-8] the book', () => {
  test('holds one trial of a processor at a time', () => {
    const shelf = shelfOf(optimization('opt_1'), optimization('opt_2', { setting: 'attempts_max', from: 3, to: 2 }));
    expect(shelf.optimizations.map(({ id }) => id)).toEqual(['opt_1']);
  });

  test('[TUN-15] puts back what was before where what was kept is reverted, and knows what stands upon what', () => {
    const first = withStanding(shelfOf(optimization('opt_1')), 'opt_1', ended('kept'));
    const second = withStanding(
      withBegun(first, optimization('opt_2', { from: 22_500, to: 16_875 })),
      'opt_2',
      ended('kept'),
    );
    expect([valuesOf(first, P.id, 7), valuesOf(second, P.id, 7)]).toEqual([
      { timeout_ms: 22_500 },
      { timeout_ms: 16_875 },
    ]);
    expect(second.optimizations.map((one) => isOnTop(second, one))).toEqual([true, false]);
    const back = withStanding(second, 'opt_2', ended('reverted'));
    expect([valuesOf(back, P.id, 7), isOnTop(back, back.optimizations[1]!)]).toEqual([{ timeout_ms: 22_500 }, true]);
    const limited = withStanding(
      shelfOf(optimization('opt_3', { setting: 'requests_per_second', from: null, to: 8 })),
      'opt_3',
      ended('kept'),
    );
    expect(valuesOf(withStanding(limited, 'opt_3', ended('reverted')), P.id, 7)).toEqual({});
  });

  test('forgets what held of another life, keeps what is on trial, and what holds, whatever its age', () => {
    const held = withStanding(shelfOf(optimization('opt_kept')), 'opt_kept', ended('kept'));
    const many = Array.from({ length: 400 }, (_, i) => optimization(`opt_${i}`, { standing: ended('reverted') }));
    const full = [optimization('opt_trying'), ...many].reduce(withBegun, held);
    const ids = full.optimizations.map(({ id }) => id);
    expect(ids).toHaveLength(302);
    expect(ids).toEqual(expect.arrayContaining(['opt_kept', 'opt_trying', 'opt_399']));
    expect(withoutOthers(full, new Map([[P.id, 8]])).kept).toEqual([]);
    expect(withoutOthers(full, new Map([[P.id, 7]]))).toBe(full);
  });

  test('is the same once it was written, and throws on a newer format', () => {
    const shelf = shelfOf(optimization('opt_1'));
    expect(readTuning(writeTuning(shelf))).toEqual(shelf);
    expect(() => readTuning('{"format":2}')).toThrow('newer than this code');
  });
});

test('[TUN-17] history is told the last word, and a missing limit as the highest one', () => {
  const limit = optimization('opt_1', {
    setting: 'requests_per_second',
    from: null,
    to: 8,
    standing: ended('reverted'),
  });
  expect(tuningRow(limit)).toMatchObject({
    valueBefore: 10_000,
    valueAfter: 8,
    state: 'reverted',
    reason: 'so',
    endedAtMs: 5,
  });
  expect(tuningRow(optimization('opt_2'))).toMatchObject({ state: 'trying', reason: 'measured', endedAtMs: null });
});

describe('[TUN-18] the variables', () => {
  const GOOD = { AUTO_OPTIMIZATION_ENABLED: 'true', OPTIMIZATION_INTERVAL_MS: '120000', CONSERVATIVE_MODE: 'false' };
  test('are read by their names', () => {
    expect(tuningSettingsFrom(readTuningSettings(GOOD))).toEqual({
      isOn: true,
      intervalMs: 120_000,
      isConservative: false,
    });
  });

  test.each([
    ['AUTO_OPTIMIZATION_ENABLED', 'yes'],
    ['CONSERVATIVE_MODE', ''],
    ['OPTIMIZATION_INTERVAL_MS', '59999'],
    ['OPTIMIZATION_INTERVAL_MS', '1e5'],
    ['OPTIMIZATION_INTERVAL_MS', '-120000'],
    ['OPTIMIZATION_INTERVAL_MS', '86400001'],
  ])('%s is refused as %j', (name, value) => {
    const read = readTuningSettings({ ...GOOD, [name]: value });
    expect(read).toMatchObject({ ok: false, issues: [{ field: name }] });
    expect(() => tuningSettingsFrom(read)).toThrow(name);
  });
});
