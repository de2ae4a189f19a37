// Variables of the deployment that are wrong, over HTTP: named by whatever goes by them, and no checkout stops for one.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import { CHECKOUT_SAMPLE, RETENTION_SAMPLE } from '../../harness/in-memory-settings.ts';
import { type DeploymentVariables, settingsOf } from '../../../workers/composition/deployment.ts';
import { HEALING_SAMPLE } from '../../../tools/in-memory/in-memory-healing.ts';
import { jobOf } from '../../../tools/in-memory/in-memory-jobs.ts';
import { PREDICTION_SAMPLE } from '../../../tools/in-memory/in-memory-predictions.ts';
import { readCheckoutVariables } from '../../../src/domain/configuration/checkout-variables.ts';
import { readHealingVariables } from '../../../src/domain/healing/healing-variables.ts';
import { readPredictionSettings } from '../../../src/domain/predictions/prediction-settings.ts';
import { readRetention } from '../../../src/domain/history/retention.ts';
import { readScalingSettings } from '../../../src/domain/scaling/scaling-settings.ts';
import { readShardSettings } from '../../../src/domain/scaling/shard-settings.ts';
import { readTrainingSettings } from '../../../src/domain/training/training-settings.ts';
import { readTuningSettings } from '../../../src/domain/tuning/tuning-settings.ts';
import { readingOf, SCALING_SAMPLE, SHARD_SAMPLE } from '../../harness/in-memory-scaling.ts';
import { TUNING_SAMPLE } from '../../../tools/in-memory/in-memory-tuning.ts';

const SAMPLE: DeploymentVariables = {
  ...{ ...CHECKOUT_SAMPLE, ...HEALING_SAMPLE, ...PREDICTION_SAMPLE, ...SCALING_SAMPLE, ...TUNING_SAMPLE },
  ...{ ...RETENTION_SAMPLE, ...SHARD_SAMPLE, MIN_TRAINING_SAMPLES: '1000', CORS_ORIGINS: '', BOOTSTRAP_KEY_HASH: '' },
};
let caller: Caller;
let lines: Record<string, unknown>[];
beforeEach(async () => {
  caller = await createCaller();
  lines = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
  });
});

function deploy(wrong: Partial<DeploymentVariables>): void {
  const variables = { ...SAMPLE, ...wrong };
  const { set } = caller;
  set.checkout = readCheckoutVariables(variables);
  set.healing.deployment = readHealingVariables(variables);
  set.predictions.settings = readPredictionSettings(variables);
  set.scaling.settings = readScalingSettings(variables);
  set.scaling.shards = readShardSettings(variables);
  set.training.settings = readTrainingSettings(variables);
  set.tuning.settings = readTuningSettings(variables);
  set.retention = readRetention(variables);
}

const SETTINGS = { mode: 'act' };
const ROOMS = [
  ['healing', { MAX_HEALING_ATTEMPTS: '1000000000' }, 'MAX_HEALING_ATTEMPTS', 'must be 1 to 20'],
  ['scaling', { MAX_INSTANCES: '1' }, 'MAX_INSTANCES', 'must be at least MIN_INSTANCES'],
  ['shards', { SHARDS_MAX: '0' }, 'SHARDS_MAX', 'must be a whole number, 1-64'],
  ['predictions', { PREDICTION_SENSITIVITY: 'extreme' }, 'PREDICTION_SENSITIVITY', 'must be low, medium or high'],
  ['optimizations', { OPTIMIZATION_INTERVAL_MS: 'soon' }, 'OPTIMIZATION_INTERVAL_MS', 'must be 60000 to 86400000'],
  ['training', { MIN_TRAINING_SAMPLES: '-5' }, 'MIN_TRAINING_SAMPLES', 'must be a whole number, 100-10000000'],
  ['history', { EVENT_RETENTION_DAYS: '-1' }, 'EVENT_RETENTION_DAYS', 'must be a whole number from 8 to 36500'],
] as const;

interface Call {
  readonly ask: string;
  readonly body?: object;
}

const CALLS: Readonly<Record<(typeof ROOMS)[number][0], readonly Call[]>> = {
  healing: [
    { ask: 'GET /api/v1/healing/settings' },
    { ask: 'PUT /api/v1/healing/settings', body: SETTINGS },
    { ask: 'POST /api/v1/autonomous/heal/processor_a' },
    { ask: 'POST /autonomous/heal/processor_a' },
  ],
  scaling: [
    { ask: 'POST /api/v1/resources/evaluate-scaling' },
    { ask: 'GET /api/v1/resources/scale-target' },
    { ask: 'POST /api/v1/autonomous/scale', body: { instances: 4 } },
    { ask: 'POST /autonomous/scale', body: { instances: 4 } },
  ],
  predictions: [{ ask: 'GET /api/v1/predictions' }, { ask: 'GET /api/v1/autonomous/predictions' }],
  optimizations: [{ ask: 'GET /api/v1/autonomous/optimizations' }],
  training: [{ ask: 'POST /api/v1/ml/train' }],
  // By the processors' own objects alone.
  shards: [],
  // By the job `retire-history` alone.
  history: [],
};

