// The tuned settings as this isolate remembers them: asked of their book behind an answer, at most every half minute; nothing ever waits for them.
import type { PublishedTuning } from '../domain/tuning/tuned-settings.ts';
import type { TuningBookPort, TuningDesk } from '../ports/tuning-port.ts';

const ASKED_EVERY_MS = 30_000;
/** While nothing was heard. */
const COLD_EVERY_MS = 1_000;

/** What outlives a request in one isolate. No promise is kept: a promise of another request may never settle. */
export class TuningMemory {
  held: ReadonlyMap<string, PublishedTuning> | null = null;
  askedAtMs = -Infinity;
}

export function createPublishedTuning(
  memory: TuningMemory,
  book: Pick<TuningBookPort, 'published'>,
  later: (work: Promise<unknown>) => void,
): Pick<TuningDesk, 'published' | 'forget'> {
  const ask = async (): Promise<void> => {
    try {
      const published = await book.published();
      memory.held = new Map(published.map((one) => [one.processorId, one]));
    } catch {
      // What was known stays: settings do no harm by being old.
    }
  };
  return {
    published(now) {
      const everyMs = memory.held === null ? COLD_EVERY_MS : ASKED_EVERY_MS;
      if (Math.abs(now - memory.askedAtMs) >= everyMs) {
        memory.askedAtMs = now;
        later(ask());
      }
      return memory.held;
    },
    forget() {
      memory.askedAtMs = -Infinity;
    },
  };
}
