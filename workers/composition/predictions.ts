// The part of the composition root that is about what is to be expected: the book of predictions, the past, and the jobs that foretell and look after maintenance.
import * as foretellTrouble from '../foretell-trouble.ts';
import * as keepMaintenance from '../keep-maintenance.ts';
import { createNeonPast } from '../../src/db/neon-past.ts';
import { createPredictionBookClient, createPredictionTelling } from '../../durable-objects/prediction-book-client.ts';
import { historyOf } from './kept-history.ts';
import type { Job } from '../../src/ports/job-port.ts';
import type { PredictionDesk } from '../../src/ports/prediction-port.ts';
import type { TellEvents } from './telling.ts';
import type { World } from '../../src/ports/world.ts';

/** Somebody waits for a forecast. */
const READ_TIMEOUT_MS = 5_000;
/** Of counting a stretch of attempts: what PostgreSQL cannot count in this time is cut smaller. */
const COUNT_TIMEOUT_MS = 20_000;

export function predictionsOf(env: Env, tellEvents: TellEvents): PredictionDesk {
  const tellBoards = createPredictionTelling(env);
  const databaseUrl = env.DATABASE_URL;
  return {
    book: createPredictionBookClient(env),
    past: databaseUrl
      ? createNeonPast({ databaseUrl, timeoutMs: READ_TIMEOUT_MS, countTimeoutMs: COUNT_TIMEOUT_MS })
      : null,
    history: historyOf(env),
    tell: async (events) => {
      tellEvents(events);
      await tellBoards(events);
    },
  };
}

export const predictionJobsOf = (
  env: Env,
  withWorld: <Value>(env: Env, work: (world: World) => Promise<Value>) => Promise<Value>,
): readonly Job[] => [
  {
    ...foretellTrouble.sheet,
    run: async (shift) => await withWorld(env, async (world) => await foretellTrouble.run(world, shift)),
  },
  {
    ...keepMaintenance.sheet,
    run: async (shift) => await withWorld(env, async (world) => await keepMaintenance.run(world, shift)),
  },
];
