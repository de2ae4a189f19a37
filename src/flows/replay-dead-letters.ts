// Gives dead letters another try under today's mapping: what is recorded now leaves the list, the rest stays and says why. Rules: SPEC.md [STR].
// The letter itself is read again, not put back on the stream: other groups read that stream too, and have had the entry.
import type { EventOutcome } from '../ports/event-recorder.ts';
import type { DeadLetterPort, EntryReading, KeptLetter, StreamReply } from '../ports/stream-port.ts';
import { leavesList } from './letter-outcome.ts';
import type { StreamWorld } from './read-stream.ts';

export interface ReplayWorld extends Pick<StreamWorld, 'recorder' | 'read'> {
  readonly letters: DeadLetterPort;
}

export type ReplayOutcome =
  | EventOutcome
  | { readonly outcome: 'unreadable'; readonly reason: string; readonly field: string | null }
  /** No such letter: replayed before, or pushed out by newer ones. */
  | { readonly outcome: 'gone' };

/** One outcome per id, in their order. */
export async function replayDeadLetters(
  world: ReplayWorld,
  ids: readonly string[],
): Promise<StreamReply<readonly ReplayOutcome[]>> {
  const found = await world.letters.find(ids);
  if (!found.ok) return found;
  const outcomes = new Map<string, ReplayOutcome>();
  const readings = found.value.map((letter) => ({
    letter,
    // What was cut could be read as another payment.
    reading: letter.isCut ? CUT : world.read(letter.entry),
  }));
  for (const { letter, reading } of readings)
    if (reading.kind !== 'event') outcomes.set(letter.id, withoutEvent(reading));
  const told = readings.flatMap(({ letter, reading }) =>
    reading.kind === 'event' ? [{ letter, event: reading.event }] : [],
  );
  const answers = told.length === 0 ? [] : await world.recorder.record(told.map(({ event }) => event));
  told.forEach(({ letter }, index) => outcomes.set(letter.id, answers[index]!));
  const done = found.value.filter(({ id }) => leavesList(outcomes.get(id)!)).map(({ id }: KeptLetter) => id);
  const removed = done.length === 0 ? null : await world.letters.remove(done);
  if (removed !== null && !removed.ok) return removed;
  return { ok: true, value: ids.map((id) => outcomes.get(id) ?? { outcome: 'gone' }) };
}

const CUT = { kind: 'unreadable', reason: 'cut', field: null } as const;

function withoutEvent(reading: Exclude<EntryReading, { kind: 'event' }>): ReplayOutcome {
  if (reading.kind === 'ignored') return { outcome: 'ignored' };
  return { outcome: 'unreadable', reason: reading.reason, field: reading.field };
}
