// Counts attempts by the minute and the hour up to now, in stretches that PostgreSQL can count in time; what was counted stays counted if the rest is not.
import {
  type CountingProgress,
  MINUTES_BACK_MS,
  planCounting,
  readProgress,
  writeProgress,
} from '../domain/predictions/counting-progress.ts';
import type { HistoryReply } from '../ports/history-port.ts';
import type { PastPort, Stretch } from '../ports/past-port.ts';

export interface CountingAsk {
  /** As the last run that was done left it. */
  readonly cursor: string | null;
  readonly now: number;
  /** Whether the time for it is over. */
  readonly isOver: () => boolean;
}

export interface CountedUp {
  readonly cursor: string | null;
  readonly stretches: number;
  /** False: the rest is for the next run. */
  readonly isComplete: boolean;
}

const HOUR_MS = 3_600_000;
const STRETCH_MS = 6 * HOUR_MS;
/** Each asks for an hour at least: what was not asked for is not counted. */
const STRETCH_MIN_MS = HOUR_MS;
const STRETCH_MAX_MS = 8 * 24 * HOUR_MS;

/** Throws where nothing could be counted because history is away. */
export async function countUp(past: PastPort, { cursor, now, isOver }: CountingAsk): Promise<CountedUp> {
  const progress = readProgress(cursor);
  const first = progress === null ? orThrow(await past.firstAttemptMs()) : null;
  const plan = planCounting(progress, first, now);
  if (plan === null) return { cursor, stretches: 0, isComplete: true };
  let [atMs, lengthMs, stretches] = [plan.fromMs, STRETCH_MS, 0];
  while (atMs < plan.toMs && !isOver()) {
    const stretch = { fromMs: atMs, toMs: Math.min(plan.toMs, atMs + lengthMs) };
    const reply = await counted(past, stretch, plan.toMs);
    if (reply.ok) {
      [atMs, lengthMs, stretches] = [stretch.toMs, Math.min(STRETCH_MAX_MS, lengthMs * 2), stretches + 1];
      continue;
    }
    // It may only have been too much at a time.
    const least = Math.min(lengthMs, stretch.toMs - stretch.fromMs);
    if (reply.fault.reason !== 'unreachable' || least <= STRETCH_MIN_MS) {
      if (stretches === 0) return orThrow(reply);
      break;
    }
    lengthMs = Math.max(STRETCH_MIN_MS, least / 4);
  }
  const isComplete = atMs >= plan.toMs;
  if (isComplete && Math.floor(plan.fromMs / HOUR_MS) < Math.floor(plan.toMs / HOUR_MS)) orThrow(await past.prune(now));
  const after: CountingProgress = { countedToMs: atMs, again: isComplete ? plan.again : null };
  return { cursor: writeProgress(after), stretches, isComplete };
}

/** Hours once they have ended. */
async function counted(past: PastPort, { fromMs, toMs }: Stretch, untilMs: number): Promise<HistoryReply<number>> {
  const minutesFromMs = Math.max(fromMs, untilMs - MINUTES_BACK_MS);
  if (minutesFromMs < toMs) {
    const minutes = await past.countMinutes({ fromMs: minutesFromMs, toMs });
    if (!minutes.ok) return minutes;
  }
  const [fromHour, toHour] = [Math.floor(fromMs / HOUR_MS), Math.floor(toMs / HOUR_MS)];
  if (fromHour === toHour) return { ok: true, value: 0 };
  return await past.countHours({ fromMs: fromHour * HOUR_MS, toMs: toHour * HOUR_MS });
}

export function orThrow<Value>(reply: HistoryReply<Value>): Value {
  if (reply.ok) return reply.value;
  const { fault } = reply;
  throw new Error(`History is away: ${fault.reason}${'code' in fault ? ` ${fault.code}` : ''}`);
}
