// Every minute, and as often as it is set: settings of processors are proposed, tried on a share, kept or reverted.
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import { tuneSettings, type TuningWorld } from '../src/flows/tune-settings.ts';
import { tuningSettingsFrom, type TuningSettingsRead } from '../src/domain/tuning/tuning-settings.ts';

export const sheet: JobSheet = {
  name: 'tune-settings',
  summary: 'Tunes timeouts, attempts, rates and table age of each processor, one trial at a time.',
  crons: ['* * * * *'],
  timeLimitMs: 40_000,
};

/** A trigger may come a little early. */
const SLACK_MS = 5_000;

/** The cursor is when it last looked. */
export async function run(
  world: TuningWorld,
  read: TuningSettingsRead,
  { cursor, signal, count }: Pick<Shift, 'cursor' | 'signal' | 'count'>,
): Promise<string> {
  const settings = tuningSettingsFrom(read);
  const now = world.now();
  const sinceMs = cursor === null ? Infinity : now - Number(cursor);
  // A clock that was set back holds nothing up.
  if (cursor !== null && sinceMs >= 0 && sinceMs < settings.intervalMs - SLACK_MS) return cursor;
  await tuneSettings(world, settings, { signal, count });
  return String(now);
}
