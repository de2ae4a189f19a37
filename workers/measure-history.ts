// Every five minutes: how every object stands with history, for Prometheus, whose scrapes wake nobody.
import type { HistoryDeskPort, NamedStanding } from '../src/ports/history-desk.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';

export const sheet: JobSheet = {
  name: 'measure-history',
  summary: 'Asks every object how much of it history lacks.',
  crons: ['*/5 * * * *'],
  timeLimitMs: 60_000,
};

export interface HistoryHolder {
  readonly object: string;
  standing(): Promise<HistoryStanding>;
}

/** Idempotent. One object that is away keeps no other from being asked. */
export async function run(
  holders: readonly HistoryHolder[],
  desk: Pick<HistoryDeskPort, 'noteStandings'>,
  { count }: Pick<Shift, 'count'>,
  now: number,
): Promise<void> {
  const ends = await Promise.allSettled(
    holders.map(async (holder): Promise<NamedStanding> => ({ object: holder.object, ...(await holder.standing()) })),
  );
  const standings = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  await desk.noteStandings(standings, now);
  count({
    objects_measured: standings.length,
    objects_away: ends.length - standings.length,
    rows_dropped: standings.reduce((sum, { dropped }) => sum + dropped, 0),
    rows_refused: standings.reduce((sum, { refused }) => sum + refused, 0),
  });
}
