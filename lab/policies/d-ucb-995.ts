// D-UCB, gamma .995: the memory of 200 outcomes.
import { DiscountedUcb } from './discounted-ucb.ts';
import { GARIVIER_MOULINES } from './sliding-window-ucb.ts';
import type { PolicyEntry } from '../policy.ts';

export const dUcb995: PolicyEntry = {
  id: 'd-ucb-995',
  source: GARIVIER_MOULINES,
  create: (world) => new DiscountedUcb(world, 0.995),
};
