// Every minute: maintenance windows begin, drain their processor, end, and let its traffic back in steps.
import { keepMaintenance } from '../src/flows/keep-maintenance.ts';
import { MAINTENANCE_HAND } from '../src/domain/predictions/maintenance-window.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { World } from '../src/ports/world.ts';

export const sheet: JobSheet = {
  name: 'keep-maintenance',
  summary: 'Drains processors before their maintenance windows and brings them back in steps.',
  crons: ['* * * * *'],
  timeLimitMs: 30_000,
};

/** Idempotent: overrides that are in force already are not put again. */
export async function run(world: World, { token, count }: Pick<Shift, 'token' | 'count'>): Promise<void> {
  const actor = { keyId: MAINTENANCE_HAND, requestId: `keep-maintenance ${token}` };
  const { open, turned, applied, refused } = await keepMaintenance(world, actor);
  count({ windows_open: open, windows_turned: turned, overrides_changed: applied, overrides_refused: refused });
}
