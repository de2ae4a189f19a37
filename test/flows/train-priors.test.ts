// Training through the real Registry's rules and a book in memory: promoted once, cut off anywhere, held off, taken back.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../harness/http-caller.ts';
import { InMemoryTrainingPast } from '../../tools/in-memory/in-memory-training.ts';
import { crossingTruth, PROCESSORS, simulatedCells, simulatedDecisions } from '../domain/training/simulated-history.ts';
import { LATER_STEPS } from '../../src/domain/training/training-plan.ts';
import { revertModel } from '../../src/flows/revert-model.ts';
import { trainPriors } from '../../src/flows/train-priors.ts';
import * as trainPriorsJob from '../../workers/train-priors.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ACTOR = { keyId: 'key_tester', requestId: 'req_1' };
const TRAINED = simulatedCells(crossingTruth, 20, 1);
const LATER = simulatedCells(crossingTruth, 5, 2);
const DECISIONS = simulatedDecisions(crossingTruth, 3_000, 3);
let caller: Caller;
let past: InMemoryTrainingPast;

beforeEach(async () => {
  caller = await createCaller({ registered: false });
  past = new InMemoryTrainingPast();
  past.hours = [
    { hourMs: caller.set.now - 30 * HOUR, samples: 7_680 },
    { hourMs: caller.set.now - 2 * HOUR, samples: 1_920 },
  ];
  past.trained = TRAINED;
  past.later = LATER;
  past.decisions = DECISIONS;
  caller.set.training.past = past;
  for (const id of PROCESSORS)
    await caller.call('POST', '/api/v1/processors', {
      body: { id, name: id, payment_methods: ['CARD', 'PIX', 'OXXO'], countries: ['BR', 'MX'] },
    });
});

const priors = () =>
  caller.set.configuration.processors.flatMap(({ id, priors: own = [] }) => own.map((prior) => ({ id, ...prior })));
const contexts = () =>
  caller.set.configuration.processors.flatMap(({ context }) => (context === undefined ? [] : [context]));
const train = async (scheduledMs: number, over: object = {}) =>
  await trainPriors(caller.world, { scheduledMs, byDemand: false, actor: ACTOR, signal: { aborted: false }, ...over });
async function trained(scheduledMs: number, over: object = {}) {
  const outcome = await train(scheduledMs, over);
  if (outcome.outcome !== 'trained') throw new Error(outcome.outcome);
  return outcome.model;
}

describe('a better model', () => {
  test('[TRN-6] [TRN-8] is set as priors, under the one who trained it, and once for a scheduled time', async () => {
    const model = await trained(1);
    expect(model).toMatchObject({ version: 1, state: 'promoted', trainedAttempts: 7_680, judgedAttempts: 1_920 });
    expect(priors()).toHaveLength(16);
    expect(model.changes).toHaveLength(16);
    expect(contexts()).toEqual(model.contexts.map(({ context }) => context));
    expect(caller.set.audit[0]).toMatchObject({ action: 'put_priors', keyId: 'key_tester' });
    const version = caller.set.configuration.version;
    expect(await trained(1)).toEqual(model);
    expect(caller.set.configuration.version).toBe(version);
    expect(past.asked).toHaveLength(1 + LATER_STEPS);
  });

  test('[TRN-6] [TRN-8] trained again the next night is no better, and a version of its own', async () => {
    await trained(1);
    const before = priors();
    const effects = contexts();
    expect(await trained(2)).toMatchObject({ version: 2, state: 'refused', replaced: [], replacedContexts: [] });
    expect(priors()).toEqual(before);
    expect(contexts()).toEqual(effects);
  });

  test('[TRN-4] is trained on what came before, and judged on what came after', async () => {
    await trained(1);
    const [before, after] = past.asked;
    expect(before!.toMs).toBe(after!.fromMs);
    expect(before!.toMs).toBe(caller.set.now - 2 * HOUR);
  });
});

describe('how far it looks back', () => {
  test('[TRN-1] 28 days, and no further than there are more than it takes', async () => {
    await trained(1);
    expect(past.lookedAt).toBe(29);
    past.lookedAt = 0;
    past.hours = [{ hourMs: caller.set.now - 30 * DAY, samples: 9_999 }];
    expect(await train(2)).toMatchObject({ outcome: 'too_little', lacks: [{ have: 0 }, { have: 0 }] });
    past.lookedAt = 0;
    past.hours = [30, 20, 2].map((ago) => ({ hourMs: caller.set.now - ago * HOUR, samples: 2_000_000 }));
    expect(await trained(3)).toMatchObject({ plan: { fromMs: caller.set.now - 20 * HOUR } });
    expect(past.lookedAt).toBe(2);
  });
});

