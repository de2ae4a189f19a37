// Experiments as the API tells them: two arms, each a strategy, assigned by the hash of a request field.
import { z } from '@hono/zod-openapi';
import type { Experiment, RegisteredExperiment } from '../../domain/configuration/configuration.ts';
import { JUDGING_DEFAULT, type Judging } from '../../domain/experiments/judgement.ts';
import { CODES_MAX, listOf } from './lists.ts';
import { CountryText, IdText, MethodText, MomentOut, momentOf, Rate } from './primitives.ts';
import { StrategyText } from './rules.ts';

const Arm = z.strictObject({ name: z.string(), strategy: StrategyText });
const JudgingShape = z
  .strictObject({
    alpha: z.number().default(JUDGING_DEFAULT.alpha).openapi({
      description: 'How often equal arms are ever told apart, however often one looks, 0.001-0.2',
    }),
    guardrail: Rate.default(JUDGING_DEFAULT.guardrail).openapi({
      description: 'An arm is stopped when its success rate is lower by more than this, for certain, 0-0.5',
    }),
    no_difference_below: Rate.default(JUDGING_DEFAULT.noDifferenceBelow).openapi({
      description: 'Differences of the success rate up to this matter to nobody, 0.001-0.5',
    }),
    design_effect: z.number().default(JUDGING_DEFAULT.designEffect).openapi({
      description:
        'So many payments tell as much as one that stands alone, 1-100: above 1 where one key makes many payments that resemble each other',
    }),
    stops_by_itself: z.boolean().default(JUDGING_DEFAULT.stopsByItself),
  })
  .openapi('ExperimentJudging');
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
  judging: JudgingShape.optional().openapi({ description: 'Left out: our own figures' }),
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
const RunAnswer = z
  .object({
    since: MomentOut,
    since_version: z.int().openapi({ description: 'Configuration version from which on decisions count' }),
    stopped: z.object({ arm: z.string(), at: MomentOut, why: z.string() }).nullable(),
  })
  .openapi('ExperimentRun');
export const DocumentExperiment = z.object({ id: z.string(), ...fields }).openapi('ExperimentDocument');
export const ExperimentAnswer = DocumentExperiment.extend({
  run: RunAnswer.nullable().openapi({ description: 'What is counted together; `null`: none has begun' }),
}).openapi('Experiment');
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
    ...(input.judging !== undefined && { judging: judgingOf(input.judging) }),
  };
}

const judgingOf = (given: z.output<typeof JudgingShape>): Judging => ({
  alpha: given.alpha,
  guardrail: given.guardrail,
  noDifferenceBelow: given.no_difference_below,
  designEffect: given.design_effect,
  stopsByItself: given.stops_by_itself,
});

export const judgingJson = (judging: Judging): z.output<typeof JudgingShape> => ({
  alpha: judging.alpha,
  guardrail: judging.guardrail,
  no_difference_below: judging.noDifferenceBelow,
  design_effect: judging.designEffect,
  stops_by_itself: judging.stopsByItself,
});

export function experimentJson(experiment: RegisteredExperiment): z.output<typeof ExperimentAnswer> {
  return { ...documentExperimentJson(experiment), run: runJson(experiment) };
}

export function runJson({ run, arms }: RegisteredExperiment): z.output<typeof RunAnswer> | null {
  if (run === undefined) return null;
  const { sinceMs, sinceVersion, stopped } = run;
  return {
    since: momentOf(sinceMs),
    since_version: sinceVersion,
    stopped: stopped && { arm: arms[stopped.arm].name, at: momentOf(stopped.atMs), why: stopped.why },
  };
}

/** As an export has it: without what the Registry knows of its run. */
export function documentExperimentJson(experiment: Experiment): z.output<typeof DocumentExperiment> {
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
    ...(experiment.judging !== undefined && { judging: judgingJson(experiment.judging) }),
  };
}
