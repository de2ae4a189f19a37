// The part of the composition root that is about training: the book of models, what models are trained on, and the nightly job.
import * as trainPriorsJob from '../train-priors.ts';
import { createModelBookClient } from '../../durable-objects/model-book-client.ts';
import { createNeonTraining } from '../../src/db/neon-training.ts';
import type { Job } from '../../src/ports/job-port.ts';
import { readTrainingSettings } from '../../src/domain/training/training-settings.ts';
import type { RegistryPort } from '../../src/ports/registry-port.ts';
import type { TrainingDesk } from '../../src/ports/training-port.ts';

/** Of one question: a month of millions of attempts is counted. */
const TRAINING_TIMEOUT_MS = 45_000;

export function trainingOf(env: Env): TrainingDesk {
  const { DATABASE_URL: databaseUrl } = env;
  return {
    book: createModelBookClient(env),
    past: databaseUrl ? createNeonTraining({ databaseUrl, timeoutMs: TRAINING_TIMEOUT_MS }) : null,
    settings: readTrainingSettings(env),
  };
}

export const trainingJobsOf = (env: Env, registry: RegistryPort): readonly Job[] => [
  {
    ...trainPriorsJob.sheet,
    run: async (shift) =>
      await trainPriorsJob.run({ training: trainingOf(env), registry, now: () => Date.now() }, shift),
  },
];
