// How many attempts a processor's results stand for: each is one, however many results tell of it. Rules: SPEC.md [SCL].
import type { LoadWindow } from './load-window.ts';
import type { ProcessorCommand, ProcessorState } from '../health/processor-state.ts';

/** Over the object's life: a final that settles an unknown takes its place, and repeats, refunds and disputes are counted elsewhere. */
export function attemptsOf({ ledger }: ProcessorState): number {
  const { approved, declined, error, timeout } = ledger.counts();
  return approved + declined + error + timeout;
}

/** What followed the checkpoint: the state becomes what it was, and the window counts its attempts. `null`: nothing was ever stored. */
export function replayInto(
  window: LoadWindow,
  state: ProcessorState | null,
  commands: readonly ProcessorCommand[],
): void {
  // Before its last attempt a checkpoint does not say when each came; after it there were none but the journal's.
  window.knowsSince(state?.lastResultAtMs ?? -Infinity);
  if (state === null) return;
  for (const command of commands) {
    const before = attemptsOf(state);
    state.apply(command);
    window.remembered(attemptsOf(state) - before, command.at);
  }
}
