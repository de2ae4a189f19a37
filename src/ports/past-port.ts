// What foretelling needs of history: attempts counted up by the minute and the hour, and those counts again.
import type { HistoryReply } from './history-port.ts';
import type { HourPast } from '../domain/forecasting/hour-past.ts';
import type { ProcessorId } from '../domain/identity.ts';
import type { ProcessorMinute } from '../domain/predictions/processor-minute.ts';

/** All processors together, among the hours. */
export const OVERALL = '*';

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Results that waited at a processor's object, at most: a whole number above 0. */
export interface Queue {
  readonly id: ProcessorId;
  readonly depth: number;
}

export interface PastPort {
  /** When the oldest attempt that is kept was recorded; `null`: there is none. */
  firstAttemptMs(): Promise<HistoryReply<number | null>>;
  /** Counts the whole minutes of a stretch; done again it counts them anew. How many rows it wrote. */
  countMinutes(stretch: Stretch): Promise<HistoryReply<number>>;
  countHours(stretch: Stretch): Promise<HistoryReply<number>>;
  /** Of one minute; a minute keeps the deepest that it was told of, however often its attempts are counted. How many rows it wrote. */
  keepQueues(minute: number, queues: readonly Queue[]): Promise<HistoryReply<number>>;
  /** Counts that nobody looks back on any more go. */
  prune(nowMs: number): Promise<HistoryReply<number>>;
  /** Of these processors, from a minute on, ascending; a processor without any is left out. */
  minutes(
    ids: readonly ProcessorId[],
    fromMinute: number,
  ): Promise<HistoryReply<ReadonlyMap<string, readonly ProcessorMinute[]>>>;
  /** The same by the hour, up to and without `toHour`; `OVERALL` is one of those that can be asked for. */
  hours(
    ids: readonly string[],
    fromHour: number,
    toHour: number,
  ): Promise<HistoryReply<ReadonlyMap<string, readonly HourPast[]>>>;
}
