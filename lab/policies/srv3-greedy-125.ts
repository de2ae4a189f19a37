// decision-engine's SRv3 as it comes: the leader of the last 125 outcomes, and nobody else.
import { SRV3_SOURCE, SuccessRateRouting } from './srv3.ts';
import type { PolicyEntry } from '../policy.ts';

export const srv3Greedy125: PolicyEntry = {
  id: 'srv3-greedy-125',
  source: SRV3_SOURCE,
  create: (world) => new SuccessRateRouting(world, 'greedy', 125),
};