describe('a run that is cut off', () => {
  test('[TRN-9] before anything is set: what held before stays, and the next run tries anew', async () => {
    caller.set.training.diesBeforeDecision = 'replaced';
    await expect(train(1)).rejects.toThrow('killed');
    expect(priors()).toEqual([]);
    caller.set.training.diesBeforeDecision = null;
    expect(await trained(1)).toMatchObject({ state: 'refused', reason: expect.stringContaining('cut off') });
    expect(await trained(2)).toMatchObject({ version: 2, state: 'promoted' });
  });

  test('[TRN-9] after it was set: the next run finds it in force, and it can be taken back', async () => {
    caller.set.training.diesBeforeDecision = 'promoted';
    await expect(train(1)).rejects.toThrow('killed');
    expect(priors()).toHaveLength(16);
    caller.set.training.diesBeforeDecision = null;
    expect(await trained(2)).toMatchObject({ version: 2, state: 'refused' });
    expect(contexts().length).toBeGreaterThan(1);
    expect(await revertModel(caller.world, 1, ACTOR)).toMatchObject({ outcome: 'reverted', priors: 16 });
    expect([...priors(), ...contexts()]).toEqual([]);
  });

  test('[TRN-9] by the limit of its time: nothing is trained', async () => {
    await expect(train(1, { signal: { aborted: true } })).rejects.toThrow('time was over');
    expect(caller.set.training.books).toEqual([]);
  });

  test('[TRN-9] whoever holds no lease leaves a young one to its run', async () => {
    caller.set.training.diesBeforeDecision = 'promoted';
    await expect(train(1)).rejects.toThrow('killed');
    caller.set.training.diesBeforeDecision = null;
    expect(await revertModel(caller.world, 1, ACTOR)).toEqual({ outcome: 'not_in_force' });
    caller.set.now += 300_000;
    expect(await revertModel(caller.world, 1, ACTOR)).toMatchObject({ outcome: 'reverted' });
  });
});

describe('taken back', () => {
  test('[TRN-10] what it had replaced stands again; only the one in force can be taken back', async () => {
    await caller.call('POST', '/api/v1/ml/priors', {
      body: { priors: [{ processor_id: 'alpha', segment: 'PIX|BR', prior: { mean: 0.2, weight: 7 } }] },
    });
    const model = await trained(1);
    expect(model.state).toBe('promoted');
    expect(await revertModel(caller.world, 2, ACTOR)).toEqual({ outcome: 'not_found' });
    expect(await revertModel(caller.world, 1, ACTOR)).toMatchObject({
      outcome: 'reverted',
      model: { state: 'reverted', reason: 'Taken back by key_tester.' },
    });
    expect(priors()).toEqual([{ id: 'alpha', segment: 'PIX|BR', mean: 0.2, weight: 7 }]);
    expect(await revertModel(caller.world, 1, ACTOR)).toEqual({ outcome: 'not_in_force' });
  });

  test('[TRN-10] effects that somebody has changed since stay, and so do those of a model that is still in force', async () => {
    const model = await trained(1);
    const [first, second] = model.contexts;
    const other = {
      ...second!.context!,
      hours: [],
      amounts: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((effect) => effect / 10),
    };
    const change = { op: 'put_priors', priors: [], contexts: [{ ...second!, context: other }] } as const;
    await caller.world.registry.change(change, ACTOR, null);
    expect(await revertModel(caller.world, 1, ACTOR)).toMatchObject({ outcome: 'reverted' });
    expect(contexts()).toEqual([other]);
    expect(caller.set.configuration.processors.find(({ id }) => id === first!.processorId)?.context).toBeUndefined();
  });

  test('[TRN-10] for 7 days none is promoted by the clock, but on request', async () => {
    await trained(1);
    await revertModel(caller.world, 1, ACTOR);
    expect(await trained(2)).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('taken back within the last 7 days'),
    });
    expect(await trained(3, { byDemand: true })).toMatchObject({ version: 3, state: 'promoted' });
    await revertModel(caller.world, 3, ACTOR);
    caller.set.now += 7 * DAY;
    expect(await trained(4)).toMatchObject({ state: 'promoted' });
  });
});

