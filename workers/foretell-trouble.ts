// Every five minutes: what is about to happen to a processor is foretold, and what was foretold is judged.
import { foretellTrouble } from '../src/flows/foretell-trouble.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { World } from '../src/ports/world.ts';
import { settingsFrom } from '../src/domain/predictions/prediction-settings.ts';

export const sheet: JobSheet = {
  name: 'foretell-trouble',
  summary: 'Foretells troubles of processors from history, and judges what was foretold.',
  crons: ['*/5 * * * *'],
  timeLimitMs: 120_000,
};

/** Idempotent: the same minutes counted and looked at again change nothing. */
export async function run(
  world: World,
  shift: Pick<Shift, 'token' | 'cursor' | 'signal' | 'count'>,
): Promise<string | void> {
  const cursor = await foretellTrouble(world, settingsFrom(world.settings.predictions), shift);
  if (cursor !== null) return cursor;
}
