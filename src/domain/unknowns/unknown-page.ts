// The open unknowns of one processor as they are listed, oldest first, and of several processors merged into one page. Rules: SPEC.md [UNK].
import type { ProcessorId } from '../identity.ts';
import type { UnknownAttempt } from './unknown-attempt.ts';

/** The last entry of the page before; the next one comes after it by arrival, processor and transaction. */
export interface UnknownCursor {
  readonly sinceMs: number;
  readonly processorId: string;
  readonly transactionId: string;
}

/** What one processor is asked for. */
export interface UnknownQuery {
  /** Arrived at this moment or earlier. */
  readonly untilMs: number;
  readonly after: {
    readonly sinceMs: number;
    /** `null`: all of that moment are behind. */ readonly transactionId: string | null;
  } | null;
  readonly limit: number;
}

export interface ProcessorUnknowns {
  readonly unknowns: readonly UnknownAttempt[];
  /** Of all that arrived by then, on this page or not. */
  readonly total: number;
  /** So many of the oldest had to make room in the processor's life: still unknown, and no longer listed. */
  readonly forgotten: number;
}

export interface ListedUnknown {
  readonly processorId: ProcessorId;
  readonly unknown: UnknownAttempt;
}

export interface UnknownPage {
  readonly unknowns: readonly ListedUnknown[];
  readonly total: number;
  readonly forgotten: number;
  readonly next: UnknownCursor | null;
}

/** Where this processor's part of the next page begins. */
export function afterFor(processorId: string, cursor: UnknownCursor | null): UnknownQuery['after'] {
  if (cursor === null) return null;
  const { sinceMs } = cursor;
  if (processorId === cursor.processorId) return { sinceMs, transactionId: cursor.transactionId };
  return { sinceMs, transactionId: processorId < cursor.processorId ? null : '' };
}

/** Each processor's part holds one more than `limit`, if it has as many. */
export function mergedPage(
  parts: readonly { readonly processorId: ProcessorId; readonly held: ProcessorUnknowns }[],
  limit: number,
): UnknownPage {
  const all = parts.flatMap(({ processorId, held }) => held.unknowns.map((unknown) => ({ processorId, unknown })));
  const unknowns = all.sort(byArrival).slice(0, limit);
  const last = all.length > limit ? unknowns.at(-1) : undefined;
  return {
    unknowns,
    total: parts.reduce((sum, { held }) => sum + held.total, 0),
    forgotten: parts.reduce((sum, { held }) => sum + held.forgotten, 0),
    next:
      last === undefined
        ? null
        : {
            sinceMs: last.unknown.sinceMs,
            processorId: last.processorId,
            transactionId: last.unknown.transactionId,
          },
  };
}

function byArrival(left: ListedUnknown, right: ListedUnknown): number {
  return (
    left.unknown.sinceMs - right.unknown.sinceMs ||
    order(left.processorId, right.processorId) ||
    order(left.unknown.transactionId, right.unknown.transactionId)
  );
}

const order = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
