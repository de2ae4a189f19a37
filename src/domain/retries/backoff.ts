// How long to wait before a technical retry at the same processor: exponential with full jitter, so that callers that failed together come back apart.
// (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog 2015: full jitter costs the least work of the variants it compares.)

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
}

/** `retry`: 1 for the first. `draw`: uniform in [0, 1). Anything from 0 to `base * 2^(retry - 1)`, at most the cap. */
export function fullJitterMs(retry: number, { baseMs, capMs }: BackoffOptions, draw: number): number {
  return Math.floor(draw * Math.min(capMs, baseMs * 2 ** (retry - 1)));
}
