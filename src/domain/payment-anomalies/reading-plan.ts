// Which minutes of history may be learned now: whole ones that have ended, of which every row has arrived, in the order of time.

export const MINUTE_MS = 60_000;
/** After the end of a minute its last commits are on their objects' disks. */
const SETTLED_AFTER_MS = 5_000;
/** An object that does not answer is waited for so long. */
const AWAY_WAIT_MINUTES = 10;
/** After an absence, and at the very beginning: what is older is not learned. */
export const BACK_MAX_MINUTES = 3 * 1_440;
/** The clocks of two machines may differ by so much. */
const AHEAD_MAX_MINUTES = 5;
/** Of one question: attempts, minutes, and minutes times scopes. */
const ATTEMPTS_MAX = 150_000;
/** Of a question for causes: in the usual, and in the other stretch. */
const USUAL_ATTEMPTS_MAX = 300_000;
const DURING_ATTEMPTS_MAX = 100_000;
const DURING_MAX_MINUTES = 60;
const MINUTES_MAX = 60;
const SCOPE_MINUTES_MAX = 3_000;

/** When the oldest row was recorded that a processor's object has not sent; `null`: it has sent all. `away`: it did not answer. */
export type Unsent = number | null | 'away';

export interface ReadingPlan {
  readonly fromMinute: number;
  /** Less than `fromMinute`: there is nothing to read yet. */
  readonly untilMinute: number;
  /** What was learned lies ahead of the clock, which has been set back. */
  readonly isSetBack: boolean;
}

export function planReading(now: number, throughMinute: number | null, unsent: readonly Unsent[]): ReadingPlan {
  const ended = Math.floor((now - SETTLED_AFTER_MS) / MINUTE_MS) - 1;
  const untilMinute = unsent.reduce<number>((until, each) => {
    if (each === null) return until;
    return Math.min(until, each === 'away' ? ended - AWAY_WAIT_MINUTES : Math.floor(each / MINUTE_MS) - 1);
  }, ended);
  const isSetBack = throughMinute !== null && throughMinute > ended + AHEAD_MAX_MINUTES;
  const earliest = ended - BACK_MAX_MINUTES + 1;
  if (throughMinute === null || isSetBack) return { fromMinute: isSetBack ? ended : earliest, untilMinute, isSetBack };
  return { fromMinute: Math.max(throughMinute + 1, earliest), untilMinute, isSetBack };
}

/** How many minutes one question asks for; `failures`: of the questions just before this one. */
export function minutesPerQuestion(perMinute: number, scopes: number, failures: number): number {
  const fit = Math.min(MINUTES_MAX, ATTEMPTS_MAX / Math.max(1, perMinute), SCOPE_MINUTES_MAX / Math.max(1, scopes));
  return Math.max(1, Math.floor(fit / 8 ** failures));
}

/** How far back the usual is looked for beside a change: a day where there is little traffic. */
export function usualMinutes(perMinute: number): number {
  return Math.round(Math.min(1_440, Math.max(5, USUAL_ATTEMPTS_MAX / Math.max(1, perMinute))));
}

/** How much of a change is looked at, at most: its latest part. */
export function duringMinutes(perMinute: number): number {
  return Math.round(Math.min(DURING_MAX_MINUTES, Math.max(1, DURING_ATTEMPTS_MAX / Math.max(1, perMinute))));
}
