// What one processor takes on shards, as a row of the bench: as fast as callers can, and at an offered rate; the same one undivided beside it.
import { measureShardRate, QUICK_SHARD_RATE, SHARD_RATE } from '../shard-rate.ts';
import { resultOf, type Result } from '../result.ts';
import type { Bench } from '../duel.ts';

/** The baseline is the undivided processor. */
export async function shardRow({ isQuick, rounds, tell }: Bench): Promise<readonly Result[]> {
  const shape = { ...(isQuick ? QUICK_SHARD_RATE : SHARD_RATE), rounds };
  const { divided, undivided, acknowledged, counted, shards, each } = await measureShardRate({ ...shape, tell });
  const also = {
    ...{ shards, results_per_request: shape.perRequest, acknowledged, counted },
    ...{ offered_per_second: shape.offeredPerSecond, of_these_taken_per_second: divided.perSecond },
    ...{ p50_ms: divided.p50Ms, p99_ms: divided.p99Ms, undivided_p99_ms: undivided.p99Ms },
  };
  return [
    resultOf(
      { name: 'shard-5000', unit: 'per second', asked: { of: 'value', least: shape.offeredPerSecond }, also },
      {
        ours: each.map((load) => load.divided.mostPerSecond),
        baseline: each.map((load) => load.undivided.mostPerSecond),
      },
    ),
  ];
}
