// Every minute: how many instances the merchant's own gateways should have, by the load that the processors' objects have measured.
import { type LoadWorld, measureLoad, scaleByLoad, settingsOf } from '../src/flows/measure-load.ts';
import { keepQueues } from '../src/flows/keep-queues.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { PredictionDesk } from '../src/ports/prediction-port.ts';
import type { SettingsRead } from '../src/domain/scaling/scaling-settings.ts';

export const sheet: JobSheet = {
  name: 'scaling',
  summary: "Decides how many instances the merchant's own gateways should have.",
  crons: ['* * * * *'],
  timeLimitMs: 30_000,
};

export interface ScalingWorld extends LoadWorld {
  readonly predictions: Pick<PredictionDesk, 'past'>;
  now(): number;
}

/** Idempotent: right after another it finds the cooldown, or nothing to change; and a minute keeps its deepest queue. */
export async function run(world: ScalingWorld, settings: SettingsRead, { count }: Pick<Shift, 'count'>): Promise<void> {
  const scaling = settingsOf(settings);
  const objects = await measureLoad(world);
  const reply = await scaleByLoad(world, scaling, objects);
  if (reply.ok) count({ instances: reply.state.instances, changes: reply.change === null ? 0 : 1 });
  const kept = await keepQueues(world.predictions.past, objects, world.now());
  if (kept !== null) count({ queues_kept: kept });
}
