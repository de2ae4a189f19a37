// Experiments: two strategies side by side, the arm sticky by a key of the request.
import { ID_OF_PATH, mountCollection } from '../collection.ts';
import { change, newId } from '../configuration-access.ts';
import type { App } from '../context.ts';
import { problem, serve } from '../endpoint.ts';
import { judgeExperiments } from '../../flows/judge-experiments.ts';
import {
  ExperimentAnswer,
  ExperimentInput,
  experimentJson,
  ExperimentList,
  experimentOf,
} from '../schemas/experiments.ts';
import { ExperimentResults, experimentResultsJson } from '../schemas/experiment-results.ts';
import { IdParams } from '../schemas/primitives.ts';

const PATH = '/api/v1/experiments';
const tag = 'Rules and experiments';

export function mountExperiments(app: App): void {
  mountCollection(app, {
    path: PATH,
    tag,
    kind: 'experiment',
    named: 'an experiment',
    plural: 'experiments',
    input: ExperimentInput,
    output: ExperimentAnswer,
    list: ExperimentList,
    thingsOf: ({ experiments }) => experiments,
    json: experimentJson,
    listJson: (experiments) => ({ experiments: experiments.map(experimentJson), count: experiments.length }),
    idOf: ({ id }, world) => id ?? newId('exp', world),
    mismatch: (body, id) => ((body.id ?? id) === id ? null : ID_OF_PATH),
    put: (id, body, mode) => ({ op: 'put_experiment', experiment: experimentOf(id, body), mode }),
    remove: (id) => ({ op: 'delete_experiment', id }),
  });
  mountResults(app);
  mountReopening(app);
}

function mountResults(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: `${PATH}/{id}/results`,
      scope: 'read',
      tag,
      summary: 'What an experiment has shown',
      description:
        'Of its run: since it was created, its definition changed, it was re-opened, or a processor was removed. Look as often as you like.',
      params: IdParams,
      answer: { status: 200, description: 'So far', schema: ExperimentResults },
      responses: { 404: problem('There is no such experiment') },
    },
    async ({ world, params }) => {
      const configuration = await world.registry.configuration();
      const found = configuration.experiments.find(({ id }) => id === params.id);
      if (found === undefined) return { refused: { reason: 'not_found', what: 'experiment' } };
      const [judged] = await judgeExperiments(world.processors, configuration, [found]);
      return { body: experimentResultsJson(judged!) };
    },
  );
}

function mountReopening(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{id}/reopen`,
      scope: 'operate',
      tag,
      summary: 'Give a stopped arm payments again',
      description:
        'A new run begins, that counts from nothing. An experiment of which no arm is stopped stays as it is.',
      params: IdParams,
      answer: { status: 200, description: 'As it is now', schema: ExperimentAnswer },
      responses: { 404: problem('There is no such experiment') },
    },
    async (call) => {
      const { id } = call.params;
      const changed = await change(call, 'experiment', { op: 'reopen_experiment', id });
      if ('refused' in changed) return changed;
      const found = changed.configuration.experiments.find((experiment) => experiment.id === id);
      if (found === undefined) return { refused: { reason: 'not_found', what: 'experiment' } };
      return { body: experimentJson(found), version: changed.configuration.version };
    },
  );
}
