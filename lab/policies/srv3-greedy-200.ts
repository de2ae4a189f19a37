// decision-engine's SRv3 as Hyperswitch sets it: the leader of the last 200 outcomes, and nobody else.
import { SRV3_SOURCE, SuccessRateRouting } from './srv3.ts';
import type { PolicyEntry } from '../policy.ts';

export const srv3Greedy200: PolicyEntry = {
  id: 'srv3-greedy-200',
  source: SRV3_SOURCE,
  create: (world) => new SuccessRateRouting(world, 'greedy', 200),
};
