// Models: trained on request, listed with what they found, and taken back.
import { actorOf, idempotencyKeyOf } from '../actor.ts';
import type { App } from '../context.ts';
import {
  modelJson,
  ModelList,
  ModelOut,
  ModelParams,
  RevertAnswer,
  summaryJson,
  TrainAnswer,
  TrainGoesOn,
} from '../schemas/training.ts';
import { PageQuery } from '../schemas/primitives.ts';
import { problem, serve } from '../endpoint.ts';
import { revertModel } from '../../flows/revert-model.ts';
import { TRAINING_JOB, trainNow } from '../../flows/train-now.ts';

const tag = 'Learning';
const MODELS = '/api/v1/ml/models';

export function mountTraining(app: App): void {
  mountTrain(app);
  mountModels(app);
  mountRevert(app);
}

function mountTrain(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/ml/train',
      scope: 'operate',
      tag,
      summary: 'Train a model now',
      description:
        'What the nightly job does (docs/training.md): learns from first attempts of the last 28 days, judges on later ones, and sets priors and the effects of amounts and hours if they are surely better. An `Idempotency-Key` keeps a repeat from training again.',
      answer: { status: 200, description: 'The model, and whether it was promoted', schema: TrainAnswer },
      responses: {
        202: {
          description: 'It takes longer; GET /api/v1/ml/models will have it',
          content: { 'application/json': { schema: TrainGoesOn } },
        },
        409: problem('A training is under way'),
        422: problem('Too little was recorded: `missing` says how much'),
        503: problem('History is out of reach'),
      },
    },
    async (call) => {
      const asked = idempotencyKeyOf(call.header('idempotency-key'));
      if ('refused' in asked) return asked;
      const trained = await trainNow(call.world, asked.key, actorOf(call));
      switch (trained.outcome) {
        case 'trained':
          await call.world.tables.refresh(call.now);
          return { body: { model: modelJson(trained.model) } };
        case 'too_little':
          return {
            refused: { reason: 'too_little_history', counts: trained.lacks, countedUntilMs: trained.countedUntilMs },
          };
        case 'history_away':
          return { refused: { reason: 'history_away' } };
        case 'already_running':
          return { refused: { reason: 'already_running' } };
        case 'running':
          return { response: Response.json({ job: TRAINING_JOB }, { status: 202 }) };
      }
    },
  );
}

function mountModels(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: MODELS,
      scope: 'read',
      tag,
      summary: 'List models',
      description: 'The last 40, and the last 10 that were promoted. The newest promoted one is in force.',
      query: PageQuery,
      answer: { status: 200, description: 'Newest first', schema: ModelList },
    },
    async ({ world, query }) => {
      const { items, nextCursor } = await world.training.book.page(query.cursor ?? null, query.limit);
      return { body: { models: items.map(summaryJson), count: items.length, next_cursor: nextCursor } };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: `${MODELS}/{version}`,
      scope: 'read',
      tag,
      summary: 'Read a model',
      params: ModelParams,
      answer: { status: 200, description: 'With its coefficients, priors and effects', schema: ModelOut },
    },
    async ({ world, params }) => {
      const model = await world.training.book.one(params.version);
      return model === null ? { refused: { reason: 'not_found', what: 'model' } } : { body: modelJson(model) };
    },
  );
}

function mountRevert(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${MODELS}/{version}/revert`,
      scope: 'operate',
      tag,
      summary: 'Take a model back',
      description:
        'The one in force only. What its priors and effects had replaced stands again, but for those that were changed since; for 7 days none is promoted by the clock.',
      params: ModelParams,
      answer: { status: 200, description: 'Taken back', schema: RevertAnswer },
      responses: { 409: problem('It is not in force') },
    },
    async (call) => {
      const reverted = await revertModel(call.world, call.params.version, actorOf(call));
      switch (reverted.outcome) {
        case 'not_found':
          return { refused: { reason: 'not_found', what: 'model' } };
        case 'not_in_force':
          return { refused: { reason: 'not_in_force' } };
        case 'stale_version':
          return { refused: { reason: 'stale_version', currentVersion: reverted.currentVersion } };
        case 'reverted':
          await call.world.tables.refresh(call.now);
          return { body: { model: modelJson(reverted.model), priors_put_back: reverted.priors } };
      }
    },
  );
}
