// Every night: days of attempts and decisions that are older than they are to be kept leave history.
import { retireHistory, type RetireWorld } from '../src/flows/retire-history.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';

export const sheet: JobSheet = {
  name: 'retire-history',
  summary: 'Drops the days of history that are older than they are to be kept, or puts them aside.',
  crons: ['17 3 * * *'],
  timeLimitMs: 60_000,
};

/** Idempotent: what is gone is not dropped again. `world`: `null` where there is no history. */
export async function run(world: RetireWorld | null, { token, count }: Pick<Shift, 'token' | 'count'>): Promise<void> {
  if (world === null) return;
  const actor = { keyId: sheet.name, requestId: `${sheet.name} ${token}` };
  const { partitionsMade, dropped, archived } = await retireHistory(world, actor);
  count({
    partitions_made: partitionsMade,
    partitions_dropped: dropped.length,
    partitions_archived: archived.length,
  });
}
