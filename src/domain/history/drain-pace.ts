// When an object next sends its history to PostgreSQL: soon after a commit, at once while it catches up, ever later while PostgreSQL is away.

/** Commits of this long share a request; well below the ten seconds in which a busy journal comes round. */
export const DRAIN_EVERY_MS = 2_000;
export const BACK_OFF_FIRST_MS = 1_000;
/** An hour's absence costs sixty questions, and its end is seen within a minute. */
export const BACK_OFF_MAX_MS = 60_000;

export type DrainEnd =
  /** Nothing is left. */
  | 'drained'
  /** Its time was up. */
  | 'time'
  /** PostgreSQL is away, or not ready for us. */
  | 'away';

export interface DrainPace {
  /** Steps that ended with PostgreSQL away, one after the other. */
  readonly failures: number;
}

export const RESTED: DrainPace = { failures: 0 };

export interface NextDrain {
  readonly pace: DrainPace;
  /** `null`: when there is something to send. */
  readonly inMs: number | null;
}

/** `draw` in [0, 1): many objects must not all come back in the same second, so each waits between half and the whole. */
export function nextDrain({ failures }: DrainPace, end: DrainEnd, draw: number): NextDrain {
  if (end === 'drained') return { pace: RESTED, inMs: null };
  if (end === 'time') return { pace: RESTED, inMs: 0 };
  const wholeMs = Math.min(BACK_OFF_MAX_MS, BACK_OFF_FIRST_MS * 2 ** Math.min(failures, 30));
  return { pace: { failures: failures + 1 }, inMs: Math.round(wholeMs * (0.5 + draw / 2)) };
}
