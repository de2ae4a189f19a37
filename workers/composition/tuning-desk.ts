// The part of the composition root that is about tuning: its book, what it reads and whom it tells.
import { TuningMemory } from '../../src/platform/tuning-memory.ts';
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

/** Of one request, which as a rule asks only for what is published: all else is made when it is asked for. */
export const tuningOf = (env: Env, later: World['later'], tellEvents: TellEvents): TuningDesk =>
  new RequestTuning(env, later, tellEvents);

class RequestTuning implements TuningDesk {
  readonly #env: Env;
  readonly later: World['later'];
  readonly #tellEvents: TellEvents;

  constructor(env: Env, later: World['later'], tellEvents: TellEvents) {
    this.#env = env;
    this.later = later;
    this.#tellEvents = tellEvents;
  }

  get book(): TuningDesk['book'] {
    return createTuningBookClient(this.#env);
  }

  get past(): TuningDesk['past'] {
    const { DATABASE_URL: databaseUrl } = this.#env;
    return databaseUrl ? pastAt(databaseUrl) : null;
  }

  published(now: number): ReturnType<TuningDesk['published']> {
    return memory.published(now, this);
  }

  forget(): void {
    memory.forget();
  }

  async tell(events: Parameters<TuningDesk['tell']>[0]): Promise<void> {
    this.#tellEvents(events);
    await createTuningTelling(this.#env)(events);
  }
}
