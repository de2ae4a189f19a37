// How much of the alert book a signal needs, and what becomes of alerts for which there is no room: they wait and are counted. Rules: SPEC.md [ALT].
import { cut } from '../notifications/incident.ts';
import { asProcessorId } from '../identity.ts';
import { RESIDUAL } from '../segment.ts';
import {
  applySignal,
  isOfEveryone,
  type Alert,
  type AlertBook,
  type AlertSignal,
  type BookStep,
} from './alert-book.ts';

/** Of one kind that is about single payments or sources; what is about processors is bounded by their number. */
export const OPEN_OF_KIND_MAX = 10_000;
/** Of one kind. */
export const WAITING_OF_KIND_MAX = 100_000;
const REASON_MAX = 1_000;
const EVIDENCE_MAX = 20;
const EVIDENCE_KEY_MAX = 64;
/** Longer than any id that is taken. */
const EVIDENCE_TEXT_MAX = 300;

/** All that is about processors: it may flow together. */
export const PROCESSORS_CHAPTER = 'processors';

/** Signals of different chapters never touch the same alert, so that the book may be kept, and judged, by chapter. */
export function chapterOf({ kind, subject }: Pick<AlertSignal, 'kind' | 'subject'>): string {
  if (!isOfEveryone(kind)) return PROCESSORS_CHAPTER;
  return subject === undefined ? kind : `${kind} ${subject}`;
}

/** Of a key in a book's `heard`: processor, epoch, scope, kind and subject, of which only the last may hold a blank. */
export function chapterOfHeard(key: string): string {
  const [, , , kind, ...subject] = key.split(' ');
  const of = { kind: kind as Alert['kind'], ...(subject.length > 0 && { subject: subject.join(' ') }) };
  return chapterOf(of);
}

/** Whether its alerts are as many as there are payments or sources, rather than processors. */
export function isLimited({ kind, subject }: Pick<AlertSignal, 'kind' | 'subject'>): boolean {
  return isOfEveryone(kind) && subject !== undefined;
}

/** Of texts without an end the beginning. */
export function bounded(signal: AlertSignal): AlertSignal {
  const evidence = Object.entries(signal.evidence)
    .slice(0, EVIDENCE_MAX)
    .map(([key, value]) => [
      cut(key, EVIDENCE_KEY_MAX),
      typeof value === 'number' ? value : cut(value, EVIDENCE_TEXT_MAX),
    ]);
  return { ...signal, reason: cut(signal.reason, REASON_MAX), evidence: Object.fromEntries(evidence) };
}

/** Of the chapter a signal belongs to. */
export interface Room {
  readonly chapter: AlertBook;
  /** As many alerts of its kind are open as may be. */
  readonly isFull: boolean;
  /** The signal of the same payment or source that waits for room already. */
  readonly waiting: AlertSignal | null;
}

export type Placed =
  | { readonly place: 'known' }
  | { readonly place: 'waits' }
  | { readonly place: 'book'; readonly step: BookStep };

/** `known`: heard before, nothing changes. `book`: nothing of it waits any more. */
export function placeSignal(room: Room, signal: AlertSignal, now: number, newId: string): Placed {
  const { chapter, isFull, waiting } = room;
  if (waiting !== null && signal.atMs <= waiting.atMs) return { place: 'known' };
  const step = applySignal(chapter, signal, now, newId);
  if (step.book === chapter) return { place: 'known' };
  return isFull && step.book.open.length > chapter.open.length ? { place: 'waits' } : { place: 'book', step };
}

const NOUNS: Partial<Record<Alert['kind'], string>> = {
  double_charge_risk: 'payments may be charged twice',
  dead_letters: 'sources have dead letters that grow',
  stream_stalled: 'sources have a stream that is not read',
};

/** One alert of the kind, about nobody in particular, says how many wait; `chapter`: that alert's. */
export function overflowSignal(kind: Alert['kind'], waits: number, chapter: AlertBook, now: number): AlertSignal {
  const lastAtMs = Math.max(0, ...chapter.heard.map(([, atMs]) => atMs));
  const many = `${waits >= WAITING_OF_KIND_MAX ? 'At least ' : ''}${waits}`;
  return {
    processorId: asProcessorId('*'),
    epoch: 0,
    scope: RESIDUAL,
    kind,
    state: waits > 0 ? 'on' : 'off',
    atMs: Math.max(now, lastAtMs + 1),
    fromStatus: 'HEALTHY',
    toStatus: 'HEALTHY',
    reason: `${many} more ${NOUNS[kind] ?? 'are concerned'} than the ${OPEN_OF_KIND_MAX} that have an alert of their own`,
    evidence: { more: waits },
    moneyAtRisk: null,
  };
}
