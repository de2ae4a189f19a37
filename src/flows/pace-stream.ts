// When a stream's reader takes its next step: at once while there is more, once a second when there is not, and ever less often while it cannot.
import type { StepEnd } from '../ports/stream-desk.ts';

const POLL_MS = 1_000;
const WAIT_MAX_MS = 30_000;

export interface Pace {
  /** Steps in a row that got nowhere. */
  readonly failures: number;
  readonly nextInMs: number;
}

export function paceAfter(step: { readonly end: StepEnd }, failuresBefore: number): Pace {
  switch (step.end) {
    case 'time':
      return { failures: 0, nextInMs: 0 };
    case 'drained':
      return { failures: 0, nextInMs: POLL_MS };
    case 'held_up':
    case 'fault':
    case 'not_connected':
    case 'crashed':
      return {
        failures: failuresBefore + 1,
        nextInMs: Math.min(WAIT_MAX_MS, POLL_MS * 2 ** Math.min(failuresBefore, 10)),
      };
  }
}
