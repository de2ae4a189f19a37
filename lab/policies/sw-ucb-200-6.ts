// SW-UCB over the last 200 outcomes of the segment, with the paper's own bound: xi .6.
import { createSlidingWindowUcb, GARIVIER_MOULINES } from './sliding-window-ucb.ts';
import type { PolicyEntry } from '../policy.ts';

export const swUcb200Wide: PolicyEntry = {
  id: 'sw-ucb-200-6',
  source: GARIVIER_MOULINES,
  create: (world) => createSlidingWindowUcb(world, 200, 0.6),
};
