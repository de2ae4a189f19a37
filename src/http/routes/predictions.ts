// What is to be expected: forecasts of metrics, and troubles of processors that are about to come.
import type { App } from '../context.ts';
import { forecastsJson, PredictAnswer, PredictInput } from '../schemas/forecasts.ts';
import { forecastFromPast } from '../../flows/forecast-from-past.ts';
import { findProcessor, readConfiguration } from '../configuration-access.ts';
import { HOUR_MS } from '../../domain/analytics/stretch.ts';
import type { HistoryLack } from '../../domain/forecasting/forecast-metric.ts';
import { PredictionList, predictionsJson } from '../schemas/predictions.ts';
import { problem, serve } from '../endpoint.ts';
import type { Refusal } from '../refusal.ts';
import { settingsFrom } from '../../domain/predictions/prediction-settings.ts';

const tag = 'Predictions';

export function mountPredictions(app: App): void {
  mountForecast(app);
  // As the Operations module writes it, too.
  for (const path of ['/api/v1/predictions', '/api/v1/autonomous/predictions', '/autonomous/predictions'])
    mountList(app, path);
}

function mountForecast(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/analytics/predict',
      scope: 'read',
      tag,
      summary: 'Forecast a metric',
      description:
        'Hour by hour, with 95% intervals, from what was recorded (docs/forecasting.md). It needs 48 hours and 100 attempts; a processor that has fewer is answered without a forecast, saying what is missing.',
      body: PredictInput,
      answer: {
        status: 200,
        description: 'All together and each processor, or the one asked for',
        schema: PredictAnswer,
      },
      responses: {
        422: problem('A field is wrong, or too little was recorded: `missing` says how much'),
        503: problem('History is out of reach'),
      },
    },
    async (call) => {
      const { world, now, body } = call;
      const ids = await askedFor(call, body.processor_id);
      if ('reason' in ids) return { refused: ids };
      const { metric, horizon } = body;
      const ask = { metric, horizon, processorIds: ids, withOverall: body.processor_id === undefined };
      const forecasts = await forecastFromPast(world.predictions.past, ask, now);
      if (!forecasts.ok)
        return {
          refused: forecasts.reason === 'lack' ? lackRefusal(forecasts.lack, now) : { reason: forecasts.reason },
        };
      return { body: forecastsJson(ask, forecasts, now) };
    },
  );
}

async function askedFor(
  call: Parameters<typeof findProcessor>[0],
  id: string | undefined,
): Promise<readonly string[] | Refusal> {
  if (id !== undefined) {
    const found = await findProcessor(call, id);
    if (!('reason' in found)) return [found.id];
    return found.reason === 'not_found' ? { reason: 'unknown_processor', field: 'processor_id' } : found;
  }
  const configuration = await readConfiguration(call);
  return configuration === null ? { reason: 'no_table' } : configuration.processors.map((processor) => processor.id);
}

const lackRefusal = ({ hours, hoursNeeded, attempts, attemptsNeeded }: HistoryLack, now: number): Refusal => ({
  reason: 'too_little_history',
  counts: [
    { of: 'hours', have: hours, needed: hoursNeeded },
    { of: 'attempts', have: attempts, needed: attemptsNeeded },
  ],
  countedUntilMs: Math.floor(now / HOUR_MS) * HOUR_MS,
});

function mountList(app: App, path: string): void {
  serve(
    app,
    {
      method: 'get',
      path,
      scope: 'read',
      tag,
      summary: 'List predictions of trouble',
      description:
        'What is foretold of each processor, with probability, window, evidence and what to do; what came of the last ones, and how good they were (docs/predictions.md).',
      answer: { status: 200, description: 'Those that are open, and the last that ended', schema: PredictionList },
    },
    async ({ world }) => ({
      body: predictionsJson(await world.predictions.book.read(), settingsFrom(world.settings.predictions)),
    }),
  );
}
