// What a stream's reader remembers from step to step: its counts, its last fault, how fast its dead letters grow, and when it steps next.
import type { AlertSignal } from '../domain/health/alert-book.ts';
import { NO_STALL, stall, stallSignal, type StreamStall } from '../domain/health/stream-stall.ts';
import { growth, growthSignal, type LetterGrowth, lettersLastHour, NO_GROWTH } from '../domain/health/letter-growth.ts';
import type { ReaderState, StepEnd, StreamCounts } from '../ports/stream-desk.ts';
import type { StreamFault } from '../ports/stream-port.ts';
import { paceAfter } from './pace-stream.ts';

/** Plain JSON. */
export interface ReaderBook {
  readonly format: 1;
  readonly lastStep: ReaderState['lastStep'];
  readonly lastFault: ReaderState['lastFault'];
  readonly failures: number;
  readonly counts: StreamCounts;
  readonly growth: LetterGrowth;
  readonly stall: StreamStall;
  /** Signals that the alert book has not heard yet, one of a kind. */
  readonly unheard: readonly AlertSignal[];
}

const NO_COUNTS: StreamCounts = { recorded: 0, duplicate: 0, late: 0, ignored: 0, buried: 0, givenBack: 0, gone: 0 };

export const EMPTY_READER: ReaderBook = {
  format: 1,
  lastStep: null,
  lastFault: null,
  failures: 0,
  counts: NO_COUNTS,
  growth: NO_GROWTH,
  stall: NO_STALL,
  unheard: [],
};

export interface TakenStep {
  readonly end: StepEnd;
  readonly fault: StreamFault | null;
  readonly counts: StreamCounts;
  /** At some moment of it nothing new was left. */
  readonly hasCaughtUp: boolean;
}

/** Ends that no stream was asked for. */
export const stepWithout = (end: 'held_up' | 'not_connected' | 'crashed'): TakenStep => ({
  end,
  fault: null,
  counts: NO_COUNTS,
  hasCaughtUp: false,
});

export interface Kept {
  readonly book: ReaderBook;
  readonly nextInMs: number;
}

export function afterStep(book: ReaderBook, step: TakenStep, sourceId: string, now: number): Kept {
  const { failures, nextInMs } = paceAfter(step, book.failures);
  const grown = growth(book.growth, step.counts.buried, now);
  // Under steady traffic there is always something new: what counts is that the reader was not behind.
  const isCurrent = step.end === 'drained' || (step.end === 'time' && step.hasCaughtUp);
  const stalled = stall(book.stall, isCurrent, now);
  const why = step.fault === null ? step.end : step.fault.reason;
  return {
    nextInMs,
    book: {
      ...book,
      lastStep: { atMs: now, end: step.end },
      lastFault: failures > 0 ? { atMs: now, ...reasonOf(step) } : book.lastFault,
      failures,
      counts: sum(book.counts, step.counts),
      growth: grown.state,
      stall: stalled.state,
      unheard: unheardOf(book, [growthSignal(sourceId, grown, now), stallSignal(sourceId, stalled, why, now)]),
    },
  };
}

/** The source was switched off or removed: nothing grows or stands still any more. */
export function stopped(book: ReaderBook, sourceId: string, now: number): ReaderBook {
  const grown = { ...growth(NO_GROWTH, 0, now), signal: book.growth.isOn ? ('off' as const) : null };
  const stalled = stall(book.stall, true, now);
  return {
    ...book,
    lastStep: null,
    failures: 0,
    growth: NO_GROWTH,
    stall: stalled.state,
    unheard: unheardOf(book, [growthSignal(sourceId, grown, now), stallSignal(sourceId, stalled, 'switched off', now)]),
  };
}

/** Of each kind the newest says all. */
function unheardOf({ unheard }: ReaderBook, signals: readonly (AlertSignal | null)[]): readonly AlertSignal[] {
  const fresh = signals.filter((signal) => signal !== null);
  return [...unheard.filter(({ kind }) => !fresh.some((signal) => signal.kind === kind)), ...fresh];
}

export const stateOf = ({ lastStep, lastFault, failures, counts, growth: grown }: ReaderBook): ReaderState => ({
  lastStep,
  lastFault,
  failures,
  counts,
  lettersLastHour: lettersLastHour(grown),
});

function reasonOf({ end, fault }: TakenStep): { reason: string; code: string | null } {
  if (fault === null) return { reason: end, code: null };
  return { reason: fault.reason, code: fault.reason === 'refused' ? fault.code : null };
}

const sum = (one: StreamCounts, other: StreamCounts): StreamCounts => ({
  recorded: one.recorded + other.recorded,
  duplicate: one.duplicate + other.duplicate,
  late: one.late + other.late,
  ignored: one.ignored + other.ignored,
  buried: one.buried + other.buried,
  givenBack: one.givenBack + other.givenBack,
  gone: one.gone + other.gone,
});
