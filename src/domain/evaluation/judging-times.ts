// When the decisions of an hour are judged: at each run while it is young, and again when late results have come, until none can come any more.
import { HOUR_MS, type Stretch } from '../analytics/stretch.ts';

/** After the end of the hour. A decision's token is good for 7 days, and what came with it takes an hour to be here at most. */
const PASSES_AFTER_MS: readonly number[] = [HOUR_MS, 25 * HOUR_MS, (7 * 24 + 2) * HOUR_MS];
/** The last pass must not be missed because a run was. */
const LOOKED_BACK_HOURS = 9 * 24;

/** Of the hours before, nothing changes any more. The last one is running. */
export function lookedAt(now: number): Stretch {
  const toMs = (Math.floor(now / HOUR_MS) + 1) * HOUR_MS;
  return { fromMs: toMs - LOOKED_BACK_HOURS * HOUR_MS, toMs };
}

/** The newest first, for they are looked at most. `judged`: when each hour was judged last; `null`: never. */
export const hoursToJudge = (judged: ReadonlyMap<number, number | null>, now: number): number[] =>
  [...judged.keys()]
    .filter((hourMs) => isDue(hourMs, judged.get(hourMs) ?? null, now))
    .sort((one, other) => other - one);

function isDue(hourMs: number, judgedAtMs: number | null, now: number): boolean {
  const endMs = hourMs + HOUR_MS;
  // A clock that was set back must not leave an hour unjudged.
  if (judgedAtMs === null || judgedAtMs > now || now < endMs + PASSES_AFTER_MS[0]!) return true;
  return PASSES_AFTER_MS.some((after) => judgedAtMs < endMs + after && now >= endMs + after);
}
