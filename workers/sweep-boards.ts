// Every minute: wakes each board so that silence is noticed and missed pushes are made good even where no checkout asks.
import type { JobSheet, Shift } from '../src/ports/job-port.ts';

export const sheet: JobSheet = {
  name: 'sweep-boards',
  summary: 'Wakes the boards, so that silence is noticed and missed pushes are made good.',
  crons: ['* * * * *'],
  timeLimitMs: 30_000,
};

/** Idempotent: a doubled or overlapping run finds nothing to do. */
export async function run(
  boards: readonly { sweep(): Promise<void> }[],
  { count }: Pick<Shift, 'count'>,
): Promise<void> {
  const ends = await Promise.allSettled(boards.map((board) => board.sweep()));
  const swept = ends.filter(({ status }) => status === 'fulfilled').length;
  count({ boards_swept: swept, boards_away: ends.length - swept });
}
