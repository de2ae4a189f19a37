// Asks every processor's object what it had to do in the last minute: for people, and for the number of instances that follows from it.
import { decideScaling, type ScalingDecision } from '../domain/scaling/scale-decision.ts';
import type { LoadReading } from '../domain/scaling/load-window.ts';
import { Misconfigured } from '../domain/configuration/misconfigured.ts';
import { measuredTraffic, type MeasuredTraffic, objectLoad, type ObjectLoad } from '../domain/scaling/object-load.ts';
import { objectsOf, wholeReading } from '../domain/scaling/processor-load.ts';
import type { ProcessorPort } from '../ports/processor-port.ts';
import type { RegistryPort } from '../ports/registry-port.ts';
import type { ScalingReply } from '../domain/scaling/scaling-wish.ts';
import type { ScalingSettings, SettingsRead } from '../domain/scaling/scaling-settings.ts';

export interface LoadWorld {
  readonly registry: Pick<RegistryPort, 'configuration' | 'scaling' | 'scale'>;
  readonly processors: Pick<ProcessorPort, 'load'>;
}

export interface MeasuredObject {
  readonly processorId: string;
  /** 0: the processor's own object. */
  readonly shard: number;
  /** Of 256: those that it records. */
  readonly slots: number;
  readonly reading: LoadReading | null;
  /** `null`: its object could not be asked. */
  readonly load: ObjectLoad | null;
}

export async function measureLoad({ registry, processors }: LoadWorld): Promise<readonly MeasuredObject[]> {
  const configuration = await registry.configuration();
  const measured = await Promise.all(
    configuration.processors.map(async (processor) =>
      objectsOf(await processors.load(processor)).map(({ shard, slots, reading }) => {
        return {
          processorId: processor.id,
          shard,
          slots,
          reading,
          load: reading === null ? null : objectLoad(reading),
        };
      }),
    ),
  );
  return measured.flat();
}

/** What the next run of the job would decide; nothing is kept of it. */
export async function evaluateScaling(
  world: LoadWorld,
  settings: ScalingSettings,
  now: number,
): Promise<ScalingDecision> {
  const [objects, before] = await Promise.all([measureLoad(world), world.registry.scaling()]);
  return decideScaling(before, trafficOf(objects), settings, now);
}

export async function scaleByLoad(
  world: LoadWorld,
  settings: ScalingSettings,
  objects: readonly MeasuredObject[],
): Promise<ScalingReply> {
  return await world.registry.scale({ kind: 'measured', traffic: trafficOf(objects), settings }, null);
}

/** A processor's attempts are counted by its own object. */
export function trafficOf(objects: readonly MeasuredObject[]): MeasuredTraffic {
  const own = objects.filter(({ shard }) => shard === 0);
  return measuredTraffic(
    own.map(({ processorId, reading }) => {
      const shards = objects.filter((object) => object.processorId === processorId && object.shard !== 0);
      return reading === null ? null : wholeReading({ ...reading, shards });
    }),
  );
}

/** Throws where a variable of the deployment is wrong, and names it: no number follows from settings nobody meant. */
export function settingsOf(read: SettingsRead): ScalingSettings {
  if (read.ok) return read.settings;
  throw new Misconfigured(read.issues);
}
