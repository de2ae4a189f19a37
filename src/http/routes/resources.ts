// Load and head-room of the processors' objects, and how many instances the merchant's own gateways should have.
import { actorOf } from '../actor.ts';
import type { App } from '../context.ts';
import { problem, serve } from '../endpoint.ts';
import {
  Evaluation,
  evaluationJson,
  resourcesJson,
  ResourceStats,
  ScaleInput,
  ScaleTarget,
  scalingJson,
  ScalingOut,
} from '../schemas/resources.ts';
import { isFresh } from '../../domain/scaling/scale-decision.ts';
import { momentOf } from '../schemas/primitives.ts';
import { evaluateScaling, measureLoad, settingsOf } from '../../flows/measure-load.ts';

const PATH = '/api/v1/resources';
const tag = 'Scaling';

export function mountResources(app: App): void {
  mountStats(app);
  mountEvaluation(app);
  mountScaleTarget(app);
  mountScale(app, '/api/v1/autonomous/scale');
  mountScale(app, '/autonomous/scale');
}

function mountStats(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: `${PATH}/stats`,
      scope: 'read',
      tag,
      summary: 'Load and head-room of each object',
      description: "Measured over the last minute against stated limits; beside it the gateways' instances.",
      answer: { status: 200, description: 'Every processor, and how many instances are wanted', schema: ResourceStats },
    },
    async ({ world, now }) => {
      const { scaling } = world.settings;
      const settings = scaling.ok ? scaling.settings : null;
      const [objects, state] = await Promise.all([measureLoad(world), world.registry.scaling()]);
      return { body: resourcesJson(objects, scalingJson(state, settings), now) };
    },
  );
}

function mountEvaluation(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/evaluate-scaling`,
      scope: 'read',
      tag,
      summary: 'What the next run of the job `scaling` would decide',
      description: 'By the load of this moment; nothing is changed. POST /api/v1/jobs/scaling/run does it.',
      answer: { status: 200, description: 'The number, and why', schema: Evaluation },
    },
    async ({ world, now }) => {
      const settings = settingsOf(world.settings.scaling);
      const before = await world.registry.scaling();
      const decision = await evaluateScaling(world, settings, now);
      return { body: evaluationJson(decision, before?.instances ?? null, now) };
    },
  );
}

function mountScaleTarget(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: `${PATH}/scale-target`,
      scope: 'read',
      tag,
      summary: 'How many instances are wanted, as a number that KEDA can read',
      description: 'For the metrics-api scaler of KEDA: `valueLocation: "desired_instances"`, `targetValue: "1"`.',
      answer: { status: 200, description: 'The number; never 0', schema: ScaleTarget },
      responses: { 503: problem('It was not evaluated in the last five minutes') },
    },
    async ({ world, now }) => {
      const settings = settingsOf(world.settings.scaling);
      const state = await world.registry.scaling();
      if (state === null || !isFresh(state, now)) return { refused: { reason: 'not_evaluated' } };
      const { instancesMin, instancesMax } = settings;
      return {
        body: {
          desired_instances: Math.min(Math.max(state.instances, instancesMin), instancesMax),
          min_instances: instancesMin,
          max_instances: instancesMax,
          evaluated_at: momentOf(state.evaluatedAtMs),
        },
      };
    },
  );
}

function mountScale(app: App, path: string): void {
  serve(
    app,
    {
      method: 'post',
      path,
      scope: 'operate',
      tag,
      summary: 'Set the number of instances by hand',
      description: 'At once, whatever the cooldown; it is let alone for `hold_minutes`. Audited.',
      body: ScaleInput,
      answer: { status: 200, description: 'As it stands now', schema: ScalingOut },
    },
    async (call) => {
      const { world, body } = call;
      const settings = settingsOf(world.settings.scaling);
      const { instances, hold_minutes, why = null } = body;
      const forced = { instances, holdMs: Math.round(hold_minutes * 60_000), why };
      const reply = await world.registry.scale({ kind: 'forced', forced, settings }, actorOf(call));
      if (!reply.ok) {
        const message = `must be ${reply.min}-${reply.max}`;
        return {
          refused: { reason: 'invalid_request', errors: [{ field: 'instances', code: 'invalid_field', message }] },
        };
      }
      return { body: scalingJson(reply.state, settings) };
    },
  );
}
