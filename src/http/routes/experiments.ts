// Experiments: two strategies side by side, the arm sticky by a key of the request.
import { ID_OF_PATH, mountCollection } from '../collection.ts';
import { newId } from '../configuration-access.ts';
import type { App } from '../context.ts';
import {
  ExperimentAnswer,
  ExperimentInput,
  experimentJson,
  ExperimentList,
  experimentOf,
} from '../schemas/experiments.ts';

export function mountExperiments(app: App): void {
  mountCollection(app, {
    path: '/api/v1/experiments',
    tag: 'Rules and experiments',
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
}
