// decision-engine's SRv3 with explore-exploit: 5% of payments go to any, and only they teach.
import { SRV3_SOURCE, SuccessRateRouting } from './srv3.ts';
import type { PolicyEntry } from '../policy.ts';

export const srv3Explore5: PolicyEntry = {
  id: 'srv3-explore-5',
  source: SRV3_SOURCE,
  create: (world) => new SuccessRateRouting(world, 'explore-exploit', 125),
};
