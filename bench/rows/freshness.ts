// How soon the last of several isolates stops recommending what has failed, as a row of the bench.
import { FRESHNESS, measureFreshness, QUICK_FRESHNESS } from '../freshness.ts';
import { judged, type Result } from '../result.ts';
import type { Bench } from '../duel.ts';

const MOST_MS = 1_500;

/** Its rounds are trips. */
export async function freshnessRow({ isQuick, tell }: Bench): Promise<readonly Result[]> {
  const { p50Ms, p99Ms, eachMs, isolates } = await measureFreshness({
    ...(isQuick ? QUICK_FRESHNESS : FRESHNESS),
    tell,
  });
  const row = { value: p99Ms, ratio: null, unit: 'ms' };
  return [
    {
      ...{ name: 'freshness-p99', ...row, baseline: null, rounds: eachMs.length },
      ...judged({ of: 'value', most: MOST_MS }, row),
      each: eachMs.map((value) => ({ value })),
      also: { isolates, p50_ms: p50Ms },
    },
  ];
}
