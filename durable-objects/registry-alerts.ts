// The Registry's alert book at work: takes signals in the caller's transaction, chapter by chapter, and says which alerts changed.
import type { Alert, AlertBook, AlertSignal, BookStep } from '../src/domain/health/alert-book.ts';
import type { RegisteredProcessor } from '../src/domain/processor-config.ts';
import { AlertChapters } from './alert-chapters.ts';
import { applySignal, closeDeleted } from '../src/domain/health/alert-book.ts';
import {
  bounded,
  chapterOf,
  isLimited,
  OPEN_OF_KIND_MAX,
  overflowSignal,
  placeSignal,
  PROCESSORS_CHAPTER,
  WAITING_OF_KIND_MAX,
} from '../src/domain/health/alert-room.ts';

export class RegistryAlerts {
  readonly #chapters: AlertChapters;
  readonly #newId: () => string;
  /** As it is on disk: it is asked most, and the rest is too much to hold. */
  #processors: AlertBook;

  constructor(storage: DurableObjectStorage, newId: () => string) {
    this.#chapters = new AlertChapters(storage);
    this.#newId = newId;
    this.#processors = this.#chapters.load(PROCESSORS_CHAPTER);
  }

  hear(signals: readonly AlertSignal[], now: number): Round {
    const round = new Round(this.#chapters, this.#processors, { now, newId: this.#newId });
    for (const signal of signals) round.hear(bounded(signal));
    round.end();
    return round;
  }

  forget(gone: readonly RegisteredProcessor[], now: number): Round {
    const round = new Round(this.#chapters, this.#processors, { now, newId: this.#newId });
    for (const { id, epoch } of gone)
      round.step(PROCESSORS_CHAPTER, closeDeleted(round.chapter(PROCESSORS_CHAPTER), id, epoch, now));
    round.end();
    return round;
  }

  /** After the transaction: what it did is on disk. */
  landed(round: Round): void {
    this.#processors = round.chapter(PROCESSORS_CHAPTER);
  }
}

/** What one call does; if its transaction fails nothing is left of it. */
export class Round {
  readonly #chapters: AlertChapters;
  readonly #moment: { readonly now: number; readonly newId: () => string };
  readonly #books: Map<string, AlertBook>;
  readonly #counts = new Map<Alert['kind'], number>();
  readonly #waited = new Map<Alert['kind'], number>();
  readonly #changed = new Map<string, Alert>();

  constructor(
    chapters: AlertChapters,
    processors: AlertBook,
    moment: { readonly now: number; readonly newId: () => string },
  ) {
    this.#chapters = chapters;
    this.#moment = moment;
    this.#books = new Map([[PROCESSORS_CHAPTER, processors]]);
  }

  /** An alert that several signals changed is told once, as it is at the end. */
  get changed(): readonly Alert[] {
    return [...this.#changed.values()];
  }

  chapter(name: string): AlertBook {
    const book = this.#books.get(name) ?? this.#chapters.load(name);
    this.#books.set(name, book);
    return book;
  }

  hear(signal: AlertSignal): void {
    const { now, newId } = this.#moment;
    const { kind, subject } = signal;
    const name = chapterOf(signal);
    const chapter = this.chapter(name);
    const limit = subject !== undefined && isLimited(signal) ? { kind, subject } : null;
    const waiting = limit === null ? null : this.#chapters.waiting(kind, limit.subject);
    const isFull = limit !== null && this.#countOpen(kind) >= OPEN_OF_KIND_MAX;
    const placed = placeSignal({ chapter, isFull, waiting }, signal, now, newId());
    if (placed.place === 'known') return;
    if (placed.place === 'waits') {
      if (limit !== null) this.#wait(limit.subject, signal, waiting !== null);
      return;
    }
    if (limit !== null && waiting !== null) this.#dropWaiting(kind, limit.subject);
    this.step(name, placed.step);
    if (limit === null) return;
    this.#counts.set(kind, this.#countOpen(kind) + placed.step.book.open.length - chapter.open.length);
    if (placed.step.book.open.length < chapter.open.length) this.#letIn(kind);
  }

  step(name: string, { book, changed }: BookStep): void {
    const before = this.chapter(name);
    if (book !== before) this.#chapters.save(name, before, book);
    this.#books.set(name, book);
    for (const alert of changed) this.#changed.set(alert.id, alert);
  }

  end(): void {
    const { now, newId } = this.#moment;
    for (const [kind, waits] of this.#waited) {
      const chapter = this.chapter(kind);
      this.step(kind, applySignal(chapter, overflowSignal(kind, waits, chapter, now), now, newId()));
    }
    this.#chapters.prune();
  }

  /** Whoever has waited longest has an alert of its own now. */
  #letIn(kind: Alert['kind']): void {
    const first = this.#chapters.firstWaiting(kind);
    if (first?.subject === undefined) return;
    this.#dropWaiting(kind, first.subject);
    this.hear(first);
  }

  #wait(subject: string, signal: AlertSignal, isThere: boolean): void {
    const waits = this.#countWaiting(signal.kind);
    // Beyond it nobody is followed any more, and the alert says "at least".
    if (!isThere && waits >= WAITING_OF_KIND_MAX) return;
    this.#chapters.putWaiting(subject, signal);
    this.#waited.set(signal.kind, isThere ? waits : waits + 1);
  }

  #dropWaiting(kind: Alert['kind'], subject: string): void {
    this.#waited.set(kind, this.#countWaiting(kind) - 1);
    this.#chapters.dropWaiting(kind, subject);
  }

  #countWaiting(kind: Alert['kind']): number {
    return this.#waited.get(kind) ?? this.#chapters.countWaiting(kind);
  }

  #countOpen(kind: Alert['kind']): number {
    const count = this.#counts.get(kind) ?? this.#chapters.countOpen(kind);
    this.#counts.set(kind, count);
    return count;
  }
}
