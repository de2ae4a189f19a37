// The part of the composition root that is about tuning: its book, what it reads and whom it tells, and the job that runs it.
import * as tuneSettings from '../tune-settings.ts';
import { createPublishedTuning, TuningMemory } from '../../src/platform/tuning-memory.ts';
import { createNeonTuning } from '../../src/db/neon-tuning.ts';
import { createTuningBookClient, createTuningTelling } from '../../durable-objects/tuning-book-client.ts';
import { historyOf } from './history.ts';
import { readTuningSettings } from '../../src/domain/tuning/tuning-settings.ts';
import { TuningBook as TuningBookObject } from '../../durable-objects/tuning-book.ts';
import type { HistoryPort } from '../../src/ports/history-port.ts';
import type { Job } from '../../src/ports/job-port.ts';
import type { TuningDesk } from '../../src/ports/tuning-port.ts';
import type { TellEvents } from './telling.ts';
import type { World } from '../../src/ports/world.ts';

export class TuningBook extends TuningBookObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

/** Counting an hour of attempts takes PostgreSQL longer than writing one. */
const PAST_TIMEOUT_MS = 15_000;
const memory = new TuningMemory();

export function tuningOf(env: Env, later: World['later'], tellEvents: TellEvents): TuningDesk {
  const { DATABASE_URL: databaseUrl } = env;
  const book = createTuningBookClient(env);
  const tellBoards = createTuningTelling(env);
  return {
    book,
    past: databaseUrl ? createNeonTuning({ databaseUrl, timeoutMs: PAST_TIMEOUT_MS }) : null,
    ...createPublishedTuning(memory, book, later),
    tell: async (events) => {
      tellEvents(events);
      await tellBoards(events);
    },
  };
}

export const tuningJobsOf = (
  env: Env,
  withWorld: <Value>(env: Env, work: (world: World) => Promise<Value>) => Promise<Value>,
): readonly Job[] => [
  {
    ...tuneSettings.sheet,
    run: async (shift) =>
      await withWorld(env, async (world) => await tuneSettings.run(world, readTuningSettings(env), shift)),
  },
];
