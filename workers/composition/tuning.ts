// The part of the composition root that runs tuning as a job.
import * as tuneSettings from '../tune-settings.ts';
import { readTuningSettings } from '../../src/domain/tuning/tuning-settings.ts';
import type { Job } from '../../src/ports/job-port.ts';
import type { World } from '../../src/ports/world.ts';

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
