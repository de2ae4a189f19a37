// Up to where attempts were counted by the minute and the hour, and which stretch is to be counted next: again where rows may still have come, and never all of it at once.

export interface CountingProgress {
  readonly countedToMs: number;
  /** After a time in which nothing could be counted, rows come late: it is counted once more from there, then. */
  readonly again: { readonly fromMs: number; readonly dueMs: number } | null;
}

export interface CountingPlan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly again: CountingProgress['again'];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** What an object has recorded is in history some seconds later. */
const SETTLE_MS = 20_000;
/** Two runs' worth: what came late is counted by the next. */
const OVERLAP_MS = 10 * MINUTE_MS;
/** A longer pause than this is one in which PostgreSQL, or the job, was away. */
const PAUSE_MS = 20 * MINUTE_MS;
/** By then the objects have sent what they had kept. */
const AGAIN_AFTER_MAX_MS = 30 * MINUTE_MS;
/** Forecasts look back on no more (forecastSeries). */
const BACK_MAX_MS = 65 * 24 * HOUR_MS;
/** No look at a processor goes back further by the minute. */
export const MINUTES_BACK_MS = 25 * HOUR_MS;

/** `null`: there is nothing to count yet. */
export function planCounting(
  progress: CountingProgress | null,
  firstAttemptMs: number | null,
  nowMs: number,
): CountingPlan | null {
  const toMs = Math.floor((nowMs - SETTLE_MS) / MINUTE_MS) * MINUTE_MS;
  if (!Number.isSafeInteger(toMs)) return null;
  if (progress === null) {
    if (firstAttemptMs === null) return null;
    const fromMs = Math.max(toMs - BACK_MAX_MS, Math.floor(firstAttemptMs / HOUR_MS) * HOUR_MS);
    return fromMs < toMs ? { fromMs, toMs, again: null } : null;
  }
  // A clock that was set back has counted ahead.
  const base = Math.min(progress.countedToMs, toMs);
  const pauseMs = toMs - base;
  const fromMs = Math.max(toMs - BACK_MAX_MS, base - OVERLAP_MS);
  if (pauseMs > PAUSE_MS)
    return { fromMs, toMs, again: { fromMs, dueMs: toMs + Math.min(pauseMs, AGAIN_AFTER_MAX_MS) } };
  const { again } = progress;
  // Due in an hour is what a clock that ran ahead has said.
  if (again === null || again.dueMs - toMs > AGAIN_AFTER_MAX_MS) return { fromMs, toMs, again: null };
  if (toMs < again.dueMs) return { fromMs, toMs, again };
  return { fromMs: Math.max(toMs - BACK_MAX_MS, Math.min(fromMs, again.fromMs)), toMs, again: null };
}

export const writeProgress = (progress: CountingProgress): string => JSON.stringify(progress);

/** What is not ours is as if there were none: counting anew changes no count. */
export function readProgress(cursor: string | null): CountingProgress | null {
  if (cursor === null) return null;
  try {
    const { countedToMs, again } = JSON.parse(cursor) as CountingProgress;
    return Number.isSafeInteger(countedToMs) ? { countedToMs, again: again ?? null } : null;
  } catch {
    return null;
  }
}
