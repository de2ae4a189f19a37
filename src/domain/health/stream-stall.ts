// Whether a stream has stood still, or run behind, for so long that people should look at it: judged by when its reader was last not behind.
import { asProcessorId } from '../identity.ts';
import { RESIDUAL } from '../segment.ts';
import type { AlertSignal } from './alert-book.ts';

/** Plain JSON. */
export interface StreamStall {
  /** The first step in a row that left something unread; `null`: the last one did not. */
  readonly behindSinceMs: number | null;
  readonly isOn: boolean;
}

export interface StallStep {
  readonly state: StreamStall;
  /** What just began or ended. */
  readonly signal: 'on' | 'off' | null;
}

export const NO_STALL: StreamStall = { behindSinceMs: null, isOn: false };

export const STALLED_AFTER_MS = 300_000;

/** On after five minutes in which every step left something unread, off with the next one that does not. */
export function stall(state: StreamStall, isCurrent: boolean, nowMs: number): StallStep {
  if (isCurrent) return { state: NO_STALL, signal: state.isOn ? 'off' : null };
  // A clock that was set back begins the wait anew.
  const behindSinceMs = Math.min(state.behindSinceMs ?? nowMs, nowMs);
  const isOn = state.isOn || nowMs - behindSinceMs >= STALLED_AFTER_MS;
  return { state: { behindSinceMs, isOn }, signal: isOn && !state.isOn ? 'on' : null };
}

/** `why`: the end of the step or its fault, in one word. */
export function stallSignal(
  sourceId: string,
  { state, signal }: StallStep,
  why: string,
  nowMs: number,
): AlertSignal | null {
  if (signal === null) return null;
  const minutes = Math.floor((nowMs - (state.behindSinceMs ?? nowMs)) / 60_000);
  return {
    processorId: asProcessorId('*'),
    epoch: 0,
    scope: RESIDUAL,
    kind: 'stream_stalled',
    subject: sourceId,
    state: signal,
    atMs: nowMs,
    fromStatus: 'HEALTHY',
    toStatus: 'DEGRADED',
    reason: `For ${minutes} minutes ${sourceId} has not been read to its end: ${why}`,
    evidence: { minutes_behind: minutes, last_step: why },
    moneyAtRisk: null,
  };
}
