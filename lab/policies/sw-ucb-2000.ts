// SW-UCB over the last 2,000 outcomes of the segment, with a narrow bound: xi .05.
import { createSlidingWindowUcb, GARIVIER_MOULINES } from './sliding-window-ucb.ts';
import type { PolicyEntry } from '../policy.ts';

export const swUcb2000: PolicyEntry = {
  id: 'sw-ucb-2000',
  source: GARIVIER_MOULINES,
  create: (world) => createSlidingWindowUcb(world, 2_000, 0.05),
};
