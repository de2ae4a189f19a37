// Discounted Thompson sampling, gamma .99.
import { D_TS_SOURCE, ThompsonSampling } from './thompson-sampling.ts';
import type { PolicyEntry } from '../policy.ts';

export const dTs99: PolicyEntry = {
  id: 'd-ts-99',
  source: D_TS_SOURCE,
  create: (world) => new ThompsonSampling(world, 0.99),
};
