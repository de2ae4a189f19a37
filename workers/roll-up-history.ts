// Every five minutes: counts what was recorded since into hours and days, and lays sampled decisions beside simpler routing, for analytics to read.
import { rollUpHistory, type RollUpWorld } from '../src/flows/roll-up-history.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';

export const sheet: JobSheet = {
  name: 'roll-up-history',
  summary: 'Counts attempts by hour and day, and judges routing decisions, for analytics.',
  crons: ['*/5 * * * *'],
  timeLimitMs: 120_000,
};

/** Idempotent: an hour is counted whole, in place of what was counted of it. `world`: `null` where there is no history. */
export async function run(
  world: RollUpWorld | null,
  { signal, count }: Pick<Shift, 'signal' | 'count'>,
): Promise<void> {
  if (world === null) return count({ hours_counted: 0, hours_judged: 0 });
  await rollUpHistory(world, signal, ({ hoursCounted, rowsCounted, hoursJudged, decisionsJudged }) =>
    count({
      hours_counted: hoursCounted,
      rows_counted: rowsCounted,
      hours_judged: hoursJudged,
      decisions_judged: decisionsJudged,
    }),
  );
}
