// Every minute: what is wrong is found, mended within the bounds that operators set, and measured afterwards.
import { healHouse } from '../src/flows/heal-house.ts';
import { HEALER } from '../src/domain/healing/healing-action.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { World } from '../src/ports/world.ts';

export const sheet: JobSheet = {
  name: 'heal',
  summary: 'Finds what is wrong, mends it within its bounds, and measures what came of it.',
  crons: ['* * * * *'],
  timeLimitMs: 40_000,
};

/** What was begun by a run that was cut off is measured by the next, and not done again. */
export async function run(
  world: World,
  { token, signal, count }: Pick<Shift, 'token' | 'signal' | 'count'>,
): Promise<void> {
  const actor = { keyId: HEALER, requestId: `heal ${token}` };
  const { actions, measured, kept } = await healHouse(world, { processorId: null, byDemand: false, actor, signal });
  count({ actions_begun: actions.length, actions_measured: measured.length, breakers_kept: kept.length });
}