describe.each(ROOMS)('[SET-10] of %s', (room, wrong, variable, message) => {
  beforeEach(() => {
    caller.set.jobs.table = [jobOf('train-priors')];
    deploy(wrong);
  });

  test.each(CALLS[room])('$ask names it, changes nothing, and is logged by its name', async ({ ask, body }) => {
    const [method, path] = ask.split(' ') as [string, string];
    const before = [caller.set.configuration.version, caller.set.audit.length];
    const { status, headers, json } = await caller.call(method, path, body && { body });
    expect({ status, type: headers.get('content-type') }).toEqual({ status: 500, type: 'application/problem+json' });
    expect(json).toMatchObject({
      code: 'misconfigured',
      type: '/docs#problem-misconfigured',
      variables: [{ variable, message }],
    });
    expect(json['detail']).toContain(`${variable} must be`);
    expect([caller.set.configuration.version, caller.set.audit.length]).toEqual(before);
    expect(caller.set.jobs.records.size).toBe(0);
    expect(lines).toMatchObject([
      { event: 'refused', code: 'misconfigured', error_message: expect.stringContaining(variable) as string },
    ]);
  });

  test('the glances and the status name it, and nobody is out of reach for it', async () => {
    const named = { variable, message, room, in_force: null };
    for (const path of ['/api/v1/autonomous/status', '/autonomous/status'])
      expect((await caller.call('GET', path)).json).toMatchObject({
        status: 'impaired',
        unreachable: [],
        misconfigured: [named],
      });
    const stats = (await caller.call('GET', '/api/v1/autonomous/stats')).json;
    expect(stats).toMatchObject({ unreachable: [], misconfigured: [named] });
    expect((await caller.call('GET', '/api/v1/status')).json).toMatchObject({ misconfigured: [named] });
  });

  test('no checkout stops for it', async () => {
    expect((await caller.call('POST', '/api/v1/transactions', { body: RESULT })).status).toBe(200);
    const question = { payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL' };
    expect((await caller.call('POST', '/api/v1/routing/recommend', { body: question })).status).toBe(200);
  });
});

test('[SET-10] of a deployment as it is shipped nothing is named', async () => {
  deploy({});
  for (const path of ['/api/v1/autonomous/status', '/api/v1/autonomous/stats', '/api/v1/status'])
    expect((await caller.call('GET', path)).json).toMatchObject({ misconfigured: [] });
});

test('[SCL-19] the load of each object is told though the settings of scaling are wrong', async () => {
  deploy({ TARGET_TPM_PER_INSTANCE: '0' });
  caller.set.scaling.loads.set('processor_a', readingOf({ calls: 1_500 }));
  const { status, json } = await caller.call('GET', '/api/v1/resources/stats');
  expect({ status, json }).toMatchObject({
    status: 200,
    json: { count: 5, objects: [{ processor_id: 'processor_a', requests_per_second: 25 }, {}, {}, {}, {}] },
  });
  expect(json['scaling']).toMatchObject({ instances: null, settings: null });
  expect((await caller.call('GET', '/autonomous/stats')).json).toMatchObject({ scaling: { settings: null } });
});

describe('[SET-11] a variable on which checkouts rest', () => {
  const cases: readonly (readonly [keyof typeof CHECKOUT_SAMPLE, readonly string[], string])[] = [
    ['BOARD_REGIONS', ['main, weur=Europe', 'main, main', 'main, a b', 'main=EU=AF, main'], 'main'],
    ['KEY_GRACE_MINUTES', ['abc', '', '-1', '10081', 'NaN', '1e3'], '15'],
    ['RATE_LIMIT_QUOTA', ['x', '', '0', '-1', '1.5', '1000000001', 'Infinity'], '60000'],
    ['DECISION_SAMPLE_RATE', ['7', '', 'all', '-0.1', 'NaN'], '0.1'],
  ];
  const all = cases.flatMap(([name, texts, usual]) => texts.map((text) => [name, text, usual] as const));

  test.each(all)('%s=%j falls back to %s by name, and stops none', async (name, text, usual) => {
    deploy({ [name]: text });
    const { status, headers } = await caller.call('POST', '/api/v1/transactions', { body: RESULT });
    expect({ status, told: headers.get('ratelimit-policy') }).toEqual({ status: 200, told: '"default";q=60000;w=60' });
    const told = { variable: name, room: null, in_force: usual };
    expect((await caller.call('GET', '/api/v1/status')).json).toMatchObject({ misconfigured: [told] });
    expect((await caller.call('GET', '/autonomous/status')).json).toMatchObject({ misconfigured: [told] });
  });

  test('keys stay good for the usual grace', async () => {
    deploy({ KEY_GRACE_MINUTES: 'abc' });
    const ask = async (tableAgeMs: number) => {
      caller.set.tableAgeMs = tableAgeMs;
      return (await caller.call('GET', '/api/v1/status', { key: caller.keys.read })).json['code'];
    };
    expect([await ask(15 * 60_000), await ask(15 * 60_000 + 1)]).toEqual([undefined, 'keys_unverifiable']);
  });

  test('holds where it is good', () => {
    const good = { ...SAMPLE, KEY_GRACE_MINUTES: ' 0.5 ', RATE_LIMIT_QUOTA: '100', DECISION_SAMPLE_RATE: '1' };
    expect(readCheckoutVariables(good)).toEqual({ keyGraceMs: 30_000, quota: 100, fallbacks: [] });
  });
});

test('[SET-10] [SET-11] an isolate logs each wrong variable once, and never what stands in it', () => {
  const wrong = {
    ...SAMPLE,
    DECISION_SAMPLE_RATE: 'secret',
    MIN_TRAINING_SAMPLES: 'secret',
    CONSERVATIVE_MODE: 'secret',
  };
  for (let request = 0; request < 3; request += 1) settingsOf(wrong);
  expect(lines).toEqual([
    { event: 'misconfigured', error_message: 'DECISION_SAMPLE_RATE must be a number, 0-1; 0.1 holds' },
    { event: 'misconfigured', error_message: 'CONSERVATIVE_MODE must be true or false' },
    { event: 'misconfigured', error_message: 'MIN_TRAINING_SAMPLES must be a whole number, 100-10000000' },
  ]);
});
