// What all objects that record one processor's results had to do: its own, and its shards where it is divided. Rules: SPEC.md [SHD].
import { SLOTS } from '../results/slots.ts';
import type { LoadReading } from './load-window.ts';

export interface ShardLoad {
  readonly shard: number;
  readonly slots: number;
  /** `null`: it could not be asked. */
  readonly reading: LoadReading | null;
}

export interface ProcessorLoad extends LoadReading {
  /** Left out: it is not divided. Attempts are counted by the processor's own object alone. */
  readonly shards?: readonly ShardLoad[];
}

/** Each object that has slots or waits for some; 0 is the processor's own. */
export function objectsOf(load: ProcessorLoad | null): readonly ShardLoad[] {
  const { shards = [] } = load ?? {};
  const slots = SLOTS - shards.reduce((sum, shard) => sum + shard.slots, 0);
  return [{ shard: 0, slots, reading: load }, ...shards];
}

/** As far as attempts go: what a shard refused may be told again, and one that cannot be asked may have refused. */
export function wholeReading(load: ProcessorLoad | null): LoadReading | null {
  if (load === null) return null;
  const readings = (load.shards ?? []).map(({ reading }) => reading);
  if (readings.includes(null)) return null;
  return {
    ...load,
    refusedResults: readings.reduce((sum, reading) => sum + reading!.refusedResults, load.refusedResults),
  };
}
