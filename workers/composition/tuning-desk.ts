// The part of the composition root that is about tuning: its book, what it reads and whom it tells.
import { createPublishedTuning, TuningMemory } from '../../src/platform/tuning-memory.ts';
import { createTuningBookClient, createTuningTelling } from '../../durable-objects/tuning-book-client.ts';
import { deferredPort } from '../../src/platform/deferred-port.ts';
import type { TunedPastPort, TuningDesk } from '../../src/ports/tuning-port.ts';
import type { TellEvents } from './telling.ts';
import type { World } from '../../src/ports/world.ts';

/** Counting an hour of attempts takes PostgreSQL longer than writing one. */
const PAST_TIMEOUT_MS = 15_000;
const memory = new TuningMemory();

const pastAt = (databaseUrl: string): TunedPastPort =>
  deferredPort<TunedPastPort>({ evidence: true, tally: true }, async () => {
    const { createNeonTuning } = await import('../../src/db/neon-tuning.ts');
    return createNeonTuning({ databaseUrl, timeoutMs: PAST_TIMEOUT_MS });
  });

export function tuningOf(env: Env, later: World['later'], tellEvents: TellEvents): TuningDesk {
  const { DATABASE_URL: databaseUrl } = env;
  const book = createTuningBookClient(env);
  const tellBoards = createTuningTelling(env);
  return {
    book,
    // A recommendation asks only for what is published.
    get past() {
      return databaseUrl ? pastAt(databaseUrl) : null;
    },
    ...createPublishedTuning(memory, book, later),
    tell: async (events) => {
      tellEvents(events);
      await tellBoards(events);
    },
  };
}
