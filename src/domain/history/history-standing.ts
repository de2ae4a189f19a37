// How an object stands with history: what waits, and what history will never have.

export interface HistoryStanding {
  /** Not yet sent: commits of a processor's object, entries of others. */
  readonly waiting: number;
  /** Rows that were let go for want of room, ever. */
  readonly dropped: number;
  /** Rows that PostgreSQL will not have, ever. */
  readonly refused: number;
}

export const addStandings = (standings: readonly HistoryStanding[]): HistoryStanding =>
  standings.reduce(
    (sum, { waiting, dropped, refused }) => ({
      waiting: sum.waiting + waiting,
      dropped: sum.dropped + dropped,
      refused: sum.refused + refused,
    }),
    { waiting: 0, dropped: 0, refused: 0 },
  );
