// The tuned settings as this isolate remembers them: asked of their book behind an answer, at most every half minute; nothing ever waits for them.
import type { PublishedTuning } from '../domain/tuning/tuned-settings.ts';
import type { TuningBookPort } from '../ports/tuning-port.ts';

const ASKED_EVERY_MS = 30_000;
/** While nothing was heard. */
const COLD_EVERY_MS = 1_000;

/** What outlives a request in one isolate. No promise is kept: a promise of another request may never settle. */
export class TuningMemory {
  #held: ReadonlyMap<string, PublishedTuning> | null = null;
  #askedAtMs = -Infinity;

  /** As `TuningDesk` has it; `book` is read only where it is asked. */
  published(now: number, asking: Asking): ReadonlyMap<string, PublishedTuning> | null {
    const everyMs = this.#held === null ? COLD_EVERY_MS : ASKED_EVERY_MS;
    if (Math.abs(now - this.#askedAtMs) >= everyMs) {
      this.#askedAtMs = now;
      asking.later(this.#ask(asking.book));
    }
    return this.#held;
  }

  forget(): void {
    this.#askedAtMs = -Infinity;
  }

  async #ask(book: PublishedBook): Promise<void> {
    try {
      const published = await book.published();
      this.#held = new Map(published.map((one) => [one.processorId, one]));
    } catch {
      // What was known stays: settings do no harm by being old.
    }
  }
}

type PublishedBook = Pick<TuningBookPort, 'published'>;

interface Asking {
  readonly book: PublishedBook;
  later(work: Promise<unknown>): void;
}
