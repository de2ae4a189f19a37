// decision-engine's SRv3 with random traffic: 5% of payments go to one that does not lead.
import { SRV3_SOURCE, SuccessRateRouting } from './srv3.ts';
import type { PolicyEntry } from '../policy.ts';

export const srv3Random5: PolicyEntry = {
  id: 'srv3-random-5',
  source: SRV3_SOURCE,
  create: (world) => new SuccessRateRouting(world, 'random-traffic', 125),
};
