// Discounted Thompson sampling, gamma .998.
import { D_TS_SOURCE, ThompsonSampling } from './thompson-sampling.ts';
import type { PolicyEntry } from '../policy.ts';

export const dTs998: PolicyEntry = {
  id: 'd-ts-998',
  source: D_TS_SOURCE,
  create: (world) => new ThompsonSampling(world, 0.998),
};
