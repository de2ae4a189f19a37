// What reading results from a stream needs: entries handed out to a group, claimed when stuck, acknowledged once recorded, and dead letters.
import type { AttemptEvent } from '../domain/results/attempt-event.ts';

export interface StreamEntry {
  /** `<ms>-<sequence>`, given by Redis on arrival unless the producer chose it. */
  readonly id: string;
  /** Names and values as they stand in the stream. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** How often it was handed out, this time included. */
  readonly deliveries: number;
}

/** Handed out and not acknowledged for a while. */
export interface StuckEntry {
  readonly id: string;
  readonly deliveries: number;
}

export interface Claim {
  readonly entries: readonly StreamEntry[];
  /** Cut from the stream before anybody recorded them: lost, by the doing of whoever trims it. */
  readonly goneIds: readonly string[];
}

/** None of these carries text of the other side: its error messages repeat the command, and with it what the entry held. */
export type StreamFault =
  /** No answer in time, a cut connection or a server error: what was asked may have been done. */
  | { readonly reason: 'unreachable' }
  | { readonly reason: 'unauthorised' }
  /** The stream or its group is gone, as after a restore of an older copy. */
  | { readonly reason: 'no_group' }
  /** An answer that nobody could have meant. */
  | { readonly reason: 'bad_answer' }
  /** Redis's own word for it, such as `WRONGTYPE` or `OOM`. */
  | { readonly reason: 'refused'; readonly code: string };

export type StreamReply<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: StreamFault };

/** An entry that nobody could record, with card numbers masked. */
export interface DeadLetter {
  readonly entry: StreamEntry;
  readonly reason: string;
  /** The field at fault, where one is. */
  readonly field: string | null;
  readonly atMs: number;
  /** Its fields were longer than a letter may be: what stands there is not the whole entry, and is read no more. */
  readonly isCut: boolean;
}

export interface KeptLetter extends DeadLetter {
  readonly id: string;
}

export interface LetterPage {
  /** Newest first. */
  readonly letters: readonly KeptLetter[];
  readonly nextCursor: string | null;
}

/** How many of the letters were kept and acknowledged, whatever became of the others, and how many letters there are now. */
export type Burial = StreamReply<number> & { readonly buried: number };

/** For the one reader of a stream. */
export interface StreamPort {
  /** Makes stream and group if they are not there; the group begins with the oldest entry. */
  prepare(): Promise<StreamReply<null>>;
  readNew(countMax: number): Promise<StreamReply<readonly StreamEntry[]>>;
  /** Lowest ids first; changes nothing. */
  stuck(idleMs: number, countMax: number): Promise<StreamReply<readonly StuckEntry[]>>;
  /** Takes over what is stuck from this id on, which counts as a delivery. */
  claim(fromId: string, idleMs: number, countMax: number): Promise<StreamReply<Claim>>;
  acknowledge(ids: readonly string[]): Promise<StreamReply<null>>;
  /** They will be claimed again, and this delivery does not count against them. */
  giveBack(entries: readonly StreamEntry[]): Promise<StreamReply<null>>;
  /** No entry is acknowledged before its letter is known to be kept: a crash between the two means a second letter. */
  bury(letters: readonly DeadLetter[]): Promise<Burial>;
}

/** For people. */
export interface DeadLetterPort {
  list(cursor: string | null, limit: number): Promise<StreamReply<LetterPage>>;
  find(ids: readonly string[]): Promise<StreamReply<readonly KeptLetter[]>>;
  remove(ids: readonly string[]): Promise<StreamReply<null>>;
}

/** What a mapping understands of one entry. */
export type EntryReading =
  | { readonly kind: 'event'; readonly event: AttemptEvent }
  /** Says nothing about an attempt. */
  | { readonly kind: 'ignored'; readonly eventType: string }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly field: string | null };
