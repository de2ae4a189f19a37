// Models over HTTP: trained now, refused with what is missing, listed, taken back.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { InMemoryTrainingPast } from '../../../tools/in-memory/in-memory-training.ts';
import { jobOf } from '../../../tools/in-memory/in-memory-jobs.ts';
import {
  crossingTruth,
  PROCESSORS,
  simulatedCells,
  simulatedDecisions,
} from '../../domain/training/simulated-history.ts';
import { readTrainingSettings } from '../../../src/domain/training/training-settings.ts';

const HOUR = 3_600_000;
const TRAIN = '/api/v1/ml/train';
const MODELS = '/api/v1/ml/models';
const TRAINED = simulatedCells(crossingTruth, 10, 1);
const LATER = simulatedCells(crossingTruth, 3, 2);
const DECISIONS = simulatedDecisions(crossingTruth, 2_000, 3);
let caller: Caller;
let past: InMemoryTrainingPast;

beforeEach(async () => {
  caller = await createCaller({ registered: false });
  past = new InMemoryTrainingPast();
  past.hours = [
    { hourMs: caller.set.now - 30 * HOUR, samples: 3_840 },
    { hourMs: caller.set.now - 2 * HOUR, samples: 1_152 },
  ];
  [past.trained, past.later, past.decisions] = [TRAINED, LATER, DECISIONS];
  caller.set.training.past = past;
  caller.set.jobs.table = [jobOf('train-priors')];
  for (const id of PROCESSORS)
    await caller.call('POST', '/api/v1/processors', {
      body: { id, name: id, payment_methods: ['CARD', 'PIX', 'OXXO'], countries: ['BR', 'MX'] },
    });
});

const train = async (headers = {}) => await caller.call('POST', TRAIN, { key: caller.keys.operate, headers });

describe(TRAIN, () => {
  test('[TRN-6] [TRN-14] answers with the model, its metrics beside those of now, its coefficients and its priors', async () => {
    const { status, json, text } = await train();
    expect(status).toBe(200);
    expect(json['model']).toMatchObject({
      version: 1,
      state: 'promoted',
      training_samples: 3_840,
      judged_samples: 1_152,
      value: { decisions: 2_000, why_none: null },
    });
    const model = json['model'] as {
      metrics: Record<string, { log_loss: number; brier: number; auc: number }>;
      value: { lift: { low: number } };
      coefficients: object[];
      priors: object[];
      replaced: object[];
      bytes: number;
    };
    expect(model.metrics['published']!.log_loss).toBeLessThan(model.metrics['present']!.log_loss);
    expect(model.value.lift.low).toBeGreaterThan(0);
    expect([model.priors.length, model.replaced.length]).toEqual([16, 16]);
    expect(model.coefficients.length).toBeGreaterThan(20);
    expect(model.bytes).toBeLessThan(3_000);
    expect(text).not.toMatch(/NaN|Infinity/);
    const set = await caller.call('GET', '/api/v1/ml/priors');
    expect(set.json['count']).toBe(16);
    expect(caller.set.audit.map(({ action }) => action).slice(0, 2)).toEqual(['put_priors', 'train_model']);
  });

  test('[TRN-4] [TRN-20] too little is 422 and says how many are missing', async () => {
    past.hours = past.hours.map((hour) => ({ ...hour, samples: 130 }));
    caller.set.now += 3 * 60_000;
    const { status, json } = await train();
    expect([status, json['code']]).toEqual([422, 'too_little_history']);
    expect(json).toMatchObject({
      missing: { training_samples: 740 },
      have: { training_samples: 260 },
      needed: { training_samples: 1_000 },
      detail:
        '740 training_samples are missing: there are 260 of 1000. Only full hours count, the last one until 2026-11-20T12:00:00.000Z.',
      counted_until: '2026-11-20T12:00:00.000Z',
    });
    caller.set.training.settings = readTrainingSettings({ MIN_TRAINING_SAMPLES: '200' });
    past.decisions = [];
    expect(await train()).toMatchObject({ status: 200, json: { model: { state: 'refused', value: { lift: null } } } });
  });

  test('[TRN-13] history that is away is 503, with or without one', async () => {
    past.fault = { reason: 'unreachable' };
    expect((await train()).json).toMatchObject({ status: 503, code: 'history_away' });
    caller.set.training.past = null;
    expect((await train()).json).toMatchObject({ status: 503, code: 'history_away' });
    expect(caller.set.training.books).toEqual([]);
  });

  test('[TRN-8] one at a time, and a repeat with the same Idempotency-Key is answered with the model of the first', async () => {
    const first = await train({ 'Idempotency-Key': 'tonight' });
    const again = await train({ 'Idempotency-Key': 'tonight' });
    expect(again.json).toEqual(first.json);
    expect(caller.set.training.books).toHaveLength(1);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const count = past.sampledHours.bind(past);
    past.sampledHours = async (stretch) => {
      await held;
      return await count(stretch);
    };
    const running = train();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await train()).json).toMatchObject({ status: 409, code: 'already_running' });
    release();
    expect((await running).status).toBe(200);
  });

  test('[TRN-8] a repeat of one that lacked something is told the same, not that it goes on', async () => {
    past.hours = past.hours.map((hour) => ({ ...hour, samples: 130 }));
    const first = await train({ 'Idempotency-Key': 'too early' });
    expect(first.status).toBe(422);
    const { request_id: _id, ...told } = first.json;
    expect((await train({ 'Idempotency-Key': 'too early' })).json).toMatchObject(told);
  });

  test('needs the scope `operate`', async () => {
    expect((await caller.call('POST', TRAIN, { key: caller.keys.read })).status).toBe(403);
    expect((await caller.call('POST', `${MODELS}/1/revert`, { key: caller.keys.read })).status).toBe(403);
    expect((await caller.call('GET', MODELS, { key: caller.keys.route })).status).toBe(403);
  });
});

