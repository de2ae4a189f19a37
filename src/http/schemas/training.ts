// Trained models as the API tells them: what each was trained and judged on, what it found, and what came of it.
import { z } from '@hono/zod-openapi';
import type { Interval } from '../../domain/evaluation/off-policy.ts';
import { MomentOut, momentOf, momentOrNull, NextCursor, wholeInText } from './primitives.ts';
import { type ModelRecord, type ModelSummary, summaryOf } from '../../domain/training/model-record.ts';
import type { ModelValueAnswer, Quality } from '../../domain/training/judge-model.ts';
import { refusalSentence } from '../../domain/evaluation/off-policy.ts';

const IntervalOut = z.object({ value: z.number(), low: z.number(), high: z.number() });

const QualityOut = z
  .object({
    log_loss: z.number().openapi({ description: 'Nats per attempt; less is better' }),
    brier: z.number().openapi({ description: 'Less is better' }),
    auc: z.number().nullable().openapi({ description: '`null`: all ended alike' }),
  })
  .nullable()
  .openapi({ description: '`null`: there were no later attempts' });

const ValueOut = z.object({
  decisions: z.int().openapi({ description: 'Later ones that were drawn among several' }),
  effective_samples: z.number().nullable(),
  model: IntervalOut.nullable().openapi({
    description: 'Approvals under its priors and effects beside live results, 0-1, 95%, doubly robust',
  }),
  present: IntervalOut.nullable().openapi({ description: 'Under those of now' }),
  lift: IntervalOut.nullable().openapi({
    description: 'Its own less those of now, on the same payments: 0.01 is one percentage point',
  }),
  why_none: z.string().nullable().openapi({ description: 'Why there is no figure' }),
});

const FeatureOut = z.object({
  name: z.string(),
  levels: z.int(),
  deviation: z.number().openapi({ description: 'How far its levels lie apart, in log odds' }),
  importance: z.number().openapi({ description: 'Its part in what all features tell, 0-1' }),
});

const SummaryOut = z
  .object({
    version: z.int(),
    state: z.enum(['candidate', 'promoted', 'refused', 'reverted']),
    reason: z.string(),
    trained_at: MomentOut,
    decided_at: MomentOut.nullable(),
    trained_from: MomentOut,
    trained_to: MomentOut.openapi({ description: 'Judged on what came after' }),
    judged_to: MomentOut,
    training_samples: z.int(),
    judged_samples: z.int(),
    cells: z.int().openapi({ description: 'Circumstances told apart' }),
    samples_left_out: z.int().openapi({ description: 'In the rarest circumstances' }),
    metrics: z.object({
      model: QualityOut,
      published: QualityOut,
      present: QualityOut,
    }),
    value: ValueOut,
    feature_importance: z.array(FeatureOut),
    context_effects_of: z.int().openapi({
      description: 'Of so many processors it sets what amounts and hours add; the model itself tells them',
    }),
    bytes: z.int().openapi({ description: 'Of its priors and effects as JSON' }),
  })
  .openapi('ModelSummary');

const priorOut = z.object({
  processor_id: z.string(),
  segment: z.string(),
  prior: z.object({ mean: z.number(), weight: z.number() }).nullable().openapi({ description: '`null`: none' }),
});

const contextOut = z.object({
  processor_id: z.string(),
  context: z
    .object({
      amounts: z.array(z.number()).openapi({ description: 'By digits of the amount in minor units, 0-9; empty: none' }),
      hours: z.array(z.number()).openapi({ description: 'By three hours of the UTC day; empty: none' }),
      segments: z
        .array(z.object({ segment: z.string(), amount: z.number(), hour: z.number() }))
        .openapi({ description: 'Where they hold, and what its own payments have of each in the mean' }),
    })
    .nullable()
    .openapi({ description: 'Log odds; `null`: none' }),
});

