// What flows need to have streams read: how they are set up and connected, and the readers, one for each of them.
import type { DeadLetterPort, EntryReading, StreamEntry, StreamPort, StreamReply } from './stream-port.ts';
import type { SourceAdapter } from './webhook-adapter.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';

export interface StreamBacklog {
  /** Handed to the reader and not acknowledged. */
  readonly pending: number;
  /** Not handed out yet; `null`: Redis cannot say, as after entries were deleted. */
  readonly waiting: number | null;
}

export interface StreamPlace {
  readonly stream: string;
  readonly group: string;
}

export interface StreamGauge {
  backlog(): Promise<StreamReply<StreamBacklog>>;
}

export interface ConnectedStream {
  readonly port: StreamPort & DeadLetterPort & StreamGauge;
  /** Whose words its decline codes are, where that is known. */
  readonly family: string | null;
  read(entry: StreamEntry): EntryReading;
}

export interface StreamCounts {
  readonly recorded: number;
  readonly duplicate: number;
  /** Older than 24 hours: heard, and not counted among the results. */
  readonly late: number;
  readonly ignored: number;
  /** Became dead letters. */
  readonly buried: number;
  /** Left with the group for want of a place to record them. */
  readonly givenBack: number;
  /** Handed out, and cut from the stream before it was recorded. */
  readonly gone: number;
}

/**
 * `drained`: nothing waits. `time`: there is more. `held_up`: our own side could not record. `not_connected`: the variables of the Redis are not set.
 * `crashed`: a fault of our own.
 */
export type StepEnd = 'drained' | 'time' | 'held_up' | 'fault' | 'not_connected' | 'crashed';

export interface ReaderState {
  /** `null`: none yet, or the source was switched off since. */
  readonly lastStep: { readonly atMs: number; readonly end: StepEnd } | null;
  readonly lastFault: { readonly atMs: number; readonly reason: string; readonly code: string | null } | null;
  /** Steps in a row that got nowhere. */
  readonly failures: number;
  /** Since it first read; a step that a crash cut short is not counted. */
  readonly counts: StreamCounts;
  readonly lettersLastHour: number;
}

export interface StreamReaders {
  /** Makes sure that the source's reader has a next step. Never throws: a reader that was missed is woken within a minute. */
  wake(sourceId: string): Promise<void>;
  /** `null`: out of reach. */
  state(sourceId: string): Promise<ReaderState | null>;
}

export interface StreamDesk {
  readonly adapter: SourceAdapter;
  /** Names of the variables that no stream can be read without and that are not set. */
  readonly missing: readonly string[];
  /** `null`: settings that could not have been saved. */
  placeOf(source: Pick<WebhookSource, 'own'>): StreamPlace | null;
  /** `null`: something is missing. */
  connect(source: WebhookSource): ConnectedStream | null;
  readonly readers: StreamReaders;
}