describe(MODELS, () => {
  test('[TRN-8] lists them, newest first, by pages; one is told whole', async () => {
    await train();
    caller.set.now += 60_000;
    await train();
    const { json } = await caller.call('GET', `${MODELS}?limit=1`, { key: caller.keys.read });
    expect(json).toMatchObject({ count: 1, models: [{ version: 2, state: 'refused' }] });
    const rest = await caller.call('GET', `${MODELS}?cursor=${String(json['next_cursor'])}`);
    expect(rest.json).toMatchObject({ count: 1, models: [{ version: 1, state: 'promoted' }], next_cursor: null });
    expect((await caller.call('GET', `${MODELS}/1`)).json).toMatchObject({
      version: 1,
      feature_importance: { length: 12 },
    });
    expect((await caller.call('GET', `${MODELS}/9`)).json).toMatchObject({ status: 404, code: 'not_found' });
    expect((await caller.call('GET', `${MODELS}/x`)).status).toBe(422);
  });

  test('[TRN-16] tells what it sets of amounts and hours: of how many processors in the list, by band in the model', async () => {
    await train();
    const { json: list } = await caller.call('GET', MODELS, { key: caller.keys.read });
    const { json } = await caller.call('GET', `${MODELS}/1`, { key: caller.keys.read });
    const effects = json['context_effects'] as {
      processor_id: string;
      context: { amounts: number[]; hours: number[]; segments: { segment: string; amount: number; hour: number }[] };
    }[];
    expect(list['models']).toMatchObject([{ version: 1, context_effects_of: effects.length }]);
    const of = (id: string) => effects.find(({ processor_id: one }) => one === id)!.context;
    expect(of('alpha').amounts).toHaveLength(10);
    expect(of('alpha').amounts[3]! - of('alpha').amounts[5]!).toBeGreaterThan(1);
    expect(of('beta').amounts[5]! - of('beta').amounts[3]!).toBeGreaterThan(1);
    expect(
      of('alpha')
        .segments.map(({ segment }) => segment)
        .sort(),
    ).toEqual(['CARD|BR', 'CARD|MX', 'OXXO|MX', 'PIX|BR']);
    const replaced = json['replaced_context_effects'] as object[];
    expect(replaced).toEqual(effects.map(({ processor_id: id }) => ({ processor_id: id, context: null })));
  });

  test('[TRN-18] [DEC-33] who is recommended hangs on the amount, until the model is taken back', async () => {
    const shares = async (amount: number): Promise<Record<string, number>> => {
      const body = { payment_method: 'CARD', country: 'BR', amount_minor: amount, currency: 'BRL' };
      const { json } = await caller.call('POST', '/api/v1/routing/recommend?explain=all', { body });
      const rows = json['recommendations'] as { processor_id: string; probability: number }[];
      return Object.fromEntries(rows.map(({ processor_id: id, probability }) => [id, probability]));
    };
    expect(await shares(500)).toEqual(await shares(50_000));
    await train();
    const [small, large] = [await shares(500), await shares(50_000)];
    expect(small['alpha']).toBeGreaterThan(0.8);
    expect(large['beta']).toBeGreaterThan(0.8);
    await caller.call('POST', `${MODELS}/1/revert`);
    expect(await shares(500)).toEqual(await shares(50_000));
  });

  test('[TRN-10] the one in force is taken back, once', async () => {
    await train();
    const effects = () => caller.set.configuration.processors.filter(({ context }) => context !== undefined).length;
    expect(effects()).toBeGreaterThan(1);
    expect((await caller.call('POST', `${MODELS}/7/revert`)).status).toBe(404);
    const { status, json } = await caller.call('POST', `${MODELS}/1/revert`, { key: caller.keys.operate });
    expect([status, json['priors_put_back']]).toEqual([200, 16]);
    expect(json['model']).toMatchObject({ version: 1, state: 'reverted' });
    expect(effects()).toBe(0);
    expect(caller.set.audit.filter(({ action }) => action === 'put_priors')).toHaveLength(2);
    expect((await caller.call('GET', '/api/v1/ml/priors')).json).toEqual({ priors: [], count: 0 });
    expect((await caller.call('POST', `${MODELS}/1/revert`)).json).toMatchObject({ status: 409, code: 'not_in_force' });
  });
});
