// Thompson sampling over Beta posteriors that forget nothing.
import { ThompsonSampling } from './thompson-sampling.ts';
import type { PolicyEntry } from '../policy.ts';

export const thompson: PolicyEntry = {
  id: 'thompson',
  source: 'Thompson 1933; Chapelle, Li, An Empirical Evaluation of Thompson Sampling, NIPS 2011',
  create: (world) => new ThompsonSampling(world, 1),
};
