// What a merchant without routing does: everything to one processor for ever. The list is shuffled by the seed, so it is any of them.
import type { PolicyEntry } from '../policy.ts';

export const entry: PolicyEntry = {
  id: 'static',
  source: 'the floor of the table: no routing at all',
  create: () => ({
    choose: (_payment, eligible) => ({ arm: eligible[0]!, propensity: 1, probe: false }),
    learn: () => undefined,
  }),
};
