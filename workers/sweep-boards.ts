// Every minute: wakes each board so that silence is noticed and missed pushes are made good even where no checkout asks.
export const cron = '* * * * *';

/** Idempotent: a doubled or overlapping run finds nothing to do. */
export async function run(boards: readonly { sweep(): Promise<void> }[]): Promise<void> {
  await Promise.allSettled(boards.map((board) => board.sweep()));
}