describe('what changes meanwhile', () => {
  test('[TRN-11] is not written over: the model is laid over the configuration of now', async () => {
    const { registry } = caller.world;
    let changes = 0;
    const busy: typeof registry = {
      ...registry,
      change: async (...given) => {
        changes += 1;
        const other = {
          op: 'put_priors',
          priors: [{ ...PRIOR, prior: { mean: changes / 10, weight: 2 } }],
        } as const;
        if (changes <= 2) await registry.change(other, ACTOR, null);
        return await registry.change(...given);
      },
    };
    const outcome = await trainPriors(
      { ...caller.world, registry: busy },
      { scheduledMs: 1, byDemand: false, actor: ACTOR, signal: { aborted: false } },
    );
    expect(outcome).toMatchObject({ outcome: 'trained', model: { state: 'promoted' } });
    const model = (await caller.world.training.book.one(1))!;
    expect(
      model.replaced.find(({ segment, processorId }) => segment === PRIOR.segment && processorId === 'alpha')?.prior,
    ).toEqual({
      mean: 0.2,
      weight: 2,
    });
    expect(changes).toBe(3);
  });

  test('[TRN-11] what the Registry does not take is refused in words, and a configuration that never rests too', async () => {
    const { registry } = caller.world;
    const full: typeof registry = {
      ...registry,
      change: async () =>
        await Promise.resolve({
          ok: false,
          reason: 'invalid',
          issues: [{ field: 'priors', message: 'there may be at most 5000 priors' }],
        }),
    };
    const asking = { byDemand: false, actor: ACTOR, signal: { aborted: false } };
    expect(await trainPriors({ ...caller.world, registry: full }, { ...asking, scheduledMs: 1 })).toMatchObject({
      model: { state: 'refused', reason: 'The Registry refused its priors: priors there may be at most 5000 priors.' },
    });
    const restless: typeof registry = {
      ...registry,
      change: async () => await Promise.resolve({ ok: false, reason: 'stale_version', currentVersion: 9 }),
    };
    expect(await trainPriors({ ...caller.world, registry: restless }, { ...asking, scheduledMs: 2 })).toMatchObject({
      model: { state: 'refused', reason: expect.stringContaining('again and again'), replaced: [] },
    });
  });
});

const PRIOR = { processorId: 'alpha' as never, segment: 'PIX|BR' as never };

describe('the job', () => {
  const run = async (scheduledMs = 1) => {
    const counts: Record<string, number> = {};
    const signal = new AbortController().signal;
    await trainPriorsJob.run(caller.world, {
      token: 5,
      scheduledMs,
      signal,
      count: (more) => void Object.assign(counts, more),
    });
    return counts;
  };

  test('[TRN-8] tells what it did, and is the actor of what it set', async () => {
    expect(await run()).toEqual({
      model_version: 1,
      is_promoted: 1,
      attempts_trained: 7_680,
      attempts_judged: 1_920,
      cells: 384,
    });
    expect(caller.set.audit[0]).toMatchObject({ keyId: 'nightly-training', requestId: 'train-priors 5' });
  });

  test('[TRN-4] too little is no failure, and says how much is missing', async () => {
    past.hours = [{ hourMs: caller.set.now - HOUR, samples: 3 }];
    expect(await run()).toMatchObject({ training_samples_missing: 997, training_samples_there: 3, hours_missing: 1 });
  });

  test('[TRN-13] fails where history is away, and has nothing to do where there is none', async () => {
    past.fault = { reason: 'unprepared', code: '42P01' };
    await expect(run()).rejects.toThrow('history is unprepared (42P01)');
    caller.set.training.past = null;
    expect(await run()).toEqual({ is_without_history: 1 });
    expect(caller.set.training.books).toEqual([]);
  });

  test('[TRN-3] a history that is all alike makes a model that is refused, and no NaN', async () => {
    past.trained = TRAINED.map((cell) => ({ ...cell, approved: cell.attempts }));
    past.later = [];
    past.decisions = DECISIONS.map((one) => ({ ...one, approved: true }));
    const model = await trained(1);
    expect(model).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('ended alike'),
      quality: { model: null },
    });
    expect(JSON.stringify(model)).not.toMatch(/NaN|Infinity/);
    past.trained = [];
    expect(await trained(2)).toMatchObject({ state: 'refused', cells: 0, features: [] });
    expect(priors()).toEqual([]);
  });
});
