// What beliefs begin with where nothing is known yet: told, set from a merchant's own log (`npm run lab -- backtest --priors`) or by hand, and taken back.
import type { App } from '../context.ts';
import { asProcessorId, type SegmentKey } from '../../domain/identity.ts';
import { change, readConfiguration } from '../configuration-access.ts';
import { PriorParams, priorChangesOf, PriorsAnswer, PriorsInput, priorsJson } from '../schemas/priors.ts';
import { serve } from '../endpoint.ts';

const PATH = '/api/v1/ml/priors';
const tag = 'Learning';

export function mountPriors(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List priors',
      description: 'Those set. Each is in force where its segment has no results yet, and nowhere else.',
      answer: {
        status: 200,
        description: 'All that are set; the ETag is the configuration version',
        schema: PriorsAnswer,
      },
    },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      return { body: priorsJson(configuration), version: configuration.version };
    },
  );
  serve(
    app,
    {
      method: 'post',
      path: PATH,
      scope: 'operate',
      tag,
      summary: 'Set priors',
      description:
        'Those named are set together or not at all; the others stay. A segment that has results keeps what it learned: a prior set there afterwards counts only once nothing is known there any more. What is set already changes nothing, and leaves the version as it is. `npm run lab -- backtest --priors FILE` writes such a body from a log.',
      body: PriorsInput,
      answer: { status: 200, description: 'All that are set now', schema: PriorsAnswer },
    },
    async (call) => {
      const changed = await change(call, 'prior', { op: 'put_priors', priors: priorChangesOf(call.body) });
      if ('refused' in changed) return changed;
      return { body: priorsJson(changed.configuration), version: changed.configuration.version };
    },
  );
  serve(
    app,
    {
      method: 'delete',
      path: `${PATH}/{id}/{segment}`,
      scope: 'operate',
      tag,
      summary: 'Take a prior back',
      description:
        'Where nothing is known yet, the default holds again; a segment that has results keeps what it learned. In a path `|` is written `%7C`.',
      params: PriorParams,
      answer: { status: 204, description: 'Taken back' },
    },
    async (call) => {
      const { id, segment } = call.params;
      const changed = await change(call, 'prior', {
        op: 'delete_prior',
        processorId: asProcessorId(id),
        segment: segment as SegmentKey,
      });
      return 'refused' in changed ? changed : { body: undefined, version: changed.configuration.version };
    },
  );
}
