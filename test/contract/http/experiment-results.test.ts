// Experiments over HTTP: from decisions and results to what they show, and the arm that the guardrail stops.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';
import { run } from '../../../workers/judge-experiments.ts';

const EXPERIMENT = {
  id: 'ab',
  name: 'A/B',
  arms: [
    { name: 'ours', strategy: 'learned' },
    { name: 'theirs', strategy: 'priority' },
  ],
};

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
  expect((await caller.call('POST', '/api/v1/experiments', { body: EXPERIMENT })).status).toBe(201);
});

interface Decided {
  readonly arm: number;
  readonly processorId: string;
  readonly decisionId: string;
}
async function decide(payment: string): Promise<Decided> {
  const { json } = await caller.call(
    'GET',
    `/api/v1/routing/recommend?payment_method=PIX&country=BR&payment_id=${payment}`,
  );
  const experiment = json['experiment'] as { arm: number };
  return {
    arm: experiment.arm,
    processorId: json['processor_id'] as string,
    decisionId: json['decision_id'] as string,
  };
}
let serial = 0;
const report = async ({ processorId, decisionId }: Decided, given: object = {}) => {
  serial += 1;
  const body = {
    ...RESULT,
    processor_id: processorId,
    decision_id: decisionId,
    transaction_id: `t_${serial}`,
    ...given,
  };
  return (await caller.call('POST', '/api/v1/transactions', { body })).json;
};
const results = async () => (await caller.call('GET', '/api/v1/experiments/ab/results')).json;
const counts = async () =>
  ((await results())['arms'] as { count: number; successes: number; open: number }[]).map(
    ({ count, successes, open }) => [count, successes, open],
  );
const guard = async (): Promise<Record<string, number>> => {
  let counted = {};
  const shift = { scheduledMs: caller.set.now, count: (given: object) => void (counted = given) };
  await run(caller.world.registry, caller.world.processors, shift);
  return counted;
};
/** Arms with these many approved of each hundred. */
async function play(payments: number, approved: readonly [number, number]): Promise<void> {
  const seen = [0, 0];
  for (let index = 0; index < payments; index += 1) {
    const decided = await decide(`payment_${index}`);
    const place = seen[decided.arm]!++;
    await report(decided, { result: place % 100 < approved[decided.arm]! ? 'approved' : 'declined' });
  }
}

describe('what is counted', () => {
  test('[EXP-3] a first attempt at the decided processor counts once, and nothing else counts', async () => {
    const decided = await decide('payment_1');
    const [own, none] = [decided.arm === 0 ? 0 : 1, [0, 0, 0]];
    await report(decided, { transaction_id: 'once' });
    expect(await report(decided, { transaction_id: 'once' })).toMatchObject({ outcome: 'duplicate' });
    await report(decided, { attempt: 2 });
    await report(decided, { processor_id: decided.processorId === 'processor_a' ? 'processor_c' : 'processor_a' });
    await report({ ...decided, decisionId: 'dec_nonsense' });
    expect((await counts())[own]).toEqual([1, 1, 0]);
    expect((await counts())[1 - own]).toEqual(none);
  });

  test('[EXP-4] a timeout counts as no success until its final comes, by whoever tells it', async () => {
    const decided = await decide('payment_1');
    await report(decided, { transaction_id: 'lost', result: 'timeout' });
    expect((await counts())[decided.arm]).toEqual([1, 0, 1]);
    await caller.call('POST', '/api/v1/transactions', {
      body: { ...RESULT, processor_id: decided.processorId, transaction_id: 'lost' },
    });
    expect((await counts())[decided.arm]).toEqual([1, 1, 0]);
  });
});

describe('the results', () => {
  test('[EXP-8] of nothing are told without a figure that nobody knows', async () => {
    expect(await results()).toMatchObject({
      experiment: { id: 'ab', run: { stopped: null } },
      is_complete: true,
      arms: [
        { name: 'ours', count: 0, rate: null, interval: { low: 0, high: 1 } },
        { name: 'theirs', count: 0 },
      ],
      difference: null,
      verdict: 'running',
      net_values: [],
      sample_ratio: { expected_share_a: 0.5, share_a: null, p_value: 1, mismatch: false },
    });
  });

  test('of nobody are not found, nor is nobody opened again', async () => {
    expect((await caller.call('GET', '/api/v1/experiments/nobody/results')).json).toMatchObject({ code: 'not_found' });
    expect((await caller.call('POST', '/api/v1/experiments/nobody/reopen')).json).toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['alpha', 0.5],
    ['guardrail', 0.6],
    ['no_difference_below', 0],
    ['design_effect', 0.5],
  ])('a judging with a wrong %s is refused by name', async (field, value) => {
    const body = { ...EXPERIMENT, judging: { [field]: value } };
    const { status, json } = await caller.call('PUT', '/api/v1/experiments/ab', { body });
    expect(status).toBe(422);
    expect(json['errors']).toMatchObject([{ field: `judging.${field}` }]);
  });
});

describe('the guardrail', () => {
  test('[EXP-9] stops the arm that loses, once, says why, and a person opens it again', async () => {
    await play(500, [95, 60]);
    expect(await results()).toMatchObject({ verdict: 'worse', sample_ratio: { mismatch: false } });
    caller.set.objectsReachable = false;
    expect(await guard()).toEqual({ experiments_judged: 0, arms_stopped: 0, experiments_waiting: 1 });
    expect(await results()).toMatchObject({ is_complete: false, verdict: 'running' });
    caller.set.objectsReachable = true;

    expect(await guard()).toEqual({ experiments_judged: 1, arms_stopped: 1, experiments_waiting: 0 });
    expect(await guard()).toEqual({ experiments_judged: 0, arms_stopped: 0, experiments_waiting: 0 });
    expect(caller.set.audit[0]).toMatchObject({ action: 'stop_arm', subject: 'ab', keyId: 'guardrail' });
    const { json: stopped } = await caller.call('GET', '/api/v1/experiments/ab');
    expect(stopped).toMatchObject({ run: { stopped: { arm: 'theirs', why: expect.stringContaining('theirs') } } });

    const before = await counts();
    for (let index = 0; index < 20; index += 1) {
      const decided = await decide(`later_${index}`);
      expect(decided.arm).toBe(0);
      await report(decided);
    }
    expect(await counts()).toEqual(before);

    const reopened = await caller.call('POST', '/api/v1/experiments/ab/reopen');
    expect(reopened.json).toMatchObject({ run: { stopped: null } });
    expect(await counts()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const arms = new Set<number>();
    for (let index = 0; index < 20; index += 1) arms.add((await decide(`later_${index}`)).arm);
    expect(arms.size).toBe(2);
  }, 30_000);

  test('[EXP-9] tells and does not act where it may not', async () => {
    const body = { ...EXPERIMENT, judging: { stops_by_itself: false } };
    await caller.call('PUT', '/api/v1/experiments/ab', { body });
    await play(300, [95, 50]);
    expect(await guard()).toMatchObject({ experiments_judged: 1, arms_stopped: 0 });
    expect(await results()).toMatchObject({ verdict: 'worse', judging: { stops_by_itself: false } });
  }, 30_000);
});
