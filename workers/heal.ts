// Every minute, and when something has happened: what is wrong is found, mended within the bounds that operators set, and measured afterwards.
import { healHouse } from '../src/flows/heal-house.ts';
import { healingDeploymentFrom, isSweepDue } from '../src/domain/healing/healing-variables.ts';
import { HEALER } from '../src/domain/healing/healing-action.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { World } from '../src/ports/world.ts';

export const sheet: JobSheet = {
  name: 'heal',
  summary: 'Finds what is wrong, mends it within its bounds, and measures what came of it.',
  crons: ['* * * * *'],
  timeLimitMs: 40_000,
};

export async function run(
  world: World,
  { token, scheduledMs, cursor, signal, count }: Omit<Shift, 'watermarkMs'>,
): Promise<string | void> {
  const lastMs = cursor === null ? null : Number(cursor);
  if (!isSweepDue(healingDeploymentFrom(world.settings.healing), lastMs, scheduledMs)) return count({ is_not_due: 1 });
  await sweep(world, { token, signal, count });
  return String(scheduledMs);
}

/** At any time. What was begun by a run that was cut off is measured by the next, and not done again. */
export async function sweep(
  world: World,
  { token, signal, count }: Pick<Shift, 'token' | 'signal' | 'count'>,
): Promise<void> {
  const actor = { keyId: HEALER, requestId: `heal ${token}` };
  const { actions, measured, kept } = await healHouse(world, { processorId: null, byDemand: false, actor, signal });
  count({ actions_begun: actions.length, actions_measured: measured.length, breakers_kept: kept.length });
}
