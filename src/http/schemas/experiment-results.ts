// What an experiment has shown, as the API tells it.
import { z } from '@hono/zod-openapi';
import { JUDGING_DEFAULT } from '../../domain/experiments/judgement.ts';
import type { Difference, Interval } from '../../domain/experiments/sequential.ts';
import type { JudgedExperiment } from '../../flows/judge-experiments.ts';
import { ExperimentAnswer, experimentJson, judgingJson } from './experiments.ts';
import { Rate } from './primitives.ts';

const IntervalShape = z
  .object({ low: z.number(), high: z.number() })
  .openapi({ description: 'Holds at every look at once with certainty 1 - alpha' });
const DifferenceShape = IntervalShape.extend({
  estimate: z.number(),
  p_value: Rate.openapi({ description: 'Valid whenever one looks, and however often' }),
}).openapi('ExperimentDifference', { description: 'The second arm less the first' });
const ArmShape = z.object({
  name: z.string(),
  strategy: z.string(),
  count: z.int().openapi({ description: 'First attempts at the processor that was decided' }),
  successes: z.int(),
  open: z.int().openapi({ description: 'Timeouts that are not settled: among `count`, and no success' }),
  rate: Rate.nullable(),
  interval: IntervalShape,
});

export const ExperimentResults = z
  .object({
    experiment: ExperimentAnswer,
    judging: ExperimentAnswer.shape.judging.unwrap(),
    is_complete: z.boolean().openapi({
      description: 'False: a processor did not answer, its counts are missing, and nothing follows from the others',
    }),
    processors_away: z.array(z.string()),
    arms: z.tuple([ArmShape, ArmShape]),
    difference: DifferenceShape.nullable().openapi({ description: 'Of the success rates; `null`: too few results' }),
    verdict: z.enum(['running', 'better', 'worse', 'no_difference_beyond']).openapi({
      description: 'Of the second arm against the first; `no_difference_beyond`: less than `no_difference_below` apart',
    }),
    net_values: z
      .array(
        z.object({
          currency: z.string(),
          counts: z.tuple([z.int(), z.int()]),
          means_minor: z.tuple([z.number(), z.number()]),
          difference_minor: DifferenceShape,
        }),
      )
      .openapi({
        description: 'Amount approved less fee per attempt, of attempts whose fee was told; told, not acted on',
      }),
    sample_ratio: z
      .object({ expected_share_a: Rate, share_a: Rate.nullable(), p_value: Rate, mismatch: z.boolean() })
      .openapi({
        description: 'Whether payments fell on the arms as they were to; after a mismatch no arm is stopped',
      }),
  })
  .openapi('ExperimentResults');

export function experimentResultsJson({
  experiment,
  judgement,
  away,
}: JudgedExperiment): z.output<typeof ExperimentResults> {
  const { expectedShareA, shareA, pValue, isMismatch } = judgement.sampleRatio;
  const armJson = (arm: 0 | 1) => ({
    ...experiment.arms[arm],
    ...judgement.arms[arm],
    interval: intervalJson(judgement.arms[arm].interval),
  });
  return {
    experiment: experimentJson(experiment),
    judging: judgingJson(experiment.judging ?? JUDGING_DEFAULT),
    is_complete: away.length === 0,
    processors_away: [...away],
    arms: [armJson(0), armJson(1)],
    difference: judgement.difference && differenceJson(judgement.difference),
    verdict: away.length === 0 ? judgement.verdict : 'running',
    net_values: judgement.values.map(({ currency, counts, means, difference }) => ({
      currency,
      counts: [...counts],
      means_minor: [...means],
      difference_minor: differenceJson(difference),
    })),
    sample_ratio: { expected_share_a: expectedShareA, share_a: shareA, p_value: pValue, mismatch: isMismatch },
  };
}

const intervalJson = ({ low, high }: Interval) => ({ low, high });
const differenceJson = ({ estimate, low, high, pValue }: Difference) => ({ estimate, low, high, p_value: pValue });
