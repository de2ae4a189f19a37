// Priors as the API tells them: what a processor's posterior begins with in one segment.
import { z } from '@hono/zod-openapi';
import { asProcessorId, type SegmentKey } from '../../domain/identity.ts';
import type { Configuration } from '../../domain/configuration/configuration.ts';
import { PRIORS_MAX, type PriorChange } from '../../domain/configuration/prior-change.ts';
import { listOf } from './lists.ts';
import { IdText, SegmentText } from './primitives.ts';

const mean = z
  .number()
  .openapi({ description: 'Probability of approval of a first attempt, 0.001-0.999', example: 0.87 });
const weight = z.number().openapi({ description: 'Outcomes it is worth, above 0 and at most 1000', example: 40 });

export const PriorsInput = z
  .strictObject({
    priors: listOf(
      z.strictObject({
        processor_id: IdText,
        segment: SegmentText,
        prior: z.strictObject({ mean, weight }).nullable().openapi({ description: '`null`: takes it back' }),
      }),
      PRIORS_MAX,
    ),
  })
  .openapi('PriorsInput', {
    example: { priors: [{ processor_id: 'processor_a', segment: 'PIX|BR', prior: { mean: 0.87, weight: 40 } }] },
  });

export const PriorsAnswer = z
  .object({
    priors: z.array(
      z.object({ processor_id: z.string(), segment: z.string(), prior: z.object({ mean, weight }).openapi('Prior') }),
    ),
    count: z.int(),
  })
  .openapi('Priors');

export const PriorParams = z.object({
  id: IdText.openapi({ param: { name: 'id', in: 'path' } }),
  segment: SegmentText.openapi({ param: { name: 'segment', in: 'path' } }),
});

export const priorChangesOf = ({ priors }: z.output<typeof PriorsInput>): PriorChange[] =>
  priors.map(({ processor_id: id, segment, prior }) => ({
    processorId: asProcessorId(id),
    segment: segment as SegmentKey,
    prior,
  }));

export function priorsJson({ processors }: Configuration): z.output<typeof PriorsAnswer> {
  const priors = processors.flatMap(({ id, priors: own = [] }) =>
    own.map(({ segment, mean: held, weight: worth }) => ({
      processor_id: id,
      segment,
      prior: { mean: held, weight: worth },
    })),
  );
  return { priors, count: priors.length };
}
