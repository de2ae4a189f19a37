// Every minute: how many instances the merchant's own gateways should have, by the load that the processors' objects have measured.
import { type LoadWorld, scaleByLoad, settingsOf } from '../src/flows/measure-load.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { SettingsRead } from '../src/domain/scaling/scaling-settings.ts';

export const sheet: JobSheet = {
  name: 'scaling',
  summary: "Decides how many instances the merchant's own gateways should have.",
  crons: ['* * * * *'],
  timeLimitMs: 30_000,
};

/** Idempotent: right after another it finds the cooldown, or nothing to change. */
export async function run(world: LoadWorld, settings: SettingsRead, { count }: Pick<Shift, 'count'>): Promise<void> {
  const reply = await scaleByLoad(world, settingsOf(settings));
  if (reply.ok) count({ instances: reply.state.instances, changes: reply.change === null ? 0 : 1 });
}