export const ModelOut = SummaryOut.extend({
  coefficients: z
    .array(
      z.object({
        feature: z.string(),
        level: z.string(),
        log_odds: z.number(),
        error: z.number().openapi({ description: 'Standard error' }),
        samples: z.int(),
      }),
    )
    .openapi({ description: 'The 200 that tell most' }),
  priors: z.array(priorOut).openapi({ description: 'What it sets where it is promoted' }),
  context_effects: z
    .array(contextOut)
    .openapi({ description: 'What it sets with them: what amounts and hours add to a processor, read by `learned`' }),
  replaced: z.array(priorOut).openapi({ description: 'What stood there before; put back when it is reverted' }),
  replaced_context_effects: z.array(contextOut).openapi({ description: 'The same of its effects' }),
}).openapi('Model');

export const TrainAnswer = z.object({ model: ModelOut }).openapi('TrainAnswer');
export const TrainGoesOn = z.object({ job: z.string() }).openapi('TrainGoesOn');
export const RevertAnswer = z
  .object({ model: ModelOut, priors_put_back: z.int().openapi({ description: 'Not those changed by others since' }) })
  .openapi('RevertAnswer');
export const ModelList = z
  .object({ models: z.array(SummaryOut), count: z.int(), next_cursor: NextCursor })
  .openapi('ModelList');

export const ModelParams = z.object({
  version: wholeInText(1, Number.MAX_SAFE_INTEGER).openapi({ param: { name: 'version', in: 'path' }, example: 7 }),
});

export function modelJson(model: ModelRecord): z.output<typeof ModelOut> {
  return {
    ...summaryJson(summaryOf(model)),
    coefficients: model.effects.map(({ feature, level, logOdds, error, attempts }) => ({
      feature,
      level,
      log_odds: logOdds,
      error,
      samples: attempts,
    })),
    priors: model.changes.map(priorJson),
    context_effects: model.contexts.map(contextJson),
    replaced: model.replaced.map(priorJson),
    replaced_context_effects: model.replacedContexts.map(contextJson),
  };
}

export function summaryJson(model: ModelSummary): z.output<typeof SummaryOut> {
  const { plan, quality } = model;
  return {
    version: model.version,
    state: model.state,
    reason: model.reason,
    trained_at: momentOf(model.trainedAtMs),
    decided_at: momentOrNull(model.decidedAtMs),
    trained_from: momentOf(plan.fromMs),
    trained_to: momentOf(plan.splitMs),
    judged_to: momentOf(plan.toMs),
    training_samples: model.trainedAttempts,
    judged_samples: model.judgedAttempts,
    cells: model.cells,
    samples_left_out: model.leftOut,
    metrics: {
      model: qualityJson(quality.model),
      published: qualityJson(quality.published),
      present: qualityJson(quality.present),
    },
    value: valueJson(model.value),
    feature_importance: model.features.map((feature) => ({ ...feature })),
    context_effects_of: model.contextCount,
    bytes: model.bytes,
  };
}

const priorJson = ({ processorId, segment, prior }: ModelRecord['changes'][number]): z.output<typeof priorOut> => ({
  processor_id: processorId,
  segment,
  prior: prior && { ...prior },
});

const contextJson = ({ processorId, context }: ModelRecord['contexts'][number]): z.output<typeof contextOut> => ({
  processor_id: processorId,
  context: context && {
    amounts: [...context.amounts],
    hours: [...context.hours],
    segments: context.centres.map((centre) => ({ ...centre })),
  },
});

const qualityJson = (quality: Quality | null): z.output<typeof QualityOut> =>
  quality && { log_loss: quality.logLoss, brier: quality.brier, auc: quality.auc };

function valueJson(value: ModelValueAnswer): z.output<typeof ValueOut> {
  if (!value.ok) {
    const { refusal } = value;
    const decisions = 'samples' in refusal ? refusal.samples : 0;
    const none = { effective_samples: null, model: null, present: null, lift: null };
    return { ...none, decisions, why_none: refusalSentence(refusal) };
  }
  return {
    decisions: value.decisions,
    effective_samples: value.effectiveSamples,
    model: copied(value.model),
    present: copied(value.present),
    lift: copied(value.lift),
    why_none: null,
  };
}

const copied = ({ value, low, high }: Interval): z.output<typeof IntervalOut> => ({ value, low, high });
