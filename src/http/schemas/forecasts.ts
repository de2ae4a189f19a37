// Forecasts of metrics as the API tells them.
import { z } from '@hono/zod-openapi';
import {
  HORIZON_HOURS_MAX,
  type Metric,
  METRICS,
  type MetricForecast,
} from '../../domain/forecasting/forecast-metric.ts';
import { IdText, MomentOut, momentOf } from './primitives.ts';
import type { ForecastAsk, Forecasts, ProcessorForecast } from '../../flows/forecast-from-past.ts';

const HOUR_MS = 3_600_000;

export const PredictInput = z
  .strictObject({
    metric: z.enum(METRICS).openapi({
      description:
        'payment_volume: attempts. success_rate: approved of them. latency: 95 of 100 are faster. latency_p50: half are',
      example: 'payment_volume',
    }),
    horizon: z
      .int()
      .min(1)
      .max(HORIZON_HOURS_MAX)
      .default(24)
      .openapi({ description: 'Hours, from the running one on' }),
    processor_id: IdText.optional().openapi({ description: 'Left out: all together, and each' }),
  })
  .openapi('PredictInput');

const Step = z.object({
  at: MomentOut.openapi({ description: 'Beginning of the hour' }),
  value: z.number(),
  low: z.number().openapi({ description: '95% of what comes is expected from here to `high`' }),
  high: z.number(),
});

const ForecastOut = z.object({
  history_hours: z.int().openapi({ description: 'Hours of history that it rests on' }),
  predictions: z.array(Step),
});

export const PredictAnswer = z
  .object({
    metric: z.enum(METRICS),
    unit: z.enum(['attempts_per_hour', 'share', 'ms']),
    horizon: z.int(),
    step_minutes: z.literal(60),
    confidence: z.literal(0.95),
    generated_at: MomentOut,
    overall: ForecastOut.nullable().openapi({ description: '`null`: one processor was asked for' }),
    processors: z
      .array(
        ForecastOut.extend({
          processor_id: z.string(),
          missing: z
            .object({ hours: z.int(), attempts: z.int() })
            .nullable()
            .openapi({ description: 'What a forecast would need; both 0: nothing was recorded in the last day' }),
        }),
      )
      .openapi({ description: 'The busiest 20' }),
    more_processors: z.int(),
  })
  .openapi('Forecast');

const unitOf = (metric: Metric): 'attempts_per_hour' | 'share' | 'ms' => {
  switch (metric) {
    case 'payment_volume':
      return 'attempts_per_hour';
    case 'success_rate':
      return 'share';
    case 'latency':
    case 'latency_p50':
      return 'ms';
  }
};

function forecastJson(forecast: MetricForecast): z.output<typeof ForecastOut> {
  if (!forecast.ok) return { history_hours: forecast.hours, predictions: [] };
  return {
    history_hours: forecast.hoursKnown,
    predictions: forecast.steps.map(({ hour, point, low, high }) => ({
      at: momentOf(hour * HOUR_MS),
      value: point,
      low,
      high,
    })),
  };
}

const processorForecastJson = ({ processorId, forecast }: ProcessorForecast) => ({
  processor_id: processorId,
  ...forecastJson(forecast),
  missing: forecast.ok
    ? null
    : {
        hours: Math.max(0, forecast.hoursNeeded - forecast.hours),
        attempts: Math.max(0, forecast.attemptsNeeded - forecast.attempts),
      },
});

export const forecastsJson = (
  { metric, horizon }: ForecastAsk,
  { overall, processors, more }: Extract<Forecasts, { readonly ok: true }>,
  now: number,
): z.output<typeof PredictAnswer> => ({
  metric,
  unit: unitOf(metric),
  horizon,
  step_minutes: 60,
  confidence: 0.95,
  generated_at: momentOf(now),
  overall: overall === null ? null : forecastJson(overall),
  processors: processors.map(processorForecastJson),
  more_processors: more,
});
