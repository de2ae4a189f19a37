// What may become of a dead letter that is tried again, of a webhook as of a stream, and what of it is written into the audit log.
import type { EventOutcome } from '../ports/event-recorder.ts';

/** With these a letter has nothing more to say: it leaves the list. */
const LAST_WORDS = ['recorded', 'duplicate', 'late', 'ignored'] as const satisfies EventOutcome['outcome'][];
export type LastWord = (typeof LAST_WORDS)[number];

interface Outcome {
  readonly outcome: string;
}

export const leavesList = <Any extends Outcome>(told: Any): told is Extract<Any, { readonly outcome: LastWord }> =>
  LAST_WORDS.some((word) => word === told.outcome);

/** e.g. `2 recorded, 1 duplicate`; `null`: all of them stay, and there is nothing to write down. */
export function auditedWords(outcomes: readonly Outcome[]): string | null {
  const counts = LAST_WORDS.map((word) => [word, outcomes.filter(({ outcome }) => outcome === word).length] as const);
  const told = counts.filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  return told.length === 0 ? null : told.join(', ');
}
