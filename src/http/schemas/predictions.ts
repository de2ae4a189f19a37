// Predictions as the API tells them: what is foretold, with what probability and why, what came of it, and how good that was.
import { z } from '@hono/zod-openapi';
import type { EndedPrediction, OpenPrediction, PredictionChange } from '../../domain/predictions/prediction-book.ts';
import { MomentOut, momentOf, momentOrNull, Rate } from './primitives.ts';
import { PREDICTION_KINDS } from '../../domain/predictions/prediction.ts';
import { SEVERITIES } from '../../domain/notifications/incident.ts';
import { predictionFigures } from '../../domain/predictions/prediction-tally.ts';
import type { PredictionSettings } from '../../domain/predictions/prediction-settings.ts';
import type { PredictionShelf } from '../../domain/predictions/prediction-shelf.ts';

const Kind = z.enum(PREDICTION_KINDS);

export const PredictionOut = z
  .object({
    id: z.string(),
    kind: Kind,
    processor_id: z.string(),
    probability: Rate.openapi({ description: 'That it comes before the window ends, 0-1; the confidence' }),
    probability_at_opening: Rate.openapi({ description: 'What it is judged by' }),
    severity: z.enum(SEVERITIES),
    window_from: MomentOut.openapi({ description: 'The earliest at which it may come' }),
    window_to: MomentOut,
    limit: z.number().openapi({
      description: 'What reaching means: share of failures, ms, breaker changes, or attempts a minute',
    }),
    evidence: z.record(z.string(), z.union([z.number(), z.string()])),
    recommended_action: z.enum(['drain', 'cap_traffic', 'raise_timeout', 'schedule_maintenance', 'watch']),
    opened_at: MomentOut,
    updated_at: MomentOut,
    outcome: z
      .enum(['confirmed', 'false', 'unjudged'])
      .nullable()
      .openapi({ description: '`null`: it is open. unjudged: too little was seen of its window' }),
    ended_at: MomentOut.nullable(),
    trouble_at: MomentOut.nullable().openapi({ description: 'When it came' }),
  })
  .openapi('Prediction');

export function predictionJson(prediction: OpenPrediction | EndedPrediction): z.output<typeof PredictionOut> {
  const end = 'outcome' in prediction ? prediction : null;
  return {
    id: prediction.id,
    kind: prediction.kind,
    processor_id: prediction.processorId,
    probability: prediction.probability,
    probability_at_opening: prediction.probabilityAtOpening,
    severity: prediction.severity,
    window_from: momentOf(prediction.window.fromMs),
    window_to: momentOf(prediction.window.toMs),
    limit: prediction.limit,
    evidence: { ...prediction.evidence },
    recommended_action: prediction.recommendedAction,
    opened_at: momentOf(prediction.openedAtMs),
    updated_at: momentOf(prediction.updatedAtMs),
    outcome: end?.outcome ?? null,
    ended_at: momentOrNull(end?.endedAtMs ?? null),
    trouble_at: momentOrNull(end?.troubleAtMs ?? null),
  };
}

/** On the live socket. */
export const predictionChangeJson = ({ type, prediction }: PredictionChange) => ({
  change: type,
  prediction: predictionJson(prediction),
});

export const PredictionFigures = z
  .object({
    kind: Kind,
    judged: z.int(),
    unjudged: z.int(),
    precision: z.number().nullable().openapi({ description: 'Confirmed over judged; `null`, as below: none was yet' }),
    brier: z.number().nullable().openapi({ description: 'Mean square of probability less outcome: 0 is best' }),
    lead_mean_seconds: z.number().nullable().openapi({ description: 'From the opening to the trouble' }),
    reliability: z
      .array(z.object({ count: z.int(), foretold: Rate, came: Rate }))
      .openapi({ description: 'By tenths of the probability at the opening' }),
  })
  .openapi('PredictionFigures');

export const PredictionList = z
  .object({
    predictions: z.array(PredictionOut).openapi({ description: 'Those that are open' }),
    count: z.int(),
    ended: z.array(PredictionOut).openapi({ description: 'The last 100, newest first' }),
    stats: z.array(PredictionFigures).openapi({ description: 'Of all time, every kind' }),
    settings: z.object({
      enabled: z.boolean(),
      sensitivity: z.enum(['low', 'medium', 'high']),
      auto_schedule_maintenance: z.boolean(),
      confidence_threshold: Rate.openapi({
        description: 'Below it a prediction is advice: nothing is scheduled for it',
      }),
    }),
  })
  .openapi('PredictionList');

const ENDED_SHOWN = 100;

export function predictionsJson(
  { book }: PredictionShelf,
  settings: PredictionSettings,
): z.output<typeof PredictionList> {
  return {
    predictions: book.open.map(predictionJson),
    count: book.open.length,
    ended: book.ended.slice(0, ENDED_SHOWN).map(predictionJson),
    stats: PREDICTION_KINDS.map((kind) => {
      const { judged, unjudged, precision, brier, leadMeanMs, reliability } = predictionFigures(book.tallies[kind]);
      const lead = leadMeanMs === null ? null : leadMeanMs / 1_000;
      return { kind, judged, unjudged, precision, brier, lead_mean_seconds: lead, reliability: [...reliability] };
    }),
    settings: {
      enabled: settings.isOn,
      sensitivity: settings.sensitivity,
      auto_schedule_maintenance: settings.schedulesMaintenance,
      confidence_threshold: settings.confidenceMin,
    },
  };
}
