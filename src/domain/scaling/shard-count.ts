// How many objects should record one processor's results now: by the load of those that do, with the hysteresis and the cooldowns of instances. Rules: SPEC.md [SHD].
import { decideScaling, type ScalingDecision } from './scale-decision.ts';
import { inScalingWords, type ShardSettings } from './shard-settings.ts';
import type { LoadReading } from './load-window.ts';
import { objectLoad } from './object-load.ts';
import type { ScalingState } from './scaling-state.ts';

/** `readings`: of the objects that own slots; `null`: of one that could not be asked. */
export function decideShards(
  before: ScalingState | null,
  readings: readonly (LoadReading | null)[],
  settings: ShardSettings,
  now: number,
): ScalingDecision {
  const known = readings.filter((reading) => reading !== null);
  const load = known.reduce((sum, reading) => sum + shareOf(reading, settings), 0);
  const traffic = { perMinute: load, isComplete: known.length === readings.length };
  return decideScaling(before, traffic, inScalingWords(settings), now);
}

/** Less than this says too little of a second. */
const MEASURED_MIN_MS = 10_000;

/** Of what one object can take: the largest share of any limit. A shard that is new is judged by the time there was. */
function shareOf(reading: LoadReading, { requestsPerSecond }: ShardSettings): number {
  const { calls, refusedCalls, measuredMs } = reading;
  const requests = ((calls + refusedCalls) * 1_000) / Math.max(measuredMs, MEASURED_MIN_MS);
  const { load, boundBy } = objectLoad(reading);
  return Math.max(requests / requestsPerSecond, boundBy === 'requests' ? 0 : load);
}
