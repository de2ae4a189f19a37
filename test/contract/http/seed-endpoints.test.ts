// Every endpoint of the night shift as the seeds list them: there under their own paths, with and without the prefix where they wrote none, and naming each of their systems.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});

interface Endpoint {
  readonly ask: string;
  readonly body?: object;
  readonly fields: readonly string[];
}

/** As the Operations module writes them: without a prefix. Its four systems are healing, scaling, predictions and optimizations. */
const OPERATIONS: readonly Endpoint[] = [
  { ask: 'GET /autonomous/status', fields: ['status', 'healing', 'scaling', 'predictions', 'optimizations'] },
  { ask: 'GET /autonomous/stats', fields: ['healing', 'scaling', 'predictions', 'optimizations'] },
  { ask: 'POST /autonomous/heal/processor_a', fields: ['processor_id', 'mode', 'actions'] },
  { ask: 'POST /autonomous/scale', body: { instances: 3 }, fields: ['instances'] },
  { ask: 'GET /autonomous/predictions', fields: ['predictions', 'count', 'stats', 'settings'] },
  { ask: 'GET /autonomous/optimizations', fields: ['optimizations', 'count'] },
];

/** As APOS writes them. */
const APOS: readonly Endpoint[] = [
  { ask: 'GET /health', fields: ['status', 'score', 'processors', 'count', 'timestamp'] },
  { ask: 'GET /status', fields: ['jobs'] },
  { ask: 'GET /anomalies?limit=50', fields: ['anomalies', 'count'] },
  { ask: 'GET /anomalies/stats', fields: ['total', 'open', 'precision_from_feedback', 'precision_from_lab'] },
  { ask: 'GET /healing/actions?limit=50', fields: ['actions', 'count'] },
  { ask: 'GET /healing/stats', fields: ['kinds', 'attempts'] },
  { ask: 'GET /resources/stats', fields: ['objects', 'count', 'limits', 'scaling'] },
  { ask: 'POST /resources/evaluate-scaling', fields: ['instances', 'desired_instances', 'reason'] },
];

const answerOf = async ({ ask, body }: Endpoint, prefix: string) => {
  const [method = '', path = ''] = ask.split(' ');
  return await caller.call(method, `${prefix}${path}`, body === undefined ? {} : { body });
};

describe('the seeds’ endpoints', () => {
  test.each(OPERATIONS)('$ask answers with its prefix and without, the same', async (endpoint) => {
    const [plain, prefixed] = [await answerOf(endpoint, ''), await answerOf(endpoint, '/api/v1')];
    expect([plain.status, prefixed.status]).toEqual([200, 200]);
    expect(Object.keys(plain.json)).toEqual(expect.arrayContaining([...endpoint.fields]));
    expect(Object.keys(prefixed.json)).toEqual(Object.keys(plain.json));
  });

  test.each(APOS)('$ask answers what it is asked for', async (endpoint) => {
    const { status, json } = await answerOf(endpoint, '/api/v1');
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(expect.arrayContaining([...endpoint.fields]));
  });

  test('GET /autonomous/status says of each system whether it is on', async () => {
    expect((await caller.call('GET', '/autonomous/status')).json).toMatchObject({
      healing: { mode: 'act' },
      scaling: { enabled: true },
      predictions: { enabled: true },
      optimizations: { mode: 'act' },
    });
  });
});
