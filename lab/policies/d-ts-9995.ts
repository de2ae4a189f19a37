// Discounted Thompson sampling, gamma .9995.
import { D_TS_SOURCE, ThompsonSampling } from './thompson-sampling.ts';
import type { PolicyEntry } from '../policy.ts';

export const dTs9995: PolicyEntry = {
  id: 'd-ts-9995',
  source: D_TS_SOURCE,
  create: (world) => new ThompsonSampling(world, 0.9995),
};
