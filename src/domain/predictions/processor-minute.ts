// One minute of one processor in sums: all that its troubles are foretold from; and how raw minutes become sound ones.

export interface ProcessorMinute {
  /** Whole minutes since 1970. */
  readonly minute: number;
  readonly attempts: number;
  /** Technical: errors and timeouts. */
  readonly failures: number;
  /** Those of the failures that are timeouts. */
  readonly timeouts: number;
  /** `null`: nothing was timed. */
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  /** Changes of the breaker's state; of them, those that ended its being closed, and those that closed it again. */
  readonly breakerTransitions: number;
  readonly breakerOpenings: number;
  readonly breakerClosings: number;
  /** Results that waited at its object for their commit, at most in this minute; 0 where nobody measured. */
  readonly queueDepth: number;
}

export const MINUTE_MS = 60_000;
/** Older minutes say nothing of what is usual now. */
export const KEPT_MINUTES = 1_440;
const COUNT_MAX = 1e9;
const LATENCY_MAX_MS = 600_000;

/** Of the day before `nowMs`, ascending, one each; what lies ahead of the clock, or has no whole number for a minute, is left out. The later of two for one minute counts. */
export function soundMinutes(raw: readonly ProcessorMinute[], nowMs: number): readonly ProcessorMinute[] {
  const end = Math.floor(nowMs / MINUTE_MS);
  const byMinute = new Map<number, ProcessorMinute>();
  for (const each of raw)
    if (Number.isSafeInteger(each.minute) && each.minute < end && each.minute >= end - KEPT_MINUTES)
      byMinute.set(each.minute, soundMinute(each));
  return [...byMinute.values()].sort((left, right) => left.minute - right.minute);
}

function soundMinute(raw: ProcessorMinute): ProcessorMinute {
  const attempts = soundCount(raw.attempts);
  const failures = Math.min(attempts, soundCount(raw.failures));
  const breakerTransitions = soundCount(raw.breakerTransitions);
  return {
    minute: raw.minute,
    attempts,
    failures,
    timeouts: Math.min(failures, soundCount(raw.timeouts)),
    latencyP50Ms: soundLatency(raw.latencyP50Ms),
    latencyP95Ms: soundLatency(raw.latencyP95Ms),
    breakerTransitions,
    breakerOpenings: Math.min(breakerTransitions, soundCount(raw.breakerOpenings)),
    breakerClosings: Math.min(breakerTransitions, soundCount(raw.breakerClosings)),
    queueDepth: soundCount(raw.queueDepth),
  };
}

function soundCount(count: number): number {
  return count > 0 ? Math.min(COUNT_MAX, Math.round(count)) : 0;
}

/** At least a millisecond: latencies are compared by their ratio. */
function soundLatency(latencyMs: number | null): number | null {
  return latencyMs === null || !(latencyMs >= 0) ? null : Math.min(LATENCY_MAX_MS, Math.max(1, latencyMs));
}
