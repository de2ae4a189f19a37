// Experiments: list, read, create, replace, remove.
import type { App } from '../context.ts';
import { change, newId, readConfiguration } from '../configuration-access.ts';
import { serve } from '../endpoint.ts';
import type { Configuration } from '../../domain/configuration/configuration.ts';
import { IdParams } from '../schemas/primitives.ts';
import { ExperimentAnswer, ExperimentInput, ExperimentList, experimentJson, experimentOf } from '../schemas/experiments.ts';

const PATH = '/api/v1/experiments';
const tag = 'Rules and experiments';

export function mountExperiments(app: App): void {
  serve(
    app,
    { method: 'get', path: PATH, scope: 'read', tag, summary: 'List experiments', answer: { status: 200, description: 'All of them; the ETag is the configuration version', schema: ExperimentList } },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      const experiments = configuration.experiments.map(experimentJson);
      return { body: { experiments, count: experiments.length }, version: configuration.version };
    },
  );
  serve(
    app,
    { method: 'get', path: `${PATH}/{id}`, scope: 'read', tag, summary: 'Read an experiment', params: IdParams, answer: { status: 200, description: 'The experiment', schema: ExperimentAnswer } },
    async (call) => {
      const configuration = await readConfiguration(call);
      return configuration === null ? { refused: { reason: 'no_table' } } : told(configuration, call.params.id);
    },
  );
  serve(
    app,
    { method: 'post', path: PATH, scope: 'operate', tag, summary: 'Create an experiment', body: ExperimentInput, answer: { status: 201, description: 'In force from now on', schema: ExperimentAnswer } },
    async (call) => {
      const id = call.body.id ?? newId('exp', call.world);
      const changed = await change(call, 'experiment', { op: 'put_experiment', experiment: experimentOf(id, call.body), mode: 'create' });
      return 'refused' in changed ? changed : told(changed.configuration, id);
    },
  );
  serve(
    app,
    { method: 'put', path: `${PATH}/{id}`, scope: 'operate', tag, summary: 'Replace an experiment', description: 'The id is the one in the path; send the ETag you read in If-Match.', params: IdParams, body: ExperimentInput, answer: { status: 200, description: 'As it is now', schema: ExperimentAnswer } },
    async (call) => {
      const { id } = call.params;
      const changed = await change(call, 'experiment', { op: 'put_experiment', experiment: experimentOf(id, call.body), mode: 'replace' });
      return 'refused' in changed ? changed : told(changed.configuration, id);
    },
  );
  serve(
    app,
    { method: 'delete', path: `${PATH}/{id}`, scope: 'operate', tag, summary: 'Remove an experiment', params: IdParams, answer: { status: 204, description: 'Removed' } },
    async (call) => {
      const changed = await change(call, 'experiment', { op: 'delete_experiment', id: call.params.id });
      return 'refused' in changed ? changed : { body: undefined, version: changed.configuration.version };
    },
  );
}

function told({ experiments, version }: Configuration, id: string) {
  const found = experiments.find((experiment) => experiment.id === id);
  if (found === undefined) return { refused: { reason: 'not_found', what: 'experiment' } as const };
  return { body: experimentJson(found), version };
}
