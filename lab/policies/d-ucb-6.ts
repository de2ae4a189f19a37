// D-UCB, gamma .6: a memory of two or three outcomes.
import { DiscountedUcb } from './discounted-ucb.ts';
import { GARIVIER_MOULINES } from './sliding-window-ucb.ts';
import type { PolicyEntry } from '../policy.ts';

export const dUcb6: PolicyEntry = {
  id: 'd-ucb-6',
  source: GARIVIER_MOULINES,
  create: (world) => new DiscountedUcb(world, 0.6),
};
