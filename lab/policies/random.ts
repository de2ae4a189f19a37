// Each eligible processor with the same chance, for ever.
import type { PolicyEntry } from '../policy.ts';

export const entry: PolicyEntry = {
  id: 'random',
  source: 'the floor of the table: no learning at all',
  create: () => ({
    choose: (_payment, eligible, draw) => ({
      arm: eligible[Math.floor(draw() * eligible.length)]!,
      propensity: 1 / eligible.length,
      probe: false,
    }),
    learn: () => undefined,
  }),
};
