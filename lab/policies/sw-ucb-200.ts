// SW-UCB over the last 200 outcomes of the segment, with a narrow bound: xi .05.
import { createSlidingWindowUcb, GARIVIER_MOULINES } from './sliding-window-ucb.ts';
import type { PolicyEntry } from '../policy.ts';

export const swUcb200: PolicyEntry = {
  id: 'sw-ucb-200',
  source: GARIVIER_MOULINES,
  create: (world) => createSlidingWindowUcb(world, 200, 0.05),
};
