import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideShards } from '../../../src/domain/scaling/shard-count.ts';
import { LoadWindow, type LoadReading } from '../../../src/domain/scaling/load-window.ts';
import { readShardSettings, SHARD_VARIABLES, type ShardSettings } from '../../../src/domain/scaling/shard-settings.ts';
import type { ScalingState } from '../../../src/domain/scaling/scaling-state.ts';

const NOW = 1_770_000_000_000;
const VARIABLES = {
  SHARDS_MAX: '16',
  SHARD_REQUESTS_PER_SECOND: '500',
  SHARD_SCALE_UP_THRESHOLD: '70',
  SHARD_UP_COOLDOWN_MS: '15000',
  SHARD_DOWN_COOLDOWN_MS: '300000',
};
const read = readShardSettings(VARIABLES);
const SETTINGS = (read as { readonly settings: ShardSettings }).settings;

const reading = (perSecond: number, refused = 0): LoadReading => ({
  ...new LoadWindow(NOW).reading(NOW),
  calls: perSecond * 60,
  refusedCalls: refused,
  refusedResults: refused,
  measuredMs: 60_000,
});
const spread = (perSecond: number, owners: number) => Array.from({ length: owners }, () => reading(perSecond / owners));

function run(perSecond: number, seconds: number, before: ScalingState | null, now: number): ScalingState {
  let state = before;
  for (let at = now; at <= now + seconds * 1_000; at += 10_000)
    state = decideShards(state, spread(perSecond, state?.instances ?? 1), SETTINGS, at).state;
  return state!;
}

describe('how many', () => {
  test('[SHD-8] a processor with 100 requests a second has one object, with 5,000 it has 15, and one again five minutes after they have ended', () => {
    const calm = run(100, 60, null, NOW);
    expect(calm.instances).toBe(1);
    const hot = run(5_000, 60, calm, NOW + 70_000);
    expect(hot.instances).toBe(15);
    expect(run(10, 290, hot, NOW + 200_000).instances).toBe(15);
    expect(run(10, 320, hot, NOW + 200_000).instances).toBe(1);
  });

  test('[SHD-8] a rush is answered half a minute after it began: shards that are new are judged by the time there was', () => {
    const calm = run(100, 60, null, NOW);
    // Five seconds of it, in the minute of the own object.
    const first = decideShards(calm, [{ ...reading(0), calls: 55 * 100 + 5 * 5_000 }], SETTINGS, NOW + 70_000);
    expect(first.instances).toBe(2);
    const half = { ...reading(0), calls: 16 * 2_500, measuredMs: 16_000 };
    expect(decideShards(first.state, [half, half], SETTINGS, NOW + 86_000).instances).toBe(15);
  });

  test('[SHD-8] load that swings by a third neither adds nor takes away once it has been answered', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 4_000 }),
        fc.array(fc.double({ min: 0.67, max: 1, noNaN: true }), { maxLength: 60 }),
        (top, swings) => {
          let state = run(top, 60, null, NOW);
          const settled = state.instances;
          swings.forEach((part, index) => {
            state = decideShards(state, spread(top * part, settled), SETTINGS, NOW + 400_000 + index * 30_000).state;
            expect(state.instances).toBe(settled);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('[SHD-8] an object that refuses is full, one that cannot be asked never makes fewer, and there are never more than the maximum', () => {
    const one = run(100, 30, null, NOW);
    expect(decideShards(one, [reading(10, 5)], SETTINGS, NOW + 90_000).instances).toBe(2);
    const hot = run(5_000, 60, one, NOW + 70_000);
    const away = decideShards(
      { ...hot, fewer: { sinceMs: NOW, instances: 1 }, evaluatedAtMs: NOW + 900_000 },
      [reading(1), null],
      SETTINGS,
      NOW + 900_000,
    );
    expect([away.reason, away.instances]).toEqual(['load_unknown', 15]);
    expect(run(1_000_000, 30, null, NOW).instances).toBe(16);
    expect(decideShards(hot, spread(5_000, 15), { ...SETTINGS, shardsMax: 1 }, NOW + 900_000).instances).toBe(1);
  });
});

describe('settings', () => {
  test('[SHD-12] each variable that is no number or out of its range is refused by its name', () => {
    expect(read.ok).toBe(true);
    for (const name of SHARD_VARIABLES) {
      for (const text of ['', '-1', 'x', '1.5', '1e3', '99999999999', 'NaN']) {
        const wrong = readShardSettings({ ...VARIABLES, [name]: text });
        expect(wrong.ok ? [] : wrong.issues.map(({ field }) => field)).toEqual([name]);
      }
    }
    expect(readShardSettings({ ...VARIABLES, SHARDS_MAX: '65' }).ok).toBe(false);
    expect(readShardSettings({ ...VARIABLES, SHARDS_MAX: '0' }).ok).toBe(false);
  });
});
