// Experiments as the API tells them: two arms, each a strategy, assigned by the hash of a request field.
import { z } from '@hono/zod-openapi';
import type { Experiment } from '../../domain/configuration/configuration.ts';
import { CODES_MAX, listOf } from './lists.ts';
import { CountryText, IdText, MethodText, Rate } from './primitives.ts';
import { StrategyText } from './rules.ts';

const Arm = z.strictObject({ name: z.string(), strategy: StrategyText });
const fields = {
  name: z.string(),
  enabled: z.boolean().default(true),
  sticky_by: z
    .string()
    .default('payment_id')
    .openapi({ description: '`customer_ref`, `payment_id` or `metadata.<name>`' }),
  payment_methods: listOf(MethodText, CODES_MAX).default([]),
  countries: listOf(CountryText, CODES_MAX).default([]),
  share_a: Rate.default(0.5).openapi({ description: 'Share of the first arm, 0-1' }),
  arms: z.tuple([Arm, Arm]),
};

export const ExperimentInput = z.strictObject({ id: IdText.optional(), ...fields }).openapi('ExperimentInput', {
  example: {
    name: 'Learned against TechCart',
    arms: [
      { name: 'ours', strategy: 'learned' },
      { name: 'theirs', strategy: 'techcart' },
    ],
  },
});
export type ExperimentInput = z.output<typeof ExperimentInput>;
export const ExperimentAnswer = z.object({ id: z.string(), ...fields }).openapi('Experiment');
export const ExperimentList = z
  .object({ experiments: z.array(ExperimentAnswer), count: z.int() })
  .openapi('ExperimentList');

export function experimentOf(id: string, input: ExperimentInput): Experiment {
  return {
    id,
    name: input.name,
    enabled: input.enabled,
    stickyBy: input.sticky_by,
    paymentMethods: input.payment_methods,
    countries: input.countries,
    shareA: input.share_a,
    arms: input.arms,
  };
}

export function experimentJson(experiment: Experiment): z.output<typeof ExperimentAnswer> {
  const [first, second] = experiment.arms;
  return {
    id: experiment.id,
    name: experiment.name,
    enabled: experiment.enabled,
    sticky_by: experiment.stickyBy,
    payment_methods: [...experiment.paymentMethods],
    countries: [...experiment.countries],
    share_a: experiment.shareA,
    arms: [{ ...first }, { ...second }],
  };
}
